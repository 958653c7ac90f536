//! Whose tokens are looked at: the subjects of the promises, or, without any promise, one of every kind that the rules
//! can tell apart. Pure.

use std::collections::BTreeSet;

use serde_json::Value;
use trigger::rules::{Rules, Subject};

use super::impact::{Kinds, Seated};
use super::persona::{Persona, promised};
use crate::config::{Config, TriggerSource};
use crate::model::ClientKey;

/// Everyone worth trying at `now`, in seconds since 1970.
#[must_use]
pub fn personas(config: &Config, rules: &Rules, now: i64) -> Vec<Persona> {
    if config.expect.is_empty() { kinds(config, rules, now) } else { promised(config) }
}

/// Somebody of whom nothing is special at each client, since which client an id stands for is data that can be wrong;
/// and one subject of each further kind at the first client where there is such a kind, since rules that do not tell
/// clients apart do not tell its users from those of another one. So neither groups nor clients are multiplied.
fn kinds(config: &Config, rules: &Rules, now: i64) -> Vec<Persona> {
    let mut tried = Kinds::default();
    let mut personas = vec![];
    for (pool_key, pool) in &config.pools {
        let groups: BTreeSet<String> = pool.groups.keys().cloned().collect();
        for client in pool.clients.iter().filter(|(_, client)| client.is_for_users()) {
            let at = ClientKey::new(pool_key, client.0);
            let news = tried.news(rules, Seated { at: &at, groups: &groups }, now);
            personas.extend(news.into_iter().map(|subject| user(&at, subject)));
        }
        let machines = pool.clients.iter().filter(|(_, client)| client.is_machine_to_machine());
        personas
            .extend(machines.map(|(client, _)| Persona::machine(ClientKey::new(pool_key, client))));
    }
    personas
}

fn user(at: &ClientKey, subject: Subject) -> Persona {
    let source = TriggerSource::ALL
        .into_iter()
        .find(|source| subject.trigger_source.as_deref() == Some(source.as_str()))
        .unwrap_or_default();
    Persona {
        name: format!("{at}, {}", who(&subject, source)),
        at: at.clone(),
        groups: subject.groups,
        attributes: subject.attributes,
        client_metadata: subject.client_metadata,
        facts: subject.facts,
        source,
        promise: None,
    }
}

/// What is special about somebody.
fn who(subject: &Subject, source: TriggerSource) -> String {
    let groups = match subject.groups.as_slice() {
        [] => "no group".to_owned(),
        [one] => format!("group {one}"),
        all => format!("groups {}", all.join(" and ")),
    };
    let values = subject.attributes.iter().map(|(name, value)| format!(", {name} = {value}"));
    let metadata = subject.client_metadata.iter();
    let metadata = metadata.map(|(name, value)| format!(", metadata {name} = {value}"));
    let facts = subject.facts.iter().map(|(name, value)| match value {
        Value::Null => format!(", without the fact {name}"),
        value => format!(", fact {name} = {value}"),
    });
    let elsewise = (source != TriggerSource::default()).then(|| format!(", {source}"));
    std::iter::once(groups).chain(values).chain(metadata).chain(facts).chain(elsewise).collect()
}
