//! What follows from declared facts: which rules refuse whoever lacks one, and what the function's role may read.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use trigger::FactLack;
use trigger::rules::{Rule, fact_of};

use super::types::Config;

impl Config {
    /// The statements that the function's role needs for its facts; `arn` makes the ARN of a table of its name. Each is about
    /// exactly the tables, indexes and keys that are named.
    #[must_use]
    pub fn fact_permissions(&self, arn: impl Fn(&str) -> String) -> Vec<Value> {
        let (mut items, mut queries, mut keys) =
            <(BTreeSet<_>, BTreeSet<_>, BTreeSet<_>)>::default();
        for fact in self.facts.values() {
            let wanted = &fact.dynamodb;
            let table = arn(&wanted.table);
            match &wanted.index {
                Some(index) => queries.insert(format!("{table}/index/{index}")),
                None if wanted.is_query() => queries.insert(table),
                None => items.insert(table),
            };
            keys.extend(wanted.kms_key_arn.clone());
        }
        [("dynamodb:GetItem", items), ("dynamodb:Query", queries), ("kms:Decrypt", keys)]
            .into_iter()
            .filter(|(_, resources)| !resources.is_empty())
            .map(|(action, resources)| {
                json!({ "Effect": "Allow", "Action": [action], "Resource": resources })
            })
            .collect()
    }

    /// The rules as the package carries them: those of the file, and behind them one for each fact without which nobody is let
    /// in, and each rule that needs it.
    #[must_use]
    pub fn deployed_rules(&self) -> Vec<Rule> {
        let mut rules = self.rules.clone();
        for rule in &self.rules {
            let asked = rule.facts_asked();
            let names: BTreeSet<&str> = asked.iter().map(|(_, path)| fact_of(path)).collect();
            let needed = |name: &&str| {
                self.facts.get(*name).is_some_and(|fact| fact.on_missing == FactLack::Refuse)
            };
            for name in names.into_iter().filter(needed) {
                let refusing = rule.without_fact(name);
                let same =
                    |one: &Rule| Rule { name: refusing.name.clone(), ..one.clone() } == refusing;
                if !rules[self.rules.len()..].iter().any(same) {
                    rules.push(refusing);
                }
            }
        }
        rules
    }
}
