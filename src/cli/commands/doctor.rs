//! `doctor`: what this machine and this account can do, a line each.

use std::fmt::Write as _;
use std::rc::Rc;

use serde_json::json;

use crate::cli::args::Global;
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::failure::{Exit, Outcome};
use crate::ops::doctor::{Verdict, doctor};

pub async fn run(ui: &Rc<Ui>, global: &Global) -> Outcome {
    let known = global.file.exists().then(|| known(ui, global)).transpose()?;
    let findings = doctor(known.as_ref(), &global.place(), ui).await;
    let failed = findings.iter().any(|finding| finding.verdict == Verdict::Failed);
    let document = json!({ "schema": "pretoken/doctor/v1", "ok": !failed, "findings": findings });
    let mut text = String::new();
    for finding in &findings {
        let verdict = match finding.verdict {
            Verdict::Ok => "ok",
            Verdict::Warning => "warning",
            Verdict::Failed => "failed",
        };
        let _ = writeln!(text, "{verdict:<7}  {:<11}  {}", finding.check, finding.text);
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "         help: {help}");
        }
    }
    ui.result(&document, &text);
    Ok(failed.then_some(Exit::Failed))
}
