//! The axes of a configuration: its clients, how tokens come about, groups, attributes, metadata, scopes and time. Pure.

use std::collections::{BTreeMap, BTreeSet};

use trigger::rules::{Condition, Rule, Subject, fact_of};

use super::axis::{Axis, AxisValue};
use super::groups::memberships;
use crate::config::{Client, Config, EventVersion, TriggerSource};
use crate::tokens::impact::{Set, World, facts, times, values};
use crate::tokens::machine::is_machine;
use crate::tokens::persona::Persona;

/// The axis of a client's own tag: machines that may ask for other scopes are not alike.
const MACHINE: usize = 1;

/// All axes on which these rules tell subjects apart; `None` if that is too much work.
pub(super) fn axes(
    config: &Config,
    rules: &[&Rule],
    promised: &[Persona],
    now: i64,
) -> Option<Vec<Axis>> {
    let mut axes = vec![clients(config, rules)?, sources(config, rules)?];
    let sets = promised.iter().map(|persona| persona.groups.iter().cloned().collect());
    let memberships = memberships(rules, sets);
    let groups = |rule: &Rule| Rule {
        groups: rule.groups.clone(),
        groups_all: rule.groups_all.clone(),
        groups_none: rule.groups_none.clone(),
        ..Rule::default()
    };
    axes.push(Axis::new(rules, groups, memberships)?.of_users());
    for (name, candidates) in texts(rules, |rule| &rule.attributes, Set::Attribute, "") {
        let part =
            |rule: &Rule| Rule { attributes: only(&rule.attributes, &name), ..Rule::default() };
        axes.push(Axis::new(rules, part, candidates)?.of_users());
    }
    for (name, candidates) in texts(rules, |rule| &rule.client_metadata, Set::Metadata, "metadata ")
    {
        let part = |rule: &Rule| Rule {
            client_metadata: only(&rule.client_metadata, &name),
            ..Rule::default()
        };
        axes.push(Axis::new(rules, part, candidates)?);
    }
    for (name, candidates) in facts_of(rules) {
        let part = |rule: &Rule| Rule { facts: of_fact(&rule.facts, &name), ..Rule::default() };
        axes.push(Axis::new(rules, part, candidates)?);
    }
    axes.push(scopes(rules)?);
    let period = |rule: &Rule| Rule {
        not_before: rule.not_before.clone(),
        not_after: rule.not_after.clone(),
        ..Rule::default()
    };
    let world = World { clients: vec![], now };
    let moments = times(rules, &world).choices.into_iter();
    let moments = moments.map(|choice| candidate(choice.label, choice.set));
    axes.push(Axis::new(rules, period, moments.collect())?);
    Some(axes)
}

/// What tells this subject apart on an axis beside the rules.
pub(super) fn tags(config: &Config, subject: &Subject) -> [usize; 2] {
    let client = subject.pool.as_ref().zip(subject.client.as_ref());
    let tag = client.map_or(0, |(pool, client)| client_tag(config, pool, client));
    [tag, if is_machine(subject) { MACHINE } else { 0 }]
}

/// The client that deploy.toml declares for this subject.
pub(super) fn declared<'c>(config: &'c Config, subject: &Subject) -> Option<&'c Client> {
    config.pools.get(subject.pool.as_ref()?)?.clients.get(subject.client.as_ref()?)
}

fn candidate(label: String, set: Set) -> AxisValue {
    AxisValue { label, set: vec![set], tag: 0 }
}

/// Clients of users are alike where no rule tells them apart; a client of machines is its own kind.
fn client_tag(config: &Config, pool: &str, client: &str) -> usize {
    let all = config
        .pools
        .iter()
        .flat_map(|(pool, one)| one.clients.iter().map(move |(key, client)| (pool, key, client)));
    let place = all
        .filter(|(.., client)| client.is_machine_to_machine())
        .position(|(of, key, _)| of == pool && key == client);
    place.map_or(0, |place| place + 1)
}

fn clients(config: &Config, rules: &[&Rule]) -> Option<Axis> {
    let mut candidates = vec![];
    let several = |client: &String| {
        config.pools.values().filter(|pool| pool.clients.contains_key(client)).count() > 1
    };
    for (key, pool) in &config.pools {
        for client in pool.clients.keys() {
            let label = if several(client) {
                format!("client {key}/{client}")
            } else {
                format!("client {client}")
            };
            let set = Set::Client(Some(key.clone()), Some(client.clone()));
            let tag = client_tag(config, key, client);
            candidates.push(AxisValue { label, set: vec![set], tag });
        }
    }
    for key in config.pools.keys() {
        let set = Set::Client(Some(key.clone()), None);
        candidates.push(candidate(format!("another client of pool {key}"), set));
    }
    let part = |rule: &Rule| Rule {
        pools: rule.pools.clone(),
        clients: rule.clients.clone(),
        ..Rule::default()
    };
    Axis::new(rules, part, candidates)
}

fn sources(config: &Config, rules: &[&Rule]) -> Option<Axis> {
    let words = |source| match source {
        TriggerSource::Authentication => "signing in",
        TriggerSource::NewPasswordChallenge => "setting a new password",
        TriggerSource::AuthenticateDevice => "signing in with a device",
        TriggerSource::RefreshTokens => "refreshing tokens",
        TriggerSource::HostedAuth => "by managed login",
        TriggerSource::ClientCredentials => "machine-to-machine",
    };
    let clients = config.pools.values().flat_map(|pool| pool.clients.values());
    let machines = clients.clone().any(Client::is_machine_to_machine)
        && config.trigger.event_version == EventVersion::V3_0;
    let exists = |source: &TriggerSource| machines || *source != TriggerSource::ClientCredentials;
    let candidate = |source: TriggerSource| AxisValue {
        label: words(source).to_owned(),
        set: vec![Set::Source(source.as_str().to_owned())],
        tag: if source == TriggerSource::ClientCredentials { MACHINE } else { 0 },
    };
    let candidates = TriggerSource::ALL.into_iter().filter(exists).map(candidate).collect();
    let part = |rule: &Rule| {
        let source = |source: TriggerSource| source.as_str().to_owned();
        let own = |name: &String| rule.is_for_source(Some(name));
        let all = TriggerSource::ALL.into_iter().map(source).filter(own).collect();
        let spares_machines = rule.refuse.is_some() && rule.trigger_sources.is_empty();
        let sources = if spares_machines { all } else { rule.trigger_sources.clone() };
        Rule { trigger_sources: sources, ..Rule::default() }
    };
    // Users are what is meant where nothing is said.
    Some(Axis::new(rules, part, candidates)?.usually(0))
}

fn scopes(rules: &[&Rule]) -> Option<Axis> {
    let asked: BTreeSet<&String> = rules.iter().flat_map(|rule| &rule.scopes).collect();
    let none = candidate("asking for no such scope".to_owned(), Set::Nothing);
    let asking =
        |scope: &String| candidate(format!("asking for {scope}"), Set::Scope(Some(scope.clone())));
    let candidates = std::iter::once(none).chain(asked.into_iter().map(asking)).collect();
    Axis::new(rules, |rule| Rule { scopes: rule.scopes.clone(), ..Rule::default() }, candidates)
}

/// The values of each attribute, or each key of the metadata, that any rule looks at.
fn texts(
    rules: &[&Rule],
    of: for<'r> fn(&'r Rule) -> &'r BTreeMap<String, Condition>,
    set: fn(String, Option<String>) -> Set,
    what: &str,
) -> Vec<(String, Vec<AxisValue>)> {
    let names: BTreeSet<&String> = rules.iter().flat_map(|rule| of(rule).keys()).collect();
    let dimensions = values(rules, of, &BTreeMap::new(), set, what).into_iter();
    let choices = dimensions.map(|dimension| dimension.choices.into_iter());
    let candidates =
        choices.map(|all| all.map(|choice| candidate(choice.label, choice.set)).collect());
    names.into_iter().cloned().zip(candidates).collect()
}

/// The values of each fact: its members are not without it, so that they make one axis.
fn facts_of(rules: &[&Rule]) -> Vec<(String, Vec<AxisValue>)> {
    let paths: BTreeSet<&String> = rules.iter().flat_map(|rule| rule.facts.keys()).collect();
    let mut all: Vec<(String, Vec<AxisValue>)> = vec![];
    let dimensions = facts(rules, &BTreeMap::new());
    for (path, dimension) in paths.into_iter().zip(dimensions) {
        let name = fact_of(path).to_owned();
        let values: Vec<_> = dimension
            .choices
            .into_iter()
            .map(|choice| candidate(choice.label, choice.set))
            .collect();
        match all.last_mut().filter(|(last, _)| *last == name) {
            Some((_, known)) => *known = each_with_each(known, &values),
            None => all.push((name, values)),
        }
    }
    all
}

fn each_with_each(one: &[AxisValue], other: &[AxisValue]) -> Vec<AxisValue> {
    let is_absent = |value: &AxisValue| {
        let absent = |set: &Set| matches!(set, Set::Fact(path, None) if fact_of(path) == path);
        value.set.iter().any(absent)
    };
    let both = |first: &AxisValue, second: &AxisValue| AxisValue {
        label: format!("{}, {}", first.label, second.label),
        set: first.set.iter().chain(&second.set).cloned().collect(),
        tag: 0,
    };
    let mut all = vec![];
    for first in one {
        if is_absent(first) {
            all.push(AxisValue { label: first.label.clone(), set: first.set.clone(), tag: 0 });
        } else {
            all.extend(other.iter().map(|second| both(first, second)));
        }
    }
    all
}

fn of_fact(all: &BTreeMap<String, Condition>, name: &str) -> BTreeMap<String, Condition> {
    let of = all.iter().filter(|(path, _)| fact_of(path) == name);
    of.map(|(path, one)| (path.clone(), one.clone())).collect()
}

fn only(all: &BTreeMap<String, Condition>, name: &str) -> BTreeMap<String, Condition> {
    all.get_key_value(name).map(|(name, one)| (name.clone(), one.clone())).into_iter().collect()
}
