//! A condition on one text value, and its two spellings: a plain string, or a table with exactly
//! one key.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
#[cfg(feature = "schema")]
use serde_json::json;

/// What an attribute, or an entry of the client metadata, has to be.
///
/// Written `"pro"`, `{ equals = "pro" }`, `{ one_of = ["pro", "team"] }`, `{ present = true }` or
/// `{ prefix = "pro-" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Exactly this text.
    Equals(String),
    /// Exactly one of these texts.
    OneOf(Vec<String>),
    /// There at all, whatever its text; or, with `false`, not there.
    Present(bool),
    /// A text that starts like this.
    Prefix(String),
}

impl Condition {
    /// Whether `value`, `None` if there is none, meets the condition. Upper and lower case differ.
    #[must_use]
    pub fn holds(&self, value: Option<&str>) -> bool {
        match self {
            Self::Equals(text) => value == Some(text),
            Self::OneOf(texts) => value.is_some_and(|value| texts.iter().any(|text| text == value)),
            Self::Present(present) => value.is_some() == *present,
            Self::Prefix(text) => value.is_some_and(|value| value.starts_with(text.as_str())),
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Self::Equals(text) = self {
            return serializer.serialize_str(text);
        }
        let mut table = serializer.serialize_map(Some(1))?;
        match self {
            Self::Equals(text) => table.serialize_entry("equals", text)?,
            Self::OneOf(texts) => table.serialize_entry("one_of", texts)?,
            Self::Present(present) => table.serialize_entry("present", present)?,
            Self::Prefix(text) => table.serialize_entry("prefix", text)?,
        }
        table.end()
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ConditionVisitor)
    }
}

/// The table form. Not an enum of serde's: that would ignore a second key in some formats.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionTable {
    equals: Option<String>,
    one_of: Option<Vec<String>>,
    present: Option<bool>,
    prefix: Option<String>,
}

struct ConditionVisitor;

impl<'de> Visitor<'de> for ConditionVisitor {
    type Value = Condition;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a string, or a table with one of `equals`, `one_of`, `present`, `prefix`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Condition, E> {
        Ok(Condition::Equals(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Condition, A::Error> {
        let table = ConditionTable::deserialize(MapAccessDeserializer::new(map))?;
        match (table.equals, table.one_of, table.present, table.prefix) {
            (Some(text), None, None, None) => Ok(Condition::Equals(text)),
            (None, Some(texts), None, None) => Ok(Condition::OneOf(texts)),
            (None, None, Some(present), None) => Ok(Condition::Present(present)),
            (None, None, None, Some(text)) => Ok(Condition::Prefix(text)),
            _ => Err(Error::custom(
                "a condition has exactly one of `equals`, `one_of`, `present`, `prefix`",
            )),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Condition {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Condition".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let texts = json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 });
        schemars::json_schema!({
            "description": "What an attribute, or an entry of the client metadata, has to be.",
            "oneOf": [
                { "description": "Exactly this text.", "type": "string" },
                table("Exactly this text.", "equals", &json!({ "type": "string" })),
                table("Exactly one of these texts.", "one_of", &texts),
                table("There or, with false, not there.", "present", &json!({ "type": "boolean" })),
                table("A text that starts like this.", "prefix", &json!({ "type": "string" })),
            ]
        })
    }
}

#[cfg(feature = "schema")]
fn table(says: &str, key: &str, value: &serde_json::Value) -> serde_json::Value {
    json!({
        "description": says,
        "type": "object",
        "properties": { key: value },
        "required": [key],
        "additionalProperties": false
    })
}
