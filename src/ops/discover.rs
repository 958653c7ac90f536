//! Which stack is meant where there is no `deploy.toml`, and what is known of it: its name, and by its tags all that it
//! owns or remembers having made. Enough to remove it, and for nothing else.

use serde_json::json;

use super::connection::Connection;
use crate::cloud::{Read, Result as CloudResult};
use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::model::Tags;
use crate::model::stack::StackName;
use crate::model::tags::tagged::stacks;
use crate::reconcile::identity::Identity;

/// What is known of a stack without its `deploy.toml`.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovered {
    /// Its names and tags. It declares nothing: what it made is found by tags.
    pub identity: Identity,
    /// What may be left behind, since nothing tells of it.
    pub notes: Vec<String>,
}

/// Looks whether the log group is there, which remembers what was made in adopted pools.
pub async fn discover<C: Read>(
    connection: &Connection<C>,
    stack: &StackName,
) -> CloudResult<Discovered> {
    let identity = Identity::of(stack.clone(), connection.target.clone());
    let group = connection.cloud.log_group(&stack.log_group_name()).await?;
    let is_ours = group.is_some_and(|group| group.tags.same_stack(&identity.tags));
    let note = || {
        format!(
            "the log group of `{stack}` is not there, which remembers what was made in adopted pools: clients and resource servers named `{}…` may be left in them",
            stack.client_name("")
        )
    };
    let notes = if is_ours { vec![] } else { vec![note()] };
    Ok(Discovered { identity, notes })
}

/// The stack that is named, or the only one of an environment.
pub async fn which<C: Read>(
    connection: &Connection<C>,
    named: Option<&StackName>,
    env: &str,
) -> Result<StackName, Failure> {
    match named {
        Some(stack) => Ok(stack.clone()),
        None => only_one(connection, env).await,
    }
}

async fn only_one<C: Read>(connection: &Connection<C>, env: &str) -> Result<StackName, Failure> {
    let all: Vec<StackName> =
        stacks(&connection.cloud.tagged(Tags::STACK).await?, &connection.target.region)
            .into_keys()
            .collect();
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
    let failure = Failure::new(Exit::Refused, Code::WhichStack, anyhow::anyhow!("{error}{there}"));
    Err(failure.hint(hint).detail("stacks", json!(listed)))
}
