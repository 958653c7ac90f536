//! The JSON Schema of declarable settings, from AWS's model.

use serde_json::{Map, Value, json};

use super::{Declarable, Shape, ShapeKind, shape};

impl Declarable {
    /// Every key with its schema.
    #[must_use]
    pub fn properties(&self) -> Map<String, Value> {
        let property = |(name, member): (&&str, &super::Member)| {
            let mut schema = schema(shape(&member.shape));
            let fixed = if self.fixed.contains(name) { " Fixed when it is made." } else { "" };
            schema["description"] = json!(format!("{}{fixed}", member.about));
            if member.shape == super::OTHER_TRIGGERS {
                schema["x-refused-keys"] = our_slot();
            }
            (member.key.clone(), schema)
        };
        self.members.iter().map(property).collect()
    }
}

/// Why no file declares our slot.
fn our_slot() -> Value {
    let keys = ["pre_token_generation", "pre_token_generation_config"];
    let why = "the pre token generation trigger is the stack's own: `up` sets it, by `[trigger]` and the rules";
    keys.iter().map(|key| ((*key).to_owned(), json!(why))).collect::<Map<_, _>>().into()
}

fn schema(of: &Shape) -> Value {
    match of.kind {
        ShapeKind::Boolean => json!({ "type": "boolean" }),
        ShapeKind::Integer => limited("integer", of, ["minimum", "maximum"]),
        ShapeKind::String if !of.values.is_empty() => {
            json!({ "type": "string", "enum": of.values })
        }
        ShapeKind::String => text(of),
        ShapeKind::List => {
            let mut list = limited("array", of, ["minItems", "maxItems"]);
            list["items"] = of.item.as_deref().map_or(json!({}), |item| schema(shape(item)));
            list
        }
        ShapeKind::Map => {
            let mut map = limited("object", of, ["minProperties", "maxProperties"]);
            map["additionalProperties"] =
                of.value.as_deref().map_or(json!({}), |value| schema(shape(value)));
            map
        }
        ShapeKind::Structure => structure(of),
    }
}

fn structure(of: &Shape) -> Value {
    if of.only_version().is_some() {
        return schema(shape(&of.members["LambdaArn"].shape));
    }
    let property = |member: &super::Member| {
        let mut schema = schema(shape(&member.shape));
        schema["description"] = json!(member.about);
        (member.key.clone(), schema)
    };
    let required: Vec<_> = of.required.iter().map(|name| &of.members[name].key).collect();
    let mut schema = json!({
        "type": "object",
        "properties": of.members.values().map(property).collect::<Map<_, _>>(),
        "additionalProperties": false,
    });
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

/// AWS matches a pattern against the whole value.
fn text(of: &Shape) -> Value {
    let mut schema = limited("string", of, ["minLength", "maxLength"]);
    if let Some(pattern) = &of.pattern {
        schema["pattern"] = json!(format!("^(?:{pattern})$"));
        schema["x-must-be"] = json!(format!("what AWS's pattern `{pattern}` allows"));
    }
    schema
}

fn limited(kind: &str, of: &Shape, [min, max]: [&str; 2]) -> Value {
    let mut schema = json!({ "type": kind });
    // That a text or a list has no less than nothing goes without saying.
    let least = of.min.filter(|min| *min != 0 || kind == "integer");
    let limits = [(min, least), (max, of.max)];
    for (name, limit) in limits {
        if let Some(limit) = limit {
            schema[name] = json!(limit);
        }
    }
    schema
}
