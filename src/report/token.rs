//! A token that was checked, a line a claim. Pure.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::verify::jwt::Decoded;

/// The text; `name` is which token it is.
#[must_use]
pub fn text(name: &str, decoded: &Decoded) -> String {
    let claims = |claims: &Map<String, Value>| {
        let width = claims.keys().map(String::len).max().unwrap_or(0);
        claims.iter().fold(String::new(), |mut text, (claim, value)| {
            let _ = writeln!(text, "  {claim:<width$}  {value}");
            text
        })
    };
    format!("{name} (its signature is right)\n{}", claims(&decoded.claims))
}
