//! What `doctor` found, a line a check. Pure.

use std::fmt::Write as _;

use crate::ops::doctor::{Diagnosis, Grade};

/// The text.
#[must_use]
pub fn text(findings: &[Diagnosis]) -> String {
    let mut text = String::new();
    for finding in findings {
        let verdict = match finding.verdict {
            Grade::Ok => "ok",
            Grade::Warning => "warning",
            Grade::Failed => "failed",
        };
        let _ = writeln!(text, "{verdict:<7}  {:<11}  {}", finding.check, finding.text);
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "         help: {help}");
        }
    }
    text
}
