//! The function's variables: names that are Lambda's or ours, and what they measure together.

use std::collections::BTreeMap;

use trigger::{IDS_VARIABLE, Ids};

use crate::codes::Code;
use crate::config::limits::ENVIRONMENT_BYTES;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::types::Config;

/// "Defined runtime environment variables" that are reserved, AWS Lambda Developer Guide.
const RESERVED: [&str; 16] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let at = place.at("trigger").at("environment");
    let variables = &config.trigger.environment;
    let reserved = variables.keys().filter_map(|name| {
        let owner = owner(name)?;
        let problem = Problem::error(
            Code::ReservedName,
            at.at(name).key(),
            format!("the variable `{name}` is set by {owner}"),
        );
        Some(problem.help("choose another name"))
    });
    let mut problems: Vec<_> = reserved.collect();
    let size = size(config);
    if size > ENVIRONMENT_BYTES {
        let message =
            format!("the variables measure {size} bytes, and Lambda takes {ENVIRONMENT_BYTES}");
        let problem = Problem::error(Code::OutOfRange, at.key(), message);
        problems.push(problem.help(format!(
            "`{IDS_VARIABLE}`, which holds the ids of pools and clients, is one of them"
        )));
    }
    problems
}

/// Who sets a variable, if it is not the author of the file.
fn owner(name: &str) -> Option<&'static str> {
    match name {
        _ if name.starts_with("PRETOKEN_") => Some("pretoken"),
        _ if RESERVED.contains(&name) || name.starts_with("LAMBDA_") => Some("Lambda"),
        _ => None,
    }
}

/// Bytes of all variables as JSON, which is how Lambda measures them; ids that are not known yet count with their lengths.
fn size(config: &Config) -> usize {
    let mut ids = Ids::default();
    for (key, pool) in &config.pools {
        let id = |length: usize, count: usize| format!("{count:0>length$}");
        let region = config.region.as_deref().map_or("ap-southeast-1".len(), str::len);
        ids.pools.insert(id(region + "_AbCdEf123".len(), ids.pools.len()), key.clone());
        for client in pool.clients.keys() {
            ids.clients.insert(id(26, ids.clients.len()), format!("{key}/{client}"));
        }
    }
    let mut variables: BTreeMap<&str, &str> = config
        .trigger
        .environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let ids = ids.to_json();
    variables.insert(IDS_VARIABLE, &ids);
    serde_json::to_string(&variables).map_or(0, |json| json.len())
}
