//! What a call replaces that sets a part of a pool's settings: all that is there goes back with the change in it. Pure: JSON in,
//! JSON out.

use serde_json::{Map, Value, json};

use super::document;
use crate::model::aws_api::{self, PoolSection};

/// What a description shows beside what was set.
const NOT_SET: [&str; 3] = ["UserPoolId", "ClientId", "LastModifiedDate"];

const MODE: &str = "MfaConfiguration";
/// AWS refuses these beside `OFF`, and what it shows of them then says nothing (measured, go-to-k/cdkd).
const FACTORS: [&str; 3] =
    ["SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration"];

/// Whether these members turn second factors off.
#[must_use]
pub fn is_off(members: &Map<String, Value>) -> bool {
    members.get(MODE).is_some_and(|mode| mode == "OFF")
}

/// The request that sets `members`, and everything else as it is described.
#[must_use]
pub fn request(
    id: &str,
    section: PoolSection,
    described: &Value,
    members: &Map<String, Value>,
) -> Map<String, Value> {
    let mut request = made_in(section, described, members);
    request.insert("UserPoolId".to_owned(), json!(id));
    request
}

/// Everything in which `after` is not `before` with `members` set, one line each: `path: before -> after`.
#[must_use]
pub fn differences(
    section: PoolSection,
    before: &Value,
    after: &Value,
    members: &Map<String, Value>,
) -> Vec<String> {
    let comparable = |described: &Value, members: &Map<String, Value>| {
        let mut all = made_in(section, described, members);
        // Turned off and absent are the same.
        all.retain(|_, value| *value != json!({ "Enabled": false }));
        all
    };
    document::differences(&comparable(before, members), &comparable(after, &Map::new()))
}

/// The description as it should be afterwards.
fn made_in(
    section: PoolSection,
    described: &Value,
    members: &Map<String, Value>,
) -> Map<String, Value> {
    let described = described.as_object().cloned().unwrap_or_default();
    let mut all = aws_api::merged(&described, members);
    all.retain(|name, value| !NOT_SET.contains(&name.as_str()) && !value.is_null());
    if section == PoolSection::Mfa {
        all.entry(MODE).or_insert_with(|| json!("OFF"));
        if is_off(&all) {
            all.retain(|name, _| !FACTORS.contains(&name.as_str()));
        }
    }
    all
}
