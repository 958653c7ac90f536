//! Whether a rule applies to a subject, and if not, why not. One function answers both, so that the
//! two cannot differ.

use std::fmt;

use super::check::Prepared;
use super::fact_path::text_at;
use super::{Condition, Moment, Subject};

/// The first condition of a rule that a subject does not meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch<'r> {
    /// The pool is none of these.
    Pools(&'r [String]),
    /// The client is none of these.
    Clients(&'r [String]),
    /// The user is in none of these groups.
    Groups(&'r [String]),
    /// The user is not in this group.
    GroupsAll(&'r str),
    /// The user is in this group.
    GroupsNone(&'r str),
    /// An attribute is not as it has to be.
    Attribute(&'r str, &'r Condition),
    /// An entry of the client metadata is not as it has to be.
    ClientMetadata(&'r str, &'r Condition),
    /// A fact is not as it has to be.
    Fact(&'r str, &'r Condition),
    /// The token has none of these scopes.
    Scopes(&'r [String]),
    /// The occasion is none of these.
    TriggerSources(&'r [String]),
    /// The rule refuses people, and this is a machine.
    Machine,
    /// The rule does not apply yet.
    NotBefore(&'r Moment),
    /// The rule applies no more.
    NotAfter(&'r Moment),
}

impl Prepared {
    /// Whether the rule applies to `subject`.
    pub(super) fn matches(&self, subject: &Subject) -> Result<(), Mismatch<'_>> {
        self.matches_but_for_facts(subject)?;
        for (path, condition) in &self.rule.facts {
            let holds = condition.holds(text_at(&subject.facts, path).as_deref());
            holds.then_some(()).ok_or(Mismatch::Fact(path, condition))?;
        }
        Ok(())
    }

    /// The same, while its facts are not known.
    pub(super) fn matches_but_for_facts(&self, subject: &Subject) -> Result<(), Mismatch<'_>> {
        let rule = &self.rule;
        any(&rule.pools, |pool| subject.pool.as_ref() == Some(pool), Mismatch::Pools)?;
        any(&rule.clients, |client| subject.is_client(client), Mismatch::Clients)?;
        any(&rule.groups, |group| subject.groups.contains(group), Mismatch::Groups)?;
        none(&rule.groups_all, |group| !subject.groups.contains(group), Mismatch::GroupsAll)?;
        none(&rule.groups_none, |group| subject.groups.contains(group), Mismatch::GroupsNone)?;
        for (name, condition) in &rule.attributes {
            let holds = condition.holds(subject.attributes.get(name).map(String::as_str));
            holds.then_some(()).ok_or(Mismatch::Attribute(name, condition))?;
        }
        for (key, condition) in &rule.client_metadata {
            let holds = condition.holds(subject.client_metadata.get(key).map(String::as_str));
            holds.then_some(()).ok_or(Mismatch::ClientMetadata(key, condition))?;
        }
        any(&rule.scopes, |scope| subject.scopes.contains(scope), Mismatch::Scopes)?;
        if !rule.is_for_source(subject.trigger_source.as_deref()) {
            return Err(match rule.trigger_sources.as_slice() {
                [] => Mismatch::Machine,
                sources => Mismatch::TriggerSources(sources),
            });
        }
        match (&rule.not_before, &rule.not_after) {
            (Some(moment), _) if subject.now < self.first_second => {
                Err(Mismatch::NotBefore(moment))
            }
            (_, Some(moment)) if subject.now > self.last_second => Err(Mismatch::NotAfter(moment)),
            _ => Ok(()),
        }
    }
}

impl Subject {
    /// Whether `name`, a key alone or with its pool's in front, means the client of this subject.
    fn is_client(&self, name: &str) -> bool {
        let (pool, client) =
            name.split_once('/').map_or((None, name), |(pool, client)| (Some(pool), client));
        self.client.as_deref() == Some(client) && (pool.is_none() || pool == self.pool.as_deref())
    }
}

/// Nothing is wanted, or one entry is met.
fn any<'r>(
    wanted: &'r [String],
    is_met: impl FnMut(&'r String) -> bool,
    mismatch: fn(&'r [String]) -> Mismatch<'r>,
) -> Result<(), Mismatch<'r>> {
    if wanted.is_empty() || wanted.iter().any(is_met) { Ok(()) } else { Err(mismatch(wanted)) }
}

/// No entry is a hindrance.
fn none<'r>(
    entries: &'r [String],
    mut hinders: impl FnMut(&String) -> bool,
    mismatch: fn(&'r str) -> Mismatch<'r>,
) -> Result<(), Mismatch<'r>> {
    entries.iter().find(|entry| hinders(entry)).map_or(Ok(()), |entry| Err(mismatch(entry)))
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pools(pools) => write!(out, "pools: is not {}", pools.join(" or ")),
            Self::Clients(clients) => write!(out, "clients: is not {}", clients.join(" or ")),
            Self::Groups(groups) => write!(out, "groups: has none of {}", groups.join(", ")),
            Self::GroupsAll(group) => write!(out, "groups_all: has not {group}"),
            Self::GroupsNone(group) => write!(out, "groups_none: has {group}"),
            Self::Attribute(name, condition) => {
                write!(out, "attributes.{name}: {}", Unmet(condition))
            }
            Self::ClientMetadata(key, condition) => {
                write!(out, "client_metadata.{key}: {}", Unmet(condition))
            }
            Self::Fact(path, condition) => write!(out, "facts.{path}: {}", Unmet(condition)),
            Self::Scopes(scopes) => write!(out, "scopes: has none of {}", scopes.join(", ")),
            Self::TriggerSources(sources) => {
                write!(out, "trigger_sources: is not {}", sources.join(" or "))
            }
            Self::Machine => out.write_str("refuse: machines are meant only by trigger_sources"),
            Self::NotBefore(moment) => write!(out, "not_before: begins {moment}"),
            Self::NotAfter(moment) => write!(out, "not_after: ended {moment}"),
        }
    }
}

/// A condition, said of a value that does not meet it.
struct Unmet<'r>(&'r Condition);

impl fmt::Display for Unmet<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Condition::Equals(text) => write!(out, "is not {text:?}"),
            Condition::OneOf(texts) => write!(out, "is none of {texts:?}"),
            Condition::Present(true) => out.write_str("is absent"),
            Condition::Present(false) => out.write_str("is present"),
            Condition::Prefix(text) => write!(out, "does not start with {text:?}"),
        }
    }
}
