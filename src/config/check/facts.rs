//! Facts: whether their keys can be made, whether whoever asks for one asks for something that is there, and whether they come
//! in time.

use std::collections::BTreeSet;

use trigger::DeclaredFacts;
use trigger::rules::fact_of;

use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::types::Config;
use crate::model::nearest;

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let at = place.at("facts");
    let keys = DeclaredFacts::compile(config.facts.clone()).err().unwrap_or_default();
    let keys = keys.into_iter().map(|(path, reason)| {
        let problem =
            |message: &str| Problem::error(Code::BadFact, at.follow(&path).value(), message);
        match reason.split_once("; ") {
            Some((message, help)) => problem(message).help(help),
            None => problem(&reason),
        }
    });
    let asked = asked(config, place);
    let callers = config.facts.keys().flat_map(|name| chosen_by_callers(config, name, at));
    let late = config.facts.keys().filter_map(|name| too_late(config, name, at));
    let unused = config.facts.keys().filter_map(|name| unused(config, name, at));
    keys.chain(asked).chain(callers).chain(late).chain(unused).collect()
}

/// What rules and promises ask for, and nobody declares.
fn asked(config: &Config, place: &Placed) -> Vec<Problem> {
    let rules = config.rules.iter().enumerate().flat_map(|(index, rule)| {
        let at = place.at("rules").item(index);
        let asked = rule.facts_asked().into_iter();
        asked.filter_map(move |(path, asked)| {
            let in_condition = path.first().is_some_and(|key| key == "facts");
            let at = at.follow(&path);
            let span = if in_condition { at.key() } else { at.value() };
            undeclared(config, &asked, span)
        })
    });
    let promises = config.expect.iter().enumerate().flat_map(|(index, promise)| {
        let at = place.at("expect").item(index).at("facts");
        let names = promise.facts.keys();
        names.filter_map(move |name| undeclared(config, name, at.at(name).key()))
    });
    rules.chain(promises).collect()
}

fn undeclared(config: &Config, path: &str, span: std::ops::Range<usize>) -> Option<Problem> {
    let name = fact_of(path);
    let Some(fact) = config.facts.get(name) else {
        let problem = Problem::error(Code::UnknownFact, span, format!("there is no fact `{name}`"));
        let meant = nearest(name, config.facts.keys().map(String::as_str));
        let help =
            format!("declare it: `[facts.{name}]` with `dynamodb = {{ table = …, key = … }}`");
        return Some(if meant.is_some() { problem.meant(meant) } else { problem.help(help) });
    };
    // Behind the name of a list stands which of its items is meant.
    let behind = if fact.dynamodb.limit.is_some() { 2 } else { 1 };
    let member = path.split('.').nth(behind)?;
    let wanted = &fact.dynamodb.attributes;
    if wanted.is_empty() || wanted.iter().any(|one| one == member) {
        return None;
    }
    let problem = Problem::error(
        Code::UnknownFact,
        span,
        format!("the fact `{name}` does not ask for the attribute `{member}`"),
    );
    let meant = nearest(member, wanted.iter().map(String::as_str));
    let help = format!("add it to `attributes` of `[facts.{name}]`");
    Some(if meant.is_some() { problem.meant(meant) } else { problem.help(help) })
}

/// Whoever asks for a token chooses the metadata, and with it whose item is read.
fn chosen_by_callers(config: &Config, name: &str, at: &Placed) -> Vec<Problem> {
    let at = at.at(name).at("dynamodb").at("key");
    let chosen = config.facts[name].dynamodb.key.iter();
    let chosen = chosen.filter(|(_, value)| value.text().contains("metadata."));
    let problem = |(part, _): (&String, _)| {
        let message = format!("whoever asks for a token chooses which item `{name}` is");
        let problem = Problem::hint(Code::FactByCaller, at.at(part).value(), message);
        problem.help("make the key of what the pool knows: `{attributes.sub}`, `{user_name}` or `{client_id}`")
    };
    chosen.map(problem).collect()
}

/// The function must be able to answer after it has waited.
fn too_late(config: &Config, name: &str, at: &Placed) -> Option<Problem> {
    let (wait, limit) = (config.facts[name].timeout_ms, u64::from(config.trigger.timeout_s) * 1000);
    if wait < limit {
        return None;
    }
    let message = format!("`{name}` is waited for as long as the function may run, or longer");
    let at = at.at(name);
    let span = if at.has("timeout_ms") { at.at("timeout_ms").value() } else { at.value() };
    let problem = Problem::error(Code::BadFact, span, message);
    Some(problem.help(format!("`trigger.timeout_s` is {limit} ms: wait for less")))
}

fn unused(config: &Config, name: &str, at: &Placed) -> Option<Problem> {
    let asked = config.rules.iter().flat_map(trigger::Rule::facts_asked);
    let names: BTreeSet<_> = asked.map(|(_, path)| fact_of(&path).to_owned()).collect();
    let problem = || {
        Problem::hint(
            Code::UnusedFact,
            at.at(name).key(),
            format!("no rule asks for the fact `{name}`"),
        )
    };
    (!names.contains(name)).then(problem)
}
