//! Which rules make a row, and why the others do not. Pure.

use schemars::JsonSchema;
use serde::Serialize;
use trigger::rules::Rules;

use super::{Matrix, Row};
use crate::tokens::simulate::{Trace, traces};

/// A row, and every rule.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Explanation {
    /// The row.
    #[serde(flatten)]
    pub row: Row,
    /// What each of the rules does, or why it does nothing.
    pub rules: Vec<Trace>,
}

impl Matrix {
    /// The rows that are meant: by their number from 1 on, or by any part of their words.
    #[must_use]
    pub fn explain(&self, wanted: &str, rules: &Rules) -> Vec<Explanation> {
        let lower = wanted.to_lowercase();
        let meant = |(place, row): &(usize, &Row)| match wanted.parse::<usize>() {
            Ok(number) => *place + 1 == number,
            Err(_) => std::iter::once(&row.subject)
                .chain(&row.promises)
                .any(|words| words.to_lowercase().contains(&lower)),
        };
        let rows = self.rows.iter().enumerate().filter(meant);
        let explanation = |(_, row): (usize, &Row)| {
            let subject = row.example.as_ref()?;
            Some(Explanation { row: row.clone(), rules: traces(rules, subject) })
        };
        rows.filter_map(explanation).collect()
    }
}
