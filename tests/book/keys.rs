//! The schema of `deploy.toml`, as tables.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use pretoken::config;
use serde_json::Value;

use crate::references::cell;

/// What a reference stands for.
fn resolve<'s>(schema: &'s Value, root: &'s Value) -> &'s Value {
    match schema["$ref"].as_str() {
        Some(pointer) => root.pointer(pointer.trim_start_matches('#')).unwrap_or(schema),
        None => schema,
    }
}

/// The branches of a choice, without the one that says "or nothing".
fn branches(schema: &Value) -> Vec<&Value> {
    let all = ["anyOf", "oneOf"].iter().find_map(|key| schema[*key].as_array());
    all.into_iter().flatten().filter(|branch| branch["type"] != "null").collect()
}

/// A type in words.
pub fn kind(schema: &Value, root: &Value) -> String {
    let schema = resolve(schema, root);
    let words = |list: &Value| {
        let words = list.as_array().into_iter().flatten().map(|value| format!("`{value}`"));
        words.collect::<Vec<_>>().join(", ")
    };
    if schema["enum"].is_array() {
        return words(&schema["enum"]);
    }
    if !schema["const"].is_null() {
        return format!("`{}`", schema["const"]);
    }
    let branches = branches(schema);
    if !branches.is_empty() {
        let mut kinds: Vec<String> = branches.iter().map(|branch| kind(branch, root)).collect();
        kinds.dedup();
        return kinds.join(" or ");
    }
    let name = match &schema["type"] {
        Value::Array(all) => all.iter().find(|one| **one != "null").and_then(Value::as_str),
        one => one.as_str(),
    };
    match name {
        Some("array") => format!("list of {}", kind(&schema["items"], root)),
        Some("object") => "table".to_owned(),
        Some("string") => "text".to_owned(),
        Some("integer") => "whole number".to_owned(),
        Some(other) => other.to_owned(),
        None => "any value".to_owned(),
    }
}

/// A range in words.
fn range(schema: &Value, root: &Value) -> String {
    let schema = resolve(schema, root);
    let pairs = [
        ("minimum", "maximum", ""),
        ("minLength", "maxLength", " letters"),
        ("minItems", "maxItems", " items"),
    ];
    let found =
        pairs.iter().filter_map(|(least, most, noun)| match (&schema[*least], &schema[*most]) {
            (Value::Null, Value::Null) => None,
            (least, Value::Null) => Some(format!("from {least}{noun}")),
            (Value::Null, most) => Some(format!("to {most}{noun}")),
            (least, most) => Some(format!("{least} to {most}{noun}")),
        });
    found.collect::<Vec<_>>().join(", ")
}

/// A table of the file: its place, and its keys.
fn table(
    place: &str,
    schema: &Value,
    root: &Value,
    page: &mut String,
    seen: &mut BTreeSet<String>,
) {
    let schema = resolve(schema, root);
    let Some(properties) = schema["properties"].as_object() else { return };
    if !seen.insert(place.to_owned()) {
        return;
    }
    let about =
        schema["description"].as_str().map(|text| format!("{}\n\n", text.replace('<', "&lt;")));
    let title = if place.is_empty() { "The file".to_owned() } else { format!("`{place}`") };
    let _ = write!(
        page,
        "\n## {title}\n\n{}| key | type | range | default | meaning |\n|---|---|---|---|---|\n",
        about.unwrap_or_default()
    );
    for (key, of) in properties {
        let default = match of.get("default").or_else(|| resolve(of, root).get("default")) {
            Some(Value::Object(_) | Value::Null) | None => String::new(),
            Some(value) => format!("`{value}`"),
        };
        let meaning =
            of["description"].as_str().or_else(|| resolve(of, root)["description"].as_str());
        let _ = writeln!(
            page,
            "| `{key}` | {} | {} | {} | {} |",
            cell(&kind(of, root)),
            range(of, root),
            cell(&default),
            cell(meaning.unwrap_or_default())
        );
    }
    for (key, of) in properties {
        let path = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        // Environments are laid over the rest: the same keys again.
        if path == "env" {
            continue;
        }
        let of = resolve(of, root);
        for of in branches(of).into_iter().chain([of]).map(|one| resolve(one, root)) {
            table(&path, of, root, page, seen);
            if of["additionalProperties"].is_object() {
                table(&format!("{path}.<name>"), &of["additionalProperties"], root, page, seen);
            }
            if of["items"].is_object() {
                table(&format!("{path}[]"), &of["items"], root, page, seen);
            }
        }
    }
}

/// All of it.
pub fn page() -> String {
    let root = config::schema();
    let mut page = "`<name>` stands for a name of your own, `[]` for each item of a list (`[[rules]]`). A table `[env.<name>]` takes the same keys again, laid over the rest. \
        `pretoken schema` prints the same for editors.\n"
        .to_owned();
    table("", &root, &root, &mut page, &mut BTreeSet::new());
    page
}
