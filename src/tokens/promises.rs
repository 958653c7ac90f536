//! Promises, checked offline: what the rules say about the subject of each expectation, beside what it
//! expects. What only Cognito knows (ids, names of users) is unknown here.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};
use trigger::rules::{Decision, Rules, Subject};

use crate::codes::Code;
use crate::config::{Config, Expectation, Loaded, Placed, Problem, Problems, TriggerSource};
use crate::model::DEFAULT_SCOPE;

/// The promises that the rules do not keep at `now`: seconds since 1970, for rules that are limited
/// in time.
#[must_use]
pub fn broken_promises(loaded: &Loaded, now: i64) -> Problems {
    let Loaded { config, rules, source, place, .. } = loaded;
    let expectations = config.expect.iter().enumerate();
    let broken = expectations.flat_map(|(index, expectation)| {
        let subject = subject(config, expectation, now);
        broken(expectation, &subject, rules, place.at("expect").item(index))
    });
    Problems::new(Arc::clone(source), broken.collect())
}

/// The names of the promises that these rules do not keep at `now`, where they see a subject as `seen` says.
#[must_use]
pub fn unkept(
    loaded: &Loaded,
    rules: &Rules,
    seen: impl Fn(Subject) -> Subject,
    now: i64,
) -> Vec<String> {
    let Loaded { config, place, .. } = loaded;
    let unkept = config.expect.iter().enumerate().filter(|(index, promise)| {
        let subject = seen(subject(config, promise, now));
        !broken(promise, &subject, rules, place.at("expect").item(*index)).is_empty()
    });
    unkept.map(|(_, promise)| promise.name.clone()).collect()
}

fn subject(config: &Config, expectation: &Expectation, now: i64) -> Subject {
    let is_user = expectation.source != TriggerSource::ClientCredentials;
    let mut pools = config.pools.iter();
    let having = pools.find(|(_, pool)| pool.clients.contains_key(&expectation.client));
    Subject {
        pool: expectation.pool.clone().or_else(|| having.map(|(key, _)| key.clone())),
        client: Some(expectation.client.clone()),
        groups: expectation.groups.clone(),
        attributes: expectation.attributes.clone(),
        client_metadata: expectation.client_metadata.clone(),
        facts: expectation.facts.clone(),
        scopes: is_user.then(|| DEFAULT_SCOPE.to_owned()).into_iter().collect(),
        trigger_source: Some(expectation.source.to_string()),
        now,
        ..Subject::default()
    }
}

fn broken(promise: &Expectation, subject: &Subject, rules: &Rules, at: &Placed) -> Vec<Problem> {
    let decision = rules.decide(subject);
    let scopes = decision.access_scopes(subject.scopes.iter().map(String::as_str));
    let name = &promise.name;
    let mut problems = refused(promise, &decision, subject, rules, at);
    if decision.refusal.is_some() {
        return problems;
    }
    for (index, scope) in
        promise.scopes.iter().enumerate().filter(|(_, one)| !scopes.contains(*one))
    {
        let span = at.at("scopes").item(index).value();
        let problem = Problem::error(
            Code::ScopeNotGranted,
            span,
            format!("`{name}`: the access token has no scope `{scope}`"),
        );
        problems.push(problem.help(reason(scope, subject, rules, &scopes)));
    }
    for (index, scope) in
        promise.not_scopes.iter().enumerate().filter(|(_, one)| scopes.contains(*one))
    {
        let span = at.at("not_scopes").item(index).value();
        problems.push(Problem::error(
            Code::ScopeNotSuppressed,
            span,
            format!("`{name}`: the access token has the scope `{scope}`"),
        ));
    }
    let groups = Some(subject.groups.clone()).filter(|groups| !groups.is_empty());
    let groups: Map<_, _> =
        groups.map(|groups| ("cognito:groups".to_owned(), groups.into())).into_iter().collect();
    let attributes =
        subject.attributes.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let profile = attributes.chain(groups.clone()).collect();
    for (key, promised, found) in [
        ("access_claims", &promise.access_claims, decision.access_claims(&groups)),
        ("id_claims", &promise.id_claims, decision.id_claims(&profile)),
    ] {
        problems.extend(promised.iter().filter_map(|(claim, value)| {
            different(name, claim, value, found.get(claim), at.at(key).at(claim))
        }));
    }
    problems
}

/// Whether the sign-in is refused as it was promised, or not at all.
fn refused(
    promise: &Expectation,
    decision: &Decision,
    subject: &Subject,
    rules: &Rules,
    at: &Placed,
) -> Vec<Problem> {
    let name = &promise.name;
    let wanted = promise.refused.as_ref().filter(|wanted| wanted.is_refused());
    let there = at.at("refused").value();
    let problem = match (&decision.refusal, wanted) {
        (Some(refusal), Some(wanted)) if wanted.is_met_by(&refusal.text) => return vec![],
        (None, None) => return vec![],
        (Some(refusal), Some(_)) => Problem::error(
            Code::NotRefused,
            there,
            format!("`{name}`: the sign-in is refused with another text"),
        )
        .label(format!("it is {:?}", refusal.text)),
        (Some(refusal), None) => {
            let by = rules.get(refusal.rule).map_or("", |rule| rule.name.as_str());
            Problem::error(
                Code::UnexpectedRefusal,
                at.at("name").value(),
                format!("`{name}`: the sign-in is refused"),
            )
            .label(format!("by rule `{by}`"))
            .help("say so with `refused = true`, or give the rule conditions")
        }
        (None, Some(_)) => {
            let problem = Problem::error(
                Code::NotRefused,
                there,
                format!("`{name}`: no rule refuses the sign-in"),
            );
            let refusing =
                rules.iter().zip(rules.explain(subject)).filter(|(rule, _)| rule.refuse.is_some());
            let reasons: Vec<_> = refusing
                .map(|(rule, applies)| match applies {
                    Ok(()) => format!("`{}` is in `mode = \"report\"`", rule.name),
                    Err(mismatch) => format!("`{}` does not apply ({mismatch})", rule.name),
                })
                .collect();
            if reasons.is_empty() { problem } else { problem.help(reasons.join("; ")) }
        }
    };
    vec![problem]
}

fn different(
    name: &str,
    claim: &str,
    wanted: &Value,
    found: Option<&Value>,
    at: &Placed,
) -> Option<Problem> {
    let label = match found {
        Some(found) if found == wanted => return None,
        Some(found) => format!("it is {found}"),
        None => "no rule sets it".to_owned(),
    };
    Some(
        Problem::error(
            Code::ClaimNotAsPromised,
            at.value(),
            format!("`{name}`: the claim `{claim}` is not {wanted}"),
        )
        .label(label),
    )
}

/// Why a scope is not there: what keeps the rules that add it from it, or what is there instead.
fn reason(scope: &String, subject: &Subject, rules: &Rules, scopes: &BTreeSet<String>) -> String {
    let adding = rules
        .iter()
        .zip(rules.explain(subject))
        .filter(|(rule, _)| rule.add_scopes.contains(scope));
    let reasons: Vec<_> = adding
        .map(|(rule, applies)| match applies {
            Ok(()) => format!("`{}` adds it, but another rule suppresses it", rule.name),
            Err(mismatch) => format!("`{}` would, but does not apply ({mismatch})", rule.name),
        })
        .collect();
    let there: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    match (reasons.is_empty(), there.is_empty()) {
        (false, _) => reasons.join("; "),
        (true, false) => format!("the access token has {}", there.join(", ")),
        (true, true) => "the access token has none".to_owned(),
    }
}
