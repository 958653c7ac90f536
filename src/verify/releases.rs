//! What a release does to sign-ins: the first one after it meets a function that is cold.
//!
//! From outside nobody sees which version answered a sign-in. The alias is looked at beside them, and a release moved some
//! time between the last look that saw the old version and the first that saw the new one. Of the sign-ins that began in
//! between, and the first that began after, the slowest is taken for the first that the new version served.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use super::fared::{Load, SeenRelease};
use crate::cloud::wait::Poll;
use crate::user::Progress;

/// How often the alias is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// What the alias served when it was looked at.
struct Look {
    asked: Duration,
    answered: Duration,
    serving: String,
}

/// When somebody began to sign in, and how long that took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    pub(super) after_ms: u64,
    pub(super) took_ms: u64,
}

/// What was seen of the alias while sign-ins went on.
pub(super) struct Watched(Vec<Look>);

impl Watched {
    /// Looks until it is over, or until nobody can say what serves.
    pub(super) async fn watch(
        serving: impl AsyncFn() -> Option<String>,
        progress: &impl Progress,
        (start, load): (Instant, Load),
        is_over: &Cell<bool>,
    ) -> Self {
        let poll = Poll::new(progress, "the last sign-in", load.lasts).every(LOOK);
        let mut looks = vec![];
        while !is_over.get() {
            let asked = start.elapsed();
            let Some(serving) = serving().await else { break };
            looks.push(Look { asked, answered: start.elapsed(), serving });
            if !poll.again().await {
                break;
            }
        }
        Self(looks)
    }

    /// Whether anybody could say what serves.
    pub(super) fn is_blind(&self) -> bool {
        self.0.is_empty()
    }

    /// The releases that moved meanwhile, each with what its first sign-in took.
    pub(super) fn releases(&self, sign_ins: &[Began]) -> Vec<SeenRelease> {
        let moved = self.0.windows(2).filter(|looks| looks[0].serving != looks[1].serving);
        let release = |looks: &[Look]| {
            let (from, until) = (ms(looks[0].asked), ms(looks[1].answered));
            let after = sign_ins.iter().filter(|one| one.after_ms >= until);
            let next = after.map(|one| one.after_ms).min().unwrap_or(until);
            let may_be_first = sign_ins.iter().filter(|one| (from..=next).contains(&one.after_ms));
            SeenRelease {
                version: looks[1].serving.clone(),
                seen_after_ms: until,
                first_ms: may_be_first.map(|one| one.took_ms).max(),
            }
        };
        moved.map(release).collect()
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sign_in_is_among_those_between_two_looks() {
        let look = |seconds: u64, serving: &str| {
            let asked = Duration::from_secs(seconds);
            let answered = asked + Duration::from_millis(100);
            Look { asked, answered, serving: serving.to_owned() }
        };
        let watched = Watched(vec![look(0, "1"), look(1, "1"), look(2, "2"), look(3, "2")]);
        let sign_ins = |all: &[(u64, u64)]| {
            all.iter()
                .map(|(after_ms, took_ms)| Began { after_ms: *after_ms, took_ms: *took_ms })
                .collect::<Vec<_>>()
        };
        let first = |all: &[(u64, u64)]| {
            let releases = watched.releases(&sign_ins(all));
            assert_eq!(releases.len(), 1, "{releases:?}");
            assert_eq!((releases[0].version.as_str(), releases[0].seen_after_ms), ("2", 2_100));
            releases[0].first_ms
        };
        // What was slow before and long after is something else.
        assert_eq!(
            first(&[(500, 9_000), (1_200, 80), (1_700, 700), (2_600, 90), (3_000, 8_000)]),
            Some(700)
        );
        assert_eq!(first(&[(500, 9_000), (2_600, 900), (3_000, 80)]), Some(900));
        assert_eq!(first(&[(500, 9_000)]), None, "nobody signed in any more");
        assert!(Watched(vec![look(0, "1"), look(1, "1")]).releases(&[]).is_empty());
    }
}
