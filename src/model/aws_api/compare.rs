//! Declared settings against those that were seen: only what is declared counts.

use serde_json::{Map, Value};

use super::DeclaredSettings;

/// One declared value, or one that was seen: its path, and what is there.
pub type Setting = (String, Value);

/// Of what was seen, that which `declared` speaks of, in the same form.
///
/// An empty list or table and none at all are the same to AWS; lists have no order.
#[must_use]
pub fn seen_of(declared: &DeclaredSettings, seen: &DeclaredSettings) -> DeclaredSettings {
    let pick = |(key, wanted): (&String, &Value)| {
        let found = seen.get(key);
        let value = match (wanted, found) {
            (Value::Object(wanted), Some(Value::Object(found))) if !wanted.is_empty() => {
                let below = seen_of(wanted, found);
                (!below.is_empty()).then_some(Value::Object(below))?
            }
            (Value::Array(wanted), Some(Value::Array(found))) if same_items(wanted, found) => {
                Value::Array(wanted.clone())
            }
            (wanted, None) if is_empty(wanted) => wanted.clone(),
            (_, found) => found?.clone(),
        };
        Some((key.clone(), value))
    };
    declared.iter().filter_map(pick).collect()
}

/// `over` laid over `base`, table by table.
#[must_use]
pub fn merged(base: &DeclaredSettings, over: &DeclaredSettings) -> DeclaredSettings {
    let mut all = base.clone();
    for (key, value) in over {
        let below = match (all.get(key), value) {
            (Some(Value::Object(base)), Value::Object(over)) => Value::Object(merged(base, over)),
            _ => value.clone(),
        };
        all.insert(key.clone(), below);
    }
    all
}

/// What is left without what stands at these paths, or below them.
#[must_use]
pub fn without(settings: &DeclaredSettings, paths: &[String]) -> DeclaredSettings {
    let rest = |(key, value): (&String, &Value)| {
        let below = paths.iter().filter_map(|path| path.strip_prefix(key.as_str()));
        let below: Vec<_> = below.filter(|it| it.is_empty() || it.starts_with('.')).collect();
        if below.contains(&"") {
            return None;
        }
        match value {
            Value::Object(entries) if !below.is_empty() => {
                let paths: Vec<_> = below.iter().map(|path| path[1..].to_owned()).collect();
                let left = without(entries, &paths);
                // A table of which nothing is left says nothing.
                (!left.is_empty()).then(|| (key.clone(), Value::Object(left)))
            }
            value => Some((key.clone(), value.clone())),
        }
    };
    settings.iter().filter_map(rest).collect()
}

/// Every value that is no table, with its dotted path.
#[must_use]
pub fn leaves(settings: &DeclaredSettings) -> Vec<Setting> {
    fn below(path: &str, entries: &Map<String, Value>, all: &mut Vec<Setting>) {
        for (key, value) in entries {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            match value {
                Value::Object(entries) if !entries.is_empty() => below(&path, entries, all),
                value => all.push((path, value.clone())),
            }
        }
    }
    let mut all = vec![];
    below("", settings, &mut all);
    all
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Map::is_empty)
}

fn same_items(one: &[Value], other: &[Value]) -> bool {
    let within = |one: &[Value], other: &[Value]| one.iter().all(|item| other.contains(item));
    one.len() == other.len() && within(one, other) && within(other, one)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn table(value: Value) -> DeclaredSettings {
        let Value::Object(table) = value else { panic!("a table") };
        table
    }

    #[test]
    fn only_what_is_declared_counts() {
        let declared = table(json!({
            "policies": { "password_policy": { "minimum_length": 14 } },
            "auto_verified_attributes": ["phone_number", "email"],
            "alias_attributes": [],
            "mfa_configuration": "ON",
        }));
        let seen = table(json!({
            "policies": { "password_policy": { "minimum_length": 8, "require_symbols": true } },
            "auto_verified_attributes": ["email", "phone_number"],
            "device_configuration": {},
        }));
        let expected = table(json!({
            "policies": { "password_policy": { "minimum_length": 8 } },
            "auto_verified_attributes": ["phone_number", "email"],
            "alias_attributes": [],
        }));
        assert_eq!(seen_of(&declared, &seen), expected);
        assert_eq!(
            leaves(&expected)[0],
            ("policies.password_policy.minimum_length".to_owned(), json!(8))
        );
    }

    #[test]
    fn what_is_left_out_is_left_out_at_its_path_alone() {
        let settings = table(json!({
            "a": 1, "ab": 2, "b": { "c": 3, "d": { "e": 4 } }, "list": [5]
        }));
        for (paths, left) in [
            (&["a"][..], json!({ "ab": 2, "b": { "c": 3, "d": { "e": 4 } }, "list": [5] })),
            (&["b.c"], json!({ "a": 1, "ab": 2, "b": { "d": { "e": 4 } }, "list": [5] })),
            (&["b.d.e"], json!({ "a": 1, "ab": 2, "b": { "c": 3 }, "list": [5] })),
            (&["b.c", "b.d", "list"], json!({ "a": 1, "ab": 2 })),
            (&["b", "b.c"], json!({ "a": 1, "ab": 2, "list": [5] })),
            (&["other", "a.b"], Value::Object(settings.clone())),
        ] {
            let paths: Vec<_> = paths.iter().map(|path| (*path).to_owned()).collect();
            assert_eq!(Value::Object(without(&settings, &paths)), left, "{paths:?}");
        }
    }

    #[test]
    fn tables_are_merged_and_everything_else_replaces() {
        let base = table(json!({ "a": { "b": 1, "c": [1] }, "d": 2 }));
        let over = table(json!({ "a": { "c": [3] }, "d": { "e": 4 } }));
        assert_eq!(
            merged(&base, &over),
            table(json!({ "a": { "b": 1, "c": [3] }, "d": { "e": 4 } }))
        );
    }
}
