//! What can be known of a stack without its `deploy.toml`: names from its tag, pools and clients from what its function was
//! told. Enough to remove it, and for nothing else.

use std::collections::BTreeMap;

use serde_json::json;

use crate::cloud::{Parts, Read, Result};
use crate::config::{Client, Config, Pool, ResourceServer, Trigger};
use crate::failure::{Exit, Failure};
use crate::model::stack::{StackName, stacks};
use crate::model::{LivePool, Tags};

/// What is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Discovered {
    /// As much of `deploy.toml` as a removal needs.
    pub config: Config,
    /// What may be left behind, since nothing tells of it.
    pub notes: Vec<String>,
}

/// A pool's own settings and its resource servers. No client's name begins with a blank.
const SETTINGS: Parts<'static> = Parts { groups: false, client_prefix: " ", client_ids: &[] };

/// Looks at the stack's function, and at the pools that it knows.
///
/// Pools that carry the stack's tag, and pools that may invoke the function, are found by the look before a removal in
/// any case; here come their keys, and what this stack made in pools of other people.
pub async fn discover(cloud: &impl Read, stack: &StackName) -> Result<Discovered> {
    let mut config = bare(stack);
    let tags = Tags::of_stack(&config.name, config.env.as_deref());
    let function = cloud.function(&config.function_name()).await?;
    let function = function.filter(|function| function.tags.same_stack(&tags));
    let told = function.as_ref().and_then(|function| {
        let ids = function.settings.environment.get(trigger::IDS_VARIABLE)?;
        trigger::Ids::from_json(ids).ok()
    });
    let Some(ids) = told else {
        let what = if function.is_some() { "knows no pools" } else { "is not there" };
        let note = format!(
            "the function of `{stack}` {what}: clients and resource servers named `{}…` may be left in pools of other people",
            config.client_name("")
        );
        return Ok(Discovered { config, notes: vec![note] });
    };
    let mut notes = vec![];
    for (id, key) in &ids.pools {
        let Some(live) = cloud.pool(id, SETTINGS).await? else { continue };
        let owned = live.pool.tags.same_stack(&tags);
        if !owned && live.pool.name == config.pool_name(key) {
            notes.push(format!(
                "the pool `{}` ({id}) has this stack's name and not its tag; it is detached and stays",
                live.pool.name
            ));
        }
        let clients = ids.clients.values().filter_map(|at| at.split_once('/'));
        let clients = clients.filter(|(pool, _)| pool == key);
        let pool = Pool {
            id: (!owned).then(|| id.clone()),
            clients: clients.map(|(_, key)| (key.to_owned(), Client::default())).collect(),
            resource_servers: if owned { BTreeMap::new() } else { made_by(&config, &live) },
            ..Pool::default()
        };
        config.pools.insert(key.clone(), pool);
    }
    Ok(Discovered { config, notes })
}

/// The names alone.
fn bare(stack: &StackName) -> Config {
    Config {
        name: stack.name.clone(),
        region: None,
        allowed_account_ids: vec![],
        trigger: Trigger::default(),
        pools: BTreeMap::new(),
        rules: vec![],
        expect: vec![],
        env: stack.env.clone(),
    }
}

/// The resource servers of this very name: in a pool of other people it is the mark of what a stack made.
fn made_by(config: &Config, live: &LivePool) -> BTreeMap<String, ResourceServer> {
    let named = live
        .resource_servers
        .values()
        .filter(|server| server.name == config.resource_server_name(&server.identifier));
    named.map(|server| (server.identifier.clone(), ResourceServer::default())).collect()
}

/// The stack that is named, or the only one of an environment.
pub async fn which(
    cloud: &impl Read,
    named: Option<&StackName>,
    env: &str,
) -> std::result::Result<StackName, Failure> {
    match named {
        Some(stack) => Ok(stack.clone()),
        None => only_one(cloud, env).await,
    }
}

async fn only_one(cloud: &impl Read, env: &str) -> std::result::Result<StackName, Failure> {
    let all: Vec<StackName> = stacks(&cloud.tagged(Tags::STACK).await?).into_keys().collect();
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
