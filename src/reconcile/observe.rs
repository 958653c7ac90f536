//! Looking: everything that a plan compares, read side by side. Holds a read-only seam.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::try_join;

use super::actual::{Actual, Found};
use super::identity::{DeclaredPool, Identity};
use crate::cloud::{ClientsRead, CloudError, Parts, Read, Result, each, gate};
use crate::model::tags::{made, previous_trigger};
use crate::model::{
    ACTIVE, ALIAS, Function, InvocationTarget, LivePool, Permission, Release, Seen, Tags,
    TemporaryUser,
};

/// Why the stack is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// To make it right, or to say what is not.
    Converging,
    /// To remove it: pools of ours that are no longer declared and users in pools matter too.
    Removing,
}

/// What matters of a pool that is not declared: its trigger and its tags.
const NO_CLIENTS: Parts<'static> =
    Parts { groups: false, providers: false, sections: &[], clients: ClientsRead::None };

/// Reads everything that stands under this stack's names, about three round trips deep.
pub async fn observe(cloud: &impl Read, identity: &Identity, purpose: For) -> Result<Actual> {
    let Identity { stack, tags, .. } = identity;
    let (log_group, role, name) =
        (stack.log_group_name(), stack.role_name(), stack.function_name());
    let (log_group, role, function, release, permissions, (candidates, orphans)) = try_join!(
        cloud.log_group(&log_group),
        cloud.role(&role),
        cloud.function(&name),
        cloud.release(&name),
        cloud.permissions(&name),
        async {
            let named = named(cloud, identity, purpose).await?;
            try_join!(
                candidates(cloud, identity, &named, purpose),
                orphans(cloud, identity, &named, purpose),
            )
        },
    )?;
    let pools = chosen(identity, candidates, tags, function.as_ref());
    let known: BTreeSet<String> =
        pools.values().filter_map(Found::pool).map(|pool| pool.id.clone()).collect();
    let of_function = function.as_ref().map(|function| &function.tags);
    let of_log_group = log_group.as_ref().map(|group| &group.tags);
    let tags = (permissions.as_slice(), of_function, of_log_group);
    let mut undeclared = attached(cloud, identity, tags, &known).await?;
    undeclared.extend(orphans.into_iter().filter(|(id, _)| !known.contains(id)));
    let everything = || pools.values().filter_map(Found::pool).chain(undeclared.values());
    let alias = alias(function.as_ref(), release.as_ref(), &permissions);
    let looked_into = everything()
        .filter(|live| purpose == For::Removing || !known.contains(&live.id))
        .filter(|live| !identity.owns(live));
    let (populated, temporary_users, functions) = try_join!(
        populated(cloud, everything(), purpose),
        async {
            match temporary_users(cloud, looked_into).await {
                // Whoever only looks need not be allowed to list people.
                Err(CloudError::Denied { .. }) if purpose == For::Converging => Ok(BTreeMap::new()),
                found => found,
            }
        },
        functions(cloud, everything(), of_function, &name),
    )?;
    Ok(Actual {
        log_group,
        role,
        function,
        release,
        permissions,
        pools,
        undeclared,
        populated,
        temporary_users,
        alias: Some(Ok(alias)),
        functions,
    })
}

/// What was read of the alias already, as the gate looks at it. A version is only published when it is active.
fn alias(
    function: Option<&Function>,
    release: Option<&Release>,
    permissions: &[Permission],
) -> Option<InvocationTarget> {
    let target = |function: &Function| InvocationTarget {
        state: ACTIVE.to_owned(),
        reserved_concurrency: function.reserved_concurrency,
        policy: permissions.to_vec(),
    };
    function.filter(|_| release.is_some()).map(target)
}

/// Looks at the functions, other than the alias, that these pools name, or named before this stack took their slots.
async fn functions(
    cloud: &impl Read,
    pools: impl Iterator<Item = &LivePool>,
    remembered: Option<&Tags>,
    function: &str,
) -> Result<BTreeMap<String, Seen>> {
    let alias = format!(":function:{function}:{ALIAS}");
    let named = pools.flat_map(|pool| {
        let previous = remembered.and_then(|tags| previous_trigger::of(tags, &pool.id));
        pool.trigger.clone().into_iter().chain(previous)
    });
    let arns: BTreeSet<String> =
        named.map(|trigger| trigger.arn).filter(|arn| !arn.ends_with(&alias)).collect();
    let look = async |arn: String| Ok((arn.clone(), gate::look(cloud, &arn).await?));
    Ok(each(arns, look).await?.into_iter().collect())
}

/// Reads the declared pools alone: what signing in needs.
pub async fn pools(cloud: &impl Read, identity: &Identity) -> Result<Actual> {
    let tags = &identity.tags;
    let named = named(cloud, identity, For::Converging).await?;
    let candidates = candidates(cloud, identity, &named, For::Converging).await?;
    let mut pools = chosen(identity, candidates.clone(), tags, None);
    if pools.values().any(|found| matches!(found, Found::Unmanaged(_))) {
        let function = cloud.function(&identity.stack.function_name()).await?;
        pools = chosen(identity, candidates, tags, function.as_ref());
    }
    Ok(Actual { pools, ..Actual::default() })
}

/// Ids and names of pools.
type Named = [(String, String)];

/// The pools that bear a name of this stack: listed once, since AWS lists all pools of the account.
async fn named(
    cloud: &impl Read,
    identity: &Identity,
    purpose: For,
) -> Result<Vec<(String, String)>> {
    let by_name = identity.pools.values().any(|pool| pool.id.is_none());
    if by_name || purpose == For::Removing {
        return cloud.pools_named(&identity.stack.pool_name("")).await;
    }
    Ok(vec![])
}

/// For every declared pool: the one of its id, or all of its name.
async fn candidates(
    cloud: &impl Read,
    identity: &Identity,
    named: &Named,
    purpose: For,
) -> Result<Vec<Vec<LivePool>>> {
    let of = async |pool| candidates_of(cloud, identity, named, (pool, purpose)).await;
    each(identity.pools.values(), of).await
}

async fn candidates_of(
    cloud: &impl Read,
    identity: &Identity,
    named: &Named,
    (pool, purpose): (&DeclaredPool, For),
) -> Result<Vec<LivePool>> {
    let prefix = identity.stack.client_name("");
    let ids: Vec<String> = pool.clients.values().filter_map(|client| client.id.clone()).collect();
    let parts = Parts {
        groups: pool.has_groups || purpose == For::Removing,
        providers: pool.has_providers,
        sections: &pool.sections,
        clients: ClientsRead::Ours { prefix: &prefix, ids: &ids },
    };
    if let Some(id) = &pool.id {
        return Ok(cloud.pool(id, parts).await?.into_iter().collect());
    }
    let ids = named.iter().filter(|(_, found)| *found == pool.name).map(|(id, _)| id);
    let live = each(ids, async |id| cloud.pool(id, parts).await).await?;
    Ok(live.into_iter().flatten().collect())
}

/// Which of the candidates is the declared pool.
///
/// A pool of ours may have lost its tags: an `UpdateUserPool` that leaves them out takes them away. Our function, which
/// carries our tag, still knows its id.
fn chosen(
    identity: &Identity,
    candidates: Vec<Vec<LivePool>>,
    tags: &Tags,
    function: Option<&Function>,
) -> BTreeMap<String, Found> {
    let remembered = function.map(|function| remembered(function, tags)).unwrap_or_default();
    let choose = |((key, pool), candidates): ((&String, &DeclaredPool), Vec<LivePool>)| {
        let is_ours = |live: &LivePool| pool.id.is_some() || live.pool.tags.same_stack(tags);
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
    identity.pools.iter().zip(candidates).map(choose).collect()
}

/// From ids of pools to their keys, as the stack's own function was told them.
fn remembered(function: &Function, tags: &Tags) -> BTreeMap<String, String> {
    let ours = Some(function).filter(|function| function.tags.same_stack(tags));
    ours.and_then(|function| function.settings.ids().ok()).unwrap_or_default().pools
}

/// Pools that carry this stack's tag under a name that is no longer declared.
async fn orphans(
    cloud: &impl Read,
    identity: &Identity,
    named: &Named,
    purpose: For,
) -> Result<BTreeMap<String, LivePool>> {
    if purpose == For::Converging {
        return Ok(BTreeMap::new());
    }
    let live = each(named, async |(id, _)| cloud.pool(id, NO_CLIENTS).await).await?;
    let ours = live.into_iter().flatten().filter(|live| identity.owns(live));
    Ok(ours.map(|live| (live.id.clone(), live)).collect())
}

/// Pools that are not declared and with which the stack has to do: they may invoke the alias, the function remembers their
/// previous slot, or the log group what was made in them.
async fn attached(
    cloud: &impl Read,
    identity: &Identity,
    (permissions, function, log_group): (&[Permission], Option<&Tags>, Option<&Tags>),
    known: &BTreeSet<String>,
) -> Result<BTreeMap<String, LivePool>> {
    let made: BTreeSet<&str> = log_group.map(made::pools).unwrap_or_default();
    let ids: BTreeSet<&str> = permissions
        .iter()
        .filter(|permission| permission.is_for_cognito())
        .filter_map(|permission| permission.source_arn.as_deref()?.split_once(":userpool/"))
        .map(|(_, id)| id)
        .chain(function.into_iter().flat_map(previous_trigger::pools))
        .chain(made.iter().copied())
        .filter(|id| !known.contains(*id))
        .collect();
    let prefix = identity.stack.client_name("");
    let contents = Parts {
        groups: true,
        clients: ClientsRead::Ours { prefix: &prefix, ids: &[] },
        ..Parts::default()
    };
    let parts = |id: &str| if made.contains(id) { contents } else { NO_CLIENTS };
    let live = each(ids, async |id| cloud.pool(id, parts(id)).await).await?;
    Ok(live.into_iter().flatten().map(|live| (live.id.clone(), live)).collect())
}

/// Users that proofs made, by the ids of these pools.
pub async fn temporary_users(
    cloud: &impl Read,
    pools: impl Iterator<Item = &LivePool>,
) -> Result<BTreeMap<String, Vec<TemporaryUser>>> {
    let of = async |pool: &LivePool| Ok((pool.id.clone(), cloud.temporary_users(&pool.id).await?));
    Ok(each(pools, of).await?.into_iter().filter(|(_, users)| !users.is_empty()).collect())
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
