//! The JSON Schema of `deploy.toml`, made from the types: published for editors, and what `shape` checks a file against.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::limits;
use super::required_version;
use super::types::Config;

/// The definition of what may be otherwise in an environment.
const ENVIRONMENT: &str = "Environment";

/// What of the schema may be said of a part of the file.
pub(super) fn overlay(schema: &Value) -> &Value {
    &schema["$defs"][ENVIRONMENT]
}

/// The JSON Schema (draft 2020-12) of `deploy.toml`, environments included.
#[must_use]
pub fn schema() -> Value {
    let mut schema = of::<Config>();
    let mut overlays = Overlays { definitions: take(&mut schema, "$defs"), made: Map::new() };
    let mut overlay = overlays.of(&schema);
    set(&mut overlay, "title", json!("an environment"));
    set(
        &mut overlay,
        "description",
        json!(
            "What is different in this environment. Tables are merged; everything else replaces."
        ),
    );
    // It is looked at before an environment is.
    if let Some(properties) = overlay["properties"].as_object_mut() {
        properties.shift_remove(required_version::KEY);
    }
    overlays.made.insert(ENVIRONMENT.to_owned(), overlay);
    let mut environments =
        limits::environments(&json!({ "$ref": "#/$defs/Environment" })).to_value();
    set(
        &mut environments,
        "description",
        json!("Environments by name, or by a pattern such as `pr-*`; chosen with `-e`."),
    );
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.insert("env".to_owned(), environments);
    }
    let Overlays { mut definitions, made } = overlays;
    definitions.extend(made);
    set(&mut schema, "$defs", Value::Object(definitions));
    schema
}

/// The JSON Schema of a type, as TOML can say it.
pub(super) fn of<T: JsonSchema>() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
    without_null(&mut schema);
    schema
}

/// The schema without `env`'s entry, and every definition by name.
struct Overlays {
    definitions: Map<String, Value>,
    made: Map<String, Value>,
}

impl Overlays {
    /// `schema` as an overlay: of a table any part may be left out, and nothing has a default.
    fn of(&mut self, schema: &Value) -> Value {
        let Value::Object(keywords) = schema else { return schema.clone() };
        let mut overlay = keywords.clone();
        for keyword in ["default", "required", "minProperties"] {
            overlay.remove(keyword);
        }
        if let Some(name) = keywords.get("$ref").and_then(Value::as_str) {
            overlay.insert("$ref".to_owned(), self.of_definition(name).into());
        }
        if let Some(Value::Object(properties)) = overlay.get_mut("properties") {
            for property in properties.values_mut() {
                *property = self.of(property);
            }
        }
        if let Some(values) = overlay.get_mut("additionalProperties") {
            *values = self.of(values);
        }
        Value::Object(overlay)
    }

    /// Where the overlay of a definition is; that of what is no table is the definition itself.
    fn of_definition(&mut self, reference: &str) -> String {
        let name = reference.rsplit('/').next().unwrap_or_default();
        let definition = self.definitions.get(name).cloned().unwrap_or_default();
        if definition["type"] != "object" {
            return reference.to_owned();
        }
        let overlay_name = format!("{name}Overlay");
        if !self.made.contains_key(&overlay_name) {
            let overlay = self.of(&definition);
            self.made.insert(overlay_name.clone(), overlay);
        }
        format!("#/$defs/{overlay_name}")
    }
}

/// TOML has no null: what is not there is left out.
fn without_null(schema: &mut Value) {
    if let Value::Object(keywords) = schema {
        if keywords.get("default") == Some(&Value::Null) {
            keywords.remove("default");
        }
        if let Some(Value::Array(types)) = keywords.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                keywords.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(branches)) = keywords.get_mut("anyOf") {
            branches.retain(|branch| branch["type"] != "null");
            if let [Value::Object(only)] = branches.as_slice() {
                let only = only.clone();
                keywords.remove("anyOf");
                keywords.extend(only);
            }
        }
    }
    match schema {
        Value::Object(keywords) => keywords.values_mut().for_each(without_null),
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}

pub(super) fn take(schema: &mut Value, keyword: &str) -> Map<String, Value> {
    match schema.as_object_mut().and_then(|keywords| keywords.remove(keyword)) {
        Some(Value::Object(entries)) => entries,
        _ => Map::new(),
    }
}

pub(super) fn set(schema: &mut Value, keyword: &str, value: Value) {
    if let Value::Object(keywords) = schema {
        keywords.insert(keyword.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use regex_lite::Regex;
    use serde_json::Value;

    use super::schema;

    /// What `shape` understands.
    const CHECKED: [&str; 20] = [
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "enum",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "oneOf",
        "pattern",
        "properties",
        "propertyNames",
        "required",
        "uniqueItems",
    ];
    /// What says nothing about a file, or only how to say that it is wrong.
    const DESCRIBING: [&str; 10] = [
        "$schema",
        "default",
        "description",
        "format",
        "title",
        "x-must-be",
        "x-refused",
        "x-refused-keys",
        "x-such-as",
        "x-why",
    ];

    /// Visits `schema` and every schema in it.
    fn visit(schema: &Value, see: &mut impl FnMut(&Value)) {
        see(schema);
        for keyword in ["$defs", "properties"] {
            schema[keyword]
                .as_object()
                .into_iter()
                .flatten()
                .for_each(|(_, schema)| visit(schema, see));
        }
        for keyword in ["oneOf", "anyOf"] {
            schema[keyword].as_array().into_iter().flatten().for_each(|schema| visit(schema, see));
        }
        for keyword in ["items", "additionalProperties", "propertyNames"] {
            schema.get(keyword).into_iter().for_each(|schema| visit(schema, see));
        }
    }

    #[test]
    fn no_keyword_is_passed_over() {
        visit(&schema(), &mut |schema| {
            for (keyword, value) in schema.as_object().into_iter().flatten() {
                let known =
                    CHECKED.contains(&keyword.as_str()) || DESCRIBING.contains(&keyword.as_str());
                assert!(
                    known || ["$defs", "type"].contains(&keyword.as_str()),
                    "{keyword} in {schema}"
                );
                if keyword == "type" {
                    let types = ["object", "array", "string", "integer", "boolean"];
                    assert!(
                        value.as_str().is_some_and(|name| types.contains(&name)),
                        "type in {schema}"
                    );
                }
            }
        });
    }

    #[test]
    fn what_stands_beside_a_reference_only_describes() {
        visit(&schema(), &mut |schema| {
            let keywords =
                schema.as_object().into_iter().flatten().map(|(keyword, _)| keyword.as_str());
            let others: Vec<_> = keywords
                .filter(|keyword| *keyword != "$ref" && !DESCRIBING.contains(keyword))
                .collect();
            assert!(schema.get("$ref").is_none() || others.is_empty(), "{schema}");
        });
    }

    #[test]
    fn alternatives_differ_by_type_or_are_tables_with_one_key() {
        visit(&schema(), &mut |schema| {
            let branches = ["oneOf", "anyOf"]
                .into_iter()
                .filter_map(|keyword| schema[keyword].as_array())
                .flatten();
            // One table beside other types is told by its type alone.
            let is_table = |branch: &&Value| branch["type"] == "object";
            let tables: Vec<_> = branches.clone().filter(is_table).collect();
            for table in tables.iter().filter(|_| tables.len() > 1) {
                let keys = table["properties"].as_object().expect("the keys of a table");
                assert_eq!(
                    (keys.len(), table["required"].as_array().map(Vec::len)),
                    (1, Some(1)),
                    "{table}"
                );
            }
            for branch in branches.filter(|branch| !is_table(branch)) {
                let kinds = ["string", "boolean"];
                let scalar =
                    kinds.iter().any(|kind| branch["type"] == *kind) || branch["$ref"].is_string();
                assert!(scalar, "{branch}");
            }
        });
    }

    #[test]
    fn every_pattern_compiles_and_has_words() {
        visit(&schema(), &mut |schema| {
            if let Some(pattern) = schema["pattern"].as_str() {
                assert!(Regex::new(pattern).is_ok(), "{pattern}");
                assert!(schema["x-must-be"].is_string(), "{pattern}");
            }
        });
    }

    #[test]
    fn an_environment_may_leave_out_everything() {
        let schema = schema();
        let mut overlays = 0;
        for (name, overlay) in schema["$defs"].as_object().expect("definitions") {
            if name == "Environment" || name.ends_with("Overlay") {
                overlays += 1;
                assert!(overlay.get("required").is_none(), "{name}");
                assert!(overlay["properties"].get("env").is_none(), "{name}");
            }
        }
        assert_eq!(
            overlays, 13,
            "of the file, the trigger, its role and network, pools, clients, providers, resource servers, attributes, facts and their tables, APIs and the proof"
        );
        assert_eq!(schema["required"], serde_json::json!(["name", "pools"]));
    }
}
