//! What a token gets is more than rules: whose slot calls the trigger, by which event version, and which ids stand for
//! which keys. Compares two whole situations for every client that exists. Pure.

use std::collections::BTreeMap;

use trigger::Ids;
use trigger::rules::{Condition, Rule, Rules, Subject};

use super::{TokenImpact, World, rows};
use crate::config::TriggerSource;

/// Everything that decides what a token gets.
#[derive(Debug, Clone, Default)]
pub struct Situation {
    /// What the trigger applies.
    pub rules: Rules,
    /// Which ids stand for which keys.
    pub ids: Ids,
    /// The pools whose slot calls the trigger, by id, and the version of their events.
    pub slots: BTreeMap<String, String>,
}

/// A client that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveClient {
    /// How people call it.
    pub name: String,
    /// Its pool's id.
    pub pool_id: String,
    /// Its own id; without one, any other client of the pool is meant.
    pub id: Option<String>,
    /// Whether users sign in with it, as far as that is known.
    pub users: bool,
    /// Whether it may get tokens of its own.
    pub machine: bool,
    /// Whether it is about to be deleted: then no token of it gets anything.
    pub deleted: bool,
}

/// What the rules see of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Keys {
    pool: Option<String>,
    client: Option<String>,
}

/// A client's tokens, of its users or of its own; before and after. Where the trigger is not asked, there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seat {
    keys: [Option<Keys>; 2],
    machine: bool,
}

impl Situation {
    fn keys(&self, client: &LiveClient, machine: bool) -> Option<Keys> {
        let version = self.slots.get(&client.pool_id)?.as_str();
        let asked = if machine { version == "V3_0" } else { version != "V1_0" };
        let (pool, client) = self.ids.keys(Some(&client.pool_id), client.id.as_deref());
        asked.then(|| Keys { pool: pool.map(str::to_owned), client: client.map(str::to_owned) })
    }
}

impl Seat {
    /// The subject as the rules see it before (0) or after (1).
    pub(super) fn subject(&self, side: usize, subject: &Subject) -> Subject {
        let Keys { pool, client } = self.keys[side].clone().unwrap_or_default();
        let source = if self.machine {
            Some(TriggerSource::ClientCredentials.as_str().to_owned())
        } else {
            subject.trigger_source.clone()
        };
        Subject { pool, client, trigger_source: source, ..subject.clone() }
    }

    pub(super) fn is_machine(&self) -> bool {
        self.machine
    }

    /// Whether the trigger is asked about it otherwise than before.
    pub(super) fn moves(&self) -> bool {
        self.keys[0] != self.keys[1]
    }

    /// The rules that can apply here, without the conditions that are settled.
    pub(super) fn narrow(&self, side: usize, rules: Vec<Rule>) -> Vec<Rule> {
        let Some(keys) = &self.keys[side] else { return vec![] };
        let of = rules.into_iter().filter(|rule| is_of(rule, keys));
        of.filter_map(|rule| if self.machine { of_machine(rule) } else { of_users(rule) }).collect()
    }
}

fn is_of(rule: &Rule, keys: &Keys) -> bool {
    let is = |wanted: &String| match wanted.split_once('/') {
        Some((pool, client)) => {
            keys.pool.as_deref() == Some(pool) && keys.client.as_deref() == Some(client)
        }
        None => keys.client.as_ref() == Some(wanted),
    };
    (rule.pools.is_empty() || keys.pool.as_ref().is_some_and(|pool| rule.pools.contains(pool)))
        && (rule.clients.is_empty() || rule.clients.iter().any(is))
}

fn is_machine(source: &str) -> bool {
    source == TriggerSource::ClientCredentials.as_str()
}

/// Users do everything but what machines do.
fn of_users(rule: Rule) -> Option<Rule> {
    let named = !rule.trigger_sources.is_empty();
    let mut rule = Rule { pools: vec![], clients: vec![], ..rule };
    rule.trigger_sources.retain(|source| !is_machine(source));
    (!named || !rule.trigger_sources.is_empty()).then_some(rule)
}

/// A machine is in no group and has no attribute.
fn of_machine(rule: Rule) -> Option<Rule> {
    let asked = rule.trigger_sources.is_empty()
        || rule.trigger_sources.iter().any(|source| is_machine(source));
    let as_user = !rule.groups.is_empty()
        || !rule.groups_all.is_empty()
        || rule.attributes.values().any(|wanted| *wanted != Condition::Present(false));
    (asked && !as_user).then(|| Rule {
        pools: vec![],
        clients: vec![],
        groups_none: vec![],
        attributes: BTreeMap::new(),
        trigger_sources: vec![],
        ..rule
    })
}

/// What clients gain and lose of which the trigger will be asked otherwise than before; what the rules alone change is
/// said for everybody by `differences`.
pub(super) fn moved(
    before: &Situation,
    after: &Situation,
    clients: &[LiveClient],
    world: &World,
) -> Vec<TokenImpact> {
    let mut seats: BTreeMap<Seat, Vec<&str>> = BTreeMap::new();
    for client in clients {
        let kinds = [(client.users, false), (client.machine, true)];
        for (_, machine) in kinds.into_iter().filter(|(exists, _)| *exists) {
            let then = after.keys(client, machine).filter(|_| !client.deleted);
            let seat = Seat { keys: [before.keys(client, machine), then], machine };
            if seat.moves() {
                seats.entry(seat).or_default().push(&client.name);
            }
        }
    }
    let none = Rules::default();
    let compare = |(seat, names): (&Seat, &Vec<&str>)| {
        let asked = |side: usize, rules| if seat.keys[side].is_some() { rules } else { &none };
        let sides = [asked(0, &before.rules), asked(1, &after.rules)];
        let rows = rows(sides[0], sides[1], world, Some(seat));
        let who = names.join(", ");
        rows.into_iter().map(|row| of_clients(row, &who, seat.machine)).collect::<Vec<_>>()
    };
    // Where nothing was applied to anybody, every gain is one of the rules.
    let news = |seat: &Seat| seat.keys[0].is_some() || before.rules.iter().len() > 0;
    seats.iter().filter(|(seat, _)| news(seat)).flat_map(compare).collect()
}

fn of_clients(row: TokenImpact, names: &str, machine: bool) -> TokenImpact {
    let whose = if machine { format!("{names} (machine-to-machine)") } else { names.to_owned() };
    let subject = match row.subject.as_deref() {
        None | Some("everyone") => whose,
        Some(who) => format!("{whose}, {who}"),
    };
    TokenImpact { subject: Some(subject), ..row }
}
