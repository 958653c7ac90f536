//! Resource servers in `deploy.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;

/// A resource server: an API whose scopes clients may ask for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ResourceServer {
    /// Name for people; without it, and always in an adopted pool, the stack's name and the identifier.
    #[schemars(schema_with = "limits::resource_server_name")]
    pub name: Option<String>,
    /// Scopes with their descriptions; tokens hold them as `identifier/scope`.
    #[schemars(schema_with = "limits::scopes")]
    pub scopes: BTreeMap<String, String>,
}
