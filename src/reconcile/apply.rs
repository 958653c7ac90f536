//! Doing what a plan says: one match, no choices. The steps of a stage run side by side.

use std::cell::RefCell;
use tokio::time::Instant;

use futures_util::future::join_all;

use super::desired::{Desired, permission};
use super::plan::{Action, Change, Plan, Step};
use crate::cloud::{CloudError, Invocation, Invoke, Write};
use crate::model::{Function, Ids, Pool, PoolEdit, Routing};
use crate::tokens::smoke_test::SmokeTest;
use crate::user::User;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// AWS, or the way to it.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The new version does not answer as its rules say. It is given no traffic.
    #[error("version {version} does not do what its rules say: {smoke_test}: {detail}")]
    SmokeTest {
        /// The version that was published and tried.
        version: String,
        /// The name of the event that it was tried with.
        smoke_test: String,
        /// What came instead.
        detail: String,
    },
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
    /// What a new version is tried with before it takes traffic.
    pub smoke_tests: &'a [SmokeTest],
}

/// Runs the plan, stage by stage, and says how far it came.
pub async fn apply(
    plan: &Plan,
    materials: Materials<'_>,
    ids: Ids,
    cloud: &impl Write,
    user: &impl User,
) -> Applied {
    let width = plan.changes().iter().map(|change| change.name.len()).max().unwrap_or(0);
    let run = Run { materials, cloud, user, width, ids: RefCell::new(ids) };
    let mut applied = Applied::default();
    let mut go_on = true;
    for stage in plan.steps.chunk_by(|one, next| one.stage() == next.stage()) {
        go_on &= !user.stopped();
        if !go_on {
            applied.left.extend(stage.iter().map(Step::change));
            continue;
        }
        for (step, outcome) in
            stage.iter().zip(join_all(stage.iter().map(|step| run.timed(step))).await)
        {
            match outcome {
                Ok(()) => applied.done.push(step.change()),
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

/// Invokes a version with every probe, until one is not answered as the rules say.
pub async fn try_version(
    cloud: &impl Invoke,
    function: &str,
    version: &str,
    smoke_tests: &[SmokeTest],
    ids: &Ids,
) -> Result<(), StepError> {
    for smoke_test in smoke_tests {
        let answer = match cloud.invoke(function, version, &smoke_test.event(ids)).await? {
            Invocation::Answer(answer) => smoke_test.check(&answer, ids),
            Invocation::Fault(fault) => Err(fault),
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
        StepError::Cloud(error) if change.action == Action::Create && error.is_about_existing() => {
            let what = change.title();
            StepError::Cloud(CloudError::Conflict { what })
        }
        error => error,
    }
}

struct Run<'a, C, U> {
    materials: Materials<'a>,
    cloud: &'a C,
    user: &'a U,
    /// Of the longest name, so that the lines of the steps align.
    width: usize,
    ids: RefCell<Ids>,
}

impl<C: Write, U: User> Run<'_, C, U> {
    async fn timed(&self, step: &Step) -> Result<(), StepError> {
        let change = step.change();
        self.user.began(&format!("{} {}", change.action.word(), change.title()));
        let start = Instant::now();
        let outcome = self.step(step).await.map_err(|error| conflict(&change, error));
        self.user.ended(&change.line(self.width), start.elapsed(), outcome.is_err());
        outcome
    }

    async fn step(&self, step: &Step) -> Result<(), StepError> {
        let cloud = self.cloud;
        match step {
            Step::CreateLogGroup(group) => cloud.create_log_group(group).await?,
            Step::UpdateLogGroup { group, .. } => cloud.update_log_group(group).await?,
            Step::DeleteLogGroup { name } => cloud.delete_log_group(name).await?,
            Step::CreateRole(role) => cloud.create_role(role).await?,
            Step::UpdateRole { name, edit, .. } => cloud.update_role(name, edit).await?,
            Step::DeleteRole(role) => cloud.delete_role(role).await?,
            Step::CreatePool { key, pool } => {
                let id = cloud.create_pool(pool).await?;
                self.without_rival(&id, pool).await?;
                self.ids.borrow_mut().pools.insert(key.clone(), id);
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
            Step::CreateFunction(function) => {
                cloud.create_function(&self.with_ids(function), self.materials.zip).await?;
            }
            Step::UpdateFunction { function, edit, .. } => {
                cloud.update_function(&self.with_ids(function), *edit, self.materials.zip).await?;
            }
            Step::DeleteFunction { name } => cloud.delete_function(name).await?,
            Step::Release { function, from, canary, .. } => {
                self.release(function, from.as_ref(), *canary).await?;
            }
            Step::Grant { function, pool } => {
                let target = &self.materials.desired.target;
                cloud.grant(function, &permission(target, function, &self.pool(pool))).await?;
            }
            Step::Revoke { function, permission, .. } => {
                cloud.revoke(function, &permission.statement_id).await?;
            }
            Step::SetTrigger { pool, trigger, .. } => {
                let edit = PoolEdit { trigger: Some(Some(trigger.clone())), ..Default::default() };
                cloud.edit_pool(&self.pool(pool), &edit).await?;
            }
            Step::ClearTrigger { pool, previous, .. } => {
                let edit = PoolEdit { trigger: Some(previous.clone()), ..Default::default() };
                cloud.edit_pool(&self.pool(pool), &edit).await?;
            }
            Step::Forget { function, tags, .. } => cloud.untag_function(function, tags).await?,
        }
        Ok(())
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

    /// Publish, try, and only then let it take traffic.
    async fn release(
        &self,
        function: &str,
        from: Option<&Routing>,
        canary: Option<u8>,
    ) -> Result<(), StepError> {
        let ids = self.ids.borrow().clone();
        let settings = self.materials.desired.settings(&ids);
        let version = self.cloud.publish(function, &settings).await?;
        try_version(self.cloud, function, &version, self.materials.smoke_tests, &ids).await?;
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

    fn with_ids(&self, function: &Function) -> Function {
        Function {
            settings: self.materials.desired.settings(&self.ids.borrow()),
            ..function.clone()
        }
    }
}
