//! The parts of a JSON document as texts: what the page of HTML and that of Markdown read alike. Pure.

use serde_json::Value;

use crate::model::DEFAULT_SCOPE;

/// Lines of a matrix, with their cells.
pub(super) type Lines<'d> = Vec<(&'d Value, Vec<&'d str>)>;

/// The items of a list; none if it is no list.
pub(super) fn list(value: &Value) -> impl DoubleEndedIterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The texts in a list.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    list(value).filter_map(Value::as_str).collect()
}

/// A member that is a text; else an empty one.
pub(super) fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// A value as it is read.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A field of a change: `path: before → after`, or what is new.
pub(super) fn field(field: &Value) -> String {
    let (path, after) = (text(field, "path"), value(&field["after"]));
    match &field["before"] {
        Value::Null => format!("{path}: {after}"),
        before => format!("{path}: {} → {after}", value(before)),
    }
}

/// Without the scope that every such token has.
pub(super) fn own_scopes(scopes: &Value) -> String {
    let own = texts(scopes).into_iter().filter(|scope| *scope != DEFAULT_SCOPE);
    own.collect::<Vec<_>>().join(" ")
}

/// The verdict of a check.
pub(super) fn verdict(check: &Value) -> &'static str {
    match check["verdict"].as_str() {
        Some("ok") => "ok",
        Some("not-proven") => "not proven",
        _ => "FAILED",
    }
}

/// The lines of a matrix that are worth showing, and whether they say what changes: then what stays is left out.
pub(super) fn lines(matrix: &Value) -> (bool, Lines<'_>) {
    let mut lines: Lines<'_> =
        list(&matrix["rows"]).zip(list(&matrix["cells"]).map(texts)).collect();
    let is_change = |cell: &&str| matches!(*cell, "gains" | "loses");
    let changes = lines.iter().any(|(_, cells)| cells.iter().any(is_change));
    lines.retain(|(_, cells)| !changes || cells.iter().any(is_change));
    (changes, lines)
}
