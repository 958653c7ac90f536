//! A file of promises about the tokens of any pool: `[[expect]]` and `[verify]` without the stack around them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::limits;
use super::refused::RefusedPromise;
use super::types::{Expectation, TriggerSource};
use super::verify::Verify;
use crate::model::ClientKey;

/// What the file says of one client.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Promises {
    /// The promises.
    pub expect: Vec<Expectation>,
    /// How tokens are proven.
    pub verify: Verify,
}

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "promises about the tokens of a client")]
pub(super) struct PromisesFile {
    /// Promises about tokens.
    pub(super) expect: Vec<Promise>,
    /// How tokens are proven.
    pub(super) verify: Verify,
}

/// An [`Expectation`] that knows neither keys nor APIs of a `deploy.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Promise {
    /// What reports call it.
    #[schemars(length(min = 1, max = 128))]
    pub(super) name: String,
    /// Id of the pool, which may be left out.
    #[serde(default)]
    pub(super) pool: Option<String>,
    /// Id of the client that signs in, which may be left out.
    #[serde(default)]
    pub(super) client: Option<String>,
    /// Groups that the user is in; each exists in the pool.
    #[serde(default)]
    #[schemars(length(max = 100), extend("uniqueItems" = true))]
    groups: Vec<String>,
    /// Attributes that the user has.
    #[serde(default)]
    #[schemars(schema_with = "limits::attributes")]
    attributes: BTreeMap<String, String>,
    /// Metadata that the caller sends (`ClientMetadata`).
    #[serde(default)]
    client_metadata: BTreeMap<String, String>,
    /// How the token comes about.
    #[serde(default)]
    source: TriggerSource,
    /// Scopes that the access token has.
    #[serde(default)]
    #[schemars(schema_with = "limits::token_scopes")]
    scopes: Vec<String>,
    /// Scopes that the access token does not have.
    #[serde(default)]
    #[schemars(schema_with = "limits::token_scopes")]
    not_scopes: Vec<String>,
    /// Claims that the access token has, with these values.
    #[serde(default)]
    access_claims: BTreeMap<String, Value>,
    /// Claims that the ID token has, with these values.
    #[serde(default)]
    id_claims: BTreeMap<String, Value>,
    /// That the trigger refuses the sign-in: true, or the text that whoever signs in reads.
    #[serde(default)]
    refused: Option<RefusedPromise>,
}

impl Promise {
    pub(super) fn about(self, at: &ClientKey) -> Expectation {
        Expectation {
            name: self.name,
            pool: Some(at.pool.clone()),
            client: at.client.clone(),
            groups: self.groups,
            attributes: self.attributes,
            client_metadata: self.client_metadata,
            facts: BTreeMap::new(),
            source: self.source,
            scopes: self.scopes,
            not_scopes: self.not_scopes,
            access_claims: self.access_claims,
            id_claims: self.id_claims,
            refused: self.refused,
            may_call: vec![],
            may_not_call: vec![],
            calls: vec![],
        }
    }
}
