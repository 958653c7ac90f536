//! `up`: build, plan, confirm, apply, look again, verify.

use std::io;
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::verify::write_junit;
use crate::cli::args::{Global, UpArgs};
use crate::cli::known::{proving, resolved};
use crate::cli::ui::Ui;
use crate::cli::writer::columns;
use crate::cloud::wait::Poll;
use crate::config::Loaded;
use crate::failure::{Exit, Outcome};
use crate::model::Canary;
use crate::ops::build::deployable;
use crate::ops::connection::connect_for;
use crate::ops::consent::answerable;
use crate::ops::local::seeds;
use crate::ops::plan::{Intent, plan};
use crate::ops::preflight;
use crate::ops::saved_plan::SavedPlan;
use crate::ops::up::{UpOptions, Upped, carry_out};
use crate::report;
use crate::report::documents::UpDocument;
use crate::system::clock::Clock;

/// How often `--wait` looks whether the other run has ended.
const BETWEEN_RUNS: Duration = Duration::from_secs(5);

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &UpArgs) -> Outcome {
    let known = resolved(ui, global).await?;
    let patience = args.wait.unwrap_or_default();
    let poll = Poll::new(&**ui, "another run to end", patience).every(BETWEEN_RUNS);
    loop {
        match attempt(ui, global, args, &known).await {
            Err(failure) if failure.is_conflict() && poll.again().await => {
                ui.say(format!("{:#}; looking again …", failure.error));
            }
            outcome => return outcome,
        }
    }
}

async fn attempt(ui: &Rc<Ui>, global: &Global, args: &UpArgs, known: &Loaded) -> Outcome {
    let start = Instant::now();
    let (config, place) = (&known.config, &global.place());
    answerable(&**ui)?;
    let proving = &proving(ui, &args.proving, &config.verify, args.no_verify)?;
    seeds::check(config, global.local)?;
    let saved = args.plan.as_deref().map(SavedPlan::read).transpose()?;
    if args.guard.check_iam {
        let connection = connect_for(ui, place, config).await?;
        ui.say(preflight::check(config, &connection, !args.no_verify).await?);
    }
    let intent = Intent {
        known,
        allow: args.allow.into(),
        canary: args.gradual.canary,
        forbid_scope_loss: args.guard.forbid_scope_loss,
        forbid_user_controlled: args.guard.forbid_user_controlled,
        saved: saved.as_ref(),
        local: global.local,
    };
    let package = deployable(config, args.deploy.package.as_deref(), &**ui);
    let connecting = connect_for(ui, place, config);
    let planned = plan(intent, Clock::system(), package, connecting, &**ui).await?;
    ui.say(planned.connection.header(known.path()));
    let tokens = report::tokens(
        &planned.tokens,
        planned.matrix.as_ref(),
        &planned.apis,
        columns(io::stderr()),
    );
    ui.say(planned.document().text(&tokens, ui.verbose));
    let options = UpOptions { gradual: args.gradual.into(), proving, saved: saved.as_ref() };
    let upped = carry_out(known, planned, options, &**ui).await?;
    let seeds = seeds::after_up(ui, known, place).await?;
    if !seeds.is_empty() {
        let names: Vec<_> = seeds.iter().map(|seed| seed.username.as_str()).collect();
        let shown = if global.local { "; `pretoken local env` has their passwords" } else { "" };
        ui.say(format!("Seeds: {}{shown}.", names.join(", ")));
    }
    if let (Some(path), Some(report)) = (&args.junit, &upped.report) {
        write_junit(&ui.writer, path, report)?;
    }
    ui.result(&document(&upped), &summary(&upped, start.elapsed()));
    Ok(upped.report.filter(|report| !report.ok).map(|_| Exit::Unproven))
}

fn document(upped: &Upped) -> UpDocument<'_> {
    let Upped { target, changes, outputs, report, undone, .. } = upped;
    let (schema, verify) = ("pretoken/up/v1", report.as_ref());
    UpDocument { schema, target, changes, outputs, verify, undone }
}

fn summary(upped: &Upped, took: Duration) -> String {
    let Upped { held, report, undone, unchanged, outputs, .. } = upped;
    let seconds = took.as_secs_f32();
    let proof = report.as_ref().map(report::proof::text).unwrap_or_default();
    let end = match (unchanged, report) {
        (_, Some(report)) if !report.ok && !report.is_wrong() => format!(
            "Nothing could be proven ({seconds:.1} s): let a client sign in by a password, or go on without a proof by --no-verify."
        ),
        (_, Some(report)) if !report.ok => format!("The tokens are not right ({seconds:.1} s)."),
        (true, _) => format!("Nothing to do in {seconds:.1} s."),
        (false, _) => format!("Done in {seconds:.1} s."),
    };
    let held = held.as_ref().map(|Canary { version, percent, .. }| {
        format!("Version {version} serves {percent} % of the invocations, and is not verified: end it with `promote` or `rollback`.\n")
    });
    let lines: String = undone.lines().map(|line| line + "\n").chain(held).collect();
    format!("{proof}\n{}\n{end}\n{lines}", outputs.text())
}
