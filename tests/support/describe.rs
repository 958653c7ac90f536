//! From the words of a report back to somebody whom they describe.

use serde_json::{Map, Value};
use trigger::rules::{Moment, Subject};

use crate::random::Random;
use crate::tokens::FEW_WORDS;

/// Somebody at random who fits the words.
pub fn somebody(words: &str, random: &mut Random) -> Subject {
    let mut subject = FEW_WORDS.subject(random);
    for alternatives in parts(words) {
        let chosen = &alternatives[random.below(alternatives.len())];
        fit(&mut subject, chosen, random);
    }
    subject.groups.sort();
    subject.groups.dedup();
    subject
}

/// What has to hold together; each is a choice.
fn parts(words: &str) -> Vec<Vec<String>> {
    let mut parts: Vec<Vec<String>> = vec![];
    for part in words.split(", ") {
        match part.split_once(" … or ") {
            // `first, second … or last`: the first one stands before the comma.
            Some((second, last)) => {
                let first = parts.last_mut().expect("a first one");
                first.extend([second.to_owned(), last.to_owned()]);
            }
            None => parts.push(part.split(" or ").map(str::to_owned).collect()),
        }
    }
    parts
}

/// The fact `f` or a member of it: there, or not.
fn set_fact(subject: &mut Subject, path: &str, value: Option<String>) {
    let Some((name, member)) = path.split_once('.') else {
        if value.is_some() {
            subject.facts.entry(path.to_owned()).or_insert_with(|| Map::new().into());
        } else {
            subject.facts.remove(path);
        }
        return;
    };
    let Some(value) = value else {
        if let Some(Value::Object(members)) = subject.facts.get_mut(name) {
            members.remove(member);
        }
        return;
    };
    let fact = subject.facts.entry(name.to_owned()).or_insert_with(|| Map::new().into());
    fact[member] = value.into();
}

fn fit(subject: &mut Subject, words: &str, random: &mut Random) {
    let some = |text: &str| Some(text.to_owned());
    if words == "everyone" {
    } else if let Some(name) = words.strip_prefix("without metadata ") {
        subject.client_metadata.remove(name);
    } else if let Some(path) = words.strip_prefix("without facts.") {
        set_fact(subject, path, None);
    } else if let Some(path) = words.strip_prefix("with any other facts.") {
        set_fact(subject, path, Some(format!("‹facts.{path}›")));
    } else if let Some(rest) = words.strip_prefix("facts.") {
        let (path, value) = valued(rest);
        set_fact(subject, &path, Some(value));
    } else if words == "without a user name" {
        subject.user_name = None;
    } else if let Some(name) = words.strip_prefix("without ") {
        subject.attributes.remove(name);
    } else if let Some(name) = words.strip_prefix("with any other metadata ") {
        subject.client_metadata.insert(name.to_owned(), format!("‹metadata.{name}›"));
    } else if let Some(name) = words.strip_prefix("with any other ") {
        subject.attributes.insert(name.to_owned(), format!("‹{name}›"));
    } else if let Some(rest) = words.strip_prefix("metadata ") {
        let (name, value) = valued(rest);
        subject.client_metadata.insert(name, value);
    } else if words.contains(" = ") {
        let (name, value) = valued(words);
        subject.attributes.insert(name, value);
    } else if let Some(pool) = words.strip_prefix("another client of pool ") {
        (subject.pool, subject.client) = (some(pool), none_or(random, "‹client›"));
    } else if words == "another client" {
        (subject.pool, subject.client) = (none_or(random, "‹pool›"), none_or(random, "‹client›"));
    } else if let Some(name) = words.strip_prefix("client ") {
        if let Some(name) = name.strip_suffix(" of another pool") {
            (subject.pool, subject.client) = (none_or(random, "‹pool›"), some(name));
        } else {
            let (pool, client) = name.split_once('/').expect("a pool and a client");
            (subject.pool, subject.client) = (some(pool), some(client));
        }
    } else if words == "now" {
        subject.now = 0;
    } else if let Some(moment) = words.strip_prefix("from ") {
        subject.now = Moment::new(moment).first_second().expect("a moment");
    } else if let Some(moment) = words.strip_prefix("after ") {
        subject.now = Moment::new(moment).last_second().expect("a moment") + 1;
    } else if let Some(scope) = words.strip_prefix("not asking for ") {
        subject.scopes.retain(|one| one != scope);
    } else if let Some(scope) = words.strip_prefix("asking for ") {
        subject.scopes.push(scope.to_owned());
    } else if let Some(group) = words.strip_prefix("not in ") {
        let other = if group == "another group" { "unheard of" } else { group };
        subject.groups.retain(|one| one != other);
    } else if let Some(group) = words.strip_prefix("in ") {
        let other = if group == "another group" { "unheard of" } else { group };
        subject.groups.push(other.to_owned());
    } else if words == "any other source" || words == "users" {
        subject.trigger_source = some("‹source›");
    } else {
        assert!(words.starts_with("TokenGeneration_"), "what is \"{words}\"?");
        subject.trigger_source = some(words);
    }
}

/// `name = "value"`, or `name = "start…"`.
fn valued(words: &str) -> (String, String) {
    let (name, value) = words.split_once(" = ").expect("a value");
    let value: String = serde_json::from_str(value).expect("a text in quotes");
    (name.to_owned(), value.replace('…', "‹more›"))
}

fn none_or(random: &mut Random, text: &str) -> Option<String> {
    (random.below(2) == 0).then(|| text.to_owned())
}
