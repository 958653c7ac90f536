//! What a pool and its clients say about signing in: what a proof can know before it begins.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{UserRules, sha256};

/// What a pool asks of everybody who signs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInSettings {
    /// Names of the attributes that its users can have; none where nobody knows.
    pub attributes: BTreeSet<String>,
    /// What it asks of a new user.
    pub users: UserRules,
    /// Whether it remembers devices (`DeviceConfiguration`).
    pub tracks_devices: bool,
    /// Names of the other triggers that a sign-in comes by, any of which may refuse it.
    pub other_triggers: BTreeSet<String>,
    /// Ids of the clients whose refresh tokens are replaced when they are used (`RefreshTokenRotation`).
    pub rotating: BTreeSet<String>,
    /// Ids of the clients whose secret is in Secrets Manager (`ClientSecretArn`).
    pub secrets_elsewhere: BTreeSet<String>,
    /// A digest of all of the pool's settings on which sign-ins and tokens depend, whether anything here knows them or not.
    pub digest: String,
}

/// The triggers that a new user and its sign-ins come by, beside those of challenges of their own, which no flow of a password
/// asks ("Lambda trigger sources", Cognito Developer Guide).
const ON_THE_WAY: [&str; 3] = ["PreSignUp", "PreAuthentication", "PostAuthentication"];

impl SignInSettings {
    /// As a pool is described.
    #[must_use]
    pub fn described(pool: &Value) -> Self {
        let settings = Self::default().with(pool);
        let schema = pool["SchemaAttributes"].as_array().into_iter().flatten();
        let names = schema.filter_map(|attribute| attribute["Name"].as_str());
        let attributes: BTreeSet<String> = names.map(ToOwned::to_owned).collect();
        // Every pool has `sub`: a list without it does not say what there is.
        let attributes = if attributes.contains("sub") { attributes } else { BTreeSet::new() };
        Self { attributes, digest: sha256(&decisive(pool).to_string()), ..settings }
    }

    /// With what is to be written to the pool.
    #[must_use]
    pub fn with(self, pool: &Value) -> Self {
        let triggers = ON_THE_WAY.into_iter().filter(|name| pool["LambdaConfig"][name].is_string());
        let other_triggers = triggers.map(ToOwned::to_owned).collect::<BTreeSet<_>>();
        Self {
            users: self.users.with(pool),
            tracks_devices: self.tracks_devices || pool["DeviceConfiguration"].is_object(),
            other_triggers: &self.other_triggers | &other_triggers,
            ..self
        }
    }
}

/// All but what says nothing about sign-ins: texts, counts, dates and tags, which also AWS changes by itself (`UserPoolType`,
/// Cognito API Reference).
fn decisive(described: &Value) -> Value {
    const OTHERS: [&str; 10] = [
        "CreationDate",
        "LastModifiedDate",
        "EstimatedNumberOfUsers",
        "UserPoolTags",
        "DeletionProtection",
        "EmailVerificationMessage",
        "EmailVerificationSubject",
        "SmsVerificationMessage",
        "SmsAuthenticationMessage",
        "VerificationMessageTemplate",
    ];
    let members = described.as_object().into_iter().flatten();
    let decisive = members.filter(|(name, _)| !OTHERS.contains(&name.as_str()));
    decisive.map(|(name, value)| (name.clone(), value.clone())).collect()
}
