//! How sign-ins at a steady pace fared.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::pace::{LIMIT_MS, seconds};

/// How long, and how many a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// From the first sign-in to the last.
    pub lasts: Duration,
    /// Sign-ins a second.
    pub rate: u32,
}

/// How the sign-ins fared: the member `load` of the document `pretoken/verify/v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Fared {
    /// How long it lasted.
    pub seconds: u64,
    /// Sign-ins a second, as they were asked for.
    pub rate: u32,
    /// How many there were.
    pub sign_ins: usize,
    /// How many brought no valid token, for which the trigger or the tokens are to blame.
    pub failures: usize,
    /// How many others kept from ending: they say nothing about the trigger.
    pub not_proven: usize,
    /// What half of them took at most.
    pub p50_ms: Option<u64>,
    /// What 99 of 100 took at most.
    pub p99_ms: Option<u64>,
    /// The releases that moved meanwhile, and how long each kept its first sign-in.
    pub releases: Vec<SeenRelease>,
    /// What went wrong.
    pub errors: Vec<Trouble>,
}

/// A release that moved while people signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SeenRelease {
    /// What serves since then: a version, or two where one has a share.
    pub version: String,
    /// When that was seen, from the beginning.
    pub seen_after_ms: u64,
    /// What its first sign-in took, which meets a cold function; none if nobody signed in any more.
    pub first_ms: Option<u64>,
}

impl SeenRelease {
    fn text(&self) -> String {
        let Self { version, seen_after_ms, first_ms } = self;
        let after = Duration::from_millis(*seen_after_ms).as_secs_f64();
        let first = match first_ms {
            Some(first) => format!("the first sign-in took {}", seconds(*first)),
            None => "nobody signed in any more".to_owned(),
        };
        let limit = seconds(LIMIT_MS);
        format!(
            "  version {version} (after {after:.1} s): {first} (Cognito gives a trigger {limit})\n"
        )
    }
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trouble {
    /// What.
    pub error: String,
    /// How often.
    pub count: usize,
    /// When for the first time, from the beginning.
    pub first_after_ms: u64,
    /// When for the last time.
    pub last_after_ms: u64,
}

impl Fared {
    /// In words, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { seconds, rate, sign_ins, failures, not_proven, .. } = self;
        let ms = |time: Option<u64>| time.map_or("-".to_owned(), |ms| format!("{ms} ms"));
        let mut text = format!(
            "{sign_ins} sign-ins in {seconds} s ({rate} a second): {failures} failed, {not_proven} not proven; p50 {}, p99 {}.\n",
            ms(self.p50_ms),
            ms(self.p99_ms)
        );
        text.extend(self.releases.iter().map(SeenRelease::text));
        for Trouble { error, count, first_after_ms, last_after_ms } in &self.errors {
            let at = |ms: u64| Duration::from_millis(ms).as_secs_f64();
            let (first, last) = (at(*first_after_ms), at(*last_after_ms));
            text += &format!("  {count} × {error} (after {first:.1} s to {last:.1} s)\n");
        }
        text
    }
}
