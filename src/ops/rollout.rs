//! What becomes of a version that was released: it is watched, proven and remembered as verified, or the alias goes back.
//!
//! A pool names the alias, and is not written for a version: only the slot of an adopted pool, which this very run
//! filled, is given back when nothing can be proven.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use trigger::Rules;

use super::canary::{CanaryVerdict, WatchedVersion};
use super::connection::Connection;
use super::options::Proving;
use super::remembered::{mark, remembered};
use super::verify::prove;
use crate::cloud::{Auth, CloudError, Write, gate};
use crate::codes::Code;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};
use crate::model::tags::verified_versions::{Mark, VerifiedVersions};
use crate::model::{Canary, Release, Routing, Settings, Trigger};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Desired, WantedPool};
use crate::reconcile::observe::For;
use crate::reconcile::plan::{Plan, Step, withheld as withheld_text};
use crate::tokens::smoke_test::{self, IdsAround, SmokeTest};
use crate::tokens::subjects::personas;
use crate::user::User;
use crate::verify::Report;

/// A release that is being proven.
pub struct Rollout<'a, C, U> {
    /// The configuration and its rules.
    pub known: &'a Loaded,
    /// The way to AWS.
    pub connection: &'a Connection<C>,
    /// What is wanted.
    pub desired: &'a Desired,
    /// How tokens are proven.
    pub proving: &'a Proving,
    /// Whom it works for.
    pub user: &'a U,
    /// Where the traffic went before, if it went anywhere.
    pub before: Option<Routing>,
    /// The slots of adopted pools that this run filled.
    pub attached: Vec<FilledSlot>,
}

/// A move of the alias that took a version back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Back {
    /// The version that could not be proven.
    pub from: String,
    /// The version that serves again.
    pub to: String,
}

/// What was taken back, since it could not be proven.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Undone {
    /// The version went back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolled_back: Option<Back>,
    /// Adopted pools whose slots hold again what they held before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub detached: Vec<String>,
    /// Why slots were left empty that held something before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
}

impl Undone {
    /// In words.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let back = self.rolled_back.iter().map(|Back { from, to }| {
            format!("Version {from} is not proven: version {to} serves everything again.")
        });
        let again = if self.withheld.is_empty() {
            ": its slot holds again what it held before"
        } else {
            ""
        };
        let pools = self.detached.iter();
        let pools = pools.map(move |pool| format!("The pool {pool} is detached{again}."));
        back.chain(pools).chain(self.withheld.iter().map(|why| format!("Note: {why}.")))
    }
}

/// A slot of adopted pool that this run fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilledSlot {
    /// The pool's key in `deploy.toml`.
    pub pool: String,
    /// Its id.
    pub pool_id: String,
    /// What it held before.
    pub previous: Option<Trigger>,
}

/// The slots of adopted pools that this plan fills: their users must be able to sign in, whatever becomes of our proof.
#[must_use]
pub fn attached(plan: &Plan, desired: &Desired, actual: &Actual) -> Vec<FilledSlot> {
    let slot = |step: &Step| {
        let Step::SetTrigger { pool, .. } = step else { return None };
        let live = actual.pool(pool)?;
        let slot = || FilledSlot {
            pool: pool.clone(),
            pool_id: live.id.clone(),
            previous: live.trigger.clone(),
        };
        (!desired.pools.get(pool)?.is_owned()).then(slot)
    };
    plan.steps.iter().filter_map(slot).collect()
}

impl<C: Write + Auth, U: User> Rollout<'_, C, U> {
    /// Watches the canary, if there is one, and shifts all traffic to it, or none.
    pub async fn bake(&self, actual: &mut Actual, time: Duration) -> Result<(), Failure> {
        let Some((live, canary)) = running(actual) else { return Ok(()) };
        let Canary { version, percent, settings } = &canary;
        let frozen = frozen_ids(version, settings)?;
        let (cloud, user) = (&self.connection.cloud, self.user);
        user.say(&format!(
            "Version {version} serves {percent} % of sign-ins for {} …",
            humantime::format_duration(time)
        ));
        let watched = WatchedVersion {
            function: &self.desired.function.name,
            route: &live.routing(),
            version,
            smoke_tests: &smoke_tests(self.known, &self.known.rules, self.connection),
            ids: IdsAround { now: &actual.ids(&self.desired.identity), frozen: &frozen },
            since: self.connection.clock.now(),
        };
        match watched.bake(cloud, user, time).await {
            Ok(CanaryVerdict::Healthy { invocations }) => {
                user.say(&format!(
                    "Version {version} is fine: no error in {invocations} invocations"
                ));
                self.promote(&live, &canary).await?;
            }
            Ok(CanaryVerdict::Promoted) => {
                user.say(&format!("All traffic was shifted to version {version} meanwhile"));
            }
            Ok(CanaryVerdict::Sick(reason)) => {
                let error = anyhow::anyhow!("version {version} did not prove itself: {reason}");
                return Err(self
                    .without(Failure::new(Exit::Unproven, Code::CanaryFailed, error), &live)
                    .await);
            }
            Ok(CanaryVerdict::Stopped) => {
                let error = anyhow::anyhow!("stopped while version {version} was being watched");
                return Err(self
                    .without(Failure::new(Exit::Interrupted, Code::Stopped, error), &live)
                    .await);
            }
            // Whoever moved the alias knows more than this run.
            Err(error @ CloudError::Conflict { .. }) => return Err(error.into()),
            Err(error) => {
                let failure = Failure::from(error).context(format!("cannot watch {version}"));
                return Err(self.without(failure, &live).await);
            }
        }
        actual.release = self.connection.cloud.release(&self.desired.function.name).await?;
        Ok(())
    }

    /// Ends a canary: it takes everything.
    pub async fn promote(&self, live: &Release, canary: &Canary) -> Result<(), Failure> {
        let to = Routing::all_to(&canary.version);
        Ok(self
            .connection
            .cloud
            .route(&self.desired.function.name, Some(&live.routing()), &to)
            .await?)
    }

    /// Signs in. A version that keeps every promise is remembered as verified, and old ones go. If it does not, or nobody can tell,
    /// the version before it serves again, and adopted pools that this run attached to are detached.
    pub async fn prove(
        &self,
        actual: &mut Actual,
        patience: Duration,
    ) -> Result<(Report, Undone), Failure> {
        let Self { known, connection, user, .. } = self;
        let proof = prove(known, connection, actual, self.proving, patience, *user).await;
        match proof {
            Ok(report) if report.ok => {
                self.mark(actual, &report).await?;
                Ok((report, Undone::default()))
            }
            Ok(report) => {
                let undone = self.undo_wrong(actual, report.is_wrong()).await;
                Ok((report, undone.map_err(|failure| failure.hint(NOT_ALL))?))
            }
            Err(failure) => Err(with(failure, self.undo(actual).await)),
        }
    }

    /// What failed, or was stopped, before anything could be proven: nothing of it stays in service. Whoever moved the
    /// alias meanwhile knows more than this run.
    pub async fn abandon(&self, failure: Failure) -> Failure {
        if failure.is_conflict() {
            return failure;
        }
        let undone = async {
            let mut actual = self.connection.observe(&self.known.config, For::Converging).await?;
            self.undo(&mut actual).await
        };
        with(failure, undone.await)
    }

    /// Removes old versions: never one in use, nor the last good one.
    pub async fn prune(&self, actual: &Actual) -> Result<(), Failure> {
        let (Some(live), Some(function)) = (&actual.release, &actual.function) else {
            return Ok(());
        };
        let cloud = &self.connection.cloud;
        let mut versions = cloud.versions(&function.name).await?;
        let verified = VerifiedVersions::of(&function.tags);
        let keep = self.desired.keep_versions;
        if versions.len() > usize::try_from(keep).unwrap_or(usize::MAX) {
            let good = verified.last_good(&live.routing(), &versions);
            let spare: Vec<u64> = good.iter().filter_map(|version| version.parse().ok()).collect();
            cloud.prune(&function.name, keep, &spare).await?;
            versions = cloud.versions(&function.name).await?;
        }
        let stale = verified.stale(&versions);
        if !stale.is_empty() {
            cloud.untag_function(&function.name, &stale).await?;
        }
        Ok(())
    }

    /// The proof that an earlier run made, if nothing has changed on which it depends.
    #[must_use]
    pub fn remembered(&self, actual: &Actual) -> Option<Report> {
        remembered(self.known, self.connection, actual, self.proving)
    }

    /// A run that changes nothing writes nothing. Old versions go first, since nobody asks again after a version that is
    /// marked.
    async fn mark(&self, actual: &Actual, report: &Report) -> Result<(), Failure> {
        let (Some(live), Some(function)) = (&actual.release, &actual.function) else {
            return Ok(());
        };
        let mark = mark(self.known, self.connection, actual, self.proving, report);
        let verified = VerifiedVersions::of(&function.tags);
        let is_same =
            |known: &Mark| (&known.fingerprint, known.open) == (&mark.fingerprint, mark.open);
        if verified.proof(&live.version).is_some_and(is_same) {
            return Ok(());
        }
        self.prune(actual).await?;
        let tag = VerifiedVersions::tag(&live.version, &mark);
        Ok(self.connection.cloud.tag_function(&function.name, &tag).await?)
    }

    /// What this run did. Slots first: whoever cannot sign in waits for them. A signal does not keep it from being done.
    async fn undo(&self, actual: &mut Actual) -> Result<Undone, Failure> {
        let mut undone = Undone::default();
        for slot in self.attached.iter().filter(|slot| self.holds_ours(actual, &slot.pool)) {
            self.give_back(slot, &mut undone).await?;
        }
        let before = self.before.as_ref();
        let live = actual.release.as_ref().map(Release::routing);
        if let Some(before) = before.filter(|before| Some(*before) != live.as_ref()) {
            undone.rolled_back = self.go_back(actual, &before.version).await?;
        }
        Ok(undone)
    }

    /// What cannot be right: what this run did, and, if tokens were seen to be wrong, what an earlier one did.
    async fn undo_wrong(&self, actual: &mut Actual, was_seen: bool) -> Result<Undone, Failure> {
        let mut undone = self.undo(actual).await?;
        if was_seen {
            self.undo_an_earlier_run(actual, &mut undone).await?;
        }
        Ok(undone)
    }

    /// What a run did that was killed before it could prove anything: no version was verified with it, and its tokens are
    /// wrong.
    async fn undo_an_earlier_run(
        &self,
        actual: &mut Actual,
        undone: &mut Undone,
    ) -> Result<(), Failure> {
        let (Some(live), Some(function)) = (&actual.release, &actual.function) else {
            return Ok(());
        };
        let verified = VerifiedVersions::of(&function.tags);
        if verified.at(&live.version).is_none() {
            let versions = self.connection.cloud.versions(&function.name).await?;
            if let Some(good) = verified.last_good(&live.routing(), &versions) {
                undone.rolled_back = self.go_back(actual, &good).await?;
            }
        }
        for slot in self.never_proven(actual, &verified) {
            if !undone.detached.contains(&slot.pool) {
                self.give_back(&slot, undone).await?;
            }
        }
        Ok(())
    }

    /// The slots of adopted pools that hold our function, and whose pool no verified version that serves knows.
    fn never_proven(&self, actual: &Actual, verified: &VerifiedVersions) -> Vec<FilledSlot> {
        let live = actual.release.as_ref();
        let proven = live.filter(|live| verified.at(&live.version).is_some());
        let ids = proven.and_then(|live| live.settings.ids().ok()).unwrap_or_default();
        let slot = |(key, wanted): (&String, &WantedPool)| {
            let live = actual.pool(key).filter(|_| self.holds_ours(actual, key))?;
            let unproven = !wanted.is_owned() && ids.pool(&live.id).is_none();
            unproven.then(|| FilledSlot {
                pool: key.clone(),
                pool_id: live.id.clone(),
                previous: actual.previous(&live.id, &self.desired.identity.tags),
            })
        };
        self.desired.pools.iter().filter_map(slot).collect()
    }

    fn holds_ours(&self, actual: &Actual, pool: &str) -> bool {
        let held = actual.pool(pool).and_then(|live| live.trigger.as_ref());
        held.is_some_and(|held| self.desired.identity.is_our_function(&held.arn))
    }

    /// A slot holds again what it held before, if that still works.
    async fn give_back(&self, slot: &FilledSlot, undone: &mut Undone) -> Result<(), Failure> {
        let Connection { cloud, target, .. } = self.connection;
        let FilledSlot { pool, pool_id, previous } = slot;
        let (slot, obstacle) =
            gate::admit_or_empty(cloud, target, pool_id, previous.clone()).await?;
        cloud.write_slot(&slot).await?;
        undone.detached.push(pool.clone());
        let withheld = previous.as_ref().zip(obstacle);
        let withheld = withheld.map(|(previous, it)| withheld_text(pool_id, previous, &it));
        undone.withheld.extend(withheld);
        Ok(())
    }

    /// Shifts all traffic to a version that served before.
    async fn go_back(&self, actual: &mut Actual, to: &str) -> Result<Option<Back>, Failure> {
        let Some(live) = &actual.release else { return Ok(None) };
        let function = &self.desired.function.name;
        let routing = live.routing();
        self.connection.cloud.route(function, Some(&routing), &Routing::all_to(to)).await?;
        let from = routing.canary.map_or(routing.version, |(canary, _)| canary);
        actual.release = self.connection.cloud.release(function).await?;
        Ok(Some(Back { from, to: to.to_owned() }))
    }

    /// Takes the canary its share, and says so beside what went wrong.
    async fn without(&self, failure: Failure, live: &Release) -> Failure {
        let function = &self.desired.function.name;
        let to = Routing::all_to(&live.version);
        match self.connection.cloud.route(function, Some(&live.routing()), &to).await {
            Ok(()) => {
                let from = live.canary.as_ref().map(|canary| canary.version.clone());
                let back = Back { from: from.unwrap_or_default(), to: live.version.clone() };
                let details = serde_json::json!(back);
                failure.hint(back_at(&live.version)).detail("rolled_back", details)
            }
            Err(error) => failure.hint(format!(
                "it keeps its share of the traffic, since the alias could not be moved ({error}): run `pretoken rollback`"
            )),
        }
    }
}

/// The live version and the canary beside it.
#[must_use]
pub fn running(actual: &Actual) -> Option<(Release, Canary)> {
    let live = actual.release.clone()?;
    let canary = live.canary.clone()?;
    Some((live, canary))
}

/// Where a release that is not proven may go on serving.
const NOT_ALL: &str = "not everything was taken back";

/// What failed, and what was taken back for it.
fn with(failure: Failure, undone: Result<Undone, Failure>) -> Failure {
    match undone {
        Ok(undone) => undone.lines().fold(failure, Failure::hint),
        Err(other) => failure.hint(format!("{NOT_ALL}: {:#}", other.error)),
    }
}

fn back_at(version: &str) -> String {
    format!("version {version} serves everything again; the pool was not touched")
}

/// The ids that a version froze.
pub fn frozen_ids(version: &str, settings: &Settings) -> Result<trigger::Ids, Failure> {
    settings.ids().map_err(|error| {
        let error = anyhow::anyhow!("the ids that version {version} froze cannot be read: {error}");
        Failure::new(Exit::Unproven, Code::SmokeTestFailed, error)
    })
}

/// The smoke tests of a version with these rules.
pub fn smoke_tests<C>(known: &Loaded, rules: &Rules, connection: &Connection<C>) -> Vec<SmokeTest> {
    let Connection { target, clock, .. } = connection;
    let personas = personas(&known.config, rules, clock.now());
    let version = known.config.trigger.event_version;
    smoke_test::smoke_tests(&personas, rules, version, target, clock.now())
}
