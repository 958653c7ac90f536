//! What a run tells its user while it works, and whether the user asked it to stop.
//!
//! The modules that work know this trait alone; only `cli` prints.

/// The user's side of a run.
pub trait Progress {
    /// A wait goes on: what for, for how many seconds so far. Called at most once a poll.
    fn waiting(&self, what: &str, seconds: u64);
    /// A short line about the step at hand, such as the crate that is being compiled.
    fn detail(&self, text: &str);
    /// Whether a signal asked for an orderly stop: no new step is started then.
    fn stopped(&self) -> bool;
    /// A value that no log may show, for pipelines that hide what they are told to hide.
    fn secret(&self, _: &str) {}
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
