//! What in a pool is this stack's: what it remembers having made, by kind and name, and nothing else. Pure.
//!
//! Clients, resource servers and groups carry no tags. They are remembered before they are made (see
//! [`crate::model::tags::made`]); what is found and not remembered belongs to somebody else, whatever it is called.

use super::actual::Actual;
use super::desired::{Desired, WantedPool};
use super::identity::Identity;
use crate::model::tags::made::{Made, Memory};
use crate::model::{Client, ClientKey, LivePool};

/// What this stack remembers of a pool.
#[must_use]
pub fn remembered(identity: &Identity, actual: &Actual, live: &LivePool) -> Memory {
    if identity.owns(live) {
        return Memory::of_own(&live.pool.tags);
    }
    let log_group = actual.log_group.as_ref();
    let ours = log_group.filter(|group| group.tags.same_stack(&identity.tags));
    ours.map(|group| Memory::of_adopted(&live.id, &group.tags)).unwrap_or_default()
}

/// The same of a declared pool. One of ours that lost its tags lost its memory too: what is declared and there counts then.
#[must_use]
pub fn of_declared(
    desired: &Desired,
    actual: &Actual,
    wanted: &WantedPool,
    live: &LivePool,
) -> Memory {
    if wanted.is_owned() && !desired.identity.owns(live) {
        let mut all = Memory::default();
        declared(wanted).filter(|made| is_there(live, *made)).for_each(|made| all.add(made));
        return all;
    }
    remembered(&desired.identity, actual, live)
}

/// What is to be remembered while a plan is carried out: what is known and still there, and what is about to be made.
#[must_use]
pub fn to_remember(wanted: &WantedPool, live: Option<&LivePool>, known: &Memory) -> Memory {
    let mut memory = live.map(|live| known.only(contents(live))).unwrap_or_default();
    if wanted.groups.is_empty() {
        // They were not looked at, so nobody knows that one is gone.
        memory = memory.and(known.groups());
    }
    let absent = |made: &Made<'_>| live.is_none_or(|live| !is_there(live, *made));
    declared(wanted).filter(absent).for_each(|made| memory.add(made));
    memory
}

/// What is declared and can be made: everything but clients that are adopted by their id.
fn declared(wanted: &WantedPool) -> impl Iterator<Item = Made<'_>> {
    let clients = wanted.clients.values().filter(|client| client.id.is_none());
    let clients = clients.map(|client| Made::Client(&client.client.name));
    let servers = wanted.resource_servers.keys().map(|it| Made::ResourceServer(it));
    clients.chain(servers).chain(wanted.groups.keys().map(|name| Made::Group(name)))
}

/// What stands in a pool.
pub fn contents(live: &LivePool) -> impl Iterator<Item = Made<'_>> {
    let clients = live.clients.values().map(|client| Made::Client(&client.name));
    let servers = live.resource_servers.keys().map(|it| Made::ResourceServer(it));
    clients.chain(servers).chain(live.groups.keys().map(|name| Made::Group(name)))
}

fn is_there(live: &LivePool, made: Made<'_>) -> bool {
    contents(live).any(|other| other == made)
}

/// Whether this stack made this client: its name is remembered, and the function does not know that key by the id of
/// another client, which is gone now.
#[must_use]
pub fn made_client(
    identity: &Identity,
    actual: &Actual,
    memory: &Memory,
    at: &ClientKey,
    (id, client): (&str, &Client),
) -> bool {
    if !memory.knows(Made::Client(&client.name)) {
        return false;
    }
    let ours = actual.function.as_ref().filter(|it| it.tags.same_stack(&identity.tags));
    let told = ours.and_then(|it| it.settings.environment.get(trigger::IDS_VARIABLE));
    let told = told.and_then(|ids| trigger::Ids::from_json(ids).ok()).unwrap_or_default();
    let key = at.to_string();
    let other = told.clients.iter().find(|(_, known)| **known == key).map(|(id, _)| id.as_str());
    other.is_none_or(|other| other == id)
}
