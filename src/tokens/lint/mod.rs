//! Rules that are odd by themselves: that never apply, that change nothing, or that could be one rule. Pure.
//!
//! A finding is a proof: whoever does what it says changes no token. What cannot be proven is not reported.

mod cover;
mod implied;
mod index;
mod never;
mod setters;
mod surroundings;

use std::collections::HashMap;

use trigger::rules::{EVERY_CLAIM, Rule};

use cover::{Cover, How, Scene};
use implied::implies;
pub use index::CoverIndex;
pub use never::Never;
use setters::Setters;
pub use surroundings::Surroundings;

/// Something odd. Rules are meant by their positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A rule that can go, because it never applies.
    Never {
        /// It.
        rule: usize,
        /// Why.
        why: Never,
    },
    /// A rule that can go, because another one has the same conditions and effects.
    Repeats {
        /// It.
        rule: usize,
        /// The other one.
        of: usize,
    },
    /// A rule that can go, because others make the whole of its effect or undo it, whenever it applies.
    Shadowed {
        /// It.
        rule: usize,
        /// The others.
        by: Vec<usize>,
        /// Whether it could never have shown: all of it is undone.
        undone: bool,
    },
    /// One effect that can go: whenever the rule applies, another one (or the rule itself) undoes it.
    Undone {
        /// The rule.
        rule: usize,
        /// Where the effect stands in the rule: a key, and an item or a name.
        path: [String; 2],
        /// The one that undoes it.
        by: usize,
    },
    /// Two rules of the same conditions: the effects of `rule` can be moved to the other one.
    CouldBeOne {
        /// The later one.
        rule: usize,
        /// The earlier one.
        with: usize,
    },
}

/// Everything odd about these rules. All that it finds can be followed at once.
#[must_use]
pub fn lint(rules: &[Rule], surroundings: &Surroundings) -> Vec<Finding> {
    let index = CoverIndex::new(rules);
    lint_among(rules, surroundings, |place| index.candidates(place))
}

/// The same, comparing each rule with its `candidates` alone: those that touch what it touches, and may apply whenever it
/// does.
#[must_use]
pub fn lint_among(
    rules: &[Rule],
    surroundings: &Surroundings,
    candidates: impl Fn(usize) -> Vec<usize>,
) -> Vec<Finding> {
    let (mut alive, mut findings) = applying(rules, surroundings);
    let setters = Setters::new(rules);
    let mut others = vec![vec![]; rules.len()];
    // Whoever lacks a fact that a rule asks for may be refused for it, whatever becomes of its effects.
    let asks = |place: usize| copies(&rules[place]) || !rules[place].facts_asked().is_empty();
    // From the end, and each against what is left: of two that repeat each other, one stays.
    for place in (0..rules.len()).rev().filter(|place| alive[*place]).collect::<Vec<_>>() {
        let applies = |other: &usize| {
            *other != place && alive[*other] && implies(&rules[place], &rules[*other], surroundings)
        };
        others[place] = candidates(place).into_iter().filter(applies).collect();
        let scene =
            Scene { rules, place, others: &others[place], alive: &alive, setters: &setters };
        if let Some(finding) = superfluous(&scene).filter(|_| !asks(place)) {
            alive[place] = false;
            findings.push(finding);
        }
    }
    let kinds = Alike::new(rules, &alive);
    for place in (0..rules.len()).filter(|place| alive[*place]) {
        others[place].retain(|other| alive[*other]);
        let scene =
            Scene { rules, place, others: &others[place], alive: &alive, setters: &setters };
        if !asks(place) {
            findings.extend(undone(&scene));
        }
        findings.extend(could_be_one(&scene, &kinds));
    }
    findings
}

/// Which rules can apply at all, and why the others cannot.
fn applying(rules: &[Rule], surroundings: &Surroundings) -> (Vec<bool>, Vec<Finding>) {
    let why: Vec<_> = rules.iter().map(|rule| never::why(rule, surroundings)).collect();
    let alive = why.iter().map(Option::is_none).collect();
    let never = why.into_iter().enumerate();
    let never = never.filter_map(|(rule, why)| Some(Finding::Never { rule, why: why? }));
    (alive, never.collect())
}

fn superfluous(scene: &Scene) -> Option<Finding> {
    let Scene { rules, place, others, .. } = *scene;
    let covers: Option<Vec<Cover>> = scene.covers().into_iter().map(|(_, cover)| cover).collect();
    let covers = covers?;
    let twin = others.iter().find(|other| are_twins(&rules[place], &rules[**other]));
    if let Some(&of) = twin {
        return Some(Finding::Repeats { rule: place, of });
    }
    let mut by: Vec<_> = covers.iter().map(|cover| cover.by).filter(|by| *by != place).collect();
    by.sort_unstable();
    by.dedup();
    let undone = covers.iter().all(|cover| cover.how == How::Undone);
    Some(Finding::Shadowed { rule: place, by, undone })
}

fn undone(scene: &Scene) -> Vec<Finding> {
    let undone = scene.covers().into_iter().filter_map(|(path, cover)| {
        let cover = cover.filter(|cover| cover.how == How::Undone)?;
        Some(Finding::Undone { rule: scene.place, path, by: cover.by })
    });
    undone.collect()
}

/// The earlier rule that could have the effects of this one, too: nobody from there on sets what this one sets.
fn could_be_one(scene: &Scene, alike: &Alike) -> Option<Finding> {
    let place = scene.place;
    // A refusal stands by itself, and so do scopes within bounds.
    let alone = |place: &usize| {
        let rule = &scene.rules[*place];
        rule.refuse.is_some() || rule.computes_scopes() || copies(rule)
    };
    if alone(&place) {
        return None;
    }
    let after = scene.setters.last_before(&scene.rules[place], place, scene.alive);
    let with = alike
        .of(place)
        .iter()
        .copied()
        .filter(|with| !alone(with))
        .find(|with| after.is_none_or(|last| last < *with))?;
    (with < place).then_some(Finding::CouldBeOne { rule: place, with })
}

/// Whether it sets claims whose names nobody knows.
fn copies(rule: &Rule) -> bool {
    [&rule.access_claims, &rule.id_claims].iter().any(|claims| claims.contains_key(EVERY_CLAIM))
}

/// Rules of the same conditions: they are found by these, not by comparing each with each.
struct Alike {
    conditions: Vec<String>,
    places: HashMap<String, Vec<usize>>,
}

impl Alike {
    fn new(rules: &[Rule], alive: &[bool]) -> Self {
        let conditions: Vec<_> =
            rules.iter().map(|rule| format!("{:?}", conditions(rule))).collect();
        let mut places: HashMap<_, Vec<usize>> = HashMap::new();
        for (place, conditions) in conditions.iter().enumerate().filter(|(place, _)| alive[*place])
        {
            places.entry(conditions.clone()).or_default().push(place);
        }
        Self { conditions, places }
    }

    fn of(&self, place: usize) -> &[usize] {
        self.places.get(&self.conditions[place]).map_or(&[], Vec::as_slice)
    }
}

/// Whether they say the same, up to their names.
fn are_twins(one: &Rule, other: &Rule) -> bool {
    conditions(one) == conditions(other) && effects(one) == effects(other)
}

/// The conditions alone; the order of a list does not matter.
fn conditions(rule: &Rule) -> Rule {
    let mut conditions = Rule { name: String::new(), ..rule.clone() }.without_effects();
    let Rule { pools, clients, groups, groups_all, groups_none, scopes, trigger_sources, .. } =
        &mut conditions;
    [pools, clients, groups, groups_all, groups_none, scopes, trigger_sources]
        .into_iter()
        .for_each(sort);
    conditions
}

/// The effects alone; groups are set in the order that they have.
fn effects(rule: &Rule) -> Rule {
    let mut effects = Rule { name: String::new(), ..rule.clone() }.without_conditions();
    let Rule {
        add_scopes,
        suppress_scopes,
        suppress_access_claims,
        suppress_id_claims,
        suppress_groups,
        ..
    } = &mut effects;
    [add_scopes, suppress_scopes, suppress_access_claims, suppress_id_claims, suppress_groups]
        .into_iter()
        .for_each(sort);
    effects
}

fn sort(list: &mut Vec<String>) {
    list.sort_unstable();
    list.dedup();
}
