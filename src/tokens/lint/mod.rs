//! Rules that are odd by themselves: that never apply, that change nothing, or that could be one rule. Pure.
//!
//! A finding is a proof: whoever does what it says changes no token. What cannot be proven is not reported.

mod cover;
mod implied;
mod never;

use trigger::rules::Rule;

use crate::model::ClientKey;
use cover::{Cover, How, covers};
use implied::implies;
pub use never::Never;

/// What is known beside the rules.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Every client of the stack: no other one has a key that a rule could name.
    pub clients: Vec<ClientKey>,
    /// Whether Cognito asks the trigger about machines, too (`V3_0`).
    pub machines: bool,
    /// Seconds since 1970: what is over does not come back.
    pub now: i64,
}

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
    let mut findings = vec![];
    let mut alive = vec![true; rules.len()];
    for (place, rule) in rules.iter().enumerate() {
        if let Some(why) = never::why(rule, surroundings) {
            alive[place] = false;
            findings.push(Finding::Never { rule: place, why });
        }
    }
    // From the end, and each against what is left: of two that repeat each other, one stays.
    for place in (0..rules.len()).rev() {
        if !alive[place] {
            continue;
        }
        let others = implied_by(rules, place, &alive, surroundings);
        if let Some(finding) = superfluous(rules, place, &others, &alive) {
            alive[place] = false;
            findings.push(finding);
        }
    }
    for place in (0..rules.len()).filter(|place| alive[*place]) {
        findings.extend(undone(rules, place, &alive, surroundings));
        findings.extend(could_be_one(rules, place, &alive));
    }
    findings
}

/// The other rules that apply whenever this one does.
fn implied_by(
    rules: &[Rule],
    place: usize,
    alive: &[bool],
    surroundings: &Surroundings,
) -> Vec<usize> {
    let applies = |other: &usize| {
        *other != place && alive[*other] && implies(&rules[place], &rules[*other], surroundings)
    };
    (0..rules.len()).filter(applies).collect()
}

fn superfluous(rules: &[Rule], place: usize, others: &[usize], alive: &[bool]) -> Option<Finding> {
    let covers: Option<Vec<Cover>> =
        covers(rules, place, others, alive).into_iter().map(|(_, cover)| cover).collect();
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

fn undone(
    rules: &[Rule],
    place: usize,
    alive: &[bool],
    surroundings: &Surroundings,
) -> Vec<Finding> {
    let others = implied_by(rules, place, alive, surroundings);
    let covers = covers(rules, place, &others, alive).into_iter();
    let undone = covers.filter_map(|(path, cover)| {
        let cover = cover.filter(|cover| cover.how == How::Undone)?;
        Some(Finding::Undone { rule: place, path, by: cover.by })
    });
    undone.collect()
}

/// The earlier rule that could have the effects of this one, too.
fn could_be_one(rules: &[Rule], place: usize, alive: &[bool]) -> Option<Finding> {
    let rule = &rules[place];
    let fits = |with: &usize| {
        let between = with + 1..place;
        alive[*with]
            && conditions(&rules[*with]) == conditions(rule)
            && !clash(&rules[*with], rule)
            && between.filter(|at| alive[*at]).all(|at| !clash(&rules[at], rule))
    };
    (0..place).find(fits).map(|with| Finding::CouldBeOne { rule: place, with })
}

/// Whether the order of two rules matters: they set the same thing.
fn clash(one: &Rule, other: &Rule) -> bool {
    one.access_claims.keys().any(|name| other.access_claims.contains_key(name))
        || one.id_claims.keys().any(|name| other.id_claims.contains_key(name))
        || (one.set_groups.is_some() && other.set_groups.is_some())
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
