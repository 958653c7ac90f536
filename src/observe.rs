//! Looking: everything that a plan compares, read side by side. Holds a read-only seam.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;
use futures_util::try_join;

use crate::actual::{Actual, Found};
use crate::cloud::{Parts, Read, Result};
use crate::config::{Config, Pool};
use crate::former;
use crate::model::{LivePool, Permission, Tags};

/// Why the stack is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// To make it right, or to say what is not.
    Converging,
    /// To remove it: pools of ours that are no longer declared and users in pools matter too.
    Removing,
}

/// What matters of a pool that is not declared: its trigger and its tags. No client's name begins with a blank.
const NO_CLIENTS: Parts<'static> = Parts { groups: false, client_prefix: " ", client_ids: &[] };

/// Reads everything that stands under this stack's names, about three round trips deep.
pub async fn observe(cloud: &impl Read, config: &Config, purpose: For) -> Result<Actual> {
    let tags = Tags::of_stack(&config.name, config.env.as_deref());
    let (log_group, role, function) =
        (config.log_group_name(), config.role_name(), config.function_name());
    let pools =
        try_join_all(config.pools.iter().map(|(key, pool)| find(cloud, config, key, pool, &tags)));
    let (log_group, role, function, release, permissions, pools, orphans) = try_join!(
        cloud.log_group(&log_group),
        cloud.role(&role),
        cloud.function(&function),
        cloud.release(&function),
        cloud.permissions(&function),
        pools,
        orphans(cloud, config, &tags, purpose),
    )?;
    let pools: BTreeMap<String, Found> = config.pools.keys().cloned().zip(pools).collect();
    let known: BTreeSet<String> =
        pools.values().filter_map(Found::pool).map(|pool| pool.id.clone()).collect();
    let remembered = function.as_ref().map(|function| &function.tags);
    let mut strays = attached(cloud, &permissions, remembered, &known).await?;
    strays.extend(orphans.into_iter().filter(|(id, _)| !known.contains(id)));
    let everything = pools.values().filter_map(Found::pool).chain(strays.values());
    let populated = populated(cloud, everything, purpose).await?;
    Ok(Actual { log_group, role, function, release, permissions, pools, strays, populated })
}

/// Reads the declared pools alone: what signing in needs.
pub async fn pools(cloud: &impl Read, config: &Config) -> Result<Actual> {
    let tags = Tags::of_stack(&config.name, config.env.as_deref());
    let pools =
        try_join_all(config.pools.iter().map(|(key, pool)| find(cloud, config, key, pool, &tags)))
            .await?;
    Ok(Actual { pools: config.pools.keys().cloned().zip(pools).collect(), ..Actual::default() })
}

async fn find(
    cloud: &impl Read,
    config: &Config,
    key: &str,
    pool: &Pool,
    tags: &Tags,
) -> Result<Found> {
    let prefix = config.client_name("");
    let client_ids: Vec<String> =
        pool.clients.values().filter_map(|client| client.id.clone()).collect();
    let parts =
        Parts { groups: !pool.groups.is_empty(), client_prefix: &prefix, client_ids: &client_ids };
    if let Some(id) = pool.pool_id() {
        return Ok(cloud
            .pool(id, parts)
            .await?
            .map_or(Found::Nothing, |live| Found::Pool(Box::new(live))));
    }
    let name = config.pool_name(key);
    let ids = cloud
        .pools_named(&name)
        .await?
        .into_iter()
        .filter(|(_, found)| *found == name)
        .map(|(id, _)| id);
    let ids: Vec<String> = ids.collect();
    let live = try_join_all(ids.iter().map(|id| cloud.pool(id, parts))).await?;
    let mut ours: Vec<LivePool> =
        live.into_iter().flatten().filter(|live| live.pool.tags.same_stack(tags)).collect();
    Ok(match (ours.len(), ours.pop()) {
        (0, _) if ids.is_empty() => Found::Nothing,
        (1, Some(live)) => Found::Pool(Box::new(live)),
        (_, None) => Found::Strangers(ids),
        (_, Some(last)) => {
            Found::Several(ours.into_iter().map(|pool| pool.id).chain([last.id]).collect())
        }
    })
}

/// Pools that carry this stack's tag under a name that is no longer declared.
async fn orphans(
    cloud: &impl Read,
    config: &Config,
    tags: &Tags,
    purpose: For,
) -> Result<BTreeMap<String, LivePool>> {
    if purpose == For::Converging {
        return Ok(BTreeMap::new());
    }
    let named = cloud.pools_named(&config.pool_name("")).await?;
    let live = try_join_all(named.iter().map(|(id, _)| cloud.pool(id, NO_CLIENTS))).await?;
    let ours = live.into_iter().flatten().filter(|live| live.pool.tags.same_stack(tags));
    Ok(ours.map(|live| (live.id.clone(), live)).collect())
}

/// Pools that may invoke the alias, or whose former slot the function remembers, and that are not among the declared ones.
async fn attached(
    cloud: &impl Read,
    permissions: &[Permission],
    remembered: Option<&Tags>,
    known: &BTreeSet<String>,
) -> Result<BTreeMap<String, LivePool>> {
    let ids: BTreeSet<&str> = permissions
        .iter()
        .filter(|permission| permission.is_for_cognito())
        .filter_map(|permission| permission.source_arn.as_deref()?.split_once(":userpool/"))
        .map(|(_, id)| id)
        .chain(remembered.into_iter().flat_map(former::pools))
        .filter(|id| !known.contains(*id))
        .collect();
    let live = try_join_all(ids.into_iter().map(|id| cloud.pool(id, NO_CLIENTS))).await?;
    Ok(live.into_iter().flatten().map(|live| (live.id.clone(), live)).collect())
}

async fn populated(
    cloud: &impl Read,
    pools: impl Iterator<Item = &LivePool>,
    purpose: For,
) -> Result<BTreeSet<String>> {
    if purpose == For::Converging {
        return Ok(BTreeSet::new());
    }
    let checks = pools.map(async |pool| Ok((pool.id.clone(), cloud.has_users(&pool.id).await?)));
    let checked = try_join_all(checks).await?;
    Ok(checked.into_iter().filter(|(_, has)| *has).map(|(id, _)| id).collect())
}
