//! Random rules, and random subjects that they meet now and then: whether they do is a matter of how few the words are.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trigger::rules::{Condition, Mode, Moment, Rule, Subject};

use crate::random::Random;

/// The words that rules and subjects are made of.
#[derive(Debug)]
pub struct Words {
    pub pools: &'static [&'static str],
    /// As rules name them: a pool's key may stand before.
    pub clients: &'static [&'static str],
    /// As a subject has them.
    pub client_keys: &'static [&'static str],
    pub groups: &'static [&'static str],
    /// Of whoever signs in: no rule needs to know them.
    pub member_of: &'static [&'static str],
    /// Of attributes and of client metadata.
    pub names: &'static [&'static str],
    pub values: &'static [&'static str],
    pub scopes: &'static [&'static str],
    pub sources: &'static [&'static str],
    pub claims: &'static [&'static str],
    /// Claims' values, as JSON.
    pub claim_values: &'static [&'static str],
    /// Templates that yield scopes, and groups.
    pub computed_scopes: &'static [&'static str],
    pub computed_groups: &'static [&'static str],
}

impl Words {
    /// Rules that compile.
    pub fn rules(&self, random: &mut Random, count: usize) -> Vec<Rule> {
        let rules = std::iter::repeat_with(|| match random.below(10) {
            0 => self.refusing(random),
            1 if !self.computed_scopes.is_empty() => self.computing(random),
            _ => self.rule(random),
        });
        rules.filter(|rule| rule.problems().is_empty()).take(count).collect()
    }

    fn rule(&self, random: &mut Random) -> Rule {
        Rule {
            name: format!("rule {}", random.below(100)),
            pools: random.rarely(self.pools),
            clients: random.few(self.clients),
            groups: random.few(self.groups),
            groups_all: random.rarely(self.groups),
            groups_none: random.rarely(self.groups),
            attributes: self.conditions(random),
            client_metadata: match random.below(3) {
                0 => self.conditions(random),
                _ => BTreeMap::new(),
            },
            facts: self.facts_asked(random),
            scopes: random.rarely(self.scopes),
            trigger_sources: random.rarely(self.sources),
            not_before: moment(random),
            not_after: moment(random),
            add_scopes: random.few(self.scopes),
            suppress_scopes: random.rarely(self.scopes),
            access_claims: self.claims(random),
            suppress_access_claims: random.rarely(self.claims),
            id_claims: self.claims(random),
            suppress_id_claims: random.rarely(self.claims),
            set_groups: (random.below(8) == 0).then(|| random.few(self.groups)),
            suppress_groups: random.rarely(self.groups),
            add_groups: random.rarely(self.groups),
            scopes_from: vec![],
            refuse: None,
            mode: Mode::Enforce,
        }
    }

    /// A rule in which data has a say.
    fn computing(&self, random: &mut Random) -> Rule {
        let mut rule = self.rule(random);
        match random.below(4) {
            0 => rule.suppress_scopes.extend(random.few(self.computed_scopes)),
            1 => rule.add_groups.extend(random.few(self.computed_groups)),
            2 => rule.suppress_groups.extend(random.few(self.computed_groups)),
            _ => rule.add_scopes.extend(random.few(self.computed_scopes)),
        }
        rule.scopes_from = vec!["x:*".to_owned(), "write".to_owned()];
        rule
    }

    /// A rule that turns people away, or would.
    fn refusing(&self, random: &mut Random) -> Rule {
        Rule {
            refuse: Some(random.one(&["No.", "Not today."]).to_owned()),
            mode: if random.below(3) == 0 { Mode::Report } else { Mode::Enforce },
            ..self.rule(random).without_effects()
        }
    }

    fn conditions(&self, random: &mut Random) -> BTreeMap<String, Condition> {
        random.few(self.names).into_iter().map(|name| (name, self.condition(random))).collect()
    }

    fn condition(&self, random: &mut Random) -> Condition {
        let value = |random: &mut Random| random.one(self.values).to_owned();
        match random.below(5) {
            0 => Condition::Equals(value(random)),
            1 => Condition::OneOf(vec![value(random), value(random)]),
            2 => Condition::Present(true),
            3 => Condition::Present(false),
            _ => Condition::Prefix(random.one(&["", "p", "pro"]).to_owned()),
        }
    }

    /// Conditions on a fact: its members, or whether it is there at all.
    fn facts_asked(&self, random: &mut Random) -> BTreeMap<String, Condition> {
        match random.below(8) {
            0 => [("f".to_owned(), Condition::Present(random.below(2) == 0))].into(),
            1 | 2 => {
                let members = random.few(&FACT_MEMBERS).into_iter();
                members.map(|path| (format!("f.{path}"), self.condition(random))).collect()
            }
            _ => BTreeMap::new(),
        }
    }

    /// The fact, if it is there.
    fn facts(&self, random: &mut Random) -> BTreeMap<String, Value> {
        if random.below(3) == 0 {
            return BTreeMap::new();
        }
        let members = random.few(&FACT_MEMBERS).into_iter();
        let members = members.map(|name| (name, random.one(self.values).into()));
        [("f".to_owned(), Value::Object(members.collect()))].into()
    }

    fn claims(&self, random: &mut Random) -> BTreeMap<String, Value> {
        let names = random.few(self.claims).into_iter();
        let value = |random: &mut Random| {
            serde_json::from_str(random.one(self.claim_values)).expect("a claim's value is JSON")
        };
        names.map(|name| (name, value(random))).collect()
    }

    /// Somebody who signs in, or a client on its own.
    pub fn subject(&self, random: &mut Random) -> Subject {
        let distinct = |words: Vec<String>| -> Vec<String> {
            words.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
        };
        Subject {
            pool: random.maybe(self.pools),
            client: random.maybe(self.client_keys),
            client_id: random.maybe(&["1example"]),
            user_name: random.maybe(&["ada"]),
            groups: distinct([random.few(self.member_of), random.few(self.member_of)].concat()),
            attributes: self.texts(random),
            client_metadata: self.texts(random),
            facts: self.facts(random),
            scopes: distinct(random.few(self.scopes)),
            trigger_source: random.maybe(self.sources),
            now: NOW[random.below(NOW.len())],
        }
    }

    fn texts(&self, random: &mut Random) -> BTreeMap<String, String> {
        let names = random.few(self.names).into_iter();
        names.map(|name| (name, random.one(self.values).to_owned())).collect()
    }
}

const FACT_MEMBERS: [&str; 2] = ["a", "b"];

/// Rules begin and end around these.
const NOW: [i64; 9] = [0, 1, 86_400, 172_799, 172_800, 216_000, 300_000, 431_999, 432_000];

fn moment(random: &mut Random) -> Option<Moment> {
    let moments = ["1970-01-02", "1970-01-03T12:00:00Z", "1970-01-05"];
    (random.below(8) == 0).then(|| Moment::new(random.one(&moments)))
}
