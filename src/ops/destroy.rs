//! Removing one stack: look, plan, apply, and look again. `destroy` and `sweep` decide which, and ask.

use std::rc::Rc;

use super::backup;
use super::session::Connection;
use crate::cli::commands::up::{finished, nothing_left, shown};
use crate::cli::ui::Ui;
use crate::cloud::CloudError;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::reconcile::actual::Actual;
use crate::reconcile::apply::{Materials, apply};
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::For;
use crate::reconcile::plan::{Change, Confirmed, Plan, Refusal, destroy};

/// A stack that is to go.
pub struct Removal<'a> {
    pub ui: &'a Rc<Ui>,
    pub connection: &'a Connection,
    pub config: &'a Config,
    pub confirmed: &'a Confirmed,
}

/// What is there.
pub struct Seen {
    pub desired: Desired,
    pub actual: Actual,
}

impl Removal<'_> {
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
        let Self { ui, connection, .. } = self;
        let Seen { desired, actual } = seen;
        let saved = backup::save(ui, connection, plan, desired, actual).await?;
        ui.align(&plan.changes());
        let materials = Materials { desired, zip: &[], smoke_tests: &[] };
        let applied = apply(plan, materials, actual.ids(desired), &connection.aws, &***ui).await;
        let failed = |failure| backup::point_to(&saved, partly(failure));
        let done = finished(applied).map_err(failed)?.done;
        let poll = shown(ui);
        loop {
            let left = self.plan(&self.see().await?)?;
            if left.is_empty() || !poll.again().await {
                nothing_left(&left).map_err(partly)?;
                return Ok(done);
            }
        }
    }
}

/// Something could not be removed: the rest was.
fn partly(mut failure: Failure) -> Failure {
    if failure.exit == Exit::Failed {
        failure.exit = Exit::Partial;
    }
    failure
}
