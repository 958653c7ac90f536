//! Why a row is as it is. Pure.

use crate::tokens::matrix::Explanation;
use crate::tokens::simulate::Trace;

/// Each row, and every rule with what it does or what keeps it from it.
#[must_use]
pub fn text(explanations: &[Explanation]) -> String {
    let block = |one: &Explanation| {
        let promise = one.row.promises.iter().map(|name| format!("  \"{name}\"\n"));
        let rules: String = one.rules.iter().map(Trace::text).collect();
        format!("{}\n{}{rules}", one.row.subject, promise.collect::<String>())
    };
    explanations.iter().map(block).collect::<Vec<_>>().join("\n")
}
