//! Claims that change, each once with all whom it concerns. Pure.

use std::fmt::Write as _;

use crate::tokens::impact::TokenImpact;

/// A line a change; nothing if no claim changes.
#[must_use]
pub fn text(impacts: &[TokenImpact]) -> String {
    let all = changes(impacts);
    let mut text = String::new();
    if !all.is_empty() {
        text.push_str("Claims that change\n");
    }
    for (change, who) in all {
        let _ = writeln!(text, "  {change}: {}", who.join("; "));
    }
    text
}

/// Every change, and whom it concerns; what only promises say is said of them.
#[must_use]
pub fn changes(impacts: &[TokenImpact]) -> Vec<(String, Vec<String>)> {
    let mut all: Vec<(String, Vec<String>)> = vec![];
    // Kinds of subjects first: a promise about one of them says nothing new.
    let (kinds, promises): (Vec<_>, Vec<_>) =
        impacts.iter().partition(|impact| impact.expectation.is_none());
    for impact in kinds {
        for claim in &impact.claims {
            let who = impact.subject.clone().unwrap_or_default();
            match all.iter_mut().find(|(change, _)| *change == claim.text()) {
                Some((_, known)) => known.push(who),
                None => all.push((claim.text(), vec![who])),
            }
        }
    }
    for impact in promises {
        for claim in &impact.claims {
            if !all.iter().any(|(change, _)| *change == claim.text()) {
                let who = impact.expectation.as_ref().map(|name| format!("\"{name}\""));
                all.push((claim.text(), who.into_iter().collect()));
            }
        }
    }
    all
}
