//! Identity providers in `deploy.toml`: who else may say who a user is.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;
use super::seed::Variable;

/// An identity provider of a pool that the stack owns (`CreateIdentityProvider`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// What kind it is; never changes.
    #[serde(rename = "type")]
    pub kind: ProviderType,
    /// Its details, under AWS's names (`ProviderDetails`); a secret is `{ env = "NAME" }`.
    #[schemars(schema_with = "limits::provider_details::<ProviderDetail>")]
    pub details: BTreeMap<String, ProviderDetail>,
    /// Attributes of users, and which of the provider's claims become them. Without any, they are left alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "limits::attribute_mapping")]
    pub attribute_mapping: BTreeMap<String, String>,
    /// Other names of it in the parameter `idp_identifier` of the authorize endpoint. Without any, they are left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(schema_with = "limits::idp_identifiers")]
    pub idp_identifiers: Vec<String>,
}

/// `IdentityProviderTypeType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "What kind of identity provider it is.")]
pub enum ProviderType {
    /// Google.
    Google,
    /// Facebook.
    Facebook,
    /// Login with Amazon.
    LoginWithAmazon,
    /// Sign in with Apple.
    SignInWithApple,
    /// Any that speaks `OpenID` Connect.
    #[serde(rename = "OIDC")]
    Oidc,
    /// Any that speaks SAML 2.0.
    #[serde(rename = "SAML")]
    Saml,
}

impl ProviderType {
    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Facebook => "Facebook",
            Self::LoginWithAmazon => "LoginWithAmazon",
            Self::SignInWithApple => "SignInWithApple",
            Self::Oidc => "OIDC",
            Self::Saml => "SAML",
        }
    }
}

/// One detail: a text, or where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ProviderDetail {
    /// From the file.
    Text(#[schemars(length(min = 1, max = 131_072))] String),
    /// From a variable of this process.
    Variable(Variable),
}
