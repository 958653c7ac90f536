//! `--check-iam`: what the caller lacks, all of it at once, before anything is read or written.

use std::fmt::Write as _;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::connection::Connection;
use crate::cloud::{Access, AccessQuestion, CloudError};
use crate::codes::Code;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::permissions::{PolicyFor, Statement, reason, statements};

/// IAM answers such questions slowly, and throttles them early.
const AT_ONCE: usize = 4;

/// What the caller may not do.
#[derive(Serialize, JsonSchema)]
struct Lack {
    action: String,
    resource: String,
    /// Completes "it is needed to …".
    why: &'static str,
}

/// Who may do all that `up` needs; fails with everything that the caller would be denied.
pub async fn check<C: Access>(
    config: &Config,
    connection: &Connection<C>,
    verify: bool,
) -> Result<String, Failure> {
    let principal = connection.cloud.principal(&connection.caller.arn).await;
    let principal = principal.map_err(|error| unknown(error, &connection.caller.arn))?;
    let Some(principal) = principal else {
        return Ok("The account's root may do everything: there is nothing to check.".to_owned());
    };
    let needed = statements(config, &connection.target, PolicyFor::Deploy { verify });
    let asked = needed.iter().flat_map(questions).map(async |(statement, resource)| {
        let actions: Vec<&str> = statement.actions.iter().copied().collect();
        let context = statement.condition.as_ref().map(|it| (it.key.as_str(), it.value.as_str()));
        let question = AccessQuestion { actions: &actions, resource, context };
        let denied = connection.cloud.denied(&principal, question).await?;
        let lack = |action: String| {
            let why = reason(&action);
            Lack { action, resource: resource.clone(), why }
        };
        Ok(denied.into_iter().map(lack).collect::<Vec<_>>())
    });
    let lacks: Result<Vec<Vec<Lack>>, CloudError> =
        stream::iter(asked).buffered(AT_ONCE).try_collect().await;
    let lacks = lacks.map_err(|error| unknown(error, &principal))?;
    let lacks: Vec<Lack> = lacks.into_iter().flatten().collect();
    if lacks.is_empty() {
        return Ok(format!("{principal} may do all that `up` needs."));
    }
    Err(failure(&principal, &lacks))
}

fn questions(statement: &Statement) -> impl Iterator<Item = (&Statement, &String)> {
    statement.resources.iter().map(move |resource| (statement, resource))
}

fn failure(principal: &str, lacks: &[Lack]) -> Failure {
    let mut text = format!("{principal} may not do all that `up` needs; nothing was changed");
    for Lack { action, resource, why } in lacks {
        let _ = write!(text, "\n       {action} on {resource}, to {why}");
    }
    Failure::new(Exit::Access, Code::AccessDenied, anyhow::anyhow!(text))
        .detail("denied", json!(lacks))
        .hint("`pretoken permissions deploy` prints the policy that allows it")
}

/// IAM did not tell: that is no answer, and so no leave to go on.
fn unknown(error: CloudError, principal: &str) -> Failure {
    let denied = matches!(error, CloudError::Denied { .. });
    let failure = if denied {
        Failure::new(Exit::Access, Code::AccessDenied, error)
            .hint(format!("allow iam:SimulatePrincipalPolicy on {principal}"))
    } else {
        Failure::from(error)
    };
    failure
        .context("cannot check what the caller may do; nothing was changed")
        .hint("leave out --check-iam to go on without knowing")
}
