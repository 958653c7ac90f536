//! The one way in which anything in this program waits for AWS.
//!
//! It decides how often to ask and when to give up, tells the user what for, and listens for a stop. Time is tokio's, so
//! that tests can pause it.

use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::cloud::{CloudError, Result};
use crate::system::clock;
use crate::user::Progress;

const SHORTEST_PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often a user hears of a wait, and is listened to.
const WORD: Duration = Duration::from_secs(1);

/// Does what can be given up at any moment, such as a build, unless the user wants to stop before it is done.
pub async fn unless_stopped<T>(
    progress: &(impl Progress + ?Sized),
    what: &str,
    work: impl Future<Output = T>,
) -> Result<T> {
    let mut work = pin!(work);
    loop {
        if let Ok(done) = timeout(WORD, &mut work).await {
            return Ok(done);
        }
        if progress.stopped() {
            return Err(CloudError::Stopped { what: what.to_owned() });
        }
    }
}

/// A time within which looking again makes sense: some answers of AWS are a moment old, those of IAM above all.
pub struct Poll<'a, P: ?Sized> {
    progress: &'a P,
    what: &'a str,
    start: Instant,
    patience: Duration,
    pace: Option<Duration>,
}

impl<'a, P: Progress + ?Sized> Poll<'a, P> {
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
        if self.is_over() || self.progress.stopped() {
            return false;
        }
        self.pause(self.what).await;
        !self.progress.stopped()
    }

    fn is_over(&self) -> bool {
        self.start.elapsed() >= self.patience
    }

    /// A pause, cut short when the user wants to stop.
    async fn pause(&self, what: &str) {
        let waited = self.start.elapsed();
        let growing = || (waited / 3).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
        let pause = self.pace.unwrap_or_else(growing).min(self.patience.saturating_sub(waited));
        let next = waited + pause;
        while self.start.elapsed() < next && !self.progress.stopped() {
            self.progress.waiting(what, self.start.elapsed().as_secs());
            clock::pause(next.saturating_sub(self.start.elapsed()).min(WORD)).await;
        }
    }
}

/// What a look came to.
#[derive(Debug)]
pub(crate) enum Look<T> {
    /// It is there.
    Ready(T),
    /// Not yet; this is what is waited for, in the words that the user sees.
    NotYet(String),
}

/// Waits with the user for what a write set going.
#[derive(Clone)]
pub(crate) struct Patience(pub(crate) Rc<dyn Progress>);

impl Patience {
    /// Looks at once, then again and again after growing pauses, until it is ready, fails, or `limit` has passed.
    ///
    /// A stop in a pause is followed by one more look: what is there by then was not in vain.
    pub(crate) async fn wait_until<T>(
        &self,
        limit: Duration,
        mut look: impl AsyncFnMut() -> Result<Look<T>>,
    ) -> Result<T> {
        let poll = Poll::new(&*self.0, "", limit);
        loop {
            let what = match look().await? {
                Look::Ready(found) => return Ok(found),
                Look::NotYet(what) => what,
            };
            if self.0.stopped() {
                return Err(CloudError::Stopped { what });
            }
            if poll.is_over() {
                let seconds = poll.start.elapsed().as_secs();
                return Err(CloudError::TimedOut { what, seconds });
            }
            poll.pause(&what).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use super::*;

    #[derive(Default)]
    struct Ears {
        heard: RefCell<Vec<String>>,
        stop: Cell<bool>,
    }

    impl Progress for Ears {
        fn waiting(&self, what: &str, _: u64) {
            self.heard.borrow_mut().push(what.to_owned());
        }
        fn detail(&self, _: &str) {}
        fn stopped(&self) -> bool {
            self.stop.get()
        }
    }

    fn run<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.expect("a runtime").block_on(future)
    }

    #[test]
    fn looks_until_it_is_there_and_says_what_for() {
        let ears = Rc::new(Ears::default());
        let looks = Cell::new(0);
        let found = run(Patience(ears.clone()).wait_until(Duration::from_mins(1), async || {
            looks.set(looks.get() + 1);
            Ok(if looks.get() == 3 {
                Look::Ready(7)
            } else {
                Look::NotYet(format!("look {}", looks.get()))
            })
        }));
        assert_eq!(found.expect("found"), 7);
        assert_eq!(*ears.heard.borrow(), ["look 1", "look 2"]);
    }

    #[test]
    fn gives_up_after_the_limit() {
        let never = async || Ok(Look::<()>::NotYet("a miracle".to_owned()));
        let error = run(Patience(Rc::new(Ears::default())).wait_until(Duration::ZERO, never))
            .expect_err("too late");
        assert!(matches!(error, CloudError::TimedOut { what, .. } if what == "a miracle"));
    }

    #[test]
    fn stops_when_the_user_does() {
        let ears = Rc::new(Ears::default());
        ears.stop.set(true);
        let never = async || Ok(Look::<()>::NotYet("a miracle".to_owned()));
        let error =
            run(Patience(ears).wait_until(Duration::from_mins(1), never)).expect_err("stopped");
        assert!(matches!(error, CloudError::Stopped { what } if what == "a miracle"));
    }
}
