//! Removing one stack: look, plan, apply, and look again. `destroy` and `sweep` decide which, and ask.

use super::backup;
use super::connection::Connection;
use super::up::{finished, nothing_left, shown};
use crate::cloud::{CloudError, Write};
use crate::failure::Failure;
use crate::reconcile::actual::Actual;
use crate::reconcile::apply::{Means, apply};
use crate::reconcile::identity::Identity;
use crate::reconcile::observe::{For, observe};
use crate::reconcile::plan::{Change, Confirmed, Plan, Refusal, destroy};
use crate::user::User;

/// A stack that is to go.
pub struct Removal<'a, C, U> {
    /// Whom it is done for.
    pub user: &'a U,
    /// The way to AWS.
    pub connection: &'a Connection<C>,
    /// Which stack.
    pub identity: &'a Identity,
    /// Which pools may go with their users.
    pub confirmed: &'a Confirmed,
}

impl<C: Write, U: User> Removal<'_, C, U> {
    /// Looks.
    pub async fn see(&self) -> Result<Actual, CloudError> {
        observe(&self.connection.cloud, self.identity, For::Removing).await
    }

    /// What removing it takes; refuses what must not go unasked.
    pub fn plan(&self, actual: &Actual) -> Result<Plan, Vec<Refusal>> {
        destroy(self.identity, actual, self.confirmed)
    }

    /// Does it, and checks that nothing is left.
    pub async fn apply(&self, actual: &Actual, plan: &Plan) -> Result<Vec<Change>, Failure> {
        let Self { user, connection, identity, .. } = self;
        let saved = backup::save(*user, connection, plan, identity, actual).await?;
        let ids = actual.ids(identity);
        let applied = apply(plan, Means::Remove(identity), ids, &connection.cloud, *user).await;
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
