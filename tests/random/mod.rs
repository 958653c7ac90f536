//! Random rules and subjects, the same in every run, and what a token of such a subject holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use trigger::rules::{Condition, Moment, Rule, Rules, Subject};

/// Marsaglia's xorshift: the same numbers in every run.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    pub fn one(&mut self, words: &[&str]) -> String {
        words[self.below(words.len())].to_owned()
    }

    /// Often nothing, else one or two words.
    pub fn few(&mut self, words: &[&str]) -> Vec<String> {
        let count = [0, 0, 0, 1, 2][self.below(5)];
        (0..count).map(|_| self.one(words)).collect()
    }

    pub fn conditions(&mut self) -> BTreeMap<String, Condition> {
        let condition = |random: &mut Self| match random.below(5) {
            0 => Condition::Equals(random.one(&VALUES)),
            1 => Condition::OneOf(vec![random.one(&VALUES), random.one(&VALUES)]),
            2 => Condition::Present(true),
            3 => Condition::Present(false),
            _ => Condition::Prefix(random.one(&["", "p", "pro"])),
        };
        self.few(&NAMES).into_iter().map(|name| (name, condition(self))).collect()
    }

    fn claims(&mut self) -> BTreeMap<String, Value> {
        let values = [
            json!(1),
            json!("pro"),
            json!("{attributes.a}"),
            json!("{attributes.b | pro}"),
            json!({ "in": ["{metadata.a}", "{groups}"] }),
            json!("{client}"),
            json!("{user_name}-{pool}"),
        ];
        let names = self.few(&["one", "a"]);
        names.into_iter().map(|name| (name, values[self.below(7)].clone())).collect()
    }

    fn moment(&mut self) -> Option<Moment> {
        let moments = ["1970-01-02", "1970-01-03T12:00:00Z", "1970-01-05"];
        (self.below(8) == 0).then(|| Moment::new(moments[self.below(3)]))
    }

    fn rule(&mut self) -> Rule {
        let rare = |random: &mut Self, words: &[&str]| {
            if random.below(3) == 0 { random.few(words) } else { vec![] }
        };
        Rule {
            name: format!("rule {}", self.below(100)),
            pools: rare(self, &POOLS),
            clients: self.few(&["web", "app", "customers/web", "staff/app"]),
            groups: self.few(&GROUPS),
            groups_all: rare(self, &GROUPS),
            groups_none: rare(self, &GROUPS),
            attributes: self.conditions(),
            client_metadata: if self.below(3) == 0 { self.conditions() } else { BTreeMap::new() },
            scopes: rare(self, &SCOPES),
            trigger_sources: rare(self, &SOURCES),
            not_before: self.moment(),
            not_after: self.moment(),
            add_scopes: self.few(&SCOPES),
            suppress_scopes: rare(self, &SCOPES),
            access_claims: self.claims(),
            suppress_access_claims: rare(self, &["one", "cognito:groups"]),
            id_claims: self.claims(),
            suppress_id_claims: rare(self, &["a", "b", "cognito:groups"]),
            set_groups: (self.below(8) == 0).then(|| self.few(&GROUPS)),
            suppress_groups: if self.below(6) == 0 { self.few(&GROUPS) } else { vec![] },
        }
    }

    /// Rules that compile.
    pub fn rules(&mut self, count: usize) -> Vec<Rule> {
        let rules =
            std::iter::repeat_with(|| self.rule()).filter(|rule| rule.problems().is_empty());
        rules.take(count).collect()
    }

    pub fn maybe(&mut self, words: &[&str]) -> Option<String> {
        (self.below(4) > 0).then(|| self.one(words))
    }

    pub fn subject(&mut self) -> Subject {
        let texts = |random: &mut Self| {
            let names: BTreeSet<_> = random.few(&NAMES).into_iter().collect();
            names.into_iter().map(|name| (name, random.one(&VALUES))).collect()
        };
        let set = |words: Vec<String>| words.into_iter().collect::<BTreeSet<_>>();
        Subject {
            pool: self.maybe(&POOLS),
            client: self.maybe(&["web", "app", "desk"]),
            client_id: Some("1example".to_owned()),
            user_name: self.maybe(&["ada"]),
            groups: set([self.few(&ANY_GROUP), self.few(&ANY_GROUP)].concat())
                .into_iter()
                .collect(),
            attributes: texts(self),
            client_metadata: texts(self),
            scopes: set(self.few(&SCOPES)).into_iter().collect(),
            trigger_source: self.maybe(&SOURCES),
            now: i64::try_from(self.below(6 * 86_400)).expect("small"),
        }
    }
}

pub const POOLS: [&str; 3] = ["customers", "staff", "others"];
pub const GROUPS: [&str; 3] = ["x", "y", "z"];
pub const ANY_GROUP: [&str; 4] = ["x", "y", "z", "unheard of"];
pub const NAMES: [&str; 2] = ["a", "b"];
pub const VALUES: [&str; 6] = ["pro", "p", "prime", "basic", "", "project"];
pub const SCOPES: [&str; 3] = ["read", "write", "admin"];
pub const SOURCES: [&str; 2] = ["TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens"];

/// What a token is, in the same words as a report: scopes, and claims by their token.
pub fn tokens(rules: &Rules, subject: &Subject) -> BTreeMap<String, Value> {
    let decision = rules.decide(subject);
    let groups = Some(&subject.groups).filter(|groups| !groups.is_empty());
    let groups: Map<_, _> =
        groups.map(|groups| ("cognito:groups".to_owned(), json!(groups))).into_iter().collect();
    let mut profile = groups.clone();
    profile.extend(subject.attributes.iter().map(|(name, value)| (name.clone(), json!(value))));
    let scopes = decision.access_scopes(subject.scopes.iter().map(String::as_str));
    let scopes = scopes.into_iter().map(|scope| (format!("scope {scope}"), json!(true)));
    let access = decision.access_claims(&groups).into_iter();
    let access = access.map(|(name, value)| (format!("access {name}"), value));
    let id = decision.id_claims(&profile).into_iter();
    scopes.chain(access).chain(id.map(|(name, value)| (format!("id {name}"), value))).collect()
}
