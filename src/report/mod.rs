//! What a run found out, for its readers: a terminal, a page of HTML or Markdown, a pipeline, a code host. Pure: whoever calls it writes.

pub mod build;
pub mod check;
pub mod claims;
pub mod doctor;
mod document;
pub mod documents;
pub mod dotenv;
pub mod explain;
pub mod explanation;
pub mod facts;
pub mod fleet;
pub mod github;
pub mod html;
pub mod log_summary;
pub mod markdown;
pub mod matrix;
pub mod operations;
pub mod page;
pub mod proof;
pub mod rule_in_words;
pub mod sarif;
pub mod sign_ins;
pub mod sweep;
pub mod token;
pub mod variables;
mod width;

use crate::tokens::impact::{ApiImpact, TokenImpact};
use crate::tokens::matrix::Matrix;

/// What a plan does to tokens: who gets any, scopes, then claims, then what they open.
#[must_use]
pub fn tokens(
    impacts: &[TokenImpact],
    matrix: Option<&Matrix>,
    apis: &[ApiImpact],
    columns: usize,
) -> String {
    let scopes = matrix.map(|matrix| matrix::what_changes(matrix, columns)).unwrap_or_default();
    let parts = [sign_ins::text(impacts), scopes, claims::text(impacts)];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{}{}", parts.join("\n"), operations::what_changes(apis))
}
