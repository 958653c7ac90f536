//! Which stack is meant where there is no `deploy.toml`: by its name, or by an environment that only one stack has.

use std::rc::Rc;

use serde_json::json;

use super::args::Global;
use super::ui::Ui;
use crate::cloud::Read as _;
use crate::failure::{Exit, Failure};
use crate::model::Tags;
use crate::model::stack::{StackName, stacks};
use crate::ops::discover::{Discovered, discover};
use crate::ops::session::Connection;

/// A stack without its file.
pub struct DiscoveredStack {
    pub connection: Connection,
    pub stack: StackName,
    pub discovered: Discovered,
}

/// Finds the stack, and what is known of it.
pub async fn find(
    ui: &Rc<Ui>,
    global: &Global,
    named: Option<&StackName>,
) -> Result<DiscoveredStack, Failure> {
    let env = named.map_or(global.env.clone(), |stack| stack.env.clone());
    if let (Some(stack), Some(other)) = (named, &global.env)
        && stack.env.as_ref() != Some(other)
    {
        let error = anyhow::anyhow!("--stack {stack} is not in the environment `{other}`");
        return Err(Failure::new(Exit::Usage, error).hint("leave out -e: --stack says it all"));
    }
    let connection = Connection::connect(ui, global, None, env).await?;
    let stack = match (named, &global.env) {
        (Some(stack), _) => stack.clone(),
        (None, env) => only_one(&connection, env.as_deref().unwrap_or_default()).await?,
    };
    let discovered = discover(&connection.aws, &stack).await?;
    Ok(DiscoveredStack { connection, stack, discovered })
}

async fn only_one(connection: &Connection, env: &str) -> Result<StackName, Failure> {
    let all: Vec<StackName> =
        stacks(&connection.aws.tagged(Tags::STACK).await?).into_keys().collect();
    let (fitting, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|stack| stack.env.as_deref() == Some(env));
    let names = |stacks: &[StackName]| stacks.iter().map(ToString::to_string).collect::<Vec<_>>();
    let (error, listed, hint) = match fitting.as_slice() {
        [stack] => return Ok(stack.clone()),
        [] => {
            let hint = "check --region and --profile; or say which with --stack NAME/ENVIRONMENT, which needs no tags";
            (
                format!("no stack of this account and region is in the environment `{env}`"),
                names(&others),
                hint,
            )
        }
        several => {
            let error = format!("{} stacks are in the environment `{env}`", several.len());
            (error, names(several), "choose one with --stack NAME/ENVIRONMENT")
        }
    };
    let there = if listed.is_empty() {
        String::new()
    } else {
        format!("; there are {}", listed.join(", "))
    };
    let failure = Failure::new(Exit::Refused, anyhow::anyhow!("{error}{there}"));
    Err(failure.hint(hint).detail("stacks", json!(listed)))
}
