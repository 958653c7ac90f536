//! Facts by their paths: how values become members of them. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Writes a value at a path. A whole fact that is known to be absent is null, and stays so.
pub(in crate::tokens) fn set_fact(
    facts: &mut BTreeMap<String, Value>,
    path: &str,
    value: Option<String>,
) {
    let (name, members) =
        path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    let Some(members) = members else {
        facts.insert(name.to_owned(), value.map_or(Value::Null, Value::from));
        return;
    };
    let place = facts.entry(name.to_owned()).or_insert_with(|| Map::new().into());
    if place.is_null() {
        return;
    }
    if let Some(value) = value {
        write(place, members, value.into());
    }
}

fn write(mut place: &mut Value, members: &str, value: Value) {
    for member in members.split('.') {
        if !place.is_object() {
            *place = Map::new().into();
        }
        place = &mut place[member];
    }
    *place = value;
}

/// Facts that somebody wrote down as paths and values: a value is JSON, or else a text.
#[must_use]
pub fn given_facts(given: &[(String, String)]) -> BTreeMap<String, Value> {
    let mut facts = Map::new().into();
    for (path, text) in given {
        let value = serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into());
        write(&mut facts, path, value);
    }
    facts.as_object().cloned().unwrap_or_default().into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_written_into_a_fact_that_is_there() {
        let set = |pairs: &[(&str, Option<&str>)]| {
            let mut facts = BTreeMap::new();
            for (path, value) in pairs {
                set_fact(&mut facts, path, value.map(str::to_owned));
            }
            json!(facts)
        };
        assert_eq!(
            set(&[("a.b.c", Some("x")), ("a.d", None)]),
            json!({ "a": { "b": { "c": "x" } } })
        );
        assert_eq!(set(&[("a", Some("x")), ("a.b", Some("y"))]), json!({ "a": { "b": "y" } }));
        assert_eq!(set(&[("a", None), ("a.b", Some("y"))]), json!({ "a": null }));
        assert_eq!(set(&[("a.b", None)]), json!({ "a": {} }));
    }

    #[test]
    fn what_is_written_down_is_json_or_a_text() {
        let pair = |(path, text): (&str, &str)| (path.to_owned(), text.to_owned());
        let given = [("a.b", "pro"), ("a.c", "[1]"), ("d", "{\"e\": true}")].map(pair);
        let expected = json!({ "a": { "b": "pro", "c": [1] }, "d": { "e": true } });
        assert_eq!(json!(given_facts(&given)), expected);
    }
}
