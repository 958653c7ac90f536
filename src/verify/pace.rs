//! What a proof cost and how long its sign-ins took, beside the time that Cognito gives a trigger.
//!
//! From outside only the whole of a call is to be seen; the trigger's share is a part of it, so that a call well below the
//! limit says that the trigger is, too.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

/// Cognito waits so long for a trigger's answer, and asks up to three times before it gives up ("Things to know about Lambda
/// triggers", Cognito Developer Guide).
pub(super) const LIMIT_MS: u64 = 5_000;
/// From here on a slower day may be too slow.
const NEAR_MS: u64 = 3_000;

/// What was done so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// How long the last call of each sign-in took, which is the one that waits for the trigger.
    times: RefCell<Vec<u64>>,
    users: Cell<usize>,
}

impl Tally {
    /// Somebody tried to sign in, whatever came of it.
    pub(super) fn signed_in(&self, ms: u64) {
        self.times.borrow_mut().push(ms);
    }

    /// A temporary user was made.
    pub(super) fn made_user(&self) {
        self.users.set(self.users.get() + 1);
    }

    pub(super) fn users(&self) -> usize {
        self.users.get()
    }

    /// The times so far, in the order in which they ended.
    pub(super) fn times(&self) -> Vec<u64> {
        self.times.borrow().clone()
    }
}

/// How long sign-ins took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Timing {
    /// The first one: just after a release it meets a cold function.
    pub first_ms: u64,
    /// The slowest one.
    pub slowest_ms: u64,
    /// What Cognito gives a trigger.
    pub limit_ms: u64,
}

impl Timing {
    /// Of these; none if there was no sign-in.
    #[must_use]
    pub fn of(times: &[u64]) -> Option<Self> {
        let (first_ms, slowest_ms) = (*times.first()?, *times.iter().max()?);
        Some(Self { first_ms, slowest_ms, limit_ms: LIMIT_MS })
    }

    /// In words.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { first_ms, slowest_ms, limit_ms } = *self;
        let limit = seconds(limit_ms);
        format!(
            "The first sign-in took {}, the slowest {} (Cognito gives a trigger {limit}).",
            seconds(first_ms),
            seconds(slowest_ms)
        )
    }

    /// A warning, if it comes near the limit.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let Self { slowest_ms, limit_ms, .. } = *self;
        (slowest_ms >= NEAR_MS).then(|| {
            let (slowest, limit) = (seconds(slowest_ms), seconds(limit_ms));
            format!(
                "the slowest sign-in took {slowest}, and Cognito gives a trigger {limit}: more `memory_mb` in [trigger], and shorter or fewer [facts], make it faster"
            )
        })
    }
}

/// The time that this share of them (in percent) did not exceed, by the nearest rank.
#[must_use]
pub fn percentile(times: &[u64], percent: usize) -> Option<u64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Milliseconds as people read them.
pub(super) fn seconds(ms: u64) -> String {
    let time = Duration::from_millis(ms);
    if ms < 1_000 { format!("{ms} ms") } else { format!("{:.1} s", time.as_secs_f64()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_near_the_limit_is_a_warning() {
        let timing = |times: &[u64]| Timing::of(times).expect("a sign-in");
        assert_eq!(Timing::of(&[]), None);
        let fast = timing(&[900, 80, 120]);
        assert_eq!((fast.first_ms, fast.slowest_ms, fast.warning()), (900, 900, None));
        assert_eq!(
            fast.text(),
            "The first sign-in took 900 ms, the slowest 900 ms (Cognito gives a trigger 5.0 s)."
        );
        let near = timing(&[200, 4_120]).warning().expect("a warning");
        assert!(near.starts_with("the slowest sign-in took 4.1 s"), "{near}");
    }

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<u64> = (1..=200).rev().collect();
        assert_eq!([50, 99, 100].map(|it| percentile(&times, it)), [100, 198, 200].map(Some));
        assert_eq!([50, 99].map(|it| percentile(&[7], it)), [Some(7); 2]);
        assert_eq!(percentile(&[], 50), None);
    }
}
