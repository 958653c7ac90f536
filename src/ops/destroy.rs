//! Removing one stack: look, plan, apply, and look again. `destroy` and `sweep` decide which, and ask.

use super::backup;
use super::connection::Connection;
use super::up::{finished, nothing_left, shown};
use crate::cloud::{CloudError, Write};
use crate::config::Config;
use crate::failure::Failure;
use crate::reconcile::actual::Actual;
use crate::reconcile::apply::{Materials, apply};
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::For;
use crate::reconcile::plan::{Change, Confirmed, Plan, Refusal, destroy};
use crate::user::User;

/// A stack that is to go.
pub struct Removal<'a, C, U> {
    /// Whom it is done for.
    pub user: &'a U,
    /// The way to AWS.
    pub connection: &'a Connection<C>,
    /// What is known of the stack.
    pub config: &'a Config,
    /// Which pools may go with their users.
    pub confirmed: &'a Confirmed,
}

/// What is there.
pub struct Seen {
    /// Names and tags of the stack.
    pub desired: Desired,
    /// Its resources.
    pub actual: Actual,
}

impl<C: Write, U: User> Removal<'_, C, U> {
    /// Looks.
    pub async fn see(&self) -> Result<Seen, CloudError> {
        let actual = self.connection.observe(self.config, For::Removing).await?;
        Ok(Seen { desired: Desired::new(self.config, self.connection.target.clone(), ""), actual })
    }

    /// What removing it takes; refuses what must not go unasked.
    pub fn plan(&self, seen: &Seen) -> Result<Plan, Vec<Refusal>> {
        destroy(&seen.desired, &seen.actual, self.confirmed)
    }

    /// Does it, and checks that nothing is left.
    pub async fn apply(&self, seen: &Seen, plan: &Plan) -> Result<Vec<Change>, Failure> {
        let Self { user, connection, .. } = self;
        let Seen { desired, actual } = seen;
        let saved = backup::save(*user, connection, plan, desired, actual).await?;
        let materials = Materials { desired, zip: &[], smoke_tests: &[] };
        let applied = apply(plan, materials, actual.ids(desired), &connection.cloud, *user).await;
        let failed = |failure: Failure| backup::point_to(&saved, failure.partly());
        let done = finished(applied).map_err(failed)?.done;
        let poll = shown(*user);
        loop {
            let left = self.plan(&self.see().await?)?;
            if left.is_empty() || !poll.again().await {
                nothing_left(&left).map_err(Failure::partly)?;
                return Ok(done);
            }
        }
    }
}
