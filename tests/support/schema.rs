//! Whether a document is as its JSON Schema says: what `schemars` makes of types, read strictly. A member that no type has is
//! wrong, too: it was written without being described.

use pretoken::report::documents;
use serde_json::Value;

/// Holds a document of this program against the schema that `pretoken schema` prints for it.
#[track_caller]
pub fn hold(document: &Value) {
    let Some(name) = document["schema"].as_str() else { return };
    let parts: Vec<_> = name.split('/').collect();
    let ["pretoken", name, "v1"] = parts.as_slice() else { return };
    let schema = documents::schema(name).unwrap_or_else(|| panic!("no schema of {name}"));
    let wrong = faults(document, &schema);
    assert!(wrong.is_empty(), "{name} is not as its schema says: {wrong:#?}\n{document:#}");
}

/// Everything that is not as the schema says.
pub fn faults(document: &Value, schema: &Value) -> Vec<String> {
    let mut wrong = vec![];
    check(document, schema, schema, "", &mut wrong);
    wrong
}

fn check(value: &Value, schema: &Value, root: &Value, at: &str, wrong: &mut Vec<String>) {
    let Some(table) = schema.as_object() else { return };
    if let Some(pointer) = table.get("$ref").and_then(Value::as_str) {
        let found = root.pointer(pointer.trim_start_matches('#'));
        return check(value, found.expect("what is referred to is there"), root, at, wrong);
    }
    if let Some(branches) = ["anyOf", "oneOf"].iter().find_map(|key| table.get(*key)?.as_array()) {
        let fits = |branch: &&Value| {
            let mut odd = vec![];
            check(value, branch, root, at, &mut odd);
            odd.is_empty()
        };
        if branches.iter().filter(fits).count() == 0 {
            wrong.push(format!("{at}: none of the shapes fits {value}"));
        }
        return;
    }
    if table.get("const").is_some_and(|only| only != value) {
        wrong.push(format!("{at}: {value} is not {}", table["const"]));
    }
    if let Some(allowed) = table.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        wrong.push(format!("{at}: {value} is none of {allowed:?}"));
    }
    if let Some(types) = table.get("type") {
        let is = |kind: &Value| is_a(value, kind.as_str().unwrap_or_default());
        let fits = types.as_array().map_or_else(|| is(types), |all| all.iter().any(is));
        if !fits {
            wrong.push(format!("{at}: {value} is no {types}"));
        }
    }
    match value {
        Value::Object(members) => {
            let (properties, others) = (table.get("properties"), table.get("additionalProperties"));
            let required = table.get("required").and_then(Value::as_array).into_iter().flatten();
            let missing =
                required.filter_map(Value::as_str).filter(|key| !members.contains_key(*key));
            wrong.extend(missing.map(|key| format!("{at}: there is no `{key}`")));
            for (key, member) in members {
                let at = format!("{at}/{key}");
                let described = properties.and_then(|all| all.get(key));
                match described.or(others) {
                    Some(Value::Bool(false)) => wrong.push(format!("{at} is not described")),
                    Some(schema) => check(member, schema, root, &at, wrong),
                    None if properties.is_some() => wrong.push(format!("{at} is not described")),
                    None => {}
                }
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                if let Some(schema) = table.get("items") {
                    check(item, schema, root, &format!("{at}/{place}"), wrong);
                }
            }
        }
        _ => {}
    }
}

fn is_a(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
