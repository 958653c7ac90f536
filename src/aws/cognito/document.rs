//! What pools and clients have in common when a whole description is written back: a table says what becomes of each
//! member, and a comparison says what a write changed. Pure: JSON in, JSON out.

use std::fmt;

use serde_json::{Map, Value};

/// What becomes of a member of a description when it is written back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) enum Fate {
    /// It goes back, without members that are null or empty: AWS refuses many of those.
    RoundTrip,
    /// It goes back under another name.
    Renamed(&'static str),
    /// It goes back as it stands, whatever is in it.
    Verbatim,
    /// The update takes no such member; it must be the same afterwards.
    ReadOnly,
    /// The update takes no such member, and it changes by itself.
    Volatile,
}

/// Every member that a description is known to have, with its fate.
pub(in crate::aws) type CopyTable = [(&'static str, Fate)];

/// A request that writes a description back.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The request's body.
    pub body: Map<String, Value>,
    /// Members that this program does not know. They are in the body as they stand.
    pub unknown: Vec<String>,
    /// What stands in the description, but AWS would not take back beside the rest.
    pub left_out: Vec<LeftOut>,
}

/// A part of a description that AWS does not take back.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// Names of members, with dots between them.
    pub path: String,
    /// What stands there.
    pub value: Value,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, shown(Some(&self.value)))
    }
}

impl Update {
    /// Takes a member of a section out of the body, and says so.
    pub(in crate::aws) fn leave_out(&mut self, section: &str, name: &str) {
        let removed = self
            .body
            .get_mut(section)
            .and_then(Value::as_object_mut)
            .and_then(|it| it.shift_remove(name));
        self.left_out
            .extend(removed.map(|value| LeftOut { path: format!("{section}.{name}"), value }));
    }

    /// Takes a whole section out of the body, and says so.
    pub(in crate::aws) fn leave_out_all(&mut self, section: &str) {
        let removed = self.body.shift_remove(section);
        self.left_out.extend(removed.map(|value| LeftOut { path: section.to_owned(), value }));
    }
}

/// The members of `described` that an update takes, by their names in it.
pub(in crate::aws) fn carry(table: &CopyTable, described: &Value) -> Update {
    let mut update = Update { body: Map::new(), unknown: Vec::new(), left_out: Vec::new() };
    for (name, value) in members(described) {
        let fate = fate(table, name);
        let sent_as = match fate {
            Some(Fate::ReadOnly | Fate::Volatile) => continue,
            Some(Fate::Renamed(name)) => name,
            Some(Fate::RoundTrip | Fate::Verbatim) => name,
            None => {
                update.unknown.push(name.clone());
                name
            }
        };
        update.body.extend(cleaned(fate, value).map(|value| (sent_as.to_owned(), value)));
    }
    update
}

/// The members of `described` that must not move by themselves, under their own names.
pub(in crate::aws) fn steady(table: &CopyTable, described: &Value) -> Map<String, Value> {
    let steady = members(described).map(|(name, value)| (name, fate(table, name), value));
    let steady = steady.filter(|(_, fate, _)| *fate != Some(Fate::Volatile));
    steady.filter_map(|(name, fate, value)| Some((name.clone(), cleaned(fate, value)?))).collect()
}

/// Whether an update takes this member, as far as the table knows: what it does not know may be one.
pub(in crate::aws) fn is_settable(table: &CopyTable, name: &str) -> bool {
    !matches!(fate(table, name), Some(Fate::ReadOnly | Fate::Volatile))
}

fn fate(table: &CopyTable, name: &str) -> Option<Fate> {
    table.iter().find(|(known, _)| *known == name).map(|(_, fate)| *fate)
}

fn cleaned(fate: Option<Fate>, value: &Value) -> Option<Value> {
    match fate {
        Some(Fate::RoundTrip) => without(value, says_nothing),
        Some(Fate::ReadOnly) => pruned(value),
        Some(Fate::Verbatim) => Some(value.clone()).filter(|value| !is_empty(value)),
        Some(Fate::Renamed(_) | Fate::Volatile) | None => Some(value.clone()),
    }
}

/// One line for each leaf that differs: `path: before -> after`. Lists are compared as sets, and empty is absent.
pub(in crate::aws) fn differences(
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Vec<String> {
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
pub(in crate::aws) fn pruned(value: &Value) -> Option<Value> {
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
pub(in crate::aws) fn sorted(value: &Value) -> Value {
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
pub(in crate::aws) fn shown(value: Option<&Value>) -> String {
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

/// Empty, or a text that is: AWS has no setting whose text may be empty (tags are preserved whole).
fn says_nothing(value: &Value) -> bool {
    is_empty(value) || *value == ""
}

fn members(described: &Value) -> impl Iterator<Item = (&String, &Value)> {
    described.as_object().into_iter().flatten()
}

/// Compares a table with what the SDK's builders for the description and for the request show of themselves.
/// A text at a path; an empty one is none.
pub(in crate::aws) fn text(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, name| value.get(name))?;
    found.as_str().filter(|text| !text.is_empty()).map(ToOwned::to_owned)
}

#[cfg(test)]
pub(in crate::aws) fn check_table(table: &CopyTable, described: &str, request: &str) {
    let (described, request) = (fields(described), fields(request));
    assert!(
        described.len() > 20 && request.len() > 20,
        "the builders show their fields: {described:?}, {request:?}"
    );
    let folded = |name: &str| name.to_lowercase();
    let known: Vec<String> = table.iter().map(|(name, _)| folded(name)).collect();
    let missing: Vec<&String> = described.iter().filter(|name| !known.contains(name)).collect();
    assert!(missing.is_empty(), "described, and not in the table: {missing:?}");
    let sent: Vec<String> = table
        .iter()
        .filter_map(|(name, fate)| match fate {
            Fate::RoundTrip | Fate::Verbatim => Some(folded(name)),
            Fate::Renamed(name) => Some(folded(name)),
            Fate::ReadOnly | Fate::Volatile => None,
        })
        .collect();
    let missing: Vec<&String> = request.iter().filter(|name| !sent.contains(name)).collect();
    assert!(
        missing.is_empty(),
        "taken by an update, and not in the table of what an update preserves: {missing:?}"
    );
}

/// `user_pool_id`, `callback_urls`, … of `XBuilder { user_pool_id: None, callback_urls: None }`, without underscores.
#[cfg(test)]
fn fields(debug: &str) -> Vec<String> {
    let inside =
        debug.split_once("{ ").and_then(|(_, rest)| rest.strip_suffix(" }")).unwrap_or_default();
    let names = inside.split(", ").filter_map(|field| Some(field.split_once(": ")?.0));
    names.map(|name| name.replace('_', "")).collect()
}
