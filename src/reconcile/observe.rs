//! Looking: everything that a plan compares, read side by side. Holds a read-only seam.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::try_join;

use super::actual::{Actual, Found};
use crate::cloud::{Parts, Read, Result, each};
use crate::config::{Config, Pool};
use crate::model::tags::previous_trigger;
use crate::model::{Function, LivePool, Permission, Tags};

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
    let (log_group, role, function, release, permissions, (candidates, orphans)) = try_join!(
        cloud.log_group(&log_group),
        cloud.role(&role),
        cloud.function(&function),
        cloud.release(&function),
        cloud.permissions(&function),
        async {
            let named = named(cloud, config, purpose).await?;
            try_join!(candidates(cloud, config, &named), orphans(cloud, &named, &tags, purpose))
        },
    )?;
    let pools = chosen(config, candidates, &tags, function.as_ref());
    let known: BTreeSet<String> =
        pools.values().filter_map(Found::pool).map(|pool| pool.id.clone()).collect();
    let remembered = function.as_ref().map(|function| &function.tags);
    let mut undeclared = attached(cloud, &permissions, remembered, &known).await?;
    undeclared.extend(orphans.into_iter().filter(|(id, _)| !known.contains(id)));
    let everything = pools.values().filter_map(Found::pool).chain(undeclared.values());
    let populated = populated(cloud, everything, purpose).await?;
    Ok(Actual { log_group, role, function, release, permissions, pools, undeclared, populated })
}

/// Reads the declared pools alone: what signing in needs.
pub async fn pools(cloud: &impl Read, config: &Config) -> Result<Actual> {
    let tags = Tags::of_stack(&config.name, config.env.as_deref());
    let named = named(cloud, config, For::Converging).await?;
    let candidates = candidates(cloud, config, &named).await?;
    let mut pools = chosen(config, candidates.clone(), &tags, None);
    if pools.values().any(|found| matches!(found, Found::Unmanaged(_))) {
        let function = cloud.function(&config.function_name()).await?;
        pools = chosen(config, candidates, &tags, function.as_ref());
    }
    Ok(Actual { pools, ..Actual::default() })
}

/// Ids and names of the pools that bear a name of this stack: listed once, since AWS lists all pools of the account.
async fn named(cloud: &impl Read, config: &Config, purpose: For) -> Result<Vec<(String, String)>> {
    let by_name = config.pools.values().any(|pool| pool.pool_id().is_none());
    if by_name || purpose == For::Removing {
        return cloud.pools_named(&config.pool_name("")).await;
    }
    Ok(vec![])
}

/// For every declared pool: the one of its id, or all of its name.
async fn candidates(
    cloud: &impl Read,
    config: &Config,
    named: &[(String, String)],
) -> Result<Vec<Vec<LivePool>>> {
    let candidates_of = async |(key, pool): (&String, &Pool)| {
        let prefix = config.client_name("");
        let client_ids: Vec<String> =
            pool.clients.values().filter_map(|client| client.id.clone()).collect();
        let groups = !pool.groups.is_empty();
        let parts = Parts { groups, client_prefix: &prefix, client_ids: &client_ids };
        let name = config.pool_name(key);
        let ids: Vec<&str> = match pool.pool_id() {
            Some(id) => vec![id],
            None => named.iter().filter(|(_, it)| *it == name).map(|(id, _)| id.as_str()).collect(),
        };
        let live = each(ids, async |id| cloud.pool(id, parts).await).await?;
        Ok(live.into_iter().flatten().collect())
    };
    each(&config.pools, candidates_of).await
}

/// Which of the candidates is the declared pool.
///
/// A pool of ours may have lost its tags: an `UpdateUserPool` that leaves them out takes them away. Our function, which
/// carries our tag, still knows its id.
fn chosen(
    config: &Config,
    candidates: Vec<Vec<LivePool>>,
    tags: &Tags,
    function: Option<&Function>,
) -> BTreeMap<String, Found> {
    let remembered = function.map(|function| remembered(function, tags)).unwrap_or_default();
    let choose = |((key, pool), candidates): ((&String, &Pool), Vec<LivePool>)| {
        let is_ours = |live: &LivePool| pool.pool_id().is_some() || live.pool.tags.same_stack(tags);
        let (mut ours, mut unmanaged): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_ours);
        if ours.is_empty() {
            let known = |live: &LivePool| {
                live.pool.tags.stack().is_none() && remembered.get(&live.id) == Some(key)
            };
            (ours, unmanaged) = unmanaged.into_iter().partition(known);
        }
        let ids = |pools: &[LivePool]| pools.iter().map(|pool| pool.id.clone()).collect();
        let found = match (ours.as_slice(), unmanaged.as_slice()) {
            ([], []) => Found::Nothing,
            ([], unmanaged) => Found::Unmanaged(ids(unmanaged)),
            ([_], _) => Found::Pool(Box::new(ours.remove(0))),
            (several, _) => Found::Several(ids(several)),
        };
        (key.clone(), found)
    };
    config.pools.iter().zip(candidates).map(choose).collect()
}

/// From ids of pools to their keys, as the stack's own function was told them.
fn remembered(function: &Function, tags: &Tags) -> BTreeMap<String, String> {
    let value = function.settings.environment.get(trigger::IDS_VARIABLE);
    let ids =
        value.filter(|_| function.tags.same_stack(tags)).map(|ids| trigger::Ids::from_json(ids));
    ids.and_then(std::result::Result::ok).unwrap_or_default().pools
}

/// Pools that carry this stack's tag under a name that is no longer declared.
async fn orphans(
    cloud: &impl Read,
    named: &[(String, String)],
    tags: &Tags,
    purpose: For,
) -> Result<BTreeMap<String, LivePool>> {
    if purpose == For::Converging {
        return Ok(BTreeMap::new());
    }
    let live = each(named, async |(id, _)| cloud.pool(id, NO_CLIENTS).await).await?;
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
        .chain(remembered.into_iter().flat_map(previous_trigger::pools))
        .filter(|id| !known.contains(*id))
        .collect();
    let live = each(ids, async |id| cloud.pool(id, NO_CLIENTS).await).await?;
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
    let check = async |pool: &LivePool| Ok((pool.id.clone(), cloud.has_users(&pool.id).await?));
    let checked = each(pools, check).await?;
    Ok(checked.into_iter().filter(|(_, has)| *has).map(|(id, _)| id).collect())
}
