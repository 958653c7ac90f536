//! What a pool's description says about signing in. Pure.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::SignInSettings;

/// What it asks of everybody who signs in, and these clients of their refresh tokens.
#[must_use]
pub fn sign_in_settings(described: &Value, rotating: BTreeSet<String>) -> SignInSettings {
    let schema = described["SchemaAttributes"].as_array().into_iter().flatten();
    let names = schema.filter_map(|attribute| attribute["Name"].as_str());
    let attributes: BTreeSet<String> = names.map(ToOwned::to_owned).collect();
    // Every pool has `sub`: a list without it does not say what there is.
    let attributes = if attributes.contains("sub") { attributes } else { BTreeSet::new() };
    let tracks_devices = described["DeviceConfiguration"].is_object();
    SignInSettings { attributes, tracks_devices, rotating }
}
