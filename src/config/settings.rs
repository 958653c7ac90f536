//! Settings that stand in `deploy.toml` under AWS's own names: their schema is AWS's published API model.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::aws_api;

/// Settings under the names of AWS's API: what is declared is compared, shown and repaired; the rest is AWS's default when
/// the pool is made, and left alone later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PoolSettings(pub aws_api::DeclaredSettings);

/// The same of an app client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientSettings(pub aws_api::DeclaredSettings);

impl ClientSettings {
    /// The words of a list; none if it is not declared.
    pub fn words(&self, key: &str) -> impl Iterator<Item = &str> {
        self.0.get(key).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }
}

impl JsonSchema for ClientSettings {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "ClientSettings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "properties": aws_api::CLIENT.properties() })
    }
}

impl JsonSchema for PoolSettings {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PoolSettings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties = aws_api::POOL.properties();
        let sections = aws_api::PoolSection::ALL.into_iter();
        properties.extend(sections.map(|section| (section.key().to_owned(), section.property())));
        json_schema!({ "type": "object", "properties": properties })
    }
}
