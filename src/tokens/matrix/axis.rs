//! One way in which subjects differ, and what the rules can tell apart in it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use trigger::rules::{Rule, Rules, Subject};

use crate::tokens::impact::{Set, either};

/// More work than this is not done for a picture.
const LIMIT: usize = 1_000_000;

/// A value that subjects may have, in words.
#[derive(Debug, Clone)]
pub(super) struct AxisValue {
    pub(super) label: String,
    pub(super) set: Vec<Set>,
    /// Candidates that differ in this are kept apart, whatever the rules say.
    pub(super) tag: usize,
}

/// All candidates that no rule tells apart.
#[derive(Debug)]
pub(super) struct Point {
    labels: Vec<String>,
    set: Vec<Set>,
    tag: usize,
    /// The conditions that hold.
    verdicts: Vec<usize>,
}

/// One way in which subjects differ.
#[derive(Debug)]
pub(super) struct Axis {
    /// The conditions of the rules in this one respect.
    conditions: Rules,
    pub(super) points: Vec<Point>,
    /// Whether a machine has nothing of the kind.
    pub(super) of_users: bool,
    /// What needs no words: the points with this tag, if they are all of them.
    unsaid: Option<usize>,
}

impl Axis {
    /// The points that the rules tell apart; `part` is what of a rule speaks of them. `None` if that is too much work.
    pub(super) fn new(
        rules: &[&Rule],
        part: impl Fn(&Rule) -> Rule,
        candidates: Vec<AxisValue>,
    ) -> Option<Self> {
        let (mut seen, mut conditions) = (BTreeSet::new(), vec![]);
        for rule in rules {
            let part = Rule {
                name: "condition".to_owned(),
                add_scopes: vec!["any/any".to_owned()],
                ..part(rule)
            };
            if seen.insert(serde_json::to_string(&part).ok()?) {
                conditions.push(part);
            }
        }
        if conditions.len().saturating_mul(candidates.len()) > LIMIT {
            return None;
        }
        let conditions = Rules::compile(conditions).ok()?;
        let (mut points, mut known): (Vec<Point>, _) = (vec![], BTreeMap::new());
        for AxisValue { label, set, tag } in candidates {
            let mut subject = Subject::default();
            for set in &set {
                set.apply(&mut subject);
            }
            let verdicts = verdicts(&conditions, &subject);
            let place = *known.entry((tag, verdicts.clone())).or_insert(points.len());
            match points.get_mut(place) {
                Some(point) => point.labels.push(label),
                None => points.push(Point { labels: vec![label], set, tag, verdicts }),
            }
        }
        Some(Self { conditions, points, of_users: false, unsaid: None })
    }

    /// A machine has nothing of the kind.
    pub(super) fn of_users(self) -> Self {
        Self { of_users: true, ..self }
    }

    /// All points with this tag need no words.
    pub(super) fn usually(self, tag: usize) -> Self {
        Self { unsaid: Some(tag), ..self }
    }

    /// Whether nothing is told apart.
    pub(super) fn is_flat(&self) -> bool {
        self.points.len() < 2
    }

    pub(super) fn apply(&self, place: usize, subject: &mut Subject) {
        self.points[place].set.iter().for_each(|set| set.apply(subject));
    }

    /// Whether this subject is at one of the places; `tag` is its own, where it has one.
    pub(super) fn holds(&self, places: &BTreeSet<usize>, subject: &Subject, tag: usize) -> bool {
        let verdicts = verdicts(&self.conditions, subject);
        let here = |place: &usize| {
            self.points[*place].tag == tag && self.points[*place].verdicts == verdicts
        };
        places.iter().any(here)
    }

    /// These places in words; nothing if they need none.
    pub(super) fn words(&self, places: &BTreeSet<usize>) -> Option<String> {
        let usual = |place: &usize| self.unsaid == Some(self.points[*place].tag);
        let unsaid = (0..self.points.len()).filter(usual).collect::<BTreeSet<_>>();
        if places.len() == self.points.len() || *places == unsaid {
            return None;
        }
        let labels = places.iter().flat_map(|place| &self.points[*place].labels);
        let mut labels: Vec<&str> = labels.map(String::as_str).collect();
        // `in one or other` rather than `in one or in other`.
        if labels.iter().all(|label| label.starts_with("in ")) {
            labels.iter_mut().skip(1).for_each(|label| *label = label.trim_start_matches("in "));
        }
        Some(either(&labels))
    }
}

/// By a decision, which goes by an index, and not by an explanation of every rule.
fn verdicts(conditions: &Rules, subject: &Subject) -> Vec<usize> {
    conditions.decide(subject).matched
}
