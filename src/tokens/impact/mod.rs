//! What a change of the rules does to tokens: old and new rules compared by effect. Pure.
//!
//! Each scope and each claim is compared by itself, over all subjects that the rules which touch it can tell apart
//! (`classes`). What is the same for everybody is not reported; what differs for anybody is.

mod change;
mod classes;
mod dimension;
mod item;

pub(crate) use change::value;
pub use change::{ClaimImpact, TokenImpact};
use std::collections::BTreeMap;

use serde_json::Value;
use trigger::rules::{Rule, Rules};

use super::persona::personas;
use crate::config::Config;
use crate::model::ClientKey;
use classes::{Class, classes};
use item::{Item, items};

/// What distinguishes subjects beside the rules: the clients that exist, and the time.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Every client that can sign in; empty is any.
    pub clients: Vec<ClientKey>,
    /// Seconds since 1970; what only concerned the past is left out.
    pub now: i64,
}

/// What the promises' subjects, and every kind of subject, gain and lose.
#[must_use]
pub fn impact(config: &Config, old: &Rules, new: &Rules, now: i64) -> Vec<TokenImpact> {
    let clients = config
        .pools
        .iter()
        .flat_map(|(key, pool)| pool.clients.keys().map(move |client| ClientKey::new(key, client)));
    let world = World { clients: clients.collect(), now };
    let mut rows = of_promises(config, old, new, now);
    rows.extend(differences(old, new, &world));
    rows
}

/// The rows of the promises.
fn of_promises(config: &Config, old: &Rules, new: &Rules, now: i64) -> Vec<TokenImpact> {
    let promised = personas(config).into_iter().filter(|persona| persona.promise.is_some());
    let all: Vec<&Rule> = old.iter().chain(new.iter()).collect();
    let items = items(&all);
    let row = |persona: super::persona::Persona| {
        let subject = persona.subject(persona.source, now);
        let mut row = TokenImpact { expectation: Some(persona.name), ..TokenImpact::default() };
        for item in &items {
            let own = item.is_cognitos(&all);
            let [before, after] = [old, new].map(|rules| item.outcome(rules, &subject, own));
            note(&mut row, item, before, after);
        }
        row
    };
    promised.map(row).filter(|row| !row.is_empty()).collect()
}

/// What differs for any subject, one row for each kind of subject.
#[must_use]
pub fn differences(old: &Rules, new: &Rules, world: &World) -> Vec<TokenImpact> {
    let mut rows: BTreeMap<String, TokenImpact> = BTreeMap::new();
    let all: Vec<&Rule> = old.iter().chain(new.iter()).collect();
    for item in items(&all) {
        let [was, is] = [old, new].map(|rules| item.touching(rules));
        let bare = |rules: &[Rule]| -> Vec<Rule> {
            rules.iter().map(|rule| Rule { name: "rule".to_owned(), ..rule.clone() }).collect()
        };
        if bare(&was) == bare(&is) {
            continue;
        }
        let Some(classes) = classes(&item, [&was, &is], [old, new], world) else {
            uncountable(&item, &was, &is, &mut rows);
            continue;
        };
        for Class { who, rule, before, after, .. } in classes {
            let row = rows.entry(who.clone()).or_insert_with(|| TokenImpact {
                rule: Some(rule),
                subject: Some(who),
                ..TokenImpact::default()
            });
            note(row, &item, before, after);
        }
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by_key(|row| row.lost.is_empty());
    rows
}

/// More kinds of subjects than can be counted: whatever might happen is said to happen. A scope can only come by a rule
/// that is new and adds it, or that is gone and suppressed it; and the other way round.
fn uncountable(item: &Item, was: &[Rule], is: &[Rule], rows: &mut BTreeMap<String, TokenImpact>) {
    let who = "some subjects (there are too many kinds to tell which)".to_owned();
    let row = rows.entry(who.clone()).or_insert_with(|| TokenImpact {
        rule: was.iter().chain(is).map(|rule| rule.name.clone()).next(),
        subject: Some(who),
        ..TokenImpact::default()
    });
    match item {
        Item::Scope(scope) => {
            let (new, gone) = (without(is, was), without(was, is));
            let adds = |rules: &[&Rule]| rules.iter().any(|rule| !rule.add_scopes.is_empty());
            let takes = |rules: &[&Rule]| rules.iter().any(|rule| !rule.suppress_scopes.is_empty());
            row.gained.extend((adds(&new) || takes(&gone)).then(|| scope.clone()));
            row.lost.extend((adds(&gone) || takes(&new)).then(|| scope.clone()));
        }
        Item::Access(_) | Item::Id(_) => row.claims.push(item.change(None, None)),
    }
}

/// The rules that are not among the others; names do not count.
fn without<'r>(rules: &'r [Rule], others: &[Rule]) -> Vec<&'r Rule> {
    let same =
        |rule: &Rule, other: &Rule| *rule == Rule { name: rule.name.clone(), ..other.clone() };
    rules.iter().filter(|rule| !others.iter().any(|other| same(rule, other))).collect()
}

fn note(row: &mut TokenImpact, item: &Item, before: Option<Value>, after: Option<Value>) {
    match item {
        _ if before == after => {}
        Item::Scope(scope) if after.is_some() => row.gained.push(scope.clone()),
        Item::Scope(scope) => row.lost.push(scope.clone()),
        Item::Access(_) | Item::Id(_) => {
            let change = item.change(before, after);
            // The first subject of a kind speaks for it.
            let known = |one: &ClaimImpact| one.token == change.token && one.claim == change.claim;
            if !row.claims.iter().any(known) {
                row.claims.push(change);
            }
        }
    }
}
