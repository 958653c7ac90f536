//! App clients in `deploy.toml`: keys of our own where AWS's are unhandy, and AWS's own for everything else.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits;
use super::settings::ClientSettings;

/// An app client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Client {
    /// Id of a client that exists, in an adopted pool; without it the stack creates and owns a client.
    #[schemars(schema_with = "limits::client_id")]
    pub id: Option<String>,
    /// Ways to sign in.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    pub auth_flows: Vec<AuthFlow>,
    /// Whether the client has a secret; decided when it is created.
    pub generate_secret: bool,
    /// Lifetime of an access token in minutes.
    #[schemars(schema_with = "limits::access_token_minutes")]
    pub access_token_minutes: u32,
    /// Lifetime of an ID token in minutes.
    #[schemars(schema_with = "limits::id_token_minutes")]
    pub id_token_minutes: Option<u32>,
    /// Lifetime of a refresh token in days.
    #[schemars(schema_with = "limits::refresh_token_days")]
    pub refresh_token_days: Option<u32>,
    /// Lifetime of a refresh token in minutes, where days are too long.
    #[schemars(schema_with = "limits::refresh_token_minutes")]
    pub refresh_token_minutes: Option<u32>,
    /// Every other setting, under the names of AWS's API in `snake_case`.
    #[serde(flatten)]
    pub settings: ClientSettings,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            id: None,
            auth_flows: vec![
                AuthFlow::UserPassword,
                AuthFlow::AdminUserPassword,
                AuthFlow::RefreshToken,
            ],
            generate_secret: false,
            access_token_minutes: 60,
            id_token_minutes: None,
            refresh_token_days: None,
            refresh_token_minutes: None,
            settings: ClientSettings::default(),
        }
    }
}

impl Client {
    /// Whether machines may use it.
    #[must_use]
    pub fn is_machine_to_machine(&self) -> bool {
        self.auth_flows.contains(&AuthFlow::ClientCredentials)
    }

    /// Whether people sign in to it in a browser.
    #[must_use]
    pub fn is_for_browsers(&self) -> bool {
        self.settings.words("oauth_flows").next().is_some()
    }

    /// Lifetime of a refresh token in minutes, if it is declared.
    #[must_use]
    pub fn refresh_minutes(&self) -> Option<u32> {
        self.refresh_token_minutes.or(self.refresh_token_days.map(|days| days * 24 * 60))
    }

    /// Whether people may.
    #[must_use]
    pub fn is_for_users(&self) -> bool {
        self.auth_flows.iter().any(|flow| *flow != AuthFlow::ClientCredentials)
    }
}

/// A way to sign in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum AuthFlow {
    /// `InitiateAuth` with name and password.
    UserPassword,
    /// `AdminInitiateAuth` with name and password.
    AdminUserPassword,
    /// New tokens for a refresh token.
    RefreshToken,
    /// Secure Remote Password.
    UserSrp,
    /// Whatever way the pool offers: the user is asked.
    UserAuth,
    /// Challenges of your own triggers.
    Custom,
    /// Tokens for those who act for a user, and say so (RFC 8693, delegation).
    TokenExchangeDelegation,
    /// Tokens for those who act as a user (RFC 8693, impersonation).
    TokenExchangeImpersonation,
    /// A machine's own token, from the token endpoint of the pool's domain; needs a secret.
    ClientCredentials,
}

impl AuthFlow {
    /// Its name in `deploy.toml`.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::UserPassword => "user-password",
            Self::AdminUserPassword => "admin-user-password",
            Self::RefreshToken => "refresh-token",
            Self::UserSrp => "user-srp",
            Self::UserAuth => "user-auth",
            Self::Custom => "custom",
            Self::TokenExchangeDelegation => "token-exchange-delegation",
            Self::TokenExchangeImpersonation => "token-exchange-impersonation",
            Self::ClientCredentials => "client-credentials",
        }
    }

    /// The one that this value of `ExplicitAuthFlows` allows.
    #[must_use]
    pub fn allowing(value: &str) -> Option<Self> {
        let all = [
            Self::UserPassword,
            Self::AdminUserPassword,
            Self::RefreshToken,
            Self::UserSrp,
            Self::UserAuth,
            Self::Custom,
            Self::TokenExchangeDelegation,
            Self::TokenExchangeImpersonation,
        ];
        all.into_iter().find(|flow| flow.allow() == value)
    }

    /// The value of `ExplicitAuthFlows` that allows it; for machines that of `AllowedOAuthFlows`.
    #[must_use]
    pub fn allow(self) -> &'static str {
        match self {
            Self::UserPassword => "ALLOW_USER_PASSWORD_AUTH",
            Self::AdminUserPassword => "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            Self::RefreshToken => "ALLOW_REFRESH_TOKEN_AUTH",
            Self::UserSrp => "ALLOW_USER_SRP_AUTH",
            Self::UserAuth => "ALLOW_USER_AUTH",
            Self::TokenExchangeDelegation => "ALLOW_TOKEN_EXCHANGE_DELEGATION",
            Self::TokenExchangeImpersonation => "ALLOW_TOKEN_EXCHANGE_IMPERSONATION",
            Self::Custom => "ALLOW_CUSTOM_AUTH",
            Self::ClientCredentials => "client_credentials",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AuthFlow;
    use crate::model::aws_api;

    /// A flow that AWS gains is one that a client can declare.
    #[test]
    fn every_flow_of_aws_has_a_name() {
        for name in aws_api::auth_flows() {
            assert_eq!(AuthFlow::allowing(name).map(AuthFlow::allow), Some(name));
        }
    }
}
