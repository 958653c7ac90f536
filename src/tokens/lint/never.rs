//! Why a rule can never apply, from its own conditions, the clients that exist, and the time.

use trigger::rules::{Condition, Rule};

use super::implied::{for_machines_alone, is_of, last_second, sources};
use super::surroundings::Surroundings;
use crate::model::STANDARD_SCOPES;

/// A reason why a rule never applies. Numbers are places in the lists of the rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Never {
    /// One group is in `groups_all` and in `groups_none`.
    InAndOut {
        /// Its place in `groups_all`.
        all: usize,
        /// Its place in `groups_none`.
        none: usize,
    },
    /// Every group of `groups` is in `groups_none`.
    NoGroupLeft,
    /// None of the clients is one of these pools.
    ClientElsewhere,
    /// It is for machines alone, and Cognito does not ask about them.
    NoMachineToMachine,
    /// It is for machines alone, and asks for something that only users have: this key.
    MachineToMachineLikeUser(&'static str),
    /// It is for machines alone, and asks for scopes that no machine can ask for.
    MachineToMachineScopes,
    /// It is over.
    Over,
}

/// The first reason that is found.
pub(super) fn why(rule: &Rule, surroundings: &Surroundings) -> Option<Never> {
    contradicting_groups(rule)
        .or_else(|| client_elsewhere(rule, surroundings).then_some(Never::ClientElsewhere))
        .or_else(|| machine(rule, surroundings))
        .or_else(|| (last_second(rule) < surroundings.now).then_some(Never::Over))
}

fn contradicting_groups(rule: &Rule) -> Option<Never> {
    let none_of = |group: &String| rule.groups_none.iter().position(|none| none == group);
    let both = rule
        .groups_all
        .iter()
        .enumerate()
        .find_map(|(all, group)| Some(Never::InAndOut { all, none: none_of(group)? }));
    let no_group_left =
        !rule.groups.is_empty() && rule.groups.iter().all(|group| none_of(group).is_some());
    both.or(no_group_left.then_some(Never::NoGroupLeft))
}

/// The keys of clients are those of the stack; other clients of a pool have none.
fn client_elsewhere(rule: &Rule, surroundings: &Surroundings) -> bool {
    !rule.clients.is_empty() && !surroundings.clients.iter().any(|client| is_of(rule, client))
}

fn machine(rule: &Rule, surroundings: &Surroundings) -> Option<Never> {
    if !for_machines_alone(rule) {
        return None;
    }
    if sources(rule, surroundings).is_empty() {
        return Some(Never::NoMachineToMachine);
    }
    let needs_attribute =
        rule.attributes.values().any(|condition| *condition != Condition::Present(false));
    let of_users = [
        ("groups", !rule.groups.is_empty()),
        ("groups_all", !rule.groups_all.is_empty()),
        ("attributes", needs_attribute),
    ];
    let of_users = of_users.into_iter().find(|(_, needed)| *needed);
    let scopes = !rule.scopes.is_empty()
        && rule.scopes.iter().all(|scope| STANDARD_SCOPES.contains(&scope.as_str()));
    of_users
        .map(|(key, _)| Never::MachineToMachineLikeUser(key))
        .or(scopes.then_some(Never::MachineToMachineScopes))
}
