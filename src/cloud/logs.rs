//! What the function wrote.

use std::time::{Duration, UNIX_EPOCH};

use super::Result;

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogEvent {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// The stream: one for each instance of the function.
    pub stream: String,
    /// AWS's own; empty on emulators that give none.
    pub id: String,
    /// What was written, without the end of the line.
    pub message: String,
}

impl LogEvent {
    /// Such as `2026-11-23T05:02:03.123Z`.
    #[must_use]
    pub fn time(&self) -> String {
        let since = Duration::from_millis(self.at_ms.try_into().unwrap_or_default());
        humantime::format_rfc3339_millis(UNIX_EPOCH + since).to_string()
    }
}

/// Reading what was written.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Logs {
    /// The group's events since then (milliseconds since 1970), oldest first; `None` if there is no such group.
    async fn log_events(&self, group: &str, since_ms: i64) -> Result<Option<Vec<LogEvent>>>;
}
