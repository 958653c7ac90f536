//! The one clock. Operations are handed one; only tests set it.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A clock that began at some second of 1970 and on, and goes with tokio's time, which tests can pause.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    began: i64,
    start: Instant,
}

impl Clock {
    /// The machine's own time.
    #[must_use]
    pub fn system() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::at(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
    }

    /// A clock that shows this second now.
    #[must_use]
    pub fn at(seconds: i64) -> Self {
        Self { began: seconds, start: Instant::now() }
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.began.saturating_add_unsigned(self.start.elapsed().as_secs())
    }
}
