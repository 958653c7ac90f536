//! The memberships that are worth a row: no group, each single one, and those sets that say more than their parts. Pure.

use std::collections::BTreeSet;

use trigger::rules::Rule;

use super::axis::AxisValue;
use crate::tokens::impact::Set;

type Groups = BTreeSet<String>;

/// All of them; `promised` are those that somebody cares for.
pub(super) fn memberships(
    rules: &[&Rule],
    promised: impl Iterator<Item = Groups>,
) -> Vec<AxisValue> {
    let mut sets: BTreeSet<Groups> = promised.collect();
    sets.insert(Groups::new());
    let turning = |rule: &&&Rule| takes(rule) || !rule.groups_none.is_empty();
    let turning: Vec<&Rule> = rules.iter().filter(turning).copied().collect();
    for rule in rules {
        let named = rule.groups.iter().chain(&rule.groups_all).chain(&rule.groups_none);
        sets.extend(named.map(|group| Groups::from([group.clone()])));
        sets.extend(least(rule));
        // What one rule asks for beside what makes it, or another rule of the same scope, think again.
        for other in turning.iter().filter(|other| meets(rule, other)) {
            let turns = other.groups_none.iter().map(|group| Groups::from([group.clone()]));
            for turn in turns.chain(least(other).filter(|_| takes(other))) {
                sets.extend(least(rule).map(|own| own.union(&turn).cloned().collect::<Groups>()));
            }
        }
    }
    let mut sets: Vec<_> = sets.into_iter().collect();
    sets.sort_by_key(BTreeSet::len);
    sets.into_iter().map(candidate).collect()
}

/// The smallest memberships with which a rule is content.
fn least(rule: &Rule) -> impl Iterator<Item = Groups> {
    let all: Groups = rule.groups_all.iter().cloned().collect();
    let any = rule.groups.iter().map(|group| Some(group.clone()));
    let any = any.chain(rule.groups.is_empty().then_some(None));
    any.map(move |group| all.iter().cloned().chain(group).collect::<Groups>())
        .collect::<Vec<_>>()
        .into_iter()
}

/// Whether it takes scopes away, or all of them with the token.
fn takes(rule: &Rule) -> bool {
    rule.refuses() || !rule.suppress_scopes.is_empty()
}

/// Whether the one can undo what the other does.
fn meets(rule: &Rule, other: &Rule) -> bool {
    other.refuses() && !rule.refuses()
        || rule.add_scopes.iter().any(|scope| {
            other.suppress_scopes.contains(scope)
                || !other.groups_none.is_empty() && other.add_scopes.contains(scope)
        })
}

fn candidate(groups: Groups) -> AxisValue {
    let names: Vec<&str> = groups.iter().map(String::as_str).collect();
    let label = match names.as_slice() {
        [] => "in no group".to_owned(),
        [one] => format!("in {one}"),
        [one, other] => format!("in both {one} and {other}"),
        many => format!("in all of {}", many.join(", ")),
    };
    let set = groups.into_iter().map(|group| Set::Group(Some(group))).collect();
    AxisValue { label, set, tag: 0 }
}
