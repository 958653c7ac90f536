//! What a run found out, for its readers: the terminal, a page, Markdown. Pure: whoever calls it writes.

pub mod claims;
pub mod explanation;
pub mod matrix;
mod width;

use crate::tokens::impact::TokenImpact;
use crate::tokens::matrix::Matrix;

/// What a plan does to tokens: scopes, then claims.
#[must_use]
pub fn tokens(impacts: &[TokenImpact], matrix: Option<&Matrix>, columns: usize) -> String {
    let scopes = matrix.map(|matrix| matrix::what_changes(matrix, columns)).unwrap_or_default();
    let claims = claims::text(impacts);
    let gap = if scopes.is_empty() || claims.is_empty() { "" } else { "\n" };
    format!("{scopes}{gap}{claims}")
}
