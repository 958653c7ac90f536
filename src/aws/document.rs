//! What pools and clients have in common when a whole description is written back: a table says what becomes of each
//! member, and a comparison says what a write changed. Pure: JSON in, JSON out.

use serde_json::{Map, Value};

/// What becomes of a member of a description when it is written back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes back, without members that are null or empty: AWS refuses many of those.
    Carried,
    /// It goes back under another name.
    Renamed(&'static str),
    /// It goes back as it stands, whatever is in it.
    Whole,
    /// The update takes no such member; it must be the same afterwards.
    Fixed,
    /// The update takes no such member, and it changes by itself.
    Restless,
}

/// Every member that a description is known to have, with its fate.
pub(super) type Table = [(&'static str, Fate)];

/// A request that writes a description back.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The request's body.
    pub body: Map<String, Value>,
    /// Members that this program does not know. They are in the body as they stand.
    pub unknown: Vec<String>,
    /// What stands in the description but that AWS does not take back beside the rest: `path: value`.
    pub left_out: Vec<String>,
}

/// The members of `described` that an update takes, by their names in it.
pub(super) fn carry(table: &Table, described: &Value) -> Update {
    let mut update = Update { body: Map::new(), unknown: Vec::new(), left_out: Vec::new() };
    for (name, value) in members(described) {
        let fate = table.iter().find(|(known, _)| known == name).map(|(_, fate)| *fate);
        let carried = match fate {
            None => {
                update.unknown.push(name.clone());
                Some((name.as_str(), value.clone()))
            }
            Some(Fate::Whole) => {
                Some((name.as_str(), value.clone())).filter(|(_, value)| !is_empty(value))
            }
            Some(Fate::Carried) => without(value, says_nothing).map(|value| (name.as_str(), value)),
            Some(Fate::Renamed(name)) => Some((name, value.clone())),
            Some(Fate::Fixed | Fate::Restless) => None,
        };
        update.body.extend(carried.map(|(name, value)| (name.to_owned(), value)));
    }
    update
}

/// The members of `described` that an update does not take, and that must not move.
pub(super) fn fixed(table: &Table, described: &Value) -> Map<String, Value> {
    let is_fixed =
        |name: &str| table.iter().any(|(known, fate)| *known == name && *fate == Fate::Fixed);
    let fixed = members(described).filter(|(name, _)| is_fixed(name));
    fixed.filter_map(|(name, value)| Some((name.clone(), pruned(value)?))).collect()
}

/// One line for each leaf that differs: `path: before -> after`. Lists are compared as sets, and empty is absent.
pub(super) fn differences(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<String> {
    let mut lines = Vec::new();
    compare(
        "",
        Some(&Value::Object(before.clone())),
        Some(&Value::Object(after.clone())),
        &mut lines,
    );
    lines
}

/// A value without what is null or empty in it; `None` when nothing is left.
pub(super) fn pruned(value: &Value) -> Option<Value> {
    without(value, is_empty)
}

fn without(value: &Value, unwanted: fn(&Value) -> bool) -> Option<Value> {
    let value = match value {
        Value::Object(members) => {
            let kept =
                |(name, value): (&String, &Value)| Some((name.clone(), without(value, unwanted)?));
            Value::Object(members.iter().filter_map(kept).collect())
        }
        Value::Array(items) => {
            Value::Array(items.iter().filter_map(|item| without(item, unwanted)).collect())
        }
        other => other.clone(),
    };
    Some(value).filter(|value| !unwanted(value))
}

/// A description with its arrays in one order.
pub(super) fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_cached_key(canonical_text);
            Value::Array(items)
        }
        other => other.clone(),
    }
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, lines: &mut Vec<String>) {
    let before = before.and_then(pruned).map(|value| sorted(&value));
    let after = after.and_then(pruned).map(|value| sorted(&value));
    match (&before, &after) {
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                compare(&path, old.get(name), new.get(name), lines);
            }
        }
        _ if before == after => {}
        _ => lines.push(format!("{path}: {} -> {}", shown(before.as_ref()), shown(after.as_ref()))),
    }
}

/// A value as people read it in a line; long ones are cut.
pub(super) fn shown(value: Option<&Value>) -> String {
    const LONGEST: usize = 120;
    let text = value.map_or_else(|| "(absent)".to_owned(), Value::to_string);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The text of a value, the same for every order of its members.
fn canonical_text(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(name, value)| format!("{name:?}:{}", canonical_text(value)))
                .collect();
            members.sort_unstable();
            format!("{{{}}}", members.join(","))
        }
        other => other.to_string(),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        // An empty string can be a value, of a tag for example.
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Empty, or a text that is: AWS has no setting whose text may be empty (tags are carried whole).
fn says_nothing(value: &Value) -> bool {
    is_empty(value) || *value == ""
}

fn members(described: &Value) -> impl Iterator<Item = (&String, &Value)> {
    described.as_object().into_iter().flatten()
}
