//! The one way in which anything in this program waits for AWS.
//!
//! It decides how often to ask and when to give up, and tells the user what for. It never sleeps without asking after.

use std::rc::Rc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::cloud::{CloudError, Result};
use crate::user::Progress;

const FIRST_PAUSE: Duration = Duration::from_millis(150);
const LONGEST_PAUSE: Duration = Duration::from_millis(1500);

/// What a look came to.
#[derive(Debug)]
pub(super) enum Look<T> {
    /// It is there.
    Ready(T),
    /// Not yet; this is what is waited for, in the words that the user sees.
    NotYet(String),
}

/// Waits with the user: tells them, and listens for a stop.
#[derive(Clone)]
pub(super) struct Patience(pub(super) Rc<dyn Progress>);

impl Patience {
    /// Looks at once, then again and again after growing pauses, until it is ready, fails, or `limit` has passed.
    pub(super) async fn wait_until<T>(
        &self,
        limit: Duration,
        mut look: impl AsyncFnMut() -> Result<Look<T>>,
    ) -> Result<T> {
        let start = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let what = match look().await? {
                Look::Ready(found) => return Ok(found),
                Look::NotYet(what) => what,
            };
            let seconds = start.elapsed().as_secs();
            if self.0.stopped() {
                return Err(CloudError::Stopped { what });
            }
            if start.elapsed() >= limit {
                return Err(CloudError::TimedOut { what, seconds });
            }
            self.0.waiting(&what, seconds);
            sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
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
