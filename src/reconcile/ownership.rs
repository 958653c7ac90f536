//! What in a pool is this stack's: what it remembers having made, by kind and name, and nothing else. Pure.
//!
//! Clients, resource servers and groups carry no tags. They are remembered before they are made (see
//! [`crate::model::tags::made`]); what is found and not remembered belongs to somebody else, whatever it is called.

use std::collections::BTreeMap;

use super::actual::Actual;
use super::desired::WantedPool;
use super::identity::Identity;
use crate::model::tags::made::{Made, Memory};
use crate::model::{LivePool, TemporaryUser};

/// What a stack knows of what it made.
pub struct Ownership<'a> {
    identity: &'a Identity,
    actual: &'a Actual,
    /// Ids of clients by the ids of their pools and their names, as the stack's own function was told them.
    told: BTreeMap<(String, String), String>,
}

impl<'a> Ownership<'a> {
    /// What was seen says it all.
    #[must_use]
    pub fn new(identity: &'a Identity, actual: &'a Actual) -> Self {
        let ours = actual.function.as_ref().filter(|it| it.tags.same_stack(&identity.tags));
        let ids = ours.and_then(|it| it.settings.ids().ok()).unwrap_or_default();
        let named = |(id, at): (&String, &String)| {
            let (pool, key) = at.split_once('/')?;
            let (pool_id, _) = ids.pools.iter().find(|(_, key)| *key == pool)?;
            Some(((pool_id.clone(), identity.stack.client_name(key)), id.clone()))
        };
        Self { identity, actual, told: ids.clients.iter().filter_map(named).collect() }
    }

    /// What this stack remembers of a pool.
    #[must_use]
    pub fn remembered(&self, live: &LivePool) -> Memory {
        if self.identity.owns(live) {
            return Memory::of_own(&live.pool.tags);
        }
        let log_group = self.actual.log_group.as_ref();
        let ours = log_group.filter(|group| group.tags.same_stack(&self.identity.tags));
        ours.map(|group| Memory::of_adopted(&live.id, &group.tags)).unwrap_or_default()
    }

    /// The same of a declared pool. One of ours that lost its tags lost its memory too: what is declared and there counts
    /// then.
    #[must_use]
    pub fn of_declared(&self, wanted: &WantedPool, live: &LivePool) -> Memory {
        if wanted.is_owned() && !self.identity.owns(live) {
            let mut all = Memory::default();
            declared(wanted).filter(|made| is_there(live, *made)).for_each(|made| all.add(made));
            let told = live.clients.iter().filter(|(id, it)| self.told(live, &it.name) == Some(id));
            told.for_each(|(_, client)| all.add(Made::Client(&client.name)));
            return all;
        }
        self.remembered(live)
    }

    /// The users that proofs of this stack made in a pool, whether one is still under way or not.
    pub fn temporary_users(&self, live: &LivePool) -> impl Iterator<Item = &'a TemporaryUser> {
        let here = self.actual.temporary_users.get(&live.id).into_iter().flatten();
        here.filter(|user| user.is_of(&self.identity.stack))
    }

    /// What is to be remembered while a plan is preserved out: what is known and still there, and what is about to be made.
    #[must_use]
    pub fn to_remember(&self, wanted: &WantedPool, live: Option<&LivePool>) -> Memory {
        let known = live.map(|live| self.of_declared(wanted, live)).unwrap_or_default();
        let mut memory = live.map(|live| known.only(contents(live))).unwrap_or_default();
        if wanted.groups.is_empty() {
            // They were not looked at, so nobody knows that one is gone.
            memory = memory.and(known.groups());
        }
        memory = memory.and(known.replacements());
        for made in declared(wanted).filter(|made| !live.is_some_and(|it| is_there(it, *made))) {
            memory.add(made);
            if let (Made::Client(name), Some(live)) = (made, live)
                && let Some(gone) = self.told(live, name)
            {
                memory.add(Made::Replacement(name, gone));
            }
        }
        memory
    }

    /// Whether this stack made the client of this name and id. The function may know another id by that name, which is gone:
    /// then it is ours only if it was about to be replaced.
    #[must_use]
    pub fn made_client(&self, live: &LivePool, memory: &Memory, name: &str, id: &str) -> bool {
        match self.told(live, name) {
            Some(other) if other != id => memory.knows(Made::Replacement(name, other)),
            _ => memory.knows(Made::Client(name)),
        }
    }

    fn told(&self, live: &LivePool, name: &str) -> Option<&str> {
        self.told.get(&(live.id.clone(), name.to_owned())).map(String::as_str)
    }
}

/// What an engine makes of a whole pool.
#[must_use]
pub fn of_everything(wanted: &WantedPool) -> Memory {
    let mut memory = Memory::default();
    declared(wanted).for_each(|made| memory.add(made));
    memory
}

/// What is declared and can be made: everything but clients that are adopted by their id.
fn declared(wanted: &WantedPool) -> impl Iterator<Item = Made<'_>> {
    let clients = wanted.clients.values().filter(|client| client.id.is_none());
    let clients = clients.map(|client| Made::Client(&client.client.name));
    let servers = wanted.resource_servers.keys().map(|it| Made::ResourceServer(it));
    let providers = wanted.identity_providers.keys().map(|name| Made::IdentityProvider(name));
    let groups = wanted.groups.keys().map(|name| Made::Group(name));
    clients.chain(servers).chain(groups).chain(providers)
}

/// What stands in a pool.
pub fn contents(live: &LivePool) -> impl Iterator<Item = Made<'_>> {
    let clients = live.clients.values().map(|client| Made::Client(&client.name));
    let servers = live.resource_servers.keys().map(|it| Made::ResourceServer(it));
    let providers = live.identity_providers.keys().map(|name| Made::IdentityProvider(name));
    let groups = live.groups.keys().map(|name| Made::Group(name));
    clients.chain(servers).chain(groups).chain(providers)
}

fn is_there(live: &LivePool, made: Made<'_>) -> bool {
    contents(live).any(|other| other == made)
}
