//! Doing what a plan says: one match, no choices. The steps of a stage run side by side.

use std::cell::RefCell;
use std::time::Duration;

use tokio::time::Instant;

use futures_util::{StreamExt as _, stream};

use super::desired::Desired;
use super::identity::Identity;
use super::plan::{Action, Change, Plan, Step, withheld};
use crate::cloud::wait::Poll;
use crate::cloud::{AT_ONCE, CloudError, Invocation, Invoke, Slot, Write, gate};
use crate::model::{Function, Ids, Obstacle, Pool, PoolEdit, Routing, Trigger};
use crate::tokens::smoke_test::{IdsAround, SmokeTest};
use crate::user::User;

/// How long Lambda may take to show a permission that was just given.
const SHOWN_WITHIN: Duration = Duration::from_secs(15);

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// AWS, or the way to it.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// What is to stand in a pool's slot cannot be invoked. Nothing was written.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
    /// The new version does not answer as its rules say. It does not serve.
    #[error("version {version} does not do what its rules say: {smoke_test}: {detail}")]
    SmokeTest {
        /// The version that was published and tried.
        version: String,
        /// The name of the smoke test.
        smoke_test: String,
        /// What came instead.
        detail: String,
    },
}

impl StepError {
    /// Whether the same step would fail again, until somebody changes something.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Cloud(error) => error.is_final(),
            Self::Obstacle(_) | Self::SmokeTest { .. } => true,
        }
    }
}

/// What applying came to.
#[derive(Debug, Default)]
pub struct Applied {
    /// What was done, in the order of the plan.
    pub done: Vec<Change>,
    /// What failed. A write without an answer is here, and may have happened.
    pub failed: Vec<(Change, StepError)>,
    /// What was not begun, after a failure or a signal.
    pub left: Vec<Change>,
    /// Ids, with those that AWS invented during this run.
    pub ids: Ids,
}

/// What steps need beside themselves.
#[derive(Debug, Clone, Copy)]
pub struct Materials<'a> {
    /// What the stack wants (for ARNs and the function's settings).
    pub desired: &'a Desired,
    /// The package; empty when the plan uploads none.
    pub zip: &'a [u8],
    /// The smoke tests of a new version, before it serves.
    pub smoke_tests: &'a [SmokeTest],
}

/// What a plan is preserved out with.
#[derive(Debug, Clone, Copy)]
pub enum Means<'a> {
    /// A deployment has a package.
    Deploy(Materials<'a>),
    /// A removal knows the stack alone.
    Remove(&'a Identity),
}

impl<'a> From<Materials<'a>> for Means<'a> {
    fn from(materials: Materials<'a>) -> Self {
        Self::Deploy(materials)
    }
}

/// Runs the plan, stage by stage, and says how far it came.
pub async fn apply(
    plan: &Plan,
    means: impl Into<Means<'_>>,
    ids: Ids,
    cloud: &impl Write,
    user: &impl User,
) -> Applied {
    let width = plan.changes().iter().map(|change| change.name.len()).max().unwrap_or(0);
    let run = Application { means: means.into(), cloud, user, width, ids: RefCell::new(ids) };
    let mut applied = Applied::default();
    let mut go_on = true;
    for stage in plan.steps.chunk_by(|one, next| one.stage() == next.stage()) {
        go_on &= !user.stopped();
        // What could not be removed is still there, and must not be forgotten.
        let failed = !applied.failed.is_empty();
        let (kept, stage): (Vec<_>, Vec<_>) =
            stage.iter().partition(|step| failed && step.forgets());
        applied.left.extend(kept.into_iter().map(Step::change));
        if !go_on {
            applied.left.extend(stage.into_iter().map(Step::change));
            continue;
        }
        let outcomes = stream::iter(&stage).map(|step| run.timed(step)).buffered(AT_ONCE);
        for (step, outcome) in stage.iter().zip(outcomes.collect::<Vec<_>>().await) {
            match outcome {
                Ok(change) => applied.done.push(change),
                Err(error) => {
                    go_on &= !step.is_needed_by_later_stages();
                    applied.failed.push((step.change(), error));
                }
            }
        }
    }
    applied.ids = run.ids.into_inner();
    applied
}

/// Invokes a version with every smoke test, until one is not answered as its rules say for the ids that it froze.
pub async fn try_version(
    cloud: &impl Invoke,
    function: &str,
    version: &str,
    smoke_tests: &[SmokeTest],
    ids: IdsAround<'_>,
) -> Result<(), StepError> {
    for smoke_test in smoke_tests {
        let invoked = cloud.invoke(function, version, &smoke_test.event(ids.now)).await?;
        let answer = match &invoked {
            Invocation::Answer(answer) => smoke_test.check(Ok(answer), ids),
            Invocation::Fault(fault) => smoke_test.check(Err(fault), ids),
        };
        answer.map_err(|detail| {
            let (version, smoke_test) = (version.to_owned(), smoke_test.name().to_owned());
            StepError::SmokeTest { version, smoke_test, detail }
        })?;
    }
    Ok(())
}

/// What was absent when it was looked at, and is there now, another run made (or a call of ours whose answer was lost):
/// either way the next look knows more than this plan.
fn conflict(change: &Change, error: StepError) -> StepError {
    match error {
        StepError::Cloud(CloudError::Exists { .. }) if change.action == Action::Create => {
            let what = change.title();
            StepError::Cloud(CloudError::Conflict { what })
        }
        error => error,
    }
}

struct Application<'a, C, U> {
    means: Means<'a>,
    cloud: &'a C,
    user: &'a U,
    /// Of the longest name, so that the lines of the steps align.
    width: usize,
    ids: RefCell<Ids>,
}

impl<C: Write, U: User> Application<'_, C, U> {
    async fn timed(&self, step: &Step) -> Result<Change, StepError> {
        let change = step.change();
        self.user.began(&format!("{} {}", change.action.word(), change.title()));
        let start = Instant::now();
        let outcome = self.step(step).await.map_err(|error| conflict(&change, error));
        self.user.ended(&change.line(self.width), start.elapsed(), outcome.is_err());
        outcome
    }

    async fn step(&self, step: &Step) -> Result<Change, StepError> {
        let cloud = self.cloud;
        match step {
            Step::CreateLogGroup(group) => cloud.create_log_group(group).await?,
            Step::UpdateLogGroup { group, .. } | Step::ForgetOnLogGroup { group, .. } => {
                cloud.update_log_group(group).await?;
            }
            Step::DeleteLogGroup { name } => cloud.delete_log_group(name).await?,
            Step::CreateRole(role) => cloud.create_role(role).await?,
            Step::UpdateRole { name, edit, .. } => cloud.update_role(name, edit).await?,
            Step::DeleteRole(role) => cloud.delete_role(role).await?,
            Step::CreatePool { key, pool } => {
                let id = cloud.create_pool(pool).await?;
                self.without_rival(&id, pool).await?;
                self.ids.borrow_mut().pools.insert(key.clone(), id.clone());
                if let Some(edit) = PoolEdit::after_creation(pool) {
                    cloud.edit_pool(&id, &edit).await?;
                }
            }
            Step::UpdatePool { key, edit, .. } => cloud.edit_pool(&self.pool(key), edit).await?,
            Step::DeletePool { id, .. } => cloud.delete_pool(id).await?,
            Step::CreateDomain { pool, domain } => {
                cloud.create_domain(&self.pool(pool), domain).await?;
            }
            Step::DeleteDomain { pool, domain } => {
                cloud.delete_domain(&self.pool(pool), domain).await?;
            }
            Step::CreateResourceServer { pool, server } => {
                cloud.create_resource_server(&self.pool(pool), server).await?;
            }
            Step::UpdateResourceServer { pool, server, .. } => {
                cloud.update_resource_server(&self.pool(pool), server).await?;
            }
            Step::DeleteResourceServer { pool, identifier } => {
                cloud.delete_resource_server(&self.pool(pool), identifier).await?;
            }
            Step::CreateGroup { pool, group } => {
                cloud.create_group(&self.pool(pool), group).await?;
            }
            Step::UpdateGroup { pool, group, .. } => {
                cloud.update_group(&self.pool(pool), group).await?;
            }
            Step::DeleteGroup { pool, name } => cloud.delete_group(&self.pool(pool), name).await?,
            Step::CreateIdentityProvider { pool, provider } => {
                cloud.create_identity_provider(&self.pool(pool), provider).await?;
            }
            Step::UpdateIdentityProvider { pool, provider, .. } => {
                cloud.update_identity_provider(&self.pool(pool), provider).await?;
            }
            Step::DeleteIdentityProvider { pool, name } => {
                cloud.delete_identity_provider(&self.pool(pool), name).await?;
            }
            Step::CreateClient { at, client } => {
                let id = cloud.create_client(&self.pool(&at.pool), client).await?;
                self.ids.borrow_mut().clients.insert(at.clone(), id);
            }
            Step::UpdateClient { at, id, edit, .. } => {
                cloud.edit_client(&self.pool(&at.pool), id, edit).await?;
            }
            Step::DeleteClient { pool, id, .. } => {
                cloud.delete_client(&self.pool(pool), id).await?;
            }
            Step::DeleteUser { pool, username, .. } => {
                cloud.delete_user(&self.pool(pool), username).await?;
            }
            Step::CreateFunction(function) => {
                cloud.create_function(&self.with_ids(function)?, self.materials()?.zip).await?;
            }
            Step::UpdateFunction { function, seen, edit, .. } => {
                let function = self.with_ids(function)?;
                cloud.update_function(&function, seen, *edit, self.materials()?.zip).await?;
            }
            Step::DeleteFunction { name } => cloud.delete_function(name).await?,
            Step::Release { function, from, canary, .. } => {
                self.release(function, from.as_ref(), *canary).await?;
            }
            Step::Grant { function, pool } => {
                let identity = self.identity();
                cloud.grant(function, &identity.permission(&self.pool(pool))).await?;
            }
            Step::Revoke { function, permission, .. } => {
                cloud.revoke(function, &permission.statement_id).await?;
            }
            Step::SetTrigger { pool, trigger, .. } => {
                let slot = self.admitted(&self.pool(pool), trigger).await?;
                cloud.write_slot(&slot).await?;
            }
            Step::ClearTrigger { pool, held, previous, .. } => {
                return self.detach(step, (pool, held, previous)).await;
            }
            Step::Forget { function, tags, .. } => cloud.untag_function(function, tags).await?,
            Step::ForgetOnPool { key, tags, .. } => {
                let edit = PoolEdit { tags: Some(tags.clone()), ..PoolEdit::default() };
                cloud.edit_pool(&self.pool(key), &edit).await?;
            }
        }
        Ok(step.change())
    }

    /// Our own alias, whose permission may be a moment old.
    async fn admitted(&self, pool_id: &str, trigger: &Trigger) -> Result<Slot, StepError> {
        let poll = Poll::new(self.user, "Lambda to show who may invoke the function", SHOWN_WITHIN);
        let target = &self.identity().target;
        loop {
            match gate::admit(self.cloud, target, pool_id, trigger.clone()).await? {
                Ok(slot) => return Ok(slot),
                Err(Obstacle::NotPermitted { .. }) if poll.again().await => {}
                Err(obstacle) => return Err(obstacle.into()),
            }
        }
    }

    /// Gives a slot back to what can still be invoked, and otherwise empties it and says so.
    async fn detach(
        &self,
        step: &Step,
        (pool, held, previous): (&str, &Trigger, &Option<Trigger>),
    ) -> Result<Change, StepError> {
        let (id, target) = (self.pool(pool), &self.identity().target);
        let (slot, obstacle) =
            gate::admit_or_empty(self.cloud, target, &id, previous.clone()).await?;
        if let Some(obstacle) = obstacle.clone().filter(|it| !it.is_certain()) {
            return Err(obstacle.into());
        }
        self.cloud.write_slot(&slot).await?;
        let (Some(previous), Some(obstacle)) = (previous, obstacle) else {
            return Ok(step.change());
        };
        let why = withheld(&id, previous, &obstacle);
        self.user.say(&format!("Note: {why}."));
        let (pool, held, withheld) = (pool.to_owned(), held.clone(), Some(why));
        Ok(Step::ClearTrigger { pool, held, previous: None, withheld }.change())
    }

    /// Names of pools are not unique: of two runs that made one at the same time, each takes its own back.
    async fn without_rival(&self, id: &str, pool: &Pool) -> Result<(), CloudError> {
        let named = self.cloud.pools_named(&pool.name).await?;
        if !named.iter().any(|(other, name)| *name == pool.name && other != id) {
            return Ok(());
        }
        let open = PoolEdit { deletion_protection: Some(false), ..PoolEdit::default() };
        self.cloud.edit_pool(id, &open).await?;
        self.cloud.delete_pool(id).await?;
        Err(CloudError::Conflict { what: format!("the pool {}", pool.name) })
    }

    /// Publish, try, and only then let it serve.
    async fn release(
        &self,
        function: &str,
        from: Option<&Routing>,
        canary: Option<u8>,
    ) -> Result<(), StepError> {
        let ids = self.ids.borrow().clone();
        let Materials { desired, smoke_tests, .. } = self.materials()?;
        let settings = desired.settings(&ids);
        let version = self.cloud.publish(function, &settings).await?;
        let ids = IdsAround { now: &ids, frozen: &ids.as_trigger_sees_them() };
        try_version(self.cloud, function, &version, smoke_tests, ids).await?;
        let to = match (from, canary) {
            (Some(from), Some(percent)) if from.version != version => {
                Routing { version: from.version.clone(), canary: Some((version, percent)) }
            }
            _ => Routing::all_to(&version),
        };
        Ok(self.cloud.route(function, from, &to).await?)
    }

    /// The id of a pool: of a declared one by its key, of another one by itself.
    fn pool(&self, key: &str) -> String {
        self.ids.borrow().pools.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    fn with_ids(&self, function: &Function) -> Result<Function, CloudError> {
        let settings = self.materials()?.desired.settings(&self.ids.borrow());
        Ok(Function { settings, ..function.clone() })
    }

    fn identity(&self) -> &Identity {
        match self.means {
            Means::Deploy(Materials { desired, .. }) => &desired.identity,
            Means::Remove(identity) => identity,
        }
    }

    /// No step of a removal needs any.
    fn materials(&self) -> Result<Materials<'_>, CloudError> {
        match self.means {
            Means::Deploy(materials) => Ok(materials),
            Means::Remove(_) => Err(CloudError::Failed {
                what: "carrying out the plan".to_owned(),
                reason: "it was made without a package".to_owned(),
            }),
        }
    }
}
