//! How sign-ins at a steady pace fared.

use std::time::Duration;

use serde::Serialize;

/// How long, and how many a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// From the first sign-in to the last.
    pub lasts: Duration,
    /// Sign-ins a second.
    pub rate: u32,
}

/// How the sign-ins fared: the member `load` of the document `pretoken/verify/v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
    /// What went wrong.
    pub errors: Vec<Trouble>,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
        for Trouble { error, count, first_after_ms, last_after_ms } in &self.errors {
            let seconds = |ms: u64| Duration::from_millis(ms).as_secs_f64();
            let (first, last) = (seconds(*first_after_ms), seconds(*last_after_ms));
            text += &format!("  {count} × {error} (after {first:.1} s to {last:.1} s)\n");
        }
        text
    }
}
