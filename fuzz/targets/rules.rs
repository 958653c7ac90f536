//! Whatever `rules.json` holds: it is refused, with problems that point at something in it, or it decides about anybody,
//! says why, and survives being written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use trigger::{Rule, Rules, RulesError, Subject};

fuzz_target!(|text: &str| match Rules::from_json(text) {
    Ok(rules) => valid(&rules),
    Err(RulesError::Invalid(problems)) => {
        let read: Vec<Rule> = serde_json::from_str(text).expect("it could be read");
        let json = serde_json::to_value(read).expect("rules are JSON");
        for problem in problems {
            let found = problem.path.iter().try_fold(&json, |at, step| match at {
                Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                at => at.get(step),
            });
            assert!(found.is_some(), "{problem} at {:?}", problem.path);
        }
    }
    Err(RulesError::Unreadable(_)) => {}
});

fn valid(rules: &Rules) {
    let all: Vec<&Rule> = rules.iter().collect();
    let json = serde_json::to_string(&all).expect("rules are JSON");
    let again = Rules::from_json(&json).expect("what was valid stays valid");
    assert!(again.iter().eq(all.iter().copied()), "{json}");
    let mut subjects = vec![Subject::default()];
    subjects.extend(all.iter().map(|rule| suited(rule)));
    for subject in &subjects {
        let decision = rules.decide(subject);
        let explained = rules.explain(subject);
        let matched: Vec<usize> = (0..all.len()).filter(|at| explained[*at].is_ok()).collect();
        assert_eq!(decision.matched, matched);
        explained.iter().filter_map(|one| one.as_ref().err()).for_each(|why| {
            assert!(!why.to_string().is_empty());
        });
        serde_json::to_string(&decision.access.claims).expect("claims are JSON");
        serde_json::to_string(&decision.id.claims).expect("claims are JSON");
    }
}

/// Somebody whom the rule is likely to apply to.
fn suited(rule: &Rule) -> Subject {
    let client = rule.clients.first().map(String::as_str);
    let (pool, client) = match client.and_then(|client| client.split_once('/')) {
        Some((pool, client)) => (Some(pool), Some(client)),
        None => (rule.pools.first().map(String::as_str), client),
    };
    let text = |condition: &trigger::Condition| match condition {
        trigger::Condition::Equals(text) | trigger::Condition::Prefix(text) => text.clone(),
        trigger::Condition::OneOf(texts) => texts.first().cloned().unwrap_or_default(),
        trigger::Condition::Present(_) => String::new(),
    };
    let texts = |names: &std::collections::BTreeMap<String, trigger::Condition>| {
        names.iter().map(|(name, condition)| (name.clone(), text(condition))).collect()
    };
    // The last member of each fact that the rule asks for, and whole facts as texts.
    let facts = |names: &std::collections::BTreeMap<String, trigger::Condition>| {
        let fact = |(path, condition): (&String, _)| match path.split_once('.') {
            Some((name, member)) => {
                (name.to_owned(), serde_json::json!({ member: text(condition) }))
            }
            None => (path.clone(), text(condition).into()),
        };
        names.iter().map(fact).collect()
    };
    Subject {
        pool: pool.map(str::to_owned),
        client: client.map(str::to_owned),
        user_name: Some("ada".to_owned()),
        groups: rule.groups.iter().chain(&rule.groups_all).cloned().collect(),
        attributes: texts(&rule.attributes),
        client_metadata: texts(&rule.client_metadata),
        facts: facts(&rule.facts),
        scopes: rule.scopes.clone(),
        trigger_source: rule.trigger_sources.first().cloned(),
        now: rule.not_before.as_ref().and_then(trigger::Moment::first_second).unwrap_or(0),
        ..Subject::default()
    }
}
