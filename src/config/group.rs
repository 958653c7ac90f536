//! Groups in `deploy.toml`: a description, or a table.

use schemars::JsonSchema;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::limits;

/// A group of users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Group {
    /// For people.
    #[schemars(schema_with = "limits::group_description")]
    pub description: String,
    /// Which of a user's groups comes first, the lowest number: its role is the preferred one. Without it, whatever it has is
    /// left alone.
    #[schemars(schema_with = "limits::precedence")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precedence: Option<u32>,
    /// ARN of an IAM role, for identity pools. Without it, whatever it has is left alone.
    #[schemars(schema_with = "limits::role_arn")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
}

impl<'de> Deserialize<'de> for Group {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GroupVisitor)
    }
}

/// The table form.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Table {
    description: String,
    precedence: Option<u32>,
    role_arn: Option<String>,
}

struct GroupVisitor;

impl<'de> Visitor<'de> for GroupVisitor {
    type Value = Group;

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a description, or a table")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Group, E> {
        Ok(Group { description: text.to_owned(), ..Group::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Group, A::Error> {
        let Table { description, precedence, role_arn } =
            Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Group { description, precedence, role_arn })
    }
}
