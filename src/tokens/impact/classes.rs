//! Kinds of subjects for which old and new rules say something else about one item. Pure.
//!
//! Goes through the dimensions one by one and keeps, of all choices so far, one for each set of rules that can still
//! apply (and for each value that shows in the token): subjects that no rule tells apart are one kind.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trigger::rules::{Rule, Rules, Subject};

use super::choice::{Choice, Dimension, RuleEffect};
use super::dimension::dimensions;
use super::item::Item;
use super::seat::Seat;
use super::world::World;

/// More kinds than this are not told apart.
const LIMIT: usize = 5_000;

/// A kind of subject, and what becomes of the item for it.
#[derive(Debug)]
pub(super) struct Class {
    pub(super) who: String,
    pub(super) rule: String,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
}

/// What may still become of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Out,
    In,
    Met,
}

/// What tells kinds apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct ClassKey {
    marks: Vec<Mark>,
    picks: Vec<usize>,
}

/// One subject of a kind, and what is said of it.
#[derive(Debug, Clone, Default)]
struct SubjectClass {
    key: ClassKey,
    subject: Subject,
    labels: Vec<String>,
}

impl Class {
    pub(super) fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// Every kind; `None` if there are too many kinds. `old` and `new` are the parts of all `rules` that
/// touch the item.
pub(super) fn classes(
    item: &Item,
    [old, new]: [&[Rule]; 2],
    rules: [&Rules; 2],
    world: &World,
    seat: Option<&Seat>,
) -> Option<Vec<Class>> {
    let touching: Vec<&Rule> = old.iter().chain(new).collect();
    let dimensions = dimensions(item, &touching, world, seat);
    let kinds = split_by(item, dimensions, touching.len(), world)?;
    Some(judged(item, [old, new], rules, kinds, seat))
}

/// Every kind that these dimensions tell apart; `None` if there are too many. `rules` is how many rules they judge.
fn split_by(
    item: &Item,
    dimensions: Vec<Dimension>,
    rules: usize,
    world: &World,
) -> Option<Vec<SubjectClass>> {
    let mut kinds = vec![SubjectClass {
        key: ClassKey { marks: vec![Mark::In; rules], picks: vec![] },
        subject: Subject {
            client_id: Some("‹client_id›".to_owned()),
            now: world.now,
            scopes: item.own_scopes(),
            ..Subject::default()
        },
        labels: vec![],
    }];
    for dimension in dimensions {
        kinds = split(kinds, &dimension);
        if kinds.len() > LIMIT {
            return None;
        }
    }
    Some(kinds)
}

/// One subject of every kind.
pub(super) fn subjects(
    item: &Item,
    dimensions: Vec<Dimension>,
    rules: usize,
    world: &World,
) -> Option<Vec<Subject>> {
    let kinds = split_by(item, dimensions, rules, world)?;
    Some(kinds.into_iter().map(|kind| kind.subject).collect())
}

/// Each kind, once for each of the choices that makes a difference to it.
fn split(kinds: Vec<SubjectClass>, dimension: &Dimension) -> Vec<SubjectClass> {
    let mut seen = BTreeSet::new();
    let mut next = vec![];
    for kind in kinds {
        let mut outcomes: Vec<(ClassKey, &Choice, Vec<&str>)> = vec![];
        for (place, choice) in dimension.choices.iter().enumerate() {
            let key =
                kind.key.after(choice, dimension.shows.then_some(place), dimension.choices.len());
            match outcomes.iter_mut().find(|(known, ..)| *known == key) {
                Some((.., labels)) => labels.push(&choice.label),
                None => outcomes.push((key, choice, vec![&choice.label])),
            }
        }
        let only = outcomes.len() == 1;
        for (key, choice, labels) in outcomes {
            if !seen.insert(key.clone()) {
                continue;
            }
            let mut split = SubjectClass { key, ..kind.clone() };
            choice.set.apply(&mut split.subject);
            if !only && !labels[0].is_empty() {
                split.labels.push(either(&labels));
            }
            next.push(split);
        }
    }
    next
}

/// `a, b or c`, the most telling ones first, and not endlessly many.
pub(in crate::tokens) fn either(labels: &[&str]) -> String {
    let mut telling: Vec<&str> = vec![];
    for label in labels {
        let vague = label.starts_with("another client of");
        if !(telling.contains(label) || vague && labels.contains(&"another client")) {
            telling.push(label);
        }
    }
    match telling.as_slice() {
        [first, second, .., last] if telling.len() > 4 => format!("{first}, {second} … or {last}"),
        _ => telling.join(" or "),
    }
}

impl ClassKey {
    fn after(&self, choice: &Choice, shown: Option<usize>, choices: usize) -> Self {
        // A dimension of one choice closes a list: what is not met is out, what is met starts anew.
        let closes = choices == 1 && choice.label.is_empty();
        let mark = |(mark, verdict): (&Mark, &RuleEffect)| match (mark, verdict) {
            (Mark::Out, _) | (_, RuleEffect::Kill) => Mark::Out,
            (Mark::In, RuleEffect::Meet) if closes => Mark::Out,
            (Mark::Met, _) if closes => Mark::In,
            (_, RuleEffect::Meet) => Mark::Met,
            (mark, RuleEffect::Keep) => *mark,
        };
        let marks = self.marks.iter().zip(&choice.verdicts).map(mark).collect();
        Self { marks, picks: self.picks.iter().copied().chain(shown).collect() }
    }
}

/// A kind, and the item before and after.
type Judged = (SubjectClass, Option<Value>, Option<Value>);

fn judged(
    item: &Item,
    [old, new]: [&[Rule]; 2],
    [was, is]: [&Rules; 2],
    kinds: Vec<SubjectClass>,
    seat: Option<&Seat>,
) -> Vec<Class> {
    let own = item.is_cognitos(&old.iter().chain(new).collect::<Vec<_>>());
    let refusing = old.iter().chain(new).any(Rule::refuses);
    let alone = matches!(item, Item::SignIn | Item::Operation(_));
    let refused = |rules: &Rules, subject: &Subject| rules.decide(subject).refusal.is_some();
    // Kinds that differ in nothing but a value that makes no difference are one.
    let mut classes: BTreeMap<(Vec<Mark>, String), Judged> = BTreeMap::new();
    for kind in kinds {
        let at = |side: usize| {
            seat.map_or_else(|| kind.subject.clone(), |seat| seat.subject(side, &kind.subject))
        };
        // Who cannot sign in on one of the sides is told so, and not each scope and claim beside.
        if refusing && !alone && (refused(was, &at(0)) || refused(is, &at(1))) {
            continue;
        }
        let before = item.outcome(was, &at(0), own);
        let after = item.outcome(is, &at(1), own);
        let key = (kind.key.marks.clone(), format!("{before:?} {after:?}"));
        match classes.get_mut(&key) {
            Some((known, ..)) => known.labels.retain(|label| kind.labels.contains(label)),
            None => {
                classes.insert(key, (kind, before, after));
            }
        }
    }
    let class = |(kind, before, after): Judged| Class {
        who: if kind.labels.is_empty() { "everyone".to_owned() } else { kind.labels.join(", ") },
        rule: responsible(&kind, old, new),
        before,
        after,
    };
    classes.into_values().map(class).collect()
}

/// The rule to name: one that applies and is not in both, else the last one that applies, else any.
fn responsible(kind: &SubjectClass, old: &[Rule], new: &[Rule]) -> String {
    let all: Vec<&Rule> = old.iter().chain(new).collect();
    let apply = || all.iter().enumerate().filter(|(place, _)| kind.key.marks[*place] != Mark::Out);
    let is_news = |(place, rule): &(usize, &&Rule)| {
        let other = if *place < old.len() { new } else { old };
        !other.contains(rule)
    };
    let named = apply().rev().find(is_news).or_else(|| apply().next_back());
    named.or(all.iter().enumerate().next()).map_or_else(String::new, |(_, rule)| rule.name.clone())
}
