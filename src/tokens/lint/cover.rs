//! Who else makes an effect of a rule, or undoes it: without that effect no token would change.

use std::collections::BTreeMap;

use serde_json::Value;
use trigger::rules::{Rule, is_computed};

use super::index::Touched;
use super::setters::Setters;

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

/// A rule among others: `others` are those that apply whenever it does.
pub(super) struct Scene<'a> {
    pub(super) rules: &'a [Rule],
    pub(super) place: usize,
    pub(super) others: &'a [usize],
    pub(super) alive: &'a [bool],
    pub(super) setters: &'a Setters<'a>,
}

type List = fn(&Rule) -> &Vec<String>;
type Claims = fn(&Rule) -> &BTreeMap<String, Value>;

impl Scene<'_> {
    /// Every effect of the rule, with what makes it pointless.
    pub(super) fn covers(&self) -> Vec<(Path, Option<Cover>)> {
        let rule = self.rule();
        let mut all = self.added(&rule.add_scopes);
        all.extend(self.access_claims());
        all.extend(self.id_claims());
        all.extend(self.suppressed("suppress_scopes", |r| &r.suppress_scopes));
        all.extend(self.suppressed("suppress_access_claims", |r| &r.suppress_access_claims));
        all.extend(self.suppressed("suppress_id_claims", |r| &r.suppress_id_claims));
        all.extend(self.suppressed("suppress_groups", |r| &r.suppress_groups));
        all.extend(self.added_groups());
        all.extend(self.set_groups());
        all.extend(self.refusal());
        all
    }

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
            // What data says lies within the bounds of each rule.
            if is_computed(scope) {
                return (path("add_scopes", item), None);
            }
            let cover = self
                .suppressing(|rule| &rule.suppress_scopes, scope)
                .or_else(|| self.other(|rule| rule.add_scopes.contains(scope), How::Done));
            (path("add_scopes", item), cover)
        };
        scopes.iter().enumerate().map(cover).collect()
    }

    /// The first mention of a group decides about its place.
    fn added_groups(&self) -> Vec<(Path, Option<Cover>)> {
        let cover = |(item, group): (usize, &String)| {
            let earlier =
                |at: &&usize| **at < self.place && self.rules[**at].add_groups.contains(group);
            let done =
                || self.others.iter().find(earlier).map(|at| Cover { by: *at, how: How::Done });
            let cover = self.suppressing(|rule| &rule.suppress_groups, group).or_else(done);
            (path("add_groups", item), cover)
        };
        self.rule().add_groups.iter().enumerate().map(cover).collect()
    }

    fn suppressed(&self, key: &str, list: List) -> Vec<(Path, Option<Cover>)> {
        let cover = |(item, name): (usize, &String)| {
            let bounded = key == "suppress_scopes" && is_computed(name);
            let done = || self.other(|rule| list(rule).contains(name), How::Done);
            (path(key, item), if bounded { None } else { done() })
        };
        list(self.rule()).iter().enumerate().map(cover).collect()
    }

    fn access_claims(&self) -> Vec<(Path, Option<Cover>)> {
        self.claims(
            "access_claims",
            |rule| &rule.access_claims,
            |rule| &rule.suppress_access_claims,
            |name| Touched::Access(name),
        )
    }

    fn id_claims(&self) -> Vec<(Path, Option<Cover>)> {
        self.claims(
            "id_claims",
            |rule| &rule.id_claims,
            |rule| &rule.suppress_id_claims,
            |name| Touched::Id(name),
        )
    }

    fn claims(
        &self,
        key: &str,
        claims: Claims,
        gone: List,
        touched: fn(&str) -> Touched<'_>,
    ) -> Vec<(Path, Option<Cover>)> {
        let cover = |(name, value): (&String, &Value)| {
            let cover = self.suppressing(gone, name).or_else(|| {
                let set = |rule: &Rule| claims(rule).get(name).cloned();
                self.set_otherwise(set, is_certain, value, touched(name))
            });
            ([key.to_owned(), name.clone()], cover)
        };
        claims(self.rule()).iter().map(cover).collect()
    }

    fn set_groups(&self) -> Option<(Path, Option<Cover>)> {
        let groups = self.rule().set_groups.as_ref()?;
        let set = |rule: &Rule| rule.set_groups.clone();
        let cover = self.set_otherwise(set, |_| true, groups, Touched::SetGroups);
        Some((["set_groups".to_owned(), String::new()], cover))
    }

    /// Of several refusals the first one has the say. One that is only watched leaves its line in the log.
    fn refusal(&self) -> Option<(Path, Option<Cover>)> {
        self.rule().refuse.as_ref()?;
        let earlier = |at: &&usize| **at < self.place && self.rules[**at].refuses();
        let cover = self.others.iter().find(earlier).filter(|_| self.rule().refuses());
        let cover = cover.map(|at| Cover { by: *at, how: How::Done });
        Some((["refuse".to_owned(), String::new()], cover))
    }

    /// Of several values the last one stays: another rule sets the same one and nobody comes between the two, or a later
    /// one sets another value for certain.
    fn set_otherwise<T: PartialEq>(
        &self,
        set: impl Fn(&Rule) -> Option<T>,
        is_certain: impl Fn(&T) -> bool,
        value: &T,
        touched: Touched,
    ) -> Option<Cover> {
        let before = self.setters.last(touched, self.place, self.alive);
        let same = self.others.iter().find(|at| {
            (**at > self.place || Some(**at) == before)
                && set(&self.rules[**at]).as_ref() == Some(value)
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
