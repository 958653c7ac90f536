//! `verify`: the proof, for people, for JSON and for JUnit.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anstyle::AnsiColor;

use crate::cli::args::{Keys, VerifyArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::model::DEFAULT_SCOPE;
use crate::ops::session::{Connection, Session};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::pools;
use crate::time::Clock;
use crate::verify::{Proof, Report};

pub async fn run(session: &Session, args: &VerifyArgs) -> Outcome {
    let connection = session.connect().await?;
    let actual = deployed(session, &connection).await?;
    let report = prove(session, &connection, &actual, &args.keys, Duration::ZERO).await?;
    if let Some(path) = &args.junit {
        write_junit(path, &report)?;
    }
    session.ui.result(&report, &text(&report));
    Ok((!report.ok).then_some(Exit::Unproven))
}

/// The checks, for a pipeline that shows them.
pub fn write_junit(path: &Path, report: &Report) -> Result<(), Failure> {
    std::fs::write(path, report.junit()).map_err(|error| {
        Failure::new(Exit::Failed, error).context(format!("cannot write `{}`", path.display()))
    })
}

/// The pools that exist; a failure if there is none at all.
pub async fn deployed(session: &Session, connection: &Connection) -> Result<Actual, Failure> {
    let actual = pools(&connection.aws, session.config()).await?;
    if session.config().pools.keys().all(|key| actual.pool(key).is_none()) {
        return Err(Failure::new(Exit::Failed, anyhow::anyhow!("nothing is deployed"))
            .hint("run `pretoken up` first"));
    }
    Ok(actual)
}

/// Signs in and checks.
pub async fn prove(
    session: &Session,
    connection: &Connection,
    actual: &Actual,
    keys: &Keys,
    patience: Duration,
) -> Result<Report, Failure> {
    session.ui.say("Signing in as temporary users …");
    let ids = actual.ids(&Desired::new(session.config(), connection.target.clone(), ""));
    let proof = Proof {
        config: session.config(),
        rules: &session.rules,
        flows: &actual.flows(&ids),
        machines: &actual.machines(&ids),
        ids: &ids,
        cloud: &connection.aws,
        authority: &connection.authority(keys.jwks_url.as_ref()),
        progress: &*session.ui,
        clock: Clock::system(),
        patience,
    };
    let report = proof.run().await;
    report.map_err(|error| Failure::from(error).context("cannot verify"))
}

/// One block a promise, one line a flow, with the scopes that came.
pub fn text(report: &Report) -> String {
    let (green, red) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default().bold());
    let mut text = String::new();
    let mut last = None;
    for check in &report.checks {
        if last != Some(&check.name) {
            let _ = writeln!(text, "{}  ({}/{})", check.name, check.pool, check.client);
            last = Some(&check.name);
        }
        let verdict =
            if check.ok { format!("{green}right{green:#}") } else { format!("{red}WRONG{red:#}") };
        let own = check.scopes.iter().filter(|scope| *scope != DEFAULT_SCOPE);
        let scopes: Vec<&str> = own.map(String::as_str).collect();
        let scopes =
            if scopes.is_empty() { "no scope of ours".to_owned() } else { scopes.join(" ") };
        let _ = writeln!(text, "  {verdict}  {:<24}  {scopes}", check.flow);
        for (what, scopes) in [("missing", &check.missing), ("unexpected", &check.unexpected)] {
            if !scopes.is_empty() {
                let _ = writeln!(text, "         {what}: {}", scopes.join(" "));
            }
        }
        if let Some(error) = &check.error {
            let _ = writeln!(text, "         {error}");
        }
    }
    for note in &report.notes {
        let _ = writeln!(text, "Note: {note}.");
    }
    let right = report.checks.iter().filter(|check| check.ok).count();
    let _ = match report.checks.len() {
        0 => writeln!(text, "No token could be checked."),
        all if report.ok => writeln!(
            text,
            "All {all} tokens are right: signature, issuer, client, scopes and claims."
        ),
        all => writeln!(text, "{} of {all} tokens are wrong.", all - right),
    };
    text
}
