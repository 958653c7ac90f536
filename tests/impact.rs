//! What a change of the rules does to tokens: nothing that happens to anybody goes unreported, and what is reported is
//! said in words that people use.

use std::collections::{BTreeMap, BTreeSet};

use pretoken::impact::{World, differences};
use pretoken::model::ClientKey;
use pretoken::plan::TokenImpact;
use serde_json::{Map, Value, json};
use trigger::rules::{Condition, Moment, Rule, Rules, Subject};

/// Marsaglia's xorshift: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn one(&mut self, words: &[&str]) -> String {
        words[self.below(words.len())].to_owned()
    }

    /// Often nothing, else one or two words.
    fn few(&mut self, words: &[&str]) -> Vec<String> {
        let count = [0, 0, 0, 1, 2][self.below(5)];
        (0..count).map(|_| self.one(words)).collect()
    }

    fn conditions(&mut self) -> BTreeMap<String, Condition> {
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
    fn rules(&mut self, count: usize) -> Vec<Rule> {
        let rules =
            std::iter::repeat_with(|| self.rule()).filter(|rule| rule.problems().is_empty());
        rules.take(count).collect()
    }

    /// Another version of these rules: some go, some come, some change places or conditions.
    fn changed(&mut self, rules: &[Rule]) -> Vec<Rule> {
        let mut rules = rules.to_vec();
        for _ in 0..=self.below(2) {
            let place = self.below(rules.len().max(1));
            match self.below(4) {
                0 => rules.extend(self.rules(1)),
                1 if !rules.is_empty() => drop(rules.remove(place)),
                2 if !rules.is_empty() => rules[place].groups = self.few(&GROUPS),
                _ => rules.reverse(),
            }
        }
        rules
    }

    fn maybe(&mut self, words: &[&str]) -> Option<String> {
        (self.below(4) > 0).then(|| self.one(words))
    }

    fn subject(&mut self) -> Subject {
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

const POOLS: [&str; 3] = ["customers", "staff", "others"];
const GROUPS: [&str; 3] = ["x", "y", "z"];
const ANY_GROUP: [&str; 4] = ["x", "y", "z", "unheard of"];
const NAMES: [&str; 2] = ["a", "b"];
const VALUES: [&str; 6] = ["pro", "p", "prime", "basic", "", "project"];
const SCOPES: [&str; 3] = ["read", "write", "admin"];
const SOURCES: [&str; 2] = ["TokenGeneration_HostedAuth", "TokenGeneration_RefreshTokens"];

/// What a token is, in the same words as a report: scopes, and claims by their token.
fn tokens(rules: &Rules, subject: &Subject) -> BTreeMap<String, Value> {
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

/// Everything that a report says to come or change, and to go.
fn reported(rows: &[TokenImpact]) -> BTreeSet<(String, bool)> {
    let mut all = BTreeSet::new();
    for row in rows {
        all.extend(row.gained.iter().map(|scope| (format!("scope {scope}"), true)));
        all.extend(row.lost.iter().map(|scope| (format!("scope {scope}"), false)));
        for claim in &row.claims {
            all.insert((format!("{} {}", claim.token, claim.claim), true));
        }
    }
    all
}

#[test]
fn nothing_that_happens_to_anybody_goes_unreported() {
    let mut random = Random(0x5EED_1234);
    let mut differing = 0;
    for round in 0..200 {
        let count = random.below(5);
        let old = random.rules(count);
        let new = random.changed(&old);
        let rows = differences(&old, &new, &World::default());
        let reported = reported(&rows);
        let [was, is] = [&old, &new].map(|rules| Rules::compile(rules.clone()).expect("sound"));
        for _ in 0..200 {
            let subject = random.subject();
            let (before, after) = (tokens(&was, &subject), tokens(&is, &subject));
            let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
            for name in names.into_iter().filter(|name| before.get(*name) != after.get(*name)) {
                differing += 1;
                let comes = !name.starts_with("scope") || after.contains_key(name);
                assert!(
                    reported.contains(&(name.clone(), comes)),
                    "round {round}: {name} {:?} -> {:?} for {subject:?}\nold {old:#?}\nnew {new:#?}\n{rows:#?}",
                    before.get(name),
                    after.get(name)
                );
            }
        }
    }
    assert!(differing > 1000, "the search finds nothing at all: {differing}");
}

#[test]
fn the_same_rules_do_nothing() {
    let mut random = Random(0xABCD);
    for _ in 0..200 {
        let mut rules = random.rules(4);
        let same = rules.clone();
        assert_eq!(differences(&same, &rules, &World::default()), vec![]);
        // Nor does another name, nor a rule that can never apply.
        rules[0].name.push_str(" renamed");
        let mut never = rules[1].clone();
        (never.groups_all, never.groups_none) = (vec!["x".into()], vec!["x".into()]);
        rules.push(never);
        assert_eq!(differences(&same, &rules, &World::default()), vec![]);
    }
}

fn rules(toml: &str) -> Vec<Rule> {
    #[derive(serde::Deserialize)]
    struct File {
        rules: Vec<Rule>,
    }
    toml::from_str::<File>(toml).expect(toml).rules
}

/// One line a row: whom, what, by which rule.
fn lines(old: &str, new: &str) -> Vec<String> {
    let parse = |text: &str| if text.is_empty() { vec![] } else { rules(text) };
    let world = World {
        clients: vec![ClientKey::new("customers", "web"), ClientKey::new("customers", "desk")],
        now: 0,
    };
    let line = |row: TokenImpact| {
        let claims: Vec<_> =
            row.claims.iter().map(|one| format!("{} {}", one.token, one.claim)).collect();
        let (who, rule) = (row.subject.unwrap_or_default(), row.rule.unwrap_or_default());
        format!("{who}: +{:?} -{:?} {claims:?} by {rule}", row.gained, row.lost)
    };
    differences(&parse(old), &parse(new), &world).into_iter().map(line).collect()
}

const STAFF: &str = "[[rules]]\nname = \"staff writes\"\nclients = [\"web\"]\ngroups = [\"staff\"]\nadd_scopes = [\"write\"]\n";

#[test]
fn subjects_are_described_in_words() {
    assert_eq!(lines("", STAFF), [r#"client web, in staff: +["write"] -[] [] by staff writes"#]);
    assert_eq!(lines(STAFF, ""), [r#"client web, in staff: +[] -["write"] [] by staff writes"#]);
    let wider = STAFF.replace("clients = [\"web\"]\n", "");
    let expected = r#"client desk or another client, in staff: +["write"] -[] [] by staff writes"#;
    assert_eq!(lines(STAFF, &wider), [expected]);
    let everyone =
        "[[rules]]\nname = \"all\"\nadd_scopes = [\"read\"]\naccess_claims = { a = 1 }\n";
    assert_eq!(lines("", everyone), [r#"everyone: +["read"] -[] ["access a"] by all"#]);
}

#[test]
fn times_that_are_over_are_not_compared_and_times_to_come_are() {
    let limited = |until: &str| {
        format!("[[rules]]\nname = \"trial\"\nnot_after = {until}\nadd_scopes = [\"read\"]\n")
    };
    assert_eq!(lines(&limited("1960-01-01"), ""), Vec::<String>::new());
    let found = lines(&limited("2030-01-01"), &limited("2031-01-01"));
    assert_eq!(found, [r#"after 2030-01-01: +["read"] -[] [] by trial"#]);
}

#[test]
fn more_kinds_than_can_be_counted_are_said_to_gain_and_to_lose() {
    let many = |last: usize| -> String {
        let rule = |n: usize| {
            format!("[[rules]]\nname = \"r{n}\"\ngroups = [\"g{n}\"]\nadd_scopes = [\"read\"]\n")
        };
        (0..last).map(rule).collect()
    };
    let found = lines(&many(24), &many(25));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("some subjects"), "{found:?}");
    assert!(found[0].contains(r#"+["read"] -["read"]"#), "{found:?}");
}
