//! One subject of every kind that rules tell apart, of all who can sign in at a client: whom a proof has to try. Pure.
//!
//! Kinds are told apart by what happens to one scope or claim: which of the rules that touch it has the last word, and
//! whether the token has it. So their number grows with the rules, not with the groups, the clients, or what they
//! multiply to; and where two subjects are decided differently, they are of different kinds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trigger::rules::{Condition, Rule, Rules, Subject};

use super::choice::{Choice, Dimension, Set};
use super::classes::subjects;
use super::dimension::dimensions;
use super::facts::set_fact;
use super::item::{Item, items};
use super::seat::{DeclaredKeys, Seat};
use super::world::World;
use crate::config::TriggerSource;
use crate::model::{ClientKey, DEFAULT_SCOPE};
use crate::tokens::machine::is_of_machine;

/// Attributes that every user has ("Working with user attributes", Cognito Developer Guide).
const ALWAYS: [(&str, &str); 2] =
    [("sub", "00000000-0000-0000-0000-000000000000"), ("cognito:user_status", "CONFIRMED")];

/// Where any address would do: a proof puts that of its own user in its place.
pub const SOME_EMAIL: &str = "pretoken-verify@example.com";
/// Likewise a number, of the range that is reserved for fiction.
pub const SOME_PHONE_NUMBER: &str = "+15555550100";

/// The users of one client.
#[derive(Debug, Clone, Copy)]
pub struct Seated<'a> {
    /// The client.
    pub at: &'a ClientKey,
    /// The groups that they can be in.
    pub groups: &'a BTreeSet<String>,
}

/// The kinds that were tried already, wherever.
#[derive(Debug, Default)]
pub struct Kinds {
    tried: Vec<(Item, Vec<Rule>, BTreeSet<Signature>)>,
}

/// Something that rules have a say in at one client.
struct Question {
    item: Item,
    /// The rules that touch it here.
    touching: Vec<Rule>,
    /// The same, to be asked.
    compiled: Option<Rules>,
    /// Its place among what was tried.
    place: usize,
}

/// Which rules have a say in something, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Signature {
    rules: Vec<usize>,
    outcome: Option<String>,
}

impl Kinds {
    /// The subjects of this client that are the first of a kind; from now on their kinds are known. Somebody of
    /// whom nothing is special is among them in any case.
    pub fn news(&mut self, rules: &Rules, seated: Seated<'_>, now: i64) -> Vec<Subject> {
        let seat = Seat {
            keys: [(), ()].map(|()| {
                let ClientKey { pool, client } = seated.at.clone();
                Some(DeclaredKeys { pool: Some(pool), client: Some(client) })
            }),
            machine: false,
        };
        let world = World { clients: vec![], now };
        let nobody = nobody(now);
        let questions = self.questions(rules, &seat);
        let mut candidates: Vec<Subject> = vec![];
        for Question { item, touching, .. } in &questions {
            if touching.is_empty() {
                continue;
            }
            let known = of(item, touching, seated, &seat, &world);
            candidates.extend(known.unwrap_or_else(|| one_by_one(touching, seated, &nobody)));
        }
        for one in &mut candidates {
            one.scopes.clone_from(&nobody.scopes);
            one.user_name.clone_from(&nobody.user_name);
            one.attributes.extend(nobody.attributes.clone());
            plausible(one, rules);
            // No pool has an attribute that stands for any.
            one.attributes.retain(|name, _| !name.contains('‹'));
        }
        // Whoever is least special comes first, and stands for as many kinds as possible.
        candidates.sort_by_key(|one| {
            let elsewise = one.trigger_source != nobody.trigger_source;
            let own = one.groups.len() + one.attributes.len() + one.facts.len();
            (one.client_metadata.len(), elsewise, own)
        });
        self.note(&questions, rules, &seat, &nobody);
        candidates.retain(|one| self.note(&questions, rules, &seat, one));
        candidates.insert(0, nobody);
        for one in &mut candidates {
            one.attributes.retain(|name, _| !is_always(name));
        }
        candidates
    }

    /// All of them; what was asked at another client in the same words is tried already.
    fn questions(&mut self, rules: &Rules, seat: &Seat) -> Vec<Question> {
        let question = |item: Item| {
            let touching = bare(seat.narrow(0, item.touching(rules)));
            let place = self.tried.iter().position(|(one, of, _)| *one == item && *of == touching);
            let place = place.unwrap_or_else(|| {
                self.tried.push((item.clone(), touching.clone(), BTreeSet::new()));
                self.tried.len() - 1
            });
            let compiled = Rules::compile(touching.clone()).ok();
            Question { item, touching, compiled, place }
        };
        items(&rules.iter().collect::<Vec<_>>()).into_iter().map(question).collect()
    }

    /// Tries a subject; whether it is the first one of any kind.
    fn note(
        &mut self,
        questions: &[Question],
        rules: &Rules,
        seat: &Seat,
        subject: &Subject,
    ) -> bool {
        let at = seat.subject(0, subject);
        let mut is_new = false;
        for question in questions {
            is_new |= self.tried[question.place].2.insert(signature(question, rules, &at));
        }
        is_new
    }
}

/// What a rule is called makes no kind.
fn bare(rules: Vec<Rule>) -> Vec<Rule> {
    rules.into_iter().map(|rule| Rule { name: "rule".to_owned(), ..rule }).collect()
}

fn signature(question: &Question, rules: &Rules, subject: &Subject) -> Signature {
    let Question { item, touching, compiled, .. } = question;
    let applying = compiled.as_ref().map(|touching| touching.decide(subject).matched);
    let mut applying: Vec<usize> = applying.unwrap_or_default();
    if applying.is_empty() {
        // What Cognito does by itself no rule decides.
        return Signature { rules: vec![], outcome: None };
    }
    let outcome = item.outcome_of_known(rules, subject);
    // Of scopes and claims the last rule decides; each rule about groups leaves its mark. Which groups stand in a value
    // is data, of which there is no end.
    let groups = item.is_groups() || touching.iter().any(shows_groups);
    // Of refusals it is the first one: what follows is never asked.
    let first = outcome.is_none().then(|| rules.decide(subject).refusal).flatten();
    if first.is_some() {
        applying.truncate(1);
    } else if !item.is_groups() {
        applying.drain(..applying.len().saturating_sub(1));
    }
    let text = |value: Value| if groups { String::new() } else { value.to_string() };
    Signature { rules: applying, outcome: outcome.map(text) }
}

fn shows_groups(rule: &Rule) -> bool {
    let mut values = rule.access_claims.values().chain(rule.id_claims.values());
    values.any(|value| value.to_string().contains("groups"))
}

/// One subject of each kind that can sign in here and now; `None` if there are too many to count.
fn of(
    item: &Item,
    touching: &[Rule],
    seated: Seated<'_>,
    seat: &Seat,
    world: &World,
) -> Option<Vec<Subject>> {
    let touching: Vec<&Rule> = touching.iter().collect();
    let possible = dimensions(item, &touching, world, Some(seat))
        .into_iter()
        .map(|dimension| possible(dimension, &touching, seated, world.now));
    subjects(item, possible.collect(), touching.len(), world)
}

/// What can be of somebody who signs in here and now.
fn possible(mut dimension: Dimension, rules: &[&Rule], seated: Seated<'_>, now: i64) -> Dimension {
    let all = dimension.choices.len();
    dimension.choices.retain_mut(|choice| can_be(choice, rules, seated, now));
    if let ([only], true) = (dimension.choices.as_mut_slice(), all > 1) {
        // A single choice without a name would mean the end of a list.
        "always".clone_into(&mut only.label);
    }
    dimension
}

fn can_be(choice: &mut Choice, rules: &[&Rule], seated: Seated<'_>, now: i64) -> bool {
    let mentioned = |group: &String| {
        rules.iter().any(|rule| {
            [&rule.groups, &rule.groups_all, &rule.groups_none, &rule.suppress_groups]
                .into_iter()
                .any(|groups| groups.contains(group))
        })
    };
    match &mut choice.set {
        Set::Now(at) => *at == now,
        Set::Group(Some(group)) if group.starts_with('‹') => {
            let other = seated.groups.iter().find(|group| !mentioned(group));
            other.inspect(|other| group.clone_from(other)).is_some()
        }
        Set::Group(Some(group)) => seated.groups.contains(group),
        Set::UserName(name) => name.is_some(),
        Set::Attribute(name, None) => !is_always(name),
        Set::Scope(Some(scope)) => scope == DEFAULT_SCOPE,
        Set::Source(source) if source.starts_with('‹') => {
            let named = |one: &TriggerSource| {
                rules.iter().any(|rule| rule.trigger_sources.iter().any(|it| it == one.as_str()))
            };
            let others = TriggerSource::ALL.into_iter();
            let users = others.filter(|one| *one != TriggerSource::ClientCredentials);
            let other = users.into_iter().find(|one| !named(one));
            other.inspect(|other| other.as_str().clone_into(source)).is_some()
        }
        Set::Source(source) => !is_of_machine(source),
        _ => true,
    }
}

fn is_always(attribute: &str) -> bool {
    ALWAYS.iter().any(|(name, _)| *name == attribute)
}

/// Of whom nothing is special: in no group, without attributes, signing in by the API.
fn nobody(now: i64) -> Subject {
    Subject {
        now,
        scopes: vec![DEFAULT_SCOPE.to_owned()],
        client_id: Some("‹client_id›".to_owned()),
        user_name: Some("‹user_name›".to_owned()),
        attributes: ALWAYS.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        trigger_source: Some(TriggerSource::Authentication.as_str().to_owned()),
        ..Subject::default()
    }
}

/// Where there are too many kinds: for each rule somebody to whom it applies.
fn one_by_one(touching: &[Rule], seated: Seated<'_>, nobody: &Subject) -> Vec<Subject> {
    let of_rule = |rule: &Rule| {
        let any = rule.groups.iter().find(|group| seated.groups.contains(*group));
        let groups: BTreeSet<_> = rule.groups_all.iter().chain(any).cloned().collect();
        let reachable =
            groups.is_subset(seated.groups) && (rule.groups.is_empty() || any.is_some());
        let attributes =
            rule.attributes.iter().filter_map(|(name, wanted)| Some((name.clone(), met(wanted)?)));
        let source = rule.trigger_sources.first().or(nobody.trigger_source.as_ref());
        let mut facts = nobody.facts.clone();
        for (path, wanted) in &rule.facts {
            set_fact(&mut facts, path, met(wanted));
        }
        reachable.then(|| Subject {
            facts,
            groups: groups.into_iter().collect(),
            attributes: attributes.collect(),
            trigger_source: source.cloned(),
            ..nobody.clone()
        })
    };
    touching.iter().filter_map(of_rule).collect()
}

/// A value that meets the condition, if one is needed.
fn met(condition: &Condition) -> Option<String> {
    match condition {
        Condition::Equals(text) => Some(text.clone()),
        Condition::OneOf(texts) => texts.first().cloned(),
        Condition::Prefix(text) => Some(format!("{text}‹any›")),
        Condition::Present(wanted) => wanted.then(|| "‹any›".to_owned()),
    }
}

/// Puts values that a pool takes where any value would do, and no condition sees a difference.
fn plausible(subject: &mut Subject, rules: &Rules) {
    let conditions = |of: fn(&Rule) -> &BTreeMap<String, Condition>, name: &str| {
        rules.iter().filter_map(move |rule| of(rule).get(name)).collect::<Vec<_>>()
    };
    for (name, value) in &mut subject.attributes {
        *value = sample(name, value, &conditions(|rule| &rule.attributes, name));
    }
    for (name, value) in &mut subject.client_metadata {
        *value = sample(name, value, &conditions(|rule| &rule.client_metadata, name));
    }
}

fn sample(name: &str, value: &str, conditions: &[&Condition]) -> String {
    let Some((before, _)) = value.split_once('‹') else { return value.to_owned() };
    let usual = match name {
        "email" => SOME_EMAIL,
        "phone_number" => SOME_PHONE_NUMBER,
        "birthdate" => "2000-01-01",
        "updated_at" => "0",
        "email_verified" | "phone_number_verified" => "true",
        _ => "pretoken",
    };
    let others = ["anything", "x", "~", "7"].into_iter();
    let values = std::iter::once(usual).chain(others).map(|text| format!("{before}{text}"));
    let same = |other: &String| {
        conditions.iter().all(|one| one.holds(Some(other)) == one.holds(Some(value)))
    };
    values.clone().find(same).or_else(|| values.clone().next()).unwrap_or_default()
}
