//! The budget of a run: no more calls a second than AWS's quotas allow, and fewer when AWS asks for a slower pace.
//!
//! It knows quotas and times, and nothing of requests. Time is tokio's, so that tests can pause it.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::call::Call;
use super::quota;

/// A second, and a tenth for calls that the network bunches together.
const WINDOW: Duration = Duration::from_millis(1100);
/// How long a pace must hold before it is changed again.
const STEADY: Duration = Duration::from_secs(5);
/// Refusals of calls that were under way together are one sign, not many.
const ONE_SIGN: Duration = Duration::from_secs(1);

/// What is left, for each quota and for each operation on one pool.
#[derive(Debug, Default)]
pub(in crate::aws) struct Budget(Mutex<HashMap<BudgetKey, Window>>);

/// A category, or an operation on a pool.
type BudgetKey = (String, Option<String>);

/// Budgets of accounts and regions that somebody works in.
static SHARED: Mutex<BTreeMap<String, Weak<Budget>>> = Mutex::new(BTreeMap::new());

impl Budget {
    /// The one budget of all in this process who come by the same way, as environments that are deployed side by side do.
    pub(in crate::aws) fn shared(way: &str) -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = shared.get(way).and_then(Weak::upgrade) {
            return there;
        }
        let new = Arc::<Self>::default();
        shared.insert(way.to_owned(), Arc::downgrade(&new));
        new
    }

    /// Waits until the call can be begun within its quotas.
    pub(in crate::aws) async fn spend(&self, call: &Call) {
        while let Err(later) = self.try_spend(call) {
            sleep_until(later).await;
        }
    }

    /// AWS asked for a slower pace. Returns whether that is news.
    pub(in crate::aws) fn throttled(&self, call: &Call) -> bool {
        let now = Instant::now();
        self.with_windows(call, |windows| {
            let mut news = false;
            for window in windows {
                news |= window.slower(now);
            }
            news
        })
    }

    fn try_spend(&self, call: &Call) -> Result<(), Instant> {
        let now = Instant::now();
        self.with_windows(call, |windows| {
            let free = windows.iter_mut().map(|window| window.free_at(now)).max();
            match free {
                Some(later) if later > now => Err(later),
                _ => {
                    for window in windows {
                        window.begun.push_back(now);
                    }
                    Ok(())
                }
            }
        })
    }

    fn with_windows<T>(&self, call: &Call, with: impl FnOnce(&mut [Window]) -> T) -> T {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = keys(call);
        let take =
            |(key, most): &(BudgetKey, usize)| all.remove(key).unwrap_or_else(|| Window::of(*most));
        let mut windows: Vec<Window> = keys.iter().map(take).collect();
        let result = with(&mut windows);
        all.extend(keys.into_iter().map(|(key, _)| key).zip(windows));
        result
    }
}

/// What a call draws on, with the most calls a second.
fn keys(call: &Call) -> Vec<(BudgetKey, usize)> {
    let Some(quota) = quota::of(call) else { return vec![] };
    let category = ((quota.category.to_owned(), None), quota.a_second);
    let of_the_pool = call.pool.as_ref().zip(quota.a_pool);
    let of_the_pool =
        of_the_pool.map(|(pool, most)| ((call.operation.clone(), Some(pool.clone())), most));
    std::iter::once(category).chain(of_the_pool).collect()
}

/// The calls of the last second.
#[derive(Debug)]
struct Window {
    /// What AWS publishes.
    most: usize,
    /// What AWS lets through today: others draw on the same quota.
    limit: usize,
    begun: VecDeque<Instant>,
    changed: Option<Instant>,
}

impl Window {
    fn of(most: usize) -> Self {
        Self { most, limit: most, begun: VecDeque::new(), changed: None }
    }

    /// When the next call may be begun.
    fn free_at(&mut self, now: Instant) -> Instant {
        self.recover(now);
        while self.begun.front().is_some_and(|begun| *begun + WINDOW <= now) {
            self.begun.pop_front();
        }
        match self.begun.len().checked_sub(self.limit) {
            Some(over) => self.begun[over] + WINDOW,
            None => now,
        }
    }

    /// Halves the pace.
    fn slower(&mut self, now: Instant) -> bool {
        let news = self.limit == self.most;
        if self.changed.is_none_or(|changed| changed + ONE_SIGN <= now) {
            self.limit = (self.limit / 2).max(1);
            self.changed = Some(now);
        }
        news
    }

    /// One call a second more for every while in which AWS did not complain.
    fn recover(&mut self, now: Instant) {
        if let Some(changed) = self.changed
            && self.limit < self.most
            && changed + STEADY <= now
        {
            self.limit += 1;
            self.changed = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(operation: &str, pool: Option<&str>) -> Call {
        Call {
            service: "cognito-idp",
            operation: operation.to_owned(),
            pool: pool.map(ToOwned::to_owned),
            attempt: 1,
        }
    }

    /// Runs on a clock that stands still while something is to be done, and jumps when everything waits.
    fn paused<T>(work: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(work)
    }

    async fn seconds(budget: &Budget, calls: usize, call: &Call) -> f32 {
        let start = Instant::now();
        for _ in 0..calls {
            budget.spend(call).await;
        }
        start.elapsed().as_secs_f32()
    }

    #[test]
    fn a_category_takes_fifteen_calls_a_second() {
        paused(async {
            let (budget, read) = (Budget::default(), call("DescribeUserPool", Some("p")));
            assert!(seconds(&budget, 15, &read).await < 0.01);
            assert!((3.3..3.4).contains(&seconds(&budget, 45, &read).await));
            let update = call("UpdateUserPool", Some("p"));
            assert!(seconds(&budget, 15, &update).await < 0.01, "another category");
        });
    }

    #[test]
    fn an_operation_on_one_pool_takes_five_and_all_pools_together_fifteen() {
        paused(async {
            let budget = Budget::default();
            let create = |pool| call("CreateGroup", Some(pool));
            assert!((1.0..1.2).contains(&seconds(&budget, 6, &create("a")).await));
            let quick = seconds(&budget, 5, &create("b")).await;
            assert!(quick < 0.01, "another pool waited {quick} s");
            let budget = Budget::default();
            for pool in ["a", "b", "c"] {
                assert!(seconds(&budget, 5, &create(pool)).await < 0.01);
            }
            assert!(seconds(&budget, 1, &create("d")).await > 1.0, "the category is spent");
        });
    }

    #[test]
    fn what_has_no_quota_never_waits() {
        paused(async {
            let other = call("SomethingNew", Some("p"));
            assert!(seconds(&Budget::default(), 1000, &other).await < 0.01);
        });
    }

    #[test]
    fn throttles_halve_the_pace_and_time_gives_it_back() {
        paused(async {
            let (budget, read) = (Budget::default(), call("ListUserPools", None));
            assert!(budget.throttled(&read), "news");
            assert!(!budget.throttled(&read), "known, and the same sign");
            assert!(seconds(&budget, 7, &read).await < 0.01);
            assert!(seconds(&budget, 1, &read).await > 1.0, "seven a second now");
            tokio::time::sleep(STEADY * 2).await;
            seconds(&budget, 1, &read).await;
            assert!(seconds(&budget, 7, &read).await < 0.01, "eight again");
        });
    }

    #[test]
    fn who_comes_by_the_same_way_draws_on_the_same_budget() {
        let (one, same) =
            (Budget::shared("here, as somebody"), Budget::shared("here, as somebody"));
        assert!(Arc::ptr_eq(&one, &same));
        assert!(!Arc::ptr_eq(&one, &Budget::shared("here, as somebody else")));
    }
}
