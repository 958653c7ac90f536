//! Settings that stand in `deploy.toml` under AWS's own names: their schema is AWS's published API model.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::model::aws_api;

/// Settings under the names of AWS's API: what is declared is compared, shown and repaired; the rest is AWS's default when
/// the pool is made, and left alone later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PoolSettings(pub aws_api::DeclaredSettings);

impl JsonSchema for PoolSettings {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "PoolSettings".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "properties": aws_api::POOL.properties() })
    }
}
