//! `verify`: the proof, for people, for JSON and for JUnit.

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anstyle::AnsiColor;

use crate::apis::CallVerdict;
use crate::cli::args::{Global, VerifyArgs};
use crate::cli::known::reached;
use crate::cli::ui::Ui;
use crate::cli::writer::Writer;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::DEFAULT_SCOPE;
use crate::ops::options::Proving;
use crate::ops::verify::{deployed, prove};
use crate::verify::Report;

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &VerifyArgs) -> Outcome {
    let (known, connection) = reached(ui, global).await?;
    let actual = deployed(&known, &connection).await?;
    let jwks_url = args.keys.jwks_url.clone();
    let proving = Proving { skip: false, jwks_url, no_calls: args.no_calls };
    let report = prove(&known, &connection, &actual, &proving, Duration::ZERO, &**ui).await?;
    if let Some(path) = &args.junit {
        write_junit(&ui.writer, path, &report)?;
    }
    ui.result(&report, &report_text(&report));
    Ok((!report.ok).then_some(Exit::Unproven))
}

/// The checks, for a pipeline that shows them.
pub fn write_junit(writer: &Writer, path: &Path, report: &Report) -> Result<(), Failure> {
    writer.file(path, &report.junit())
}

/// One block a promise, one line a flow, with the scopes that came.
pub fn report_text(report: &Report) -> String {
    let (green, red) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default().bold());
    let mut text = String::new();
    let mut last = None;
    for check in &report.checks {
        if last != Some(&check.name) {
            let _ = writeln!(text, "{}  ({}/{})", check.name, check.pool, check.client);
            last = Some(&check.name);
        }
        let verdict = if check.ok {
            format!("{green}ok    {green:#}")
        } else {
            format!("{red}FAILED{red:#}")
        };
        let own = check.scopes.iter().filter(|scope| *scope != DEFAULT_SCOPE);
        let scopes: Vec<&str> = own.map(String::as_str).collect();
        let scopes =
            if scopes.is_empty() { "no custom scope".to_owned() } else { scopes.join(" ") };
        let _ = writeln!(text, "  {verdict}  {:<24}  {scopes}", check.flow);
        for (what, scopes) in [("missing", &check.missing), ("unexpected", &check.unexpected)] {
            if !scopes.is_empty() {
                let _ = writeln!(text, "          {what}: {}", scopes.join(" "));
            }
        }
        if let Some(error) = &check.error {
            let _ = writeln!(text, "          {error}");
        }
        for call in &check.calls {
            let status = call.status.map_or("no answer".to_owned(), |status| status.to_string());
            let verdict = match call.verdict {
                CallVerdict::Ok => format!("{green}ok{green:#}"),
                CallVerdict::Failed => format!("{red}FAILED{red:#}"),
                CallVerdict::NotProven => "not proven".to_owned(),
            };
            let _ = writeln!(text, "          {}: {status}, {verdict}", call.request);
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
