//! TOML's syntax: the tree of a file, and what is wrong with it in our words.

use toml::de::{DeTable, DeValue, Error};

use super::lines::LineStarts;
use super::problem::Problem;
use super::shape::Node;
use crate::codes::Code;

/// The tree, as far as the text can be read, and what is wrong with the text.
pub(super) fn parse(text: &str) -> (Node<'_>, Vec<Error>) {
    let (table, mut errors) = DeTable::parse_recoverable(text);
    let tree = Node::new(table.span(), DeValue::Table(table.into_inner()));
    let start = |error: &Error| error.span().map_or(0, |span| span.start);
    errors.sort_by_key(start);
    // What follows on the same line is most often a consequence.
    let lines = LineStarts::of(text);
    errors.dedup_by_key(|error| lines.number(start(error)));
    (tree, errors)
}

/// What is wrong in our words; `text` is that of the file, as it may be shown.
pub(super) fn explain(errors: &[Error], text: &str) -> Vec<Problem> {
    errors.iter().map(|error| explained(error, text)).collect()
}

fn explained(error: &Error, text: &str) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let found = text.get(span.clone()).unwrap_or_default();
    let (message, expected) =
        error.message().split_once(", expected ").unwrap_or((error.message(), ""));
    match message {
        "duplicate key" if ["rules", "expect"].contains(&found) => {
            Problem::error(Code::DuplicateKey, span, format!("`{found}` is there twice"))
                .help(format!("begin each one with `[[{found}]]`"))
        }
        "duplicate key" => {
            Problem::error(Code::DuplicateKey, span, format!("`{found}` is there twice"))
        }
        "invalid boolean" | "string values must be quoted" if !found.is_empty() => {
            let problem = Problem::error(Code::Syntax, span, "a string must be in quotes");
            match found.trim_matches([
                '\u{201C}', '\u{201D}', '\u{201E}', '\u{2018}', '\u{2019}', '*', ' ',
            ]) {
                "" => problem,
                text => problem.label(format!("write \"{text}\"")),
            }
        }
        "invalid basic string" | "invalid literal string" if found.is_empty() => {
            Problem::error(Code::Syntax, span, "the string is never closed")
                .label(format!("expected {expected}"))
        }
        "invalid unquoted key" if found == ":" => {
            Problem::error(Code::Syntax, span, "a key and its value are separated by `=`")
                .label("write `=`")
        }
        "invalid unquoted key" => {
            Problem::error(Code::Syntax, span, "a key with other characters must be in quotes")
                .help("without quotes it has letters from A to Z, digits, `-` and `_`")
        }
        _ if expected.is_empty() || expected == "nothing" => {
            Problem::error(Code::Syntax, span, message)
        }
        _ => Problem::error(Code::Syntax, span, message).label(format!("expected {expected}")),
    }
}
