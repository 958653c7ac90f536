//! A proof, for people. Pure.

use std::fmt::Write as _;

use anstyle::AnsiColor;

use crate::model::{DEFAULT_SCOPE, Verdict};
use crate::verify::Report;

/// One block a promise, one line a flow, with the scopes that came.
#[must_use]
pub fn text(report: &Report) -> String {
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
        // Every token has a scope: where there is none, there was no token.
        let scopes = match scopes.as_slice() {
            [] if check.ok && check.scopes.is_empty() => "refused, as promised".to_owned(),
            [] => "no custom scope".to_owned(),
            scopes => scopes.join(" "),
        };
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
    if let Some(load) = &report.load {
        text += &load.text();
    }
    if let Some(timing) = &report.timing {
        let _ = writeln!(text, "{}", timing.text());
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
    if let Some(time) = &report.proven_at {
        return format!(
            "Proven at {time}; nothing that tokens depend on has changed since (`verify` proves it anew).\n"
        );
    }
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
        format!("All {all} tokens are right: {}.\n", report.compared)
    } else {
        format!("{right} of {all} tokens are right.{open}\n")
    }
}
