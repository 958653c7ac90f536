//! Stacks whose time is over, and what became of them. Pure.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Target;
use crate::ops::sweep::Swept;

/// The document `pretoken/sweep/v1`.
#[derive(Serialize, JsonSchema)]
#[expect(missing_docs, reason = "the members are the words of the JSON document")]
pub struct SweepDocument<'a> {
    pub schema: &'static str,
    pub target: &'a Target,
    pub dry_run: bool,
    pub stacks: &'a [Swept],
    pub notes: &'a [String],
}

/// The text; `what` is done to the stacks.
#[must_use]
pub fn text(stacks: &[Swept], notes: &[String], what: &str) -> String {
    let mut text = String::new();
    for one in stacks {
        let _ = writeln!(text, "{}  expired {}", one.stack, one.expired);
        if let Some(error) = &one.error {
            let _ = writeln!(text, "  not removed: {error}");
            continue;
        }
        let width = one.changes.iter().map(|change| change.name.len()).max().unwrap_or(0);
        for change in &one.changes {
            let _ = writeln!(text, "  {}", change.line(width));
        }
    }
    for note in notes {
        let _ = writeln!(text, "Note: {note}.");
    }
    let removed = stacks.iter().filter(|one| one.error.is_none()).count();
    let _ = match (stacks.len(), removed) {
        (0, _) => writeln!(text, "Nothing has expired."),
        (all, removed) if all == removed => writeln!(text, "{removed} {what}."),
        (all, removed) => writeln!(text, "{removed} of {all} {what}."),
    };
    text
}
