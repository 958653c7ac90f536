//! Looking again until AWS shows what was written: some answers are a moment old, those of IAM above all.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::user::Progress;

/// A time within which looking again makes sense.
pub struct Poll<'a, P> {
    progress: &'a P,
    what: &'a str,
    start: Instant,
    patience: Duration,
    pace: Option<Duration>,
}

impl<'a, P: Progress> Poll<'a, P> {
    /// Starts now. `what` is what the user is told that is waited for.
    pub fn new(progress: &'a P, what: &'a str, patience: Duration) -> Self {
        Self { progress, what, start: Instant::now(), patience, pace: None }
    }

    /// Looks at this pace rather than ever more rarely.
    #[must_use]
    pub fn every(self, pace: Duration) -> Self {
        Self { pace: Some(pace), ..self }
    }

    /// Waits a little, longer every time; `false` at once when the time is over or the user wants to stop.
    pub async fn again(&self) -> bool {
        let waited = self.start.elapsed();
        if waited >= self.patience || self.progress.stopped() {
            return false;
        }
        let growing = || (waited / 4).clamp(Duration::from_millis(200), Duration::from_secs(2));
        let next =
            waited + self.pace.unwrap_or_else(growing).min(self.patience.saturating_sub(waited));
        while self.start.elapsed() < next {
            self.progress.waiting(self.what, self.start.elapsed().as_secs());
            let left = next.saturating_sub(self.start.elapsed());
            sleep(left.min(Duration::from_secs(1))).await;
            if self.progress.stopped() {
                return false;
            }
        }
        true
    }
}
