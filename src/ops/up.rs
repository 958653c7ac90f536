//! Carrying a plan out: confirm, apply, look again, watch, prove.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;

use super::backup;
use super::connection::Connection;
use super::consent::{ask, turn};
use super::options::{Gradual, Proving};
use super::outputs::Outputs;
use super::planned::Planned;
use super::prospects::provable;
use super::rollout::{Rollout, Undone, attached, running, smoke_tests};
use super::saved_plan::SavedPlan;
use crate::cloud::wait::Poll;
use crate::cloud::{Auth, CloudError, Write};
use crate::codes::Code;
use crate::config::Loaded;
use crate::failure::{Exit, Failure, Hint, exit_of};
use crate::model::{Canary, Release, Target};
use crate::reconcile::actual::Actual;
use crate::reconcile::apply::{Applied, Materials, StepError, apply};
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::For;
use crate::reconcile::plan::{Change, Plan, converge};
use crate::user::{Progress, User};
use crate::verify::Report;

/// How long tokens may take to show a change that was just made.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// How long AWS may take to show what was written.
const SHOWN_WITHIN: Duration = Duration::from_secs(15);

/// What is asked of a run beside its plan.
#[derive(Clone, Copy)]
pub struct UpOptions<'a> {
    /// How a new version comes into service.
    pub gradual: Gradual,
    /// How tokens are proven.
    pub proving: &'a Proving,
    /// The plan in a file that is preserved out.
    pub saved: Option<&'a SavedPlan>,
}

/// How a run ended.
pub struct Upped {
    /// Where.
    pub target: Target,
    /// Whether there was nothing to do.
    pub unchanged: bool,
    /// What was done.
    pub changes: Vec<Change>,
    /// What exists now.
    pub outputs: Outputs,
    /// A canary that was left running.
    pub held: Option<Canary>,
    /// The proof; none if it was left out.
    pub report: Option<Report>,
    /// What was taken back, since it could not be proven.
    pub undone: Undone,
}

/// Carries the plan out and proves the tokens, or takes back what cannot be proven.
pub async fn carry_out<C: Write + Auth, U: User>(
    known: &Loaded,
    planned: Planned<C>,
    options: UpOptions<'_>,
    user: &U,
) -> Result<Upped, Failure> {
    if !options.proving.skip {
        provable(&planned.prospect)?;
    }
    let Planned { connection, mut actual, desired, zip, plan, .. } = planned;
    let before = actual.release.as_ref().map(Release::routing);
    let attached = attached(&plan, &desired, &actual);
    let run = Attempt { known, connection: &connection, desired: &desired, zip: &zip, user };
    let rollout = Rollout {
        known,
        connection: &connection,
        desired: &desired,
        proving: options.proving,
        user,
        before,
        attached,
    };
    let copies = run.confirm(&plan, &actual, options.saved).await?;
    let released = async {
        let changes = run.apply(&plan, &mut actual, options.saved, &copies).await?;
        if !options.gradual.hold {
            rollout.bake(&mut actual, options.gradual.bake).await?;
        }
        Ok(changes)
    };
    let changes = match released.await {
        Err(failure) if !options.proving.skip => return Err(rollout.abandon(failure).await),
        released => released?,
    };
    let (held, report, undone) = settle(&rollout, options, &plan, &mut actual).await?;
    let outputs = Outputs::new(&desired.identity, &actual);
    let (target, unchanged) = (connection.target, plan.is_empty());
    Ok(Upped { target, unchanged, changes, outputs, held, report, undone })
}

/// What applying needs.
struct Attempt<'a, C, U> {
    known: &'a Loaded,
    connection: &'a Connection<C>,
    desired: &'a Desired,
    zip: &'a [u8],
    user: &'a U,
}

impl<C: Write, U: User> Attempt<'_, C, U> {
    /// Asks, saves copies of the adopted pools that will be written, and says where.
    async fn confirm(
        &self,
        plan: &Plan,
        actual: &Actual,
        saved: Option<&SavedPlan>,
    ) -> Result<Vec<PathBuf>, Failure> {
        let Self { known, connection, desired, user, .. } = *self;
        if plan.is_empty() {
            turn(user).await?;
            return Ok(vec![]);
        }
        ask(user, &format!("Apply these {} changes?", plan.steps.len())).await?;
        let copies = backup::save(user, connection, plan, &desired.identity, actual).await?;
        if let Some(saved) = saved {
            let now = connection.observe(&known.config, For::Converging).await?;
            saved.holds(&known.config, desired, &now)?;
        }
        Ok(copies)
    }

    /// Applies, and looks whether everything is as it should be.
    async fn apply(
        &self,
        plan: &Plan,
        actual: &mut Actual,
        saved: Option<&SavedPlan>,
        copies: &[PathBuf],
    ) -> Result<Vec<Change>, Failure> {
        let Self { known, connection, desired, zip, user } = *self;
        if plan.is_empty() {
            return Ok(vec![]);
        }
        let smoke_tests = smoke_tests(known, &known.rules, connection);
        let materials = Materials { desired, zip, smoke_tests: &smoke_tests };
        let ids = actual.ids(&desired.identity);
        let applied = apply(plan, materials, ids, &connection.cloud, user).await;
        let done = finished(applied)
            .map_err(|failure| SavedPlan::used_up(saved, failure))
            .map_err(|failure| backup::point_to(copies, failure))?
            .done;
        let poll = shown(user);
        loop {
            *actual = connection.observe(&known.config, For::Converging).await?;
            let left = converge(desired, actual)?;
            if left.is_empty() || !poll.again().await {
                nothing_left(&left)?;
                return Ok(done);
            }
        }
    }
}

/// Proves the tokens, unless a canary goes on.
async fn settle<C: Write + Auth, U: User>(
    rollout: &Rollout<'_, C, U>,
    options: UpOptions<'_>,
    plan: &Plan,
    actual: &mut Actual,
) -> Result<(Option<Canary>, Option<Report>, Undone), Failure> {
    if let Some((_, canary)) = running(actual) {
        return Ok((Some(canary), None, Undone::default()));
    }
    if options.proving.skip {
        if !plan.is_empty() {
            rollout.prune(actual).await?;
        }
        return Ok((None, None, Undone::default()));
    }
    let patience = if plan.is_empty() { Duration::ZERO } else { PATIENCE };
    if let Some(report) = plan.is_empty().then(|| rollout.remembered(actual)).flatten() {
        return Ok((None, Some(report), Undone::default()));
    }
    let (report, undone) = rollout.prove(actual, patience).await?;
    Ok((None, Some(report), undone))
}

/// Looking again after a run: what was written may take a moment to be seen.
pub fn shown<P: Progress>(user: &P) -> Poll<'_, P> {
    Poll::new(user, "AWS to show what was written", SHOWN_WITHIN)
}

/// What was applied, or what stands in the way of the rest.
pub fn finished(mut applied: Applied) -> Result<Applied, Failure> {
    if applied.failed.is_empty() && applied.left.is_empty() {
        return Ok(applied);
    }
    let left: Vec<String> = applied.left.iter().map(Change::title).collect();
    let failed: Vec<_> = applied
        .failed
        .iter()
        .map(|(change, error)| json!({"change": change, "error": error.to_string()}))
        .collect();
    let details = [
        ("changes", json!(applied.done)),
        ("failed", json!(failed)),
        ("left", json!(applied.left)),
    ];
    let touched = !applied.done.is_empty();
    let is_final = applied.failed.iter().any(|(_, error)| error.is_final());
    let mut errors = applied.failed.drain(..);
    let mut failure = match errors.next() {
        Some((change, error)) => of_step(&change, error, touched),
        None => Failure::new(
            Exit::Interrupted,
            Code::Stopped,
            anyhow::anyhow!("stopped before everything was done"),
        ),
    };
    for (change, error) in errors {
        failure = failure.hint(format!("{} failed too: {error}", change.title()));
    }
    if !left.is_empty() {
        failure = failure.hint(format!("not begun: {}", left.join(", ")));
    }
    if touched {
        failure = failure.hint(Hint::again(if is_final {
            "once that is settled, the same command goes on from where this run stopped"
        } else {
            "run the same command again: it goes on from where this run stopped"
        }));
    }
    Err(details.into_iter().fold(failure, |failure, (key, value)| failure.detail(key, value)))
}

fn of_step(change: &Change, error: StepError, touched: bool) -> Failure {
    let what = format!("cannot {} the {}", change.action.word(), change.title());
    // Who may not, or waited in vain, wants to know that rather than how far it came.
    let partly = match &error {
        StepError::SmokeTest { .. } | StepError::Obstacle(_) => false,
        StepError::Cloud(CloudError::Unanswered { .. }) => true,
        StepError::Cloud(error) => touched && exit_of(error) == Exit::Failed,
    };
    let mut failure = Failure::from(error).context(what);
    if partly {
        failure.exit = Exit::Partial;
    }
    failure
}

/// The tool's own check of its work.
pub fn nothing_left(plan: &Plan) -> Result<(), Failure> {
    if plan.is_empty() {
        return Ok(());
    }
    let changes = plan.changes();
    let left =
        changes.iter().map(|change| format!("{} ({})", change.title(), change.action.word()));
    let left: Vec<String> = left.collect();
    let error = anyhow::anyhow!(
        "everything was applied, and still this is not as deploy.toml says: {}",
        left.join(", ")
    );
    let failure =
        Failure::new(Exit::Failed, Code::NotSettled, error).detail("changes", json!(changes));
    Err(failure.hint("another writer may be at work; if `plan` still shows changes with nobody else there, this is a bug"))
}
