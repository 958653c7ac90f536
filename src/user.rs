//! The user's side of a run: what an operation may say, ask and be told. Only `cli` prints.

use std::time::Duration;

/// What goes on, for whoever works below the operations: the adapters and every wait.
pub trait Progress {
    /// A wait goes on: what for, for how many seconds so far. Called at most once a look.
    fn waiting(&self, what: &str, seconds: u64);
    /// A short line about the step at hand, such as the crate that is being compiled.
    fn detail(&self, text: &str);
    /// Whether a signal asked for an orderly stop: no new step is started then.
    fn stopped(&self) -> bool;
    /// A value that no output may show.
    fn secret(&self, _: &str) {}
}

/// The answer to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Go on.
    Given,
    /// Do not.
    Refused,
    /// Nobody can answer here.
    Unavailable,
}

/// Whom an operation works for.
pub trait User: Progress {
    /// A line that stays.
    fn say(&self, text: &str);
    /// Whether a question would be answered, by somebody or by a flag.
    fn can_answer(&self) -> bool;
    /// Asks, unless the answer was given beforehand.
    fn confirm(&self, question: &str) -> impl Future<Output = Consent>;
    /// A step of a plan begins.
    fn began(&self, what: &str);
    /// It ended; `line` says what it was in the words of the plan.
    fn ended(&self, line: &str, took: Duration, failed: bool);
}

/// Says nothing and never stops.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn waiting(&self, _: &str, _: u64) {}
    fn detail(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}
