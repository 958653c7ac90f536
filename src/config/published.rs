//! The schema as editors read it: wherever a text stands, it may say where the value is.

use serde_json::{Value, json};

use super::schema::{schema, set, take};
use super::shape::enumeration;

/// The JSON Schema (draft 2020-12) of `deploy.toml` for editors, environments and values from elsewhere included.
#[must_use]
pub fn published() -> Value {
    let mut schema = schema();
    let mut definitions = take(&mut schema, "$defs");
    definitions.values_mut().for_each(or_elsewhere);
    let is_text = |definition: &Value| reads_text(definition) && definition.get("$ref").is_none();
    for definition in definitions.values_mut().filter(|definition| is_text(definition)) {
        wrap(definition);
    }
    or_elsewhere(&mut schema);
    definitions.insert(ELSEWHERE.to_owned(), elsewhere());
    set(&mut schema, "$defs", Value::Object(definitions));
    schema
}

const ELSEWHERE: &str = "Elsewhere";

/// The tables by which a value is named that the file does not hold.
fn elsewhere() -> Value {
    let text =
        |description: &str| json!({"type": "string", "minLength": 1, "description": description});
    let form = |key: &str, description: &str| json!({"type": "object", "properties": {key: text(description)}, "required": [key], "additionalProperties": false});
    let mut secret =
        form("secrets_manager", "A secret of AWS Secrets Manager, by its ARN or name.");
    secret["properties"]["key"] = text("The member of the JSON object that the secret is.");
    json!({
        "description": "Where the value is. It is read by the commands that need it, and secrets are in no output.",
        "anyOf": [
            form("env", "A variable of this process."),
            form("ssm", "A parameter of AWS Systems Manager, by its name or ARN."),
            secret,
            form("cloudformation", "An output of a stack, as `STACK.Output`."),
        ]
    })
}

/// Every text in the schema, or where it is.
fn or_elsewhere(schema: &mut Value) {
    let Value::Object(keywords) = schema else { return };
    if let Some(Value::Object(properties)) = keywords.get_mut("properties") {
        properties.values_mut().for_each(value_or_elsewhere);
    }
    for keyword in ["items", "additionalProperties"] {
        keywords.get_mut(keyword).into_iter().for_each(value_or_elsewhere);
    }
}

fn value_or_elsewhere(schema: &mut Value) {
    or_elsewhere(schema);
    let branches = ["oneOf", "anyOf"].into_iter().find(|keyword| schema[*keyword].is_array());
    match branches.filter(|_| !only_words(schema)) {
        Some(keyword) => {
            let branches = schema[keyword].as_array_mut().into_iter().flatten();
            let mut takes_text = false;
            for branch in branches {
                or_elsewhere(branch);
                takes_text |= reads_text(branch);
            }
            if takes_text && let Some(branches) = schema[keyword].as_array_mut() {
                branches.push(json!({ "$ref": format!("#/$defs/{ELSEWHERE}") }));
            }
        }
        None if reads_text(schema) => wrap(schema),
        None => {}
    }
}

fn reads_text(schema: &Value) -> bool {
    schema["type"] == "string" || only_words(schema)
}

fn only_words(schema: &Value) -> bool {
    enumeration(schema).is_some_and(|words| words.iter().any(|word| word.is_string()))
}

fn wrap(schema: &mut Value) {
    let text = schema.take();
    let description = text.get("description").cloned();
    *schema = json!({ "anyOf": [text, { "$ref": format!("#/$defs/{ELSEWHERE}") }] });
    if let Some(description) = description {
        set(schema, "description", description);
    }
}
