//! Who can sign in no more, and who can now. Pure.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::tokens::impact::TokenImpact;

const GREEN: Style = AnsiColor::Green.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();

/// A line for each kind of subject whose right to sign in changes, the losses first.
#[must_use]
pub fn text(impacts: &[TokenImpact]) -> String {
    let mut text = String::new();
    let mut changed: Vec<_> = impacts.iter().filter(|impact| impact.sign_in.is_some()).collect();
    changed.sort_by_key(|impact| !impact.loses_sign_in());
    for impact in changed {
        let style = if impact.loses_sign_in() { RED } else { GREEN };
        let promise = impact.expectation.as_ref().map(|name| format!("\"{name}\""));
        let who = promise.or_else(|| impact.subject.clone()).unwrap_or_default();
        let change = impact.sign_in.map_or("", |change| change.text());
        let _ = writeln!(text, "{style}{change}{style:#}: {who}");
    }
    text
}
