//! `up`: build, plan, confirm, apply, look again, verify.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::json;

use super::verify;
use crate::cli::args::{Global, UpArgs};
use crate::cli::ui::{Ui, can_ask};
use crate::cloud::{CloudError, Read as _};
use crate::failure::{Exit, Failure, Outcome, exit_of};
use crate::model::{Canary, Target};
use crate::ops::backup;
use crate::ops::outputs::Outputs;
use crate::ops::preflight;
use crate::ops::rollout::{Rollout, Undone, attached, running};
use crate::ops::saved_plan::SavedPlan;
use crate::ops::session::{Connection, Session};
use crate::ops::token_impact::impact_of;
use crate::reconcile::actual::Actual;
use crate::reconcile::apply::{Applied, Materials, StepError, apply};
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::For;
use crate::reconcile::plan::{Change, Plan, converge};
use crate::time::Clock;
use crate::verify::Report;
use crate::wait::Poll;

/// How long tokens may take to show a change that was just made.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// How often `--wait` looks whether the other run has ended.
const BETWEEN_RUNS: Duration = Duration::from_secs(5);

/// How long AWS may take to show what was written.
const SHOWN_WITHIN: Duration = Duration::from_secs(15);

/// The document `pretoken/up/v1`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    target: &'a Target,
    changes: Vec<Change>,
    outputs: Outputs,
    verify: Option<&'a Report>,
    #[serde(flatten)]
    undone: Undone,
}

pub async fn run(session: &Session, args: &UpArgs) -> Outcome {
    let patience = args.wait.unwrap_or_default();
    let poll = Poll::new(&*session.ui, "another run to end", patience).every(BETWEEN_RUNS);
    loop {
        match attempt(session, args).await {
            Err(failure) if failure.is_conflict() && poll.again().await => {
                session.ui.say(format!("{:#}; looking again …", failure.error));
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(session: &Session, args: &UpArgs) -> Outcome {
    let start = Instant::now();
    answerable(&session.global)?;
    let promised = args.plan.as_deref().map(SavedPlan::read).transpose()?;
    if args.guard.check_iam {
        preflight::check(session, !args.no_verify).await?;
    }
    let (connection, mut actual, package, mut desired) =
        session.prepare(&args.deploy, args.allow, promised.as_ref()).await?;
    if args.gradual.canary.is_some() {
        // Whoever may not watch finds out before there is anything to watch.
        connection.aws.health(&desired.function.name, "0", Clock::system().now()).await?;
    }
    let mut plan = converge(&desired, &actual)?;
    if let Some(promised) = &promised {
        promised.says(&plan)?;
    }
    if args.gradual.canary.is_some() {
        // What is released was planned; by which shares is this run's own.
        desired.canary = args.gradual.canary;
        plan = converge(&desired, &actual)?;
    }
    let pair = (&desired, &actual);
    let tokens =
        impact_of(session, &connection, pair, &mut plan, args.guard.forbid_scope_loss).await?;
    session.ui.say(session.header(&connection));
    session.ui.say(plan.document(&connection.target, &tokens).text(session.ui.verbose));

    let before = actual.release.as_ref().map(|release| release.version.clone());
    let attached = attached(&plan, &desired, &actual);
    let run = Run { session, connection: &connection, desired: &desired, zip: &package.zip };
    let changes = run.apply(&plan, &mut actual, promised.as_ref()).await?;
    let (desired, keys) = (&desired, &args.keys);
    let rollout = Rollout { session, connection: &connection, desired, keys, before, attached };
    let settled = settle(&rollout, args, &plan, &mut actual).await?;

    let outputs = Outputs::new(desired, &actual);
    let text = summary(&plan, &outputs, &settled, start.elapsed());
    let document = Document {
        schema: "pretoken/up/v1",
        target: &connection.target,
        changes,
        outputs,
        verify: settled.report.as_ref(),
        undone: settled.undone,
    };
    session.ui.result(&document, &text);
    Ok(settled.report.filter(|report| !report.ok).map(|_| Exit::Unproven))
}

/// What applying needs.
struct Run<'a> {
    session: &'a Session,
    connection: &'a Connection,
    desired: &'a Desired,
    zip: &'a [u8],
}

impl Run<'_> {
    /// Confirms, applies, and looks whether everything is as it should be.
    async fn apply(
        &self,
        plan: &Plan,
        actual: &mut Actual,
        promised: Option<&SavedPlan>,
    ) -> Result<Vec<Change>, Failure> {
        let Self { session, connection, desired, zip } = *self;
        if plan.is_empty() {
            return Ok(vec![]);
        }
        confirm(session, &format!("Apply these {} changes?", plan.steps.len()))?;
        let saved = backup::save(&session.ui, connection, plan, desired, actual).await?;
        if let Some(promised) = promised {
            promised.still_holds(session, connection, desired).await?;
        }
        session.ui.align(&plan.changes());
        let smoke_tests = session.smoke_tests(&connection.target);
        let materials = Materials { desired, zip, smoke_tests: &smoke_tests };
        let applied =
            apply(plan, materials, actual.ids(desired), &connection.aws, &*session.ui).await;
        let done = finished(applied)
            .map_err(|failure| SavedPlan::used_up(promised, failure))
            .map_err(|failure| backup::point_to(&saved, failure))?
            .done;
        let poll = shown(&session.ui);
        loop {
            *actual = connection.observe(session.config(), For::Converging).await?;
            let left = converge(desired, actual)?;
            if left.is_empty() || !poll.again().await {
                nothing_left(&left)?;
                return Ok(done);
            }
        }
    }
}

/// How a release ended.
#[derive(Default)]
struct Settled {
    /// A canary that was left running.
    held: Option<Canary>,
    report: Option<Report>,
    undone: Undone,
}

/// Watches the canary, proves the tokens.
async fn settle(
    rollout: &Rollout<'_>,
    args: &UpArgs,
    plan: &Plan,
    actual: &mut Actual,
) -> Result<Settled, Failure> {
    if !args.gradual.hold {
        rollout.bake(actual, args.gradual.bake).await?;
    }
    if let Some((_, canary)) = running(actual) {
        return Ok(Settled { held: Some(canary), ..Settled::default() });
    }
    if args.no_verify {
        if !plan.is_empty() {
            rollout.prune(actual).await?;
        }
        return Ok(Settled::default());
    }
    let patience = if plan.is_empty() { Duration::ZERO } else { PATIENCE };
    let (report, undone) = rollout.prove(actual, patience).await?;
    if let Some(path) = &args.junit {
        verify::write_junit(path, &report)?;
    }
    Ok(Settled { held: None, report: Some(report), undone })
}

/// Looking again after a run: what was written may take a moment to be seen.
pub fn shown(ui: &Ui) -> Poll<'_, Ui> {
    Poll::new(ui, "AWS to show what was written", SHOWN_WITHIN)
}

/// Asks, unless nothing is at stake or the answer was given.
pub fn confirm(session: &Session, question: &str) -> Result<(), Failure> {
    agreed(&session.ui, &session.global, question)
}

/// Fails before any work where a question would come and nobody could answer it.
pub fn answerable(global: &Global) -> Result<(), Failure> {
    if global.yes || global.local || can_ask() { Ok(()) } else { Err(unanswered()) }
}

fn unanswered() -> Failure {
    let error = anyhow::anyhow!("nobody can confirm here; nothing was changed");
    Failure::new(Exit::Refused, error).hint("add --yes to go on without a question")
}

/// The same for commands without a `deploy.toml`.
pub fn agreed(ui: &Ui, global: &Global, question: &str) -> Result<(), Failure> {
    if global.yes || global.local {
        return Ok(());
    }
    match ui.confirm(question) {
        Some(true) => Ok(()),
        Some(false) => {
            Err(Failure::new(Exit::Refused, anyhow::anyhow!("not confirmed; nothing was changed")))
        }
        None => Err(unanswered()),
    }
}

/// What was applied, or what stands in the way of the rest.
pub fn finished(mut applied: Applied) -> Result<Applied, Failure> {
    if applied.failed.is_empty() && applied.left.is_empty() {
        return Ok(applied);
    }
    let left: Vec<String> = applied.left.iter().map(name).collect();
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
    let mut errors = applied.failed.drain(..);
    let mut failure = match errors.next() {
        Some((change, error)) => of_step(&change, error, touched),
        None => {
            Failure::new(Exit::Interrupted, anyhow::anyhow!("stopped before everything was done"))
        }
    };
    for (change, error) in errors {
        failure = failure.hint(format!("{} failed too: {error}", name(&change)));
    }
    if !left.is_empty() {
        failure = failure.hint(format!("not begun: {}", left.join(", ")));
    }
    if touched {
        failure =
            failure.hint("run the same command again: it goes on from where this run stopped");
    }
    Err(details.into_iter().fold(failure, |failure, (key, value)| failure.detail(key, value)))
}

fn of_step(change: &Change, error: StepError, touched: bool) -> Failure {
    let what = format!("cannot {} the {}", change.action.word(), name(change));
    match error {
        StepError::SmokeTest { .. } => Failure::new(Exit::Unproven, error).context(what),
        StepError::Cloud(error) => {
            // Who may not, or waited in vain, wants to know that rather than how far it came.
            let partly = touched && exit_of(&error) == Exit::Failed
                || matches!(error, CloudError::Unanswered { .. });
            let mut failure = Failure::from(error).context(what);
            if partly {
                failure.exit = Exit::Partial;
            }
            failure
        }
    }
}

fn name(change: &Change) -> String {
    format!("{} {}", change.resource.word(), change.name)
}

/// The tool's own check of its work.
pub fn nothing_left(plan: &Plan) -> Result<(), Failure> {
    if plan.is_empty() {
        return Ok(());
    }
    let left: Vec<String> = plan
        .changes()
        .iter()
        .map(|change| format!("{} ({})", name(change), change.action.word()))
        .collect();
    let error = anyhow::anyhow!(
        "everything was applied, and still this is not as deploy.toml says: {}",
        left.join(", ")
    );
    let failure = Failure::new(Exit::Failed, error).detail("changes", json!(plan.changes()));
    Err(failure.hint("another writer may be at work; if `plan` still shows changes with nobody else there, this is a bug"))
}

fn summary(plan: &Plan, outputs: &Outputs, settled: &Settled, took: Duration) -> String {
    let Settled { held, report, undone } = settled;
    let seconds = took.as_secs_f32();
    let proof = report.as_ref().map(verify::text).unwrap_or_default();
    let end = match (plan.is_empty(), report) {
        (_, Some(report)) if report.checks.is_empty() => format!(
            "Nothing could be proven ({seconds:.1} s): let a client sign in by a password, or go on without a proof by --no-verify."
        ),
        (_, Some(report)) if !report.ok => format!("The tokens are not right ({seconds:.1} s)."),
        (true, _) => format!("Nothing to do in {seconds:.1} s."),
        (false, _) => format!("Done in {seconds:.1} s."),
    };
    let held = held.as_ref().map(|Canary { version, percent, .. }| {
        format!("Version {version} takes {percent} % of the traffic, and is not verified: end it with `promote` or `rollback`.\n")
    });
    let lines: String = undone.lines().map(|line| line + "\n").chain(held).collect();
    format!("{proof}\n{}\n{end}\n{lines}", outputs.text())
}
