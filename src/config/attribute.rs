//! Attributes of a pool's users, as `deploy.toml` declares them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;
use crate::model::{Attribute, is_standard, usual_kind};

/// An attribute of a pool's users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UserAttribute {
    /// Its type, which never changes; without it a text, or what AWS says of a standard one.
    #[serde(rename = "type")]
    pub kind: Option<AttributeKind>,
    /// Whether it can be written after the user was made; never changes.
    pub mutable: bool,
    /// Whether every user must have it: standard ones alone; never changes.
    pub required: bool,
    /// Shortest text.
    #[schemars(schema_with = "limits::attribute_length")]
    pub min_length: Option<u32>,
    /// Longest text.
    #[schemars(schema_with = "limits::attribute_length")]
    pub max_length: Option<u32>,
    /// Smallest number.
    pub min_value: Option<i64>,
    /// Largest number.
    pub max_value: Option<i64>,
}

impl Default for UserAttribute {
    fn default() -> Self {
        Self {
            kind: None,
            mutable: true,
            required: false,
            min_length: None,
            max_length: None,
            min_value: None,
            max_value: None,
        }
    }
}

impl UserAttribute {
    /// AWS's name of an attribute that `deploy.toml` calls so.
    #[must_use]
    pub fn api_name(name: &str) -> String {
        if is_standard(name) { name.to_owned() } else { format!("custom:{name}") }
    }

    /// The keys of an attribute's limits, the lower one first.
    #[must_use]
    pub fn limit_names(kind: &str) -> [&'static str; 2] {
        match kind {
            "Number" => ["min_value", "max_value"],
            _ => ["min_length", "max_length"],
        }
    }

    /// What it is to be.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Attribute {
        let kind = self.kind.map_or(usual_kind(name), AttributeKind::as_str);
        let limits = match kind {
            "Number" => [self.min_value, self.max_value],
            _ => [self.min_length.map(i64::from), self.max_length.map(i64::from)],
        };
        let Self { mutable, required, .. } = *self;
        Attribute { kind: kind.to_owned(), mutable, required, limits }
    }
}

/// Type of an attribute (`AttributeDataType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AttributeKind {
    /// A text.
    String,
    /// A number.
    Number,
    /// A date.
    DateTime,
    /// `true` or `false`.
    Boolean,
}

impl AttributeKind {
    /// The name that Cognito's `AttributeDataType` has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Number => "Number",
            Self::DateTime => "DateTime",
            Self::Boolean => "Boolean",
        }
    }
}
