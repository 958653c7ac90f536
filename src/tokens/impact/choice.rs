//! A way in which subjects differ, and the values that it can have. Pure.

use trigger::rules::Subject;

use super::facts::set_fact;

/// What a choice does to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tokens) enum RuleEffect {
    /// Nothing.
    Keep,
    /// It cannot apply any more.
    Kill,
    /// One of several things that it asks for is there.
    Meet,
}

/// One value, in the subject and in words.
#[derive(Debug, Clone)]
pub(in crate::tokens) struct Choice {
    pub(in crate::tokens) label: String,
    pub(in crate::tokens) set: Set,
    pub(super) verdicts: Vec<RuleEffect>,
}

/// What a choice writes into the subject.
#[derive(Debug, Clone)]
pub(in crate::tokens) enum Set {
    Client(Option<String>, Option<String>),
    Attribute(String, Option<String>),
    Metadata(String, Option<String>),
    /// A fact or a member of one, by its path.
    Fact(String, Option<String>),
    Source(String),
    UserName(Option<String>),
    Now(i64),
    Scope(Option<String>),
    Group(Option<String>),
    Nothing,
}

impl Set {
    pub(in crate::tokens) fn apply(&self, subject: &mut Subject) {
        match self.clone() {
            Self::Client(pool, client) => (subject.pool, subject.client) = (pool, client),
            Self::Attribute(name, value) => {
                subject.attributes.extend(value.map(|value| (name, value)));
            }
            Self::Metadata(name, value) => {
                subject.client_metadata.extend(value.map(|value| (name, value)));
            }
            Self::Fact(path, value) => set_fact(&mut subject.facts, &path, value),
            Self::Source(source) => subject.trigger_source = Some(source),
            Self::UserName(name) => subject.user_name = name,
            Self::Now(now) => subject.now = now,
            Self::Scope(scope) => subject.scopes.extend(scope),
            Self::Group(group) => subject.groups.extend(group),
            Self::Nothing => {}
        }
    }
}

/// One way in which subjects differ.
#[derive(Debug, Clone)]
pub(in crate::tokens) struct Dimension {
    pub(in crate::tokens) choices: Vec<Choice>,
    /// Whether the value itself shows in tokens, so that values which no condition tells apart still differ.
    pub(super) shows: bool,
}
