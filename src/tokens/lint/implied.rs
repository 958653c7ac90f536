//! Whether one rule applies whenever another one does. "No" also means "that is not certain".

use std::collections::BTreeMap;

use trigger::Moment;
use trigger::rules::{Condition, MACHINE_SOURCE, Rule};

use super::surroundings::Surroundings;
use crate::model::ClientKey;
use crate::tokens::machine::is_of_machine;

/// Whether `wide` applies to every subject that `narrow` applies to, from now on.
pub(super) fn implies(narrow: &Rule, wide: &Rule, surroundings: &Surroundings) -> bool {
    client(narrow, wide, surroundings)
        && groups(narrow, wide, surroundings)
        && values(&narrow.attributes, &wide.attributes, for_machines_alone(narrow))
        && values(&narrow.client_metadata, &wide.client_metadata, false)
        && values(&narrow.facts, &wide.facts, false)
        && any_of(&narrow.scopes, &wide.scopes)
        && source(narrow, wide, surroundings)
        && first_second(wide) <= first_second(narrow).max(surroundings.now)
        && last_second(narrow) <= last_second(wide)
}

/// Whether pools and clients of the rule let this client pass.
pub(super) fn is_of(rule: &Rule, client: &ClientKey) -> bool {
    let is = |wanted: &String| *wanted == client.client || *wanted == client.to_string();
    (rule.pools.is_empty() || rule.pools.contains(&client.pool))
        && (rule.clients.is_empty() || rule.clients.iter().any(is))
}

/// The occasions of a rule that names some, as far as there are such.
pub(super) fn sources<'r>(rule: &'r Rule, surroundings: &Surroundings) -> Vec<&'r str> {
    let sources = rule.trigger_sources.iter().map(String::as_str);
    sources.filter(|source| surroundings.machines || !is_of_machine(source)).collect()
}

/// The last second in which the rule can apply.
pub(super) fn last_second(rule: &Rule) -> i64 {
    rule.not_after.as_ref().and_then(Moment::last_second).unwrap_or(i64::MAX)
}

fn first_second(rule: &Rule) -> i64 {
    rule.not_before.as_ref().and_then(Moment::first_second).unwrap_or(i64::MIN)
}

/// A machine is in no group and has no attribute.
pub(super) fn for_machines_alone(rule: &Rule) -> bool {
    !rule.trigger_sources.is_empty() && rule.trigger_sources.iter().all(|one| is_of_machine(one))
}

/// Nothing is wanted, or what `narrow` lets through is all wanted.
fn any_of(narrow: &[String], wide: &[String]) -> bool {
    wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|one| wide.contains(one)))
}

fn client(narrow: &Rule, wide: &Rule, surroundings: &Surroundings) -> bool {
    if narrow.clients.is_empty() {
        // Pools may have clients that the stack does not know, and that have no key.
        return wide.clients.is_empty() && any_of(&narrow.pools, &wide.pools);
    }
    surroundings
        .clients
        .iter()
        .filter(|client| is_of(narrow, client))
        .all(|client| is_of(wide, client))
}

fn groups(narrow: &Rule, wide: &Rule, surroundings: &Surroundings) -> bool {
    let left: Vec<_> =
        narrow.groups.iter().filter(|group| !narrow.groups_none.contains(group)).collect();
    let is_in =
        |group: &String| narrow.groups_all.contains(group) || (left.len() == 1 && left[0] == group);
    let in_any = wide.groups.iter().any(is_in)
        || (!left.is_empty() && left.iter().all(|group| wide.groups.contains(group)));
    let alone = surroundings.machines && for_machines_alone(narrow);
    (wide.groups.is_empty() || in_any)
        && wide.groups_all.iter().all(is_in)
        && (alone || wide.groups_none.iter().all(|group| narrow.groups_none.contains(group)))
}

type Conditions = BTreeMap<String, Condition>;

fn values(narrow: &Conditions, wide: &Conditions, none_at_all: bool) -> bool {
    wide.iter().all(|(name, wanted)| match narrow.get(name) {
        Some(given) => value(given, wanted),
        None => none_at_all && wanted.holds(None),
    })
}

/// Whether every value that meets `narrow` meets `wide`.
fn value(narrow: &Condition, wide: &Condition) -> bool {
    match (narrow, wide) {
        (Condition::Equals(text), wide) => wide.holds(Some(text)),
        (Condition::OneOf(texts), wide) => texts.iter().all(|text| wide.holds(Some(text))),
        (Condition::Present(false), wide) => wide.holds(None),
        (Condition::Present(true), Condition::Prefix(start)) => start.is_empty(),
        (Condition::Prefix(given), Condition::Prefix(wanted)) => given.starts_with(wanted.as_str()),
        (Condition::Present(true) | Condition::Prefix(_), wide) => {
            *wide == Condition::Present(true)
        }
    }
}

fn source(narrow: &Rule, wide: &Rule, surroundings: &Surroundings) -> bool {
    let (given, wanted) = (sources(narrow, surroundings), sources(wide, surroundings));
    if wide.trigger_sources.is_empty() && !wide.is_for_source(Some(MACHINE_SOURCE)) {
        let named = !given.is_empty() && !given.iter().any(|source| is_of_machine(source));
        let spares =
            narrow.trigger_sources.is_empty() && !narrow.is_for_source(Some(MACHINE_SOURCE));
        return named || spares || !surroundings.machines;
    }
    wide.trigger_sources.is_empty()
        || (!given.is_empty() && given.iter().all(|source| wanted.contains(source)))
}
