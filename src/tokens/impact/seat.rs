//! A client's tokens before and after, as the rules see them. Pure.

use std::collections::BTreeMap;

use trigger::rules::{Condition, MACHINE_SOURCE, Rule, Subject};

use crate::config::TriggerSource;
use crate::tokens::machine::is_of_machine;

/// What the rules see of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DeclaredKeys {
    pub(super) pool: Option<String>,
    pub(super) client: Option<String>,
}

/// A client's tokens, of its users or of its own; before and after. Where the trigger is not asked, there are no keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seat {
    pub(super) keys: [Option<DeclaredKeys>; 2],
    pub(super) machine: bool,
}

impl Seat {
    /// The subject as the rules see it before (0) or after (1).
    pub(super) fn subject(&self, side: usize, subject: &Subject) -> Subject {
        let DeclaredKeys { pool, client } = self.keys[side].clone().unwrap_or_default();
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

fn is_of(rule: &Rule, keys: &DeclaredKeys) -> bool {
    let is = |wanted: &String| match wanted.split_once('/') {
        Some((pool, client)) => {
            keys.pool.as_deref() == Some(pool) && keys.client.as_deref() == Some(client)
        }
        None => keys.client.as_ref() == Some(wanted),
    };
    (rule.pools.is_empty() || keys.pool.as_ref().is_some_and(|pool| rule.pools.contains(pool)))
        && (rule.clients.is_empty() || rule.clients.iter().any(is))
}

/// Users do everything but what machines do.
fn of_users(rule: Rule) -> Option<Rule> {
    let named = !rule.trigger_sources.is_empty();
    let mut rule = Rule { pools: vec![], clients: vec![], ..rule };
    rule.trigger_sources.retain(|source| !is_of_machine(source));
    (!named || !rule.trigger_sources.is_empty()).then_some(rule)
}

/// A machine is in no group and has no attribute.
fn of_machine(rule: Rule) -> Option<Rule> {
    let asked = rule.is_for_source(Some(MACHINE_SOURCE));
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
