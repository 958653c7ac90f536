//! How each environment ended, and what that makes of all of them.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Member;
use crate::failure::{Exit, Outcome};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberVerdict {
    /// By itself; with this code, if it is another one than 0.
    Ended(Option<Exit>),
    /// Before it was begun, because of others or of a signal.
    NotBegun,
}

impl MemberVerdict {
    /// Of this member's run, after this signal.
    #[must_use]
    pub fn of(member: &Member, outcome: &Outcome, signal: Option<Exit>) -> Self {
        match outcome {
            Ok(exit) => Self::Ended(*exit),
            Err(_) if member.kept_back() => Self::NotBegun,
            // Nothing is written before a run is at work.
            Err(failure) if member.looks_only() && failure.exit == Exit::Interrupted => {
                Self::NotBegun
            }
            Err(failure) => Self::Ended(Some(signal.unwrap_or(failure.exit))),
        }
    }

    /// Whether all is right, or only to be done.
    #[must_use]
    pub fn is_right(self) -> bool {
        matches!(self, Self::Ended(None | Some(Exit::Pending)))
    }

    /// The code of its process, had it been one; none if it was not begun.
    fn code(self) -> Option<u8> {
        match self {
            Self::Ended(exit) => Some(exit.map_or(0, |exit| exit as u8)),
            Self::NotBegun => None,
        }
    }
}

/// An environment that has ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ended {
    /// Its name.
    pub env: String,
    /// Its wave, from 1.
    pub wave: usize,
    /// The exit code; none if it was not begun.
    exit: Option<u8>,
    /// How long it took, with the wait for the others.
    pub seconds: f32,
    /// The document of its command, or of its failure; none if it was not begun.
    pub document: Option<Value>,
    /// What it says on a terminal.
    #[serde(skip)]
    pub text: String,
    /// How it ended.
    #[serde(skip)]
    pub verdict: MemberVerdict,
}

impl Ended {
    /// This member, after so many seconds.
    #[must_use]
    pub fn new(
        member: &Member,
        verdict: MemberVerdict,
        seconds: f32,
        told: (Option<Value>, String),
    ) -> Self {
        let (document, text) = told;
        let document = document.filter(|_| verdict != MemberVerdict::NotBegun);
        let (env, wave, exit) = (member.name().to_owned(), member.wave(), verdict.code());
        Self { env, wave, exit, seconds, document, text, verdict }
    }
}

/// The document `pretoken/fleet/v1`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FleetDocument {
    schema: &'static str,
    /// Whether all is right.
    pub ok: bool,
    /// In the order in which they were named.
    pub environments: Vec<Ended>,
}

impl FleetDocument {
    /// Of these.
    #[must_use]
    pub fn new(environments: Vec<Ended>) -> Self {
        let ok = environments.iter().all(|ended| ended.verdict.is_right());
        Self { schema: "pretoken/fleet/v1", ok, environments }
    }

    /// How all of them ended: the code that all have that were begun, if they failed alike; 3 if only some failed, or not alike.
    #[must_use]
    pub fn exit(&self) -> Option<Exit> {
        let codes: BTreeSet<_> = self.environments.iter().filter_map(|ended| ended.exit).collect();
        let exits = self.environments.iter().filter_map(|ended| match ended.verdict {
            MemberVerdict::Ended(exit) => exit,
            MemberVerdict::NotBegun => None,
        });
        let pending = |exit: &Exit| *exit == Exit::Pending;
        match exits.clone().find(|exit| !pending(exit)) {
            Some(failed) if codes.len() == 1 => Some(failed),
            Some(_) => Some(Exit::Partial),
            None if self.ok => exits.clone().find(pending),
            // Nothing failed, and still something was not begun: a signal came.
            None => Some(Exit::Interrupted),
        }
    }
}
