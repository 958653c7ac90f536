//! What was seen of a stack, as plain data. `observe` fills it, `plan` reads it.

use std::collections::{BTreeMap, BTreeSet};

use super::identity::Identity;
use crate::model::tags::previous_trigger;
use crate::model::{
    ClientKey, Function, Ids, LivePool, LogGroup, MachineToMachine, Obstacle, Permission, Release,
    Role, Seen, Tags, TemporaryUser, Trigger, obstacle,
};

/// Everything that was seen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Actual {
    /// The log group of the function's name, whoever made it.
    pub log_group: Option<LogGroup>,
    /// The role of our name, whoever made it.
    pub role: Option<Role>,
    /// The function of our name, whoever made it.
    pub function: Option<Function>,
    /// The alias `live`.
    pub release: Option<Release>,
    /// Statements of the alias's policy.
    pub permissions: Vec<Permission>,
    /// Declared pools by key.
    pub pools: BTreeMap<String, Found>,
    /// Pools that are not declared (any more) but may invoke the alias, or carry this stack's tag; by id.
    pub undeclared: BTreeMap<String, LivePool>,
    /// Ids of pools that hold users; looked up only before a removal.
    pub populated: BTreeSet<String>,
    /// Users that proofs made in adopted pools, by the ids of the pools: where those are no longer declared, and before a
    /// removal of all. Those in pools of ours go with the pool.
    pub temporary_users: BTreeMap<String, Vec<TemporaryUser>>,
    /// Whether and by whom the alias can be invoked.
    pub alias: Option<Seen>,
    /// The same of every other function that a pool names, or is to name again; by its ARN.
    pub functions: BTreeMap<String, Seen>,
}

/// What was found for a declared pool.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// Nothing of its name, or no pool of the id.
    Nothing,
    /// The pool.
    Pool(Box<LivePool>),
    /// Only pools of its name that are not ours: their ids.
    Unmanaged(Vec<String>),
    /// More than one that carries our tags: their ids.
    Several(Vec<String>),
}

impl Found {
    /// The pool, if there is exactly one and it is ours or declared by its id.
    #[must_use]
    pub fn pool(&self) -> Option<&LivePool> {
        match self {
            Self::Pool(pool) => Some(pool),
            Self::Nothing | Self::Unmanaged(_) | Self::Several(_) => None,
        }
    }
}

impl Actual {
    /// The declared pool of this key, if it was found.
    #[must_use]
    pub fn pool(&self, key: &str) -> Option<&LivePool> {
        self.pools.get(key).and_then(Found::pool)
    }

    /// The ids of what is declared and exists.
    #[must_use]
    pub fn ids(&self, identity: &Identity) -> Ids {
        let mut ids = Ids::default();
        for (key, declared) in &identity.pools {
            let Some(live) = self.pool(key) else { continue };
            ids.pools.insert(key.clone(), live.id.clone());
            for (client, declared) in &declared.clients {
                if let Some((id, _)) = declared.candidates(live).next() {
                    ids.clients.insert(ClientKey::new(key, client), id.clone());
                }
            }
        }
        ids
    }

    /// What each declared client that exists allows: `ALLOW_…` values.
    #[must_use]
    pub fn flows(&self, ids: &Ids) -> BTreeMap<ClientKey, BTreeSet<String>> {
        let flows = |(at, id): (&ClientKey, &String)| {
            let client = self.pool(&at.pool)?.clients.get(id)?;
            Some((at.clone(), client.auth_flows.clone()))
        };
        ids.clients.iter().filter_map(flows).collect()
    }

    /// The declared clients that exist and that machines may use.
    #[must_use]
    pub fn machines(&self, ids: &Ids) -> BTreeMap<ClientKey, MachineToMachine> {
        let machine = |(at, id): (&ClientKey, &String)| {
            let pool = self.pool(&at.pool)?;
            let scopes = pool.clients.get(id)?.machine.clone()?;
            Some((at.clone(), MachineToMachine { scopes, domain: pool.domain.clone() }))
        };
        ids.clients.iter().filter_map(machine).collect()
    }

    /// What stood in this pool's slot before this stack took it over, as its function remembers.
    #[must_use]
    pub fn previous(&self, pool_id: &str, stack: &Tags) -> Option<Trigger> {
        let function = self.function.as_ref().filter(|function| function.tags.same_stack(stack))?;
        previous_trigger::of(&function.tags, pool_id)
    }

    /// What keeps this pool from invoking this function, if anything does.
    #[must_use]
    pub fn obstacle(&self, identity: &Identity, pool_id: &str, arn: &str) -> Option<Obstacle> {
        let ours = || self.alias.as_ref().filter(|_| arn == identity.alias_arn());
        let Some(seen) = self.functions.get(arn).or_else(ours) else {
            let (arn, why) = (arn.to_owned(), "nobody looked".to_owned());
            return Some(Obstacle::Unseen { arn, why });
        };
        obstacle(seen, &identity.target, pool_id, arn)
    }

    /// Whether nothing of the stack exists, by its name, its tag, or in a slot.
    #[must_use]
    pub fn is_empty(&self, identity: &Identity) -> bool {
        let is_of_stack = |pool: &LivePool| {
            let held = pool.trigger.as_ref();
            identity.owns(pool) || held.is_some_and(|held| identity.is_our_function(&held.arn))
        };
        let mut pools = self.pools.values().filter_map(Found::pool).chain(self.undeclared.values());
        self.function.is_none()
            && self.role.is_none()
            && self.log_group.is_none()
            && !pools.any(is_of_stack)
    }
}
