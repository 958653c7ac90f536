//! What differs between two sets of rules: one row for each kind of subject. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use trigger::rules::{Rule, Rules};

use super::change::{ClaimImpact, SignInImpact, TokenImpact};
use super::classes::{Class, classes};
use super::item::{Item, items};
use super::seat::Seat;
use super::world::World;

/// What differs for any subject, one row for each kind of subject.
#[must_use]
pub fn differences(old: &Rules, new: &Rules, world: &World) -> Vec<TokenImpact> {
    rows(old, new, world, None)
}

/// The same, for everybody or for the tokens of one seat.
pub(super) fn rows(
    old: &Rules,
    new: &Rules,
    world: &World,
    seat: Option<&Seat>,
) -> Vec<TokenImpact> {
    let mut rows: BTreeMap<String, TokenImpact> = BTreeMap::new();
    let all: Vec<&Rule> = old.iter().chain(new.iter()).collect();
    for item in items(&all) {
        let touching = |side: usize, rules: &Rules| {
            let touching = item.touching(rules);
            seat.map_or(touching.clone(), |seat| seat.narrow(side, touching))
        };
        let [was, is] = [touching(0, old), touching(1, new)];
        let bare = |rules: &[Rule]| -> Vec<Rule> {
            rules.iter().map(|rule| Rule { name: "rule".to_owned(), ..rule.clone() }).collect()
        };
        if bare(&was) == bare(&is) && !seat.is_some_and(Seat::moves) {
            continue;
        }
        let Some(classes) = classes(&item, [&was, &is], [old, new], world, seat) else {
            uncountable(&item, &was, &is, &mut rows);
            continue;
        };
        for Class { who, rule, before, after } in classes.into_iter().filter(Class::differs) {
            let row = rows.entry(who.clone()).or_insert_with(|| TokenImpact {
                rule: Some(rule),
                subject: Some(who),
                ..TokenImpact::default()
            });
            note(row, &item, before, after);
        }
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.sort_by_key(TokenImpact::rank);
    rows
}

/// More kinds of subjects than can be counted: whatever might happen is said to happen. A scope can only come by a rule
/// that is new and adds it, or that is gone and suppressed it; and the other way round.
fn uncountable(item: &Item, was: &[Rule], is: &[Rule], rows: &mut BTreeMap<String, TokenImpact>) {
    let who = "some subjects (there are too many kinds to tell which)".to_owned();
    let mut row = rows.remove(&who).unwrap_or_else(|| TokenImpact {
        rule: was.iter().chain(is).map(|rule| rule.name.clone()).next(),
        subject: Some(who.clone()),
        ..TokenImpact::default()
    });
    match item {
        Item::SignIn => {
            let (new, gone) = (!without(is, was).is_empty(), !without(was, is).is_empty());
            row.sign_in =
                if new && gone { Some(SignInImpact::Both) } else { SignInImpact::of(new, gone) };
        }
        Item::Scope(scope) => {
            let (new, gone) = (without(is, was), without(was, is));
            let adds = |rules: &[&Rule]| rules.iter().any(|rule| !rule.add_scopes.is_empty());
            let takes = |rules: &[&Rule]| rules.iter().any(|rule| !rule.suppress_scopes.is_empty());
            row.gained.extend((adds(&new) || takes(&gone)).then(|| scope.clone()));
            row.lost.extend((adds(&gone) || takes(&new)).then(|| scope.clone()));
        }
        Item::Access(_) | Item::Id(_) => row.claims.push(item.change(None, None)),
        Item::Operation(_) => {}
    }
    // Where nothing but refusals changes, the item itself is the same.
    if !row.is_empty() {
        rows.insert(who, row);
    }
}

/// The rules that are not among the others; names do not count.
fn without<'r>(rules: &'r [Rule], others: &[Rule]) -> Vec<&'r Rule> {
    let same =
        |rule: &Rule, other: &Rule| *rule == Rule { name: rule.name.clone(), ..other.clone() };
    rules.iter().filter(|rule| !others.iter().any(|other| same(rule, other))).collect()
}

pub(super) fn note(
    row: &mut TokenImpact,
    item: &Item,
    before: Option<Value>,
    after: Option<Value>,
) {
    match item {
        _ if before == after => {}
        Item::SignIn => {
            let change = SignInImpact::of(before.is_some(), after.is_some());
            row.sign_in = match (row.sign_in, change) {
                (Some(known), Some(change)) => Some(known.and(change)),
                (known, change) => known.or(change),
            };
        }
        // Other bounds may let more in, and less.
        Item::Scope(scope) if Item::rank(before.as_ref()) == Item::rank(after.as_ref()) => {
            row.gained.push(scope.clone());
            row.lost.push(scope.clone());
        }
        Item::Scope(scope) if Item::rank(before.as_ref()) < Item::rank(after.as_ref()) => {
            row.gained.push(scope.clone());
        }
        Item::Scope(scope) => row.lost.push(scope.clone()),
        Item::Operation(_) => {}
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
