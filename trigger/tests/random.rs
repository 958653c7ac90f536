//! Properties that hold for thousands of random rules, subjects and events. The random numbers are
//! the same in every run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;
use serde_json::{Value, json};
use trigger::rules::{AccessEffects, IdEffects, MACHINE_SOURCE, Mode, RuleRefusal};
use trigger::{Condition, Decision, Handler, Ids, Moment, Rule, RuleProblem, Rules, Subject};

#[path = "../../tests/support/random.rs"]
mod random;
#[path = "../../tests/support/rules.rs"]
mod rules;

use random::Random;
use rules::Words;

/// More words than a rule can name, so that the index has something to leave out.
const MANY_WORDS: Words = Words {
    pools: &["customers", "staff"],
    clients: &["web", "app", "customers/web", "staff/app", "/web", "a/b/c"],
    client_keys: &["web", "app", "b/c"],
    groups: &GROUPS,
    member_of: &GROUPS,
    names: &["a", "b", "custom:plan"],
    values: &["", "p", "pro", "pro-yearly", "free"],
    scopes: &["openid", "email", "phone", "read", "write", "admin", "orders/read", "orders/write"],
    sources: &["TokenGeneration_Authentication", "TokenGeneration_RefreshTokens", MACHINE_SOURCE],
    claims: &["one", "two", "three", "email"],
    claim_values: &[
        "1",
        r#""{user_name}""#,
        r#"["{pool}", true]"#,
        r#"{ "in": "{groups}" }"#,
        r#""{metadata.a}""#,
    ],
    computed_scopes: &[],
    computed_groups: &[],
};

const GROUPS: [&str; 24] = [
    "group-1", "group-2", "group-3", "group-4", "group-5", "group-6", "group-7", "group-8",
    "group-9", "group-10", "group-11", "group-12", "group-13", "group-14", "group-15", "group-16",
    "group-17", "group-18", "group-19", "group-20", "group-21", "group-22", "group-23", "group-24",
];

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
        && met(&rule.facts, &fact_texts(subject))
        && given(&rule.scopes, &|scope| subject.scopes.contains(scope))
        && given(&rule.trigger_sources, &|source| subject.trigger_source.as_ref() == Some(source))
        && (rule.refuse.is_none()
            || !rule.trigger_sources.is_empty()
            || subject.trigger_source.as_deref() != Some(MACHINE_SOURCE))
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

/// The one fact and its members, by their paths.
fn fact_texts(subject: &Subject) -> BTreeMap<String, String> {
    let Some(fact) = subject.facts.get("f") else { return BTreeMap::new() };
    let members = fact.as_object().expect("an object").iter();
    let members = members
        .map(|(name, text)| (format!("f.{name}"), text.as_str().expect("a text").to_owned()));
    members.chain([("f".to_owned(), fact.to_string())]).collect()
}

/// The claims' values of `MANY_WORDS`.
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
    let added = all().flat_map(|rule| &rule.add_groups).cloned().collect::<Vec<_>>();
    let mut groups = Vec::new();
    for group in named.unwrap_or(&subject.groups).iter().chain(&added) {
        if !gone.contains(group) && !groups.contains(group) {
            groups.push(group.clone());
        }
    }
    let meant = named.is_some() || !gone.is_empty() || !added.is_empty();
    let refusing =
        |place: &&usize| rules[**place].refuse.is_some() && rules[**place].mode == Mode::Enforce;
    if let Some(&rule) = matched.iter().find(refusing) {
        let text = rules[rule].refuse.clone().expect("a text");
        let refusal = Some(RuleRefusal { rule, text });
        return Decision { matched, refusal, ..Decision::default() };
    }
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
        refusal: None,
        dropped: vec![],
    }
}

#[test]
fn a_thousand_rules_decide_like_one_after_the_other() {
    let mut random = Random::new(0x9E37_79B9_7F4A_7C15);
    for round in 0..3 {
        let rules = MANY_WORDS.rules(&mut random, if round == 0 { 1 } else { 1000 });
        let compiled = Rules::compile(rules.clone()).expect("valid rules");
        for _ in 0..60 {
            let subject = MANY_WORDS.subject(&mut random);
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
    let rules = MANY_WORDS.rules(&mut Random::new(7), 1000);
    let json = serde_json::to_string(&rules).expect("JSON");
    assert_eq!(serde_json::from_str::<Vec<Rule>>(&json).expect(&json), rules);
}

/// Whatever somebody does to an event or to the rules, there is an answer that is JSON and says the
/// same beside `response`, or a fault or problem; and no panic.
#[test]
fn damaged_events_and_rules_are_survived() {
    let mut random = Random::new(42);
    let rules = MANY_WORDS.rules(&mut random, 20);
    let rules = serde_json::to_string(&rules).expect("JSON");
    let handler = Handler {
        rules: Rules::from_json(&rules).expect("valid rules"),
        ids: Ids::from_json(r#"{"pools":{"p":"customers"},"clients":{"c":"customers/web"}}"#)
            .expect("ids"),
    };
    let (mut answers, mut faults) = (0, 0);
    for _ in 0..6_000 {
        let event = damage(EVENT, &mut random);
        match handler.handle(&event, 200_000) {
            Ok(answer) => {
                answers += 1;
                let Ok(answer) = answer.event else { continue };
                serde_json::from_str::<&RawValue>(&answer).expect("JSON");
                // A tree is stricter than raw values: it has no 1e999, and no half of a surrogate
                // pair.
                if let Some(sent) = without_response(&event) {
                    assert_eq!(without_response(&answer), Some(sent), "{event}");
                }
            }
            Err(_) => faults += 1,
        }
    }
    assert!(answers > 500 && faults > 500, "{answers} answers and {faults} faults test little");

    let mut valid = 0;
    for _ in 0..1_000 {
        if let Ok(rules) = Rules::from_json(&damage(&rules, &mut random)) {
            valid += 1;
            let damaged = Handler { rules, ids: handler.ids.clone() };
            let answer = damaged.handle(EVENT, 200_000).expect("an answer");
            if let Ok(answer) = answer.event {
                assert_eq!(without_response(&answer), without_response(EVENT));
            }
        }
    }
    assert!(valid > 100, "{valid} valid rules test little");
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
    let mut random = Random::new(99);
    let rules = serde_json::to_string(&MANY_WORDS.rules(&mut random, 20)).expect("JSON");
    let mut seen = 0;
    for _ in 0..3_000 {
        let damaged = damage(&rules, &mut random);
        let Ok(read) = serde_json::from_str::<Vec<Rule>>(&damaged) else { continue };
        let json = serde_json::to_value(&read).expect("JSON");
        for RuleProblem { path, kind } in Rules::compile(read).err().into_iter().flatten() {
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
