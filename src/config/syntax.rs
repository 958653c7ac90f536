//! TOML's syntax: the tree of a file, and what is wrong with it in our words.

use toml::de::{DeTable, DeValue};

use super::lines::LineStarts;
use super::problem::{Problem, Span};
use super::shape::Node;

/// More than any file needs, and little enough for everything that walks a tree step by step.
const DEEPEST: usize = 64;

/// What is wrong with the text, in the parser's words.
pub(super) struct SyntaxError {
    span: Span,
    message: String,
}

/// The tree, as far as the text can be read, and what is wrong with the text.
pub(super) fn parse(text: &str) -> (Node<'_>, Vec<SyntaxError>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let tree = Node::new(table.span(), DeValue::Table(table.into_inner()));
    if let Some(span) = too_deep(&tree) {
        dismantle(tree);
        let message = format!("tables are nested deeper than {DEEPEST} here");
        let nothing = Node::new(0..0, DeValue::Table(DeTable::new()));
        return (nothing, vec![SyntaxError { span, message }]);
    }
    let mut errors: Vec<_> = errors
        .iter()
        .map(|error| SyntaxError {
            span: error.span().unwrap_or(0..0),
            message: error.message().to_owned(),
        })
        .collect();
    errors.sort_by_key(|error| error.span.start);
    // What follows on the same line is most often a consequence.
    let lines = LineStarts::of(text);
    errors.dedup_by_key(|error| lines.number(error.span.start));
    (tree, errors)
}

/// The first place that is too deep. A dotted key of a thousand parts is a thousand tables: no recursion here.
fn too_deep(tree: &Node<'_>) -> Option<Span> {
    let mut level = vec![tree];
    for _ in 0..DEEPEST {
        level = level.into_iter().flat_map(children).collect();
    }
    level.first().map(|node| node.span())
}

fn children<'n, 'i>(node: &'n Node<'i>) -> Vec<&'n Node<'i>> {
    match node.get_ref() {
        DeValue::Table(table) => table.values().collect(),
        DeValue::Array(array) => array.iter().collect(),
        _ => vec![],
    }
}

/// Drops a deep tree, which would otherwise drop itself step into step.
fn dismantle(tree: Node<'_>) {
    let mut left = vec![tree.into_inner()];
    while let Some(value) = left.pop() {
        match value {
            DeValue::Table(table) => {
                left.extend(table.into_iter().map(|(_, value)| value.into_inner()));
            }
            DeValue::Array(array) => left.extend(array.into_iter().map(Node::into_inner)),
            _ => {}
        }
    }
}

/// What is wrong in our words; `text` is that of the file, as it may be shown.
pub(super) fn explain(errors: &[SyntaxError], text: &str) -> Vec<Problem> {
    errors.iter().map(|error| explained(error, text)).collect()
}

fn explained(error: &SyntaxError, text: &str) -> Problem {
    let span = error.span.clone();
    let found = text.get(span.clone()).unwrap_or_default();
    let (message, expected) =
        error.message.split_once(", expected ").unwrap_or((&error.message, ""));
    match message {
        "duplicate key" if ["rules", "expect"].contains(&found) => {
            Problem::error(span, format!("`{found}` is there twice"))
                .help(format!("begin each one with `[[{found}]]`"))
        }
        "duplicate key" => Problem::error(span, format!("`{found}` is there twice")),
        "invalid boolean" | "string values must be quoted" if !found.is_empty() => {
            let problem = Problem::error(span, "a string must be in quotes");
            match found.trim_matches([
                '\u{201C}', '\u{201D}', '\u{201E}', '\u{2018}', '\u{2019}', '*', ' ',
            ]) {
                "" => problem,
                text => problem.label(format!("write \"{text}\"")),
            }
        }
        "invalid basic string" | "invalid literal string" if found.is_empty() => {
            Problem::error(span, "the string is never closed").label(format!("expected {expected}"))
        }
        "invalid unquoted key" if found == ":" => {
            Problem::error(span, "a key and its value are separated by `=`").label("write `=`")
        }
        "invalid unquoted key" => {
            Problem::error(span, "a key with other characters must be in quotes")
                .help("without quotes it has letters from A to Z, digits, `-` and `_`")
        }
        _ if expected.is_empty() || expected == "nothing" => Problem::error(span, message),
        _ => Problem::error(span, message).label(format!("expected {expected}")),
    }
}
