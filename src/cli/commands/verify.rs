//! `verify`: the proof, for people, for JSON and for JUnit.

use std::fmt::Write as _;
use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use anstyle::AnsiColor;

use crate::cli::args::{Global, VerifyArgs};
use crate::cli::html::write_page;
use crate::cli::known::reached;
use crate::cli::ui::Ui;
use crate::cli::writer::Writer;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::{DEFAULT_SCOPE, Verdict};
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
    write_page(ui, &args.page, &report, &known, Some(&connection.target))?;
    ui.result(&report, &report_text(&report));
    Ok((!report.ok).then_some(Exit::Unproven))
}

/// The checks, for a pipeline that shows them.
pub fn write_junit(writer: &Writer, path: &Path, report: &Report) -> Result<(), Failure> {
    writer.file(path, &report.junit())
}

/// One block a promise, one line a flow, with the scopes that came.
pub fn report_text(report: &Report) -> String {
    let mut text = String::new();
    let mut last = None;
    for check in &report.checks {
        if last != Some(&check.name) {
            let _ = writeln!(text, "{}  ({}/{})", check.name, check.pool, check.client);
            last = Some(&check.name);
        }
        let verdict = styled(check.verdict);
        if check.verdict == Verdict::NotProven {
            let why = check.error.as_deref().unwrap_or_default();
            let _ = writeln!(text, "  {verdict}  {:<24}  {why}", check.flow);
            continue;
        }
        let own = check.scopes.iter().filter(|scope| *scope != DEFAULT_SCOPE);
        let scopes: Vec<&str> = own.map(String::as_str).collect();
        let scopes =
            if scopes.is_empty() { "no custom scope".to_owned() } else { scopes.join(" ") };
        let _ = writeln!(text, "  {verdict}  {:<24}  {scopes}", check.flow);
        for (what, scopes) in [("missing", &check.missing), ("unexpected", &check.unexpected)] {
            if !scopes.is_empty() {
                let _ = writeln!(text, "              {what}: {}", scopes.join(" "));
            }
        }
        if let Some(error) = &check.error {
            let _ = writeln!(text, "              {error}");
        }
        for call in &check.calls {
            let status = call.status.map_or("no answer".to_owned(), |status| status.to_string());
            let _ = writeln!(text, "    {}  {}: {status}", styled(call.verdict), call.request);
        }
    }
    for note in &report.notes {
        let _ = writeln!(text, "Note: {note}.");
    }
    text + &conclusion(report)
}

/// In as many columns as the longest takes.
fn styled(verdict: Verdict) -> String {
    let style = match verdict {
        Verdict::Ok => AnsiColor::Green.on_default(),
        Verdict::Failed => AnsiColor::Red.on_default().bold(),
        Verdict::NotProven => AnsiColor::Yellow.on_default(),
    };
    format!("{style}{:<10}{style:#}", verdict.words())
}

fn conclusion(report: &Report) -> String {
    let (all, right) = (report.checks.len(), report.count(Verdict::Ok));
    let open = match report.count(Verdict::NotProven) {
        0 => String::new(),
        open => format!(" {open} could not be proven."),
    };
    if report.is_wrong() {
        format!("{} of {all} tokens are wrong.{open}\n", report.count(Verdict::Failed))
    } else if right == 0 {
        "No token could be checked.\n".to_owned()
    } else if right == all {
        format!("All {all} tokens are right: signature, issuer, client, scopes and claims.\n")
    } else {
        format!("{right} of {all} tokens are right.{open}\n")
    }
}
