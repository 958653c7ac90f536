//! The one clock. Operations are handed one; only tests set it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A clock that was set at some time, and goes with tokio's time, which tests can pause.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Since 1970.
    began: Duration,
    start: Instant,
}

impl Clock {
    /// The machine's own time.
    #[must_use]
    pub fn system() -> Self {
        let began = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { began, start: Instant::now() }
    }

    /// A clock that shows this second since 1970 now.
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self { began: Duration::from_secs(seconds), start: Instant::now() }
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn now(&self) -> i64 {
        i64::try_from(self.since_1970().as_secs()).unwrap_or(i64::MAX)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        i64::try_from(self.since_1970().as_millis()).unwrap_or(i64::MAX)
    }

    fn since_1970(&self) -> Duration {
        self.began + self.start.elapsed()
    }
}
