//! One event in, one event out. Never panics, and says to a user what a rule refuses with, or one
//! fixed phrase.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::response::Response;
use crate::{Decision, Event, Ids, RuleRefusal, Rules, Subject};

/// Everything that the trigger knows between two events.
#[derive(Debug, Clone, Default)]
pub struct Handler {
    /// What it does.
    pub rules: Rules,
    /// Whom it knows.
    pub ids: Ids,
}

/// What to give back to Cognito, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'e> {
    /// The event with its `response`, borrowed if nothing changes; or that the sign-in has to fail.
    pub event: Result<Cow<'e, str>, RuleRefusal>,
    /// What the rules said; `None` for an event of version 1, which can carry no scopes and is left
    /// alone.
    pub decision: Option<Decision>,
}

impl Handler {
    /// Applies the rules to an event, at the time `now` in seconds since 1970 (UTC).
    pub fn handle<'e>(&self, event: &'e str, now: i64) -> Result<Answer<'e>, Fault> {
        self.handle_with(event, now, BTreeMap::new())
    }

    /// The subject of an event, and which facts about it are to be gathered before it is handled: none, if no rule needs
    /// any, or if the event brings its own.
    pub fn needs(&self, event: &str, now: i64) -> Result<Option<(Subject, BTreeSet<&str>)>, Fault> {
        if !self.rules.need_facts() {
            return Ok(None);
        }
        let event = Event::parse(event).map_err(|error| Fault::from_json(&error))?;
        if event.version().as_deref() == Some("1") || event.brings_facts() {
            return Ok(None);
        }
        let subject = event.subject(&self.ids, now);
        let names = self.rules.needed_facts(&subject);
        Ok((!names.is_empty()).then_some((subject, names)))
    }

    /// The same as [`handle`](Self::handle), with these facts beside those that the event brings.
    pub fn handle_with<'e>(
        &self,
        event: &'e str,
        now: i64,
        facts: BTreeMap<String, Value>,
    ) -> Result<Answer<'e>, Fault> {
        let text = event;
        let event = Event::parse(text).map_err(|error| Fault::from_json(&error))?;
        if event.version().as_deref() == Some("1") {
            return Ok(Answer { event: Ok(text.into()), decision: None });
        }
        let mut subject = event.subject(&self.ids, now);
        subject.facts.extend(facts);
        let decision = self.rules.decide(&subject);
        if let Some(refusal) = decision.refusal.clone() {
            return Ok(Answer { event: Err(refusal), decision: Some(decision) });
        }
        if decision.is_empty() {
            return Ok(Answer { event: Ok(text.into()), decision: Some(decision) });
        }
        let response = serde_json::to_string(&Response::new(&decision, &event))
            .map_err(|_| Fault::Unwritable)?;
        let event = event.with_response(&response).into();
        Ok(Answer { event: Ok(event), decision: Some(decision) })
    }
}

/// Why an event could not be answered. Its `Display` reaches the person who signs in and says
/// nothing; what happened is in [`detail`](Self::detail), for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The event is not JSON.
    NotJson {
        /// Where it ceases to be.
        line: usize,
        /// Where it ceases to be.
        column: usize,
    },
    /// The event is JSON, but no object.
    NotAnObject,
    /// The response cannot be written as JSON.
    Unwritable,
    /// A fact cannot be had, and sign-ins do not go on without it. Which and why is logged where it was asked for.
    NoFact,
}

impl Fault {
    /// What happened, without anything about the user.
    #[must_use]
    pub fn detail(&self) -> String {
        match self {
            Self::NotJson { line, column } => {
                format!("the event is not JSON (line {line}, column {column})")
            }
            Self::NotAnObject => "the event is not a JSON object".to_owned(),
            Self::NoFact => "a fact could not be had".to_owned(),
            Self::Unwritable => "the response cannot be written as JSON".to_owned(),
        }
    }

    /// Not the error's own text: that can quote the event.
    fn from_json(error: &serde_json::Error) -> Self {
        if error.is_data() {
            return Self::NotAnObject;
        }
        Self::NotJson { line: error.line(), column: error.column() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the token could not be prepared")
    }
}

impl std::error::Error for Fault {}
