//! Where calls wait until a test lets them go: what happens between two calls is then a matter of order, not of time.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use tokio::sync::Semaphore;

/// Long enough for any machine: whoever waits so long waits for what never happens.
const FAR_TOO_LONG: Duration = Duration::from_mins(10);

/// A gate that calls wait at.
#[derive(Debug)]
pub(crate) struct Gate {
    waiting: Mutex<usize>,
    arrival: Condvar,
    /// It never has a permit; closing it lets everybody through.
    closed: Semaphore,
}

impl Gate {
    /// Returns when the test has opened the gate.
    pub(crate) async fn pass(&self) {
        *self.waiting.lock().expect("a count") += 1;
        self.arrival.notify_all();
        drop(self.closed.acquire().await);
    }
}

/// Calls that are held back; dropping it lets them go.
#[derive(Debug)]
pub(crate) struct Held(Arc<Gate>);

impl Held {
    pub(crate) fn new() -> Self {
        let (waiting, arrival) = Default::default();
        Self(Arc::new(Gate { waiting, arrival, closed: Semaphore::new(0) }))
    }

    pub(crate) fn gate(&self) -> Arc<Gate> {
        Arc::clone(&self.0)
    }

    /// Blocks until so many calls have come.
    #[track_caller]
    pub(crate) fn wait_for(&self, calls: usize) {
        let waiting = self.0.waiting.lock().expect("a count");
        let too_few = |waiting: &mut usize| *waiting < calls;
        let waited = self.0.arrival.wait_timeout_while(waiting, FAR_TOO_LONG, too_few);
        let (waiting, timeout) = waited.expect("a count");
        assert!(!timeout.timed_out(), "{} of {calls} calls came in ten minutes", *waiting);
    }

    /// Lets the calls go that wait, and those that come.
    pub(crate) fn release(self) {
        drop(self);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.closed.close();
    }
}
