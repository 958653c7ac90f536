//! The permissions boundary of the function's role, and what is said of it.
//!
//! Who may create a role, put any policy into it and hand it to a function of their own may do everything ("Delegating
//! permissions management to others using permissions boundaries", IAM User Guide).

use serde_json::Value;

use crate::config::Config;
use crate::model::{Target, log_writer};

/// The most that the function's role may ever do, as the managed policy that is to be its boundary. What managed policies of
/// the role allow is not in it: only their owner knows.
#[must_use]
pub fn document(config: &Config, target: &Target) -> Value {
    let mut document = log_writer(&target.log_group_arn(&config.stack().log_group_name()));
    let facts = config.fact_permissions(|name| target.table_arn(name));
    let further = config.trigger.further_permissions(facts);
    let further = further.as_ref().and_then(|further| further["Statement"].as_array());
    if let Some(statements) = document["Statement"].as_array_mut() {
        statements.extend(further.into_iter().flatten().cloned());
    }
    document
}

/// What to do with the boundary's document.
#[must_use]
pub fn how_to_create(config: &Config, target: &Target) -> String {
    let (name, arn) = (name(config), arn(config, target));
    format!(
        "hint: save it as boundary.json and create it once, as an administrator: `aws iam create-policy --policy-name {name} --policy-document file://boundary.json`; then write [trigger.role] permissions_boundary = \"{arn}\" into deploy.toml"
    )
}

/// Whether the role that deploys is the account's administrator in all but name, and what closes that. `given` is the command's,
/// `declared` what `deploy.toml` says.
#[must_use]
pub fn of_a_deployment(
    config: &Config,
    target: &Target,
    given: Option<&str>,
    declared: Option<&str>,
) -> Option<String> {
    match given.or(declared) {
        None => Some(format!(
            "warning: without a permissions boundary this policy amounts to an administrator's: who may create a role and write its policies may give it everything; `pretoken permissions boundary` prints a managed policy that closes this; create it, and name it: `pretoken permissions deploy --boundary {}`",
            arn(config, target)
        )),
        Some(boundary) if declared != Some(boundary) => Some(format!(
            "hint: `up` makes the role within the boundary only if deploy.toml names it: [trigger.role] permissions_boundary = \"{boundary}\""
        )),
        Some(_) => None,
    }
}

fn name(config: &Config) -> String {
    format!("{}-boundary", config.stack().role_name())
}

fn arn(config: &Config, target: &Target) -> String {
    target.policy_arn(&name(config))
}
