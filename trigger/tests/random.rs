//! Properties that hold for thousands of random rules, subjects and events. The random numbers are
//! the same in every run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;
use serde_json::{Value, json};
use trigger::rules::{AccessEffects, IdEffects};
use trigger::{Condition, Decision, Handler, Ids, Moment, Problem, Rule, Rules, Subject};

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn one<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    /// Often nothing, else one to three words.
    fn few(&mut self, words: &[&str]) -> Vec<String> {
        let count = [0, 0, 0, 1, 2, 3][self.below(6)];
        (0..count).map(|_| self.one(words).to_owned()).collect()
    }

    fn number(&mut self, words: &str, limit: usize) -> Vec<String> {
        let count = [0, 0, 1, 2][self.below(4)];
        (0..count).map(|_| format!("{words}{}", self.below(limit))).collect()
    }

    fn condition(&mut self) -> Condition {
        match self.below(5) {
            0 => Condition::Equals(self.one(&VALUES).to_owned()),
            1 => Condition::OneOf(vec![self.one(&VALUES).to_owned(), self.one(&VALUES).to_owned()]),
            2 => Condition::Present(true),
            3 => Condition::Present(false),
            _ => Condition::Prefix(self.one(&["", "p", "pro", "x"]).to_owned()),
        }
    }

    fn conditions(&mut self) -> BTreeMap<String, Condition> {
        self.few(&NAMES).into_iter().map(|name| (name, self.condition())).collect()
    }

    fn claims(&mut self) -> BTreeMap<String, Value> {
        let values = [
            json!(1),
            json!("{user_name}"),
            json!(["{pool}", true]),
            json!({ "in": "{groups}" }),
            json!("{metadata.a}"),
        ];
        self.few(&["one", "two", "three"])
            .into_iter()
            .map(|name| (name, values[self.below(5)].clone()))
            .collect()
    }

    fn moment(&mut self) -> Option<Moment> {
        let moments = ["1970-01-02", "1970-01-03T12:00:00Z", "1970-01-05"];
        (self.below(8) == 0).then(|| Moment::new(moments[self.below(3)]))
    }

    fn rule(&mut self) -> Rule {
        Rule {
            name: "random".into(),
            pools: if self.below(4) == 0 { self.few(&POOLS) } else { Vec::new() },
            clients: self.few(&["web", "app", "customers/web", "staff/app", "/web", "a/b/c"]),
            groups: self.number("group-", 40),
            groups_all: if self.below(4) == 0 { self.number("group-", 40) } else { Vec::new() },
            groups_none: self.number("group-", 40),
            attributes: if self.below(2) == 0 { self.conditions() } else { BTreeMap::new() },
            client_metadata: if self.below(4) == 0 { self.conditions() } else { BTreeMap::new() },
            scopes: self.few(&["openid", "email"]),
            trigger_sources: if self.below(4) == 0 { self.few(&SOURCES) } else { Vec::new() },
            not_before: self.moment(),
            not_after: self.moment(),
            add_scopes: self.number("scope-", 60),
            suppress_scopes: if self.below(4) == 0 {
                self.number("scope-", 60)
            } else {
                Vec::new()
            },
            access_claims: self.claims(),
            suppress_access_claims: self.few(&["two"]),
            id_claims: self.claims(),
            suppress_id_claims: self.few(&["three", "email"]),
            set_groups: (self.below(8) == 0).then(|| self.number("group-", 40)),
            suppress_groups: if self.below(8) == 0 {
                self.number("group-", 40)
            } else {
                Vec::new()
            },
        }
    }

    fn sound_rules(&mut self, count: usize) -> Vec<Rule> {
        std::iter::repeat_with(|| self.rule())
            .filter(|rule| rule.problems().is_empty())
            .take(count)
            .collect()
    }

    fn texts(&mut self) -> BTreeMap<String, String> {
        self.few(&NAMES).into_iter().map(|name| (name, self.one(&VALUES).to_owned())).collect()
    }

    fn subject(&mut self) -> Subject {
        let maybe = |random: &mut Self, words: &[&str]| {
            (random.below(5) > 0).then(|| random.one(words).to_owned())
        };
        Subject {
            pool: maybe(self, &POOLS),
            client: maybe(self, &["web", "app", "b/c"]),
            client_id: maybe(self, &["1example"]),
            user_name: maybe(self, &["ada"]),
            groups: self
                .number("group-", 40)
                .into_iter()
                .chain(self.number("group-", 40))
                .collect(),
            attributes: self.texts(),
            client_metadata: self.texts(),
            scopes: self.few(&["openid", "email", "phone"]),
            trigger_source: maybe(self, &SOURCES),
            now: [-1, 0, 86_400, 216_000, 300_000, 431_999, 432_000][self.below(7)],
        }
    }
}

const POOLS: [&str; 2] = ["customers", "staff"];
const NAMES: [&str; 3] = ["a", "b", "custom:plan"];
const VALUES: [&str; 5] = ["", "p", "pro", "pro-yearly", "free"];
const SOURCES: [&str; 2] = ["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens"];

/// Reads the rule language word by word, without an index and without anything compiled.
fn applies(rule: &Rule, subject: &Subject) -> bool {
    let given =
        |list: &[String], is: &dyn Fn(&String) -> bool| list.is_empty() || list.iter().any(is);
    let client = |name: &String| match (name.split_once('/'), &subject.pool, &subject.client) {
        (None, _, Some(client)) => name == client,
        (Some((of, key)), Some(pool), Some(client)) => of == pool && key == client,
        _ => false,
    };
    let met = |conditions: &BTreeMap<String, Condition>, texts: &BTreeMap<String, String>| {
        conditions.iter().all(|(name, condition)| match (condition, texts.get(name)) {
            (Condition::Equals(wanted), Some(text)) => text == wanted,
            (Condition::OneOf(wanted), Some(text)) => wanted.contains(text),
            (Condition::Present(wanted), text) => *wanted == text.is_some(),
            (Condition::Prefix(wanted), Some(text)) => text.starts_with(wanted),
            (_, None) => false,
        })
    };
    given(&rule.pools, &|pool| subject.pool.as_ref() == Some(pool))
        && given(&rule.clients, &client)
        && given(&rule.groups, &|group| subject.groups.contains(group))
        && rule.groups_all.iter().all(|group| subject.groups.contains(group))
        && !rule.groups_none.iter().any(|group| subject.groups.contains(group))
        && met(&rule.attributes, &subject.attributes)
        && met(&rule.client_metadata, &subject.client_metadata)
        && given(&rule.scopes, &|scope| subject.scopes.contains(scope))
        && given(&rule.trigger_sources, &|source| subject.trigger_source.as_ref() == Some(source))
        && rule
            .not_before
            .as_ref()
            .and_then(Moment::first_second)
            .is_none_or(|first| first <= subject.now)
        && rule
            .not_after
            .as_ref()
            .and_then(Moment::last_second)
            .is_none_or(|last| subject.now <= last)
}

/// The values that [`Random::claims`] makes.
fn filled(value: &Value, subject: &Subject) -> Option<Value> {
    match value {
        Value::String(text) if text == "{user_name}" => Some(json!(subject.user_name.as_ref()?)),
        Value::String(text) if text == "{metadata.a}" => {
            Some(json!(subject.client_metadata.get("a")?))
        }
        Value::Array(_) => Some(json!([subject.pool.as_ref()?, true])),
        Value::Object(_) => (!subject.groups.is_empty()).then(|| json!({ "in": subject.groups })),
        other => Some(other.clone()),
    }
}

fn decided(rules: &[Rule], subject: &Subject) -> Decision {
    let matched: Vec<usize> =
        (0..rules.len()).filter(|&place| applies(&rules[place], subject)).collect();
    let all = || matched.iter().map(|&place| &rules[place]);
    let set =
        |list: fn(&Rule) -> &Vec<String>| all().flat_map(list).cloned().collect::<BTreeSet<_>>();
    let claims = |claims: fn(&Rule) -> &BTreeMap<String, Value>, gone: &BTreeSet<String>| {
        let filled = all()
            .flat_map(claims)
            .filter_map(|(name, value)| Some((name.clone(), filled(value, subject)?)));
        filled.filter(|(name, _)| !gone.contains(name)).collect::<BTreeMap<_, _>>()
    };
    let (suppress_scopes, gone) =
        (set(|rule| &rule.suppress_scopes), set(|rule| &rule.suppress_groups));
    let (access, id) =
        (set(|rule| &rule.suppress_access_claims), set(|rule| &rule.suppress_id_claims));
    let named = all().filter_map(|rule| rule.set_groups.as_ref()).next_back();
    let mut groups = Vec::new();
    for group in named.unwrap_or(&subject.groups) {
        if !gone.contains(group) && !groups.contains(group) {
            groups.push(group.clone());
        }
    }
    let meant = named.is_some() || !gone.is_empty();
    Decision {
        access: AccessEffects {
            add_scopes: set(|rule| &rule.add_scopes)
                .difference(&suppress_scopes)
                .cloned()
                .collect(),
            claims: claims(|rule| &rule.access_claims, &access),
            suppress_scopes,
            suppress_claims: access,
        },
        id: IdEffects { claims: claims(|rule| &rule.id_claims, &id), suppress_claims: id },
        groups: (meant && groups != subject.groups).then_some(groups),
        matched,
    }
}

#[test]
fn a_thousand_rules_decide_like_one_after_the_other() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for round in 0..3 {
        let rules = random.sound_rules(if round == 0 { 1 } else { 1000 });
        let compiled = Rules::compile(rules.clone()).expect("sound rules");
        for _ in 0..60 {
            let subject = random.subject();
            let decision = compiled.decide(&subject);
            assert_eq!(decision, decided(&rules, &subject), "{subject:?}");
            let explained = compiled.explain(&subject);
            let matched: Vec<usize> =
                (0..rules.len()).filter(|&place| explained[place].is_ok()).collect();
            assert_eq!(decision.matched, matched, "{subject:?}");
        }
    }
}

#[test]
fn rules_survive_json() {
    let rules = Random(7).sound_rules(1000);
    let json = serde_json::to_string(&rules).expect("JSON");
    assert_eq!(serde_json::from_str::<Vec<Rule>>(&json).expect(&json), rules);
}

/// Whatever somebody does to an event or to the rules, there is an answer that is JSON and says the
/// same beside `response`, or a fault or problem; and no panic.
#[test]
fn damaged_events_and_rules_are_survived() {
    let mut random = Random(42);
    let rules = random.sound_rules(20);
    let rules = serde_json::to_string(&rules).expect("JSON");
    let handler = Handler {
        rules: Rules::from_json(&rules).expect("sound rules"),
        ids: Ids::from_json(r#"{"pools":{"p":"customers"},"clients":{"c":"customers/web"}}"#)
            .expect("ids"),
    };
    let (mut answers, mut faults) = (0, 0);
    for _ in 0..6_000 {
        let event = damage(EVENT, &mut random);
        match handler.handle(&event, 200_000) {
            Ok(answer) => {
                answers += 1;
                serde_json::from_str::<&RawValue>(&answer.event).expect("JSON");
                // A tree is stricter than raw values: it has no 1e999, and no half of a surrogate
                // pair.
                if let Some(sent) = without_response(&event) {
                    assert_eq!(without_response(&answer.event), Some(sent), "{event}");
                }
            }
            Err(_) => faults += 1,
        }
    }
    assert!(answers > 500 && faults > 500, "{answers} answers and {faults} faults test little");

    let mut sound = 0;
    for _ in 0..1_000 {
        if let Ok(rules) = Rules::from_json(&damage(&rules, &mut random)) {
            sound += 1;
            let damaged = Handler { rules, ids: handler.ids.clone() };
            let answer = damaged.handle(EVENT, 200_000).expect("an answer");
            assert_eq!(without_response(&answer.event), without_response(EVENT));
        }
    }
    assert!(sound > 100, "{sound} sound rules test little");
}

const EVENT: &str = r#"{"version":"2","triggerSource":"TokenGeneration_RefreshTokens","userPoolId":"p","userName":"ada","callerContext":{"awsSdkVersion":"x","clientId":"c"},"request":{"userAttributes":{"a":"pro","custom:plan":"p","email_verified":"true"},"groupConfiguration":{"groupsToOverride":["group-1","group-2","group-3"],"iamRolesToOverride":["r"],"preferredRole":null},"clientMetadata":{"a":"ü\n"},"scopes":["openid"]},"response":{"claimsAndScopeOverrideDetails":null}}"#;

fn without_response(event: &str) -> Option<Value> {
    let mut event: Value = serde_json::from_str(event).ok()?;
    event.as_object_mut()?.remove("response");
    Some(event)
}

/// The text with a few values exchanged for others, or with a few pieces cut out, doubled or
/// overwritten.
fn damage(text: &str, random: &mut Random) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(2) {
        match serde_json::from_str(&text) {
            Ok(mut json) if random.below(3) > 0 => {
                exchange(&mut json, random);
                text = json.to_string();
            }
            _ => tear(&mut text, random),
        }
    }
    text
}

fn exchange(json: &mut Value, random: &mut Random) {
    const VALUES: [&str; 18] = [
        "null",
        "[]",
        "{}",
        "\"\"",
        "0",
        "-1.5e9",
        "true",
        "[null]",
        "[[\"a\"]]",
        "{\"\":{}}",
        "\"{groups}\"",
        "\"{\"",
        "\"{x}\"",
        "\"sub\"",
        "\"scope\"",
        "\"a b\"",
        "\"aws.cognito.x\"",
        "\"2026-01-01\"",
    ];
    let children: Vec<&mut Value> = match json {
        Value::Array(items) => items.iter_mut().collect(),
        Value::Object(members) => members.values_mut().collect(),
        _ => Vec::new(),
    };
    let (count, stop) = (children.len(), random.below(5) == 0);
    match children.into_iter().nth(random.below(count.max(1))) {
        Some(child) if !stop => exchange(child, random),
        _ => *json = serde_json::from_str(random.one(&VALUES)).expect("JSON"),
    }
}

fn tear(text: &mut String, random: &mut Random) {
    const PIECES: [&str; 16] = [
        "1e999",
        ",",
        ":",
        "{",
        "}",
        "[",
        "]",
        "\"",
        "\\",
        "\\u0000",
        "\"\\ud800\"",
        "{{",
        " ",
        "\u{0}",
        "ü",
        "\"response\":1,",
    ];
    let boundary =
        |text: &str, place: usize| (place..=text.len()).find(|&place| text.is_char_boundary(place));
    let start = boundary(text, random.below(text.len() + 1)).unwrap_or(0);
    let end = boundary(text, (start + random.below(12)).min(text.len())).unwrap_or(start);
    match random.below(4) {
        0 => text.replace_range(start..end, ""),
        1 => text.replace_range(start..end, &text[start..end].repeat(2)),
        _ => text.replace_range(start..end, random.one(&PIECES)),
    }
}

#[test]
fn every_problem_points_at_something_that_is_there() {
    let mut random = Random(99);
    let rules = serde_json::to_string(&random.sound_rules(20)).expect("JSON");
    let mut seen = 0;
    for _ in 0..3_000 {
        let damaged = damage(&rules, &mut random);
        let Ok(read) = serde_json::from_str::<Vec<Rule>>(&damaged) else { continue };
        let json = serde_json::to_value(&read).expect("JSON");
        for Problem { path, kind } in Rules::compile(read).err().into_iter().flatten() {
            let step = |at: &'_ Value, step: &String| match at {
                Value::Array(items) => {
                    step.parse().ok().and_then(|place: usize| items.get(place).cloned())
                }
                at => at.get(step).cloned(),
            };
            assert!(
                path.iter().try_fold(json.clone(), |at, name| step(&at, name)).is_some(),
                "{path:?}: {kind}"
            );
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} problems test little");
}
