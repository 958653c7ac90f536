//! Who else makes an effect of a rule, or undoes it: without that effect no token would change.

use std::collections::BTreeMap;

use serde_json::Value;
use trigger::rules::Rule;

/// What becomes of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Another rule has it, too.
    Done,
    /// Another rule, or the rule itself, takes it back.
    Undone,
}

/// A rule that makes an effect of another one pointless.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cover {
    pub(super) by: usize,
    pub(super) how: How,
}

/// An effect: its key in the rule, and an item or a name.
pub(super) type Path = [String; 2];

/// Every effect of a rule, with what makes it pointless; `others` are the rules that apply whenever it does.
pub(super) fn covers(
    rules: &[Rule],
    place: usize,
    others: &[usize],
    alive: &[bool],
) -> Vec<(Path, Option<Cover>)> {
    let scene = Scene { rules, place, others, alive };
    let rule = &rules[place];
    let mut all = scene.added(&rule.add_scopes);
    all.extend(scene.claims("access_claims", |r| &r.access_claims, |r| &r.suppress_access_claims));
    all.extend(scene.claims("id_claims", |r| &r.id_claims, |r| &r.suppress_id_claims));
    all.extend(scene.suppressed("suppress_scopes", |r| &r.suppress_scopes));
    all.extend(scene.suppressed("suppress_access_claims", |r| &r.suppress_access_claims));
    all.extend(scene.suppressed("suppress_id_claims", |r| &r.suppress_id_claims));
    all.extend(scene.suppressed("suppress_groups", |r| &r.suppress_groups));
    all.extend(scene.set_groups());
    all
}

struct Scene<'a> {
    rules: &'a [Rule],
    place: usize,
    others: &'a [usize],
    alive: &'a [bool],
}

type List = fn(&Rule) -> &Vec<String>;
type Claims = fn(&Rule) -> &BTreeMap<String, Value>;

impl Scene<'_> {
    fn rule(&self) -> &Rule {
        &self.rules[self.place]
    }

    /// The first other rule that is so.
    fn other(&self, is: impl Fn(&Rule) -> bool, how: How) -> Option<Cover> {
        self.others.iter().find(|at| is(&self.rules[**at])).map(|at| Cover { by: *at, how })
    }

    /// The rule itself, or another one, that suppresses it.
    fn suppressing(&self, list: List, name: &String) -> Option<Cover> {
        let own = list(self.rule()).contains(name).then_some(self.place);
        own.map(|by| Cover { by, how: How::Undone })
            .or_else(|| self.other(|rule| list(rule).contains(name), How::Undone))
    }

    fn added(&self, scopes: &[String]) -> Vec<(Path, Option<Cover>)> {
        let cover = |(item, scope): (usize, &String)| {
            let cover = self
                .suppressing(|rule| &rule.suppress_scopes, scope)
                .or_else(|| self.other(|rule| rule.add_scopes.contains(scope), How::Done));
            (path("add_scopes", item), cover)
        };
        scopes.iter().enumerate().map(cover).collect()
    }

    fn suppressed(&self, key: &str, list: List) -> Vec<(Path, Option<Cover>)> {
        let cover = |(item, name): (usize, &String)| {
            (path(key, item), self.other(|rule| list(rule).contains(name), How::Done))
        };
        list(self.rule()).iter().enumerate().map(cover).collect()
    }

    fn claims(&self, key: &str, claims: Claims, gone: List) -> Vec<(Path, Option<Cover>)> {
        let cover = |(name, value): (&String, &Value)| {
            let set = |rule: &Rule| claims(rule).get(name).cloned();
            let cover =
                self.suppressing(gone, name).or_else(|| self.set_otherwise(set, is_certain, value));
            ([key.to_owned(), name.clone()], cover)
        };
        claims(self.rule()).iter().map(cover).collect()
    }

    fn set_groups(&self) -> Option<(Path, Option<Cover>)> {
        let groups = self.rule().set_groups.as_ref()?;
        let cover = self.set_otherwise(|rule| rule.set_groups.clone(), |_| true, groups);
        Some((["set_groups".to_owned(), String::new()], cover))
    }

    /// Of several values the last one stays: another rule sets the same one and nobody comes between the two, or a later
    /// one sets another value for certain.
    fn set_otherwise<T: PartialEq>(
        &self,
        set: impl Fn(&Rule) -> Option<T>,
        is_certain: impl Fn(&T) -> bool,
        value: &T,
    ) -> Option<Cover> {
        let same = self.others.iter().find(|at| {
            let same = set(&self.rules[**at]).as_ref() == Some(value);
            let mut between = **at + 1..self.place;
            same && !between.any(|at| self.alive[at] && set(&self.rules[at]).is_some())
        });
        let later = self.others.iter().find(|at| {
            **at > self.place && set(&self.rules[**at]).is_some_and(|other| is_certain(&other))
        });
        let done = same.map(|at| Cover { by: *at, how: How::Done });
        done.or(later.map(|at| Cover { by: *at, how: How::Undone }))
    }
}

fn path(key: &str, item: usize) -> Path {
    [key.to_owned(), item.to_string()]
}

/// Whether a value is there for every subject: a placeholder without a default can be missing.
fn is_certain(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains('{'),
        Value::Array(items) => items.iter().all(is_certain),
        Value::Object(members) => members.values().all(is_certain),
        _ => true,
    }
}
