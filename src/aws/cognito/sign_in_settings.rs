//! What a pool's description says about signing in. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{SignInSettings, sha256};

/// What it asks of everybody who signs in, and these clients of their refresh tokens.
#[must_use]
pub fn sign_in_settings(described: &Value, rotating: BTreeSet<String>) -> SignInSettings {
    let schema = described["SchemaAttributes"].as_array().into_iter().flatten();
    let names = schema.filter_map(|attribute| attribute["Name"].as_str());
    let attributes: BTreeSet<String> = names.map(ToOwned::to_owned).collect();
    // Every pool has `sub`: a list without it does not say what there is.
    let attributes = if attributes.contains("sub") { attributes } else { BTreeSet::new() };
    let tracks_devices = described["DeviceConfiguration"].is_object();
    let digest = sha256(&decisive(described).to_string());
    SignInSettings { attributes, tracks_devices, rotating, digest }
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
