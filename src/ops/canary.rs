//! Watching a version while it serves a share of the traffic. It decides whether the version proved itself, and moves
//! nothing.

use std::time::Duration;

use crate::cloud::wait::Poll;
use crate::cloud::{CloudError, Invoke, Read};
use crate::model::Routing;
use crate::reconcile::apply::{StepError, try_version};
use crate::tokens::smoke_test::{IdsAround, SmokeTest};
use crate::user::Progress;

/// How a canary fared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CanaryVerdict {
    /// Nothing is wrong with it.
    Healthy {
        /// How many of its invocations were seen.
        invocations: u64,
    },
    /// It does not do what it should: why.
    Sick(String),
    /// Somebody shifted all traffic to it meanwhile.
    Promoted,
    /// A signal ended the watch.
    Stopped,
}

/// A version that serves a share of the traffic.
pub struct WatchedVersion<'a> {
    /// The function.
    pub function: &'a str,
    /// Where the traffic goes.
    pub route: &'a Routing,
    /// The version that is watched.
    pub version: &'a str,
    /// What it must answer.
    pub smoke_tests: &'a [SmokeTest],
    /// The ids that stand in the events of the smoke tests, and those that it froze.
    pub ids: IdsAround<'a>,
    /// When it got its share, in seconds since 1970.
    pub since: i64,
}

impl WatchedVersion<'_> {
    /// Looks again and again for this long: at the alias, at the version's answers and at its errors.
    pub async fn bake(
        &self,
        cloud: &(impl Read + Invoke),
        progress: &impl Progress,
        time: Duration,
    ) -> Result<CanaryVerdict, CloudError> {
        let what = format!("version {} to prove itself", self.version);
        let pace = (time / 20).clamp(Duration::from_millis(200), Duration::from_secs(15));
        let poll = Poll::new(progress, &what, time).every(pace);
        loop {
            let verdict = self.look(cloud).await?;
            if !matches!(verdict, CanaryVerdict::Healthy { .. }) || !poll.again().await {
                return Ok(if progress.stopped() { CanaryVerdict::Stopped } else { verdict });
            }
        }
    }

    /// One look. Every error counts, unless a rule refuses: each is a user who could not sign in.
    async fn look(&self, cloud: &(impl Read + Invoke)) -> Result<CanaryVerdict, CloudError> {
        let route = cloud.release(self.function).await?.map(|release| release.routing());
        if route == Some(Routing::all_to(self.version)) {
            return Ok(CanaryVerdict::Promoted);
        }
        if route.as_ref() != Some(self.route) {
            return Err(CloudError::Conflict { what: format!("the alias of {}", self.function) });
        }
        match try_version(cloud, self.function, self.version, self.smoke_tests, self.ids).await {
            Err(StepError::SmokeTest { smoke_test, detail, .. }) => {
                return Ok(CanaryVerdict::Sick(format!("{smoke_test}: {detail}")));
            }
            Err(StepError::Cloud(error)) => return Err(error),
            Err(StepError::Obstacle(_)) | Ok(()) => {}
        }
        let health = cloud.health(self.function, self.version, self.since).await?;
        // Where people are turned away on purpose, errors prove nothing: Lambda counts them, too.
        let may_refuse = self.smoke_tests.iter().any(SmokeTest::may_refuse);
        Ok(match health.errors {
            _ if may_refuse => CanaryVerdict::Healthy { invocations: health.invocations },
            0 => CanaryVerdict::Healthy { invocations: health.invocations },
            errors => CanaryVerdict::Sick(format!(
                "{errors} of its {} invocations failed",
                health.invocations
            )),
        })
    }
}
