//! What a run found out, for its readers: the terminal, a page, Markdown. Pure: whoever calls it writes.

pub mod claims;
pub mod explanation;
pub mod matrix;
pub mod operations;
pub mod proof;
mod width;

use crate::tokens::impact::{ApiImpact, TokenImpact};
use crate::tokens::matrix::Matrix;

/// What a plan does to tokens: scopes, then claims, then what they open.
#[must_use]
pub fn tokens(
    impacts: &[TokenImpact],
    matrix: Option<&Matrix>,
    apis: &[ApiImpact],
    columns: usize,
) -> String {
    let scopes = matrix.map(|matrix| matrix::what_changes(matrix, columns)).unwrap_or_default();
    let claims = claims::text(impacts);
    let gap = if scopes.is_empty() || claims.is_empty() { "" } else { "\n" };
    format!("{scopes}{gap}{claims}{}", operations::what_changes(apis))
}
