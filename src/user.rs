//! The user's side of a run: what an operation may say, ask and be told. Only `cli` prints.

use std::time::Duration;

use serde::Serialize;

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
    /// How much of the calls to AWS is wanted.
    fn call_log(&self) -> CallLog {
        CallLog::Off
    }
    /// A call to AWS has ended.
    fn called(&self, _: &Called) {}
}

/// How much of the calls to AWS is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallLog {
    /// Nothing.
    Off,
    /// A line a call.
    Calls,
    /// Their bodies too, without secrets.
    Bodies,
}

/// A call to AWS, or a read of a document, that has ended. No member holds a secret.
#[derive(Debug, Clone, Serialize)]
pub struct Called {
    /// `service:Operation`, or method and address.
    pub operation: String,
    /// Counted from 1.
    pub attempt: u32,
    /// How long it took, without the wait for its turn.
    pub ms: u64,
    /// The status of the answer, if one came.
    pub status: Option<u16>,
    /// AWS's id of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Why no answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The body that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// The body that came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
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
    /// Waits until what needs no consent may begin, where several runs are done side by side.
    fn turn(&self) -> impl Future<Output = Consent> {
        std::future::ready(Consent::Given)
    }
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
