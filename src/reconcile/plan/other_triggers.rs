//! The other triggers of a pool of ours: what their functions need, which the stack cannot give them.

use serde_json::{Map, Value};

use crate::model::aws_api::DeclaredSettings;

/// What is not said of a function among them.
const KEY: &str = "kms_key_id";

/// What there is to say of functions that a pool comes to call. Cognito adds no permission when a trigger is set by its API, and
/// whatever comes by a function that it may not invoke fails (aws-cli #3797, aws-sdk-js #1177).
pub(super) fn note(
    key: &str,
    wanted: &DeclaredSettings,
    seen: &DeclaredSettings,
) -> Option<String> {
    let triggers = |settings: &DeclaredSettings| -> Map<String, Value> {
        settings.get("triggers").and_then(Value::as_object).cloned().unwrap_or_default()
    };
    let seen = triggers(seen);
    let new = triggers(wanted).into_iter().filter(|(name, arn)| seen.get(name) != Some(arn));
    let named = new.filter(|(name, _)| name != KEY);
    let named: Vec<_> =
        named.map(|(name, arn)| format!("{name} {}", arn.as_str().unwrap_or_default())).collect();
    (!named.is_empty()).then(|| {
        format!(
            "the pool {key} comes to call functions that are not this stack's ({}): each must let `cognito-idp.amazonaws.com` invoke it for this pool (`aws lambda add-permission`), or whatever comes by it fails",
            named.join(", ")
        )
    })
}
