//! The one clock. Nothing else reads what time it is: an operation is handed a [`Clock`], and a pure function the seconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::{Instant, sleep};

/// What time it is: a start, and what has passed since then by tokio's clock, which tests can pause and turn on.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Instant,
    /// Since 1970.
    start: Duration,
}

impl Clock {
    /// The clock of this machine.
    #[must_use]
    pub fn system() -> Self {
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), start }
    }

    /// A clock that shows this time now (seconds since 1970).
    #[must_use]
    pub fn at(seconds: u64) -> Self {
        Self { started: Instant::now(), start: Duration::from_secs(seconds) }
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
        self.start + self.started.elapsed()
    }
}

/// Does this, and says how many milliseconds it took.
pub async fn timed<T>(work: impl Future<Output = T>) -> (T, u64) {
    let start = Instant::now();
    let done = work.await;
    (done, u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX))
}

/// A pause between two looks, for whoever looks at something else than AWS.
pub async fn pause(time: Duration) {
    sleep(time).await;
}
