//! An app client's description: what it says in our words, and how it is written back whole with one change in it.
//!
//! `UpdateUserPoolClient` resets what a caller leaves out. Pure: the JSON of `DescribeUserPoolClient` in, the JSON of
//! `UpdateUserPoolClient` out. The client's secret is in no result.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::document;
use super::document::{Fate, Update};
use crate::model::aws_api::{self, CLIENT, DeclaredSettings};
use crate::model::{Client, ClientEdit, ID_LIFETIME, REFRESH_LIFETIME};

/// Members of `UserPoolClientType`, and what `UpdateUserPoolClientRequest` makes of them (botocore 1.44, SDK 1.144).
const TABLE: &document::CopyTable = &[
    ("UserPoolId", Fate::RoundTrip),
    ("ClientId", Fate::RoundTrip),
    ("ClientName", Fate::RoundTrip),
    ("RefreshTokenValidity", Fate::RoundTrip),
    ("AccessTokenValidity", Fate::RoundTrip),
    ("IdTokenValidity", Fate::RoundTrip),
    (UNITS, Fate::RoundTrip),
    ("ReadAttributes", Fate::RoundTrip),
    ("WriteAttributes", Fate::RoundTrip),
    (FLOWS, Fate::RoundTrip),
    ("SupportedIdentityProviders", Fate::RoundTrip),
    ("CallbackURLs", Fate::RoundTrip),
    ("LogoutURLs", Fate::RoundTrip),
    ("DefaultRedirectURI", Fate::RoundTrip),
    ("AllowedOAuthFlows", Fate::RoundTrip),
    ("AllowedOAuthScopes", Fate::RoundTrip),
    ("AllowedOAuthFlowsUserPoolClient", Fate::RoundTrip),
    ("AnalyticsConfiguration", Fate::RoundTrip),
    ("PreventUserExistenceErrors", Fate::RoundTrip),
    ("EnableTokenRevocation", Fate::RoundTrip),
    ("EnablePropagateAdditionalUserContextData", Fate::RoundTrip),
    ("AuthSessionValidity", Fate::RoundTrip),
    ("RefreshTokenRotation", Fate::RoundTrip),
    ("ClientType", Fate::ReadOnly),
    ("CreationDate", Fate::ReadOnly),
    ("LastModifiedDate", Fate::Volatile),
    // It cannot be written, and leaves this module in no form.
    (SECRET, Fate::Volatile),
    // In place of the secret, where AWS publishes it in Secrets Manager (`PublishSecretsInAWSSecretsManager`).
    (SECRET_ARN, Fate::Volatile),
];

const SECRET: &str = "ClientSecret";
const SECRET_ARN: &str = "ClientSecretArn";
const PUBLISHES: &str = "PublishSecretsInAWSSecretsManager";
const FLOWS: &str = "ExplicitAuthFlows";
const UNITS: &str = "TokenValidityUnits";

/// The tokens of a client: member, member of the units, unit and value when absent.
const VALIDITIES: [(&str, &str, &str, u64); 3] = [
    ("RefreshTokenValidity", "RefreshToken", "days", 30),
    ("AccessTokenValidity", "AccessToken", "hours", 1),
    ("IdTokenValidity", "IdToken", "hours", 1),
];

/// How long a challenge may be answered (`AuthSessionValidity`).
const DEFAULT_SESSION_MINUTES: u64 = 3;

/// What a client without any may do.
const DEFAULT_FLOWS: [&str; 3] =
    ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"];

/// Switches that are off when they are absent.
const OFF_BY_DEFAULT: [&str; 3] = [
    "AllowedOAuthFlowsUserPoolClient",
    "EnablePropagateAdditionalUserContextData",
    "EnableTokenRevocation",
];

/// The request that writes `described` (the member `UserPoolClient` of the answer) back with `edit` made in it.
#[must_use]
pub fn update_request(described: &Value, edit: &ClientEdit) -> Update {
    let mut update = document::carry(TABLE, &edited(described, edit));
    // Described, it means the default; written, it is out of range.
    if update.body.get("RefreshTokenValidity").is_some_and(|value| *value == 0) {
        update.body.shift_remove("RefreshTokenValidity");
    }
    update
}

/// Everything in which `after` is not `before` with `edit` made in it, one line each: `path: before -> after`.
///
/// Dates and the forms in which AWS spells out a default do not count. Lifetimes are in seconds.
#[must_use]
pub fn differences(before: &Value, after: &Value, edit: &ClientEdit) -> Vec<String> {
    document::differences(&comparable(&edited(before, edit)), &comparable(after))
}

/// What `deploy.toml` decides of a client.
#[must_use]
pub fn settings(described: &Value) -> Client {
    let flows = described[FLOWS].as_array().filter(|flows| !flows.is_empty());
    let flows: BTreeSet<String> = match flows {
        Some(flows) => flows.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect(),
        None => DEFAULT_FLOWS.map(ToOwned::to_owned).into(),
    };
    let [_, access, _] = VALIDITIES;
    Client {
        name: described["ClientName"].as_str().unwrap_or_default().to_owned(),
        auth_flows: flows,
        has_secret: [SECRET, SECRET_ARN].iter().any(|name| is_text(described, name)),
        access_token_s: u32::try_from(seconds(described, access)).unwrap_or(u32::MAX),
        machine: machine(described),
        settings: other_settings(described),
    }
}

/// Everything else that can be declared, with what AWS means where it says nothing.
fn other_settings(described: &Value) -> DeclaredSettings {
    let mut all = json!({
        "PreventUserExistenceErrors": "LEGACY",
        "AuthSessionValidity": DEFAULT_SESSION_MINUTES,
        "RefreshTokenRotation": { "Feature": "DISABLED" },
    });
    for switch in OFF_BY_DEFAULT {
        all[switch] = json!(false);
    }
    for (name, value) in described.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    all[PUBLISHES] = json!(is_text(described, SECRET_ARN));
    if all["AllowedOAuthFlowsUserPoolClient"] == false {
        all["AllowedOAuthFlows"] = json!([]);
    }
    let mut settings = CLIENT.from_api(&all);
    let [refresh, _, id] = VALIDITIES;
    for (key, token) in [(ID_LIFETIME, id), (REFRESH_LIFETIME, refresh)] {
        settings.insert(key.to_owned(), json!(seconds(described, token)));
    }
    settings
}

fn is_text(described: &Value, name: &str) -> bool {
    described[name].as_str().is_some_and(|text| !text.is_empty())
}

/// What matters to sign-ins, beside what a stack may decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientNotes {
    /// Whether a refresh token is replaced when it is used.
    pub rotates: bool,
    /// Whether its secret is in Secrets Manager alone.
    pub secret_is_elsewhere: bool,
}

/// The notes on a client.
#[must_use]
pub fn notes(described: &Value) -> ClientNotes {
    let secret_is_elsewhere = is_text(described, SECRET_ARN) && !is_text(described, SECRET);
    ClientNotes { rotates: rotates(described), secret_is_elsewhere }
}

/// Whether a refresh token is replaced when it is used (`RefreshTokenRotationType` in the API reference).
#[must_use]
pub fn rotates(described: &Value) -> bool {
    described["RefreshTokenRotation"]["Feature"] == "ENABLED"
}

/// The attributes that its users may write of themselves; none are listed where they are AWS's default.
#[must_use]
pub fn write_attributes(described: &Value) -> Vec<String> {
    let listed = described["WriteAttributes"].as_array().into_iter().flatten();
    listed.filter_map(Value::as_str).map(ToOwned::to_owned).collect()
}

/// The scopes that a machine may ask for, if the client allows `client_credentials`: those of resource servers alone.
#[must_use]
pub fn machine(described: &Value) -> Option<BTreeSet<String>> {
    let list = |name: &str| described[name].as_array().into_iter().flatten();
    let allowed = described["AllowedOAuthFlowsUserPoolClient"] == true
        && list("AllowedOAuthFlows").any(|flow| *flow == "client_credentials");
    let scopes = list("AllowedOAuthScopes").filter_map(Value::as_str);
    let custom = scopes.filter(|scope| scope.contains('/')).map(str::to_owned);
    allowed.then(|| custom.collect())
}

/// The description as it should be after the edit.
fn edited(described: &Value, edit: &ClientEdit) -> Value {
    match described.as_object() {
        Some(members) => Value::Object(aws_api::merged(members, &edit.to_api())),
        None => described.clone(),
    }
}

/// A description in the one form in which two of them can be compared.
fn comparable(client: &Value) -> Map<String, Value> {
    let mut all = document::steady(TABLE, client);
    all.shift_remove(UNITS);
    for token in VALIDITIES {
        all.insert(token.0.to_owned(), json!(seconds(client, token)));
    }
    all.entry(FLOWS).or_insert_with(|| json!(DEFAULT_FLOWS));
    let is_default = |name: &str, value: &Value| match name {
        "PreventUserExistenceErrors" => *value == "LEGACY",
        "AuthSessionValidity" => *value == DEFAULT_SESSION_MINUTES,
        "RefreshTokenRotation" => *value == json!({ "Feature": "DISABLED" }),
        // Told by where the secret is.
        PUBLISHES => true,
        name => OFF_BY_DEFAULT.contains(&name) && *value == false,
    };
    all.retain(|name, value| !is_default(name, value));
    all
}

fn seconds(client: &Value, (value, unit, default_unit, default): (&str, &str, &str, u64)) -> u64 {
    let unit = client[UNITS][unit].as_str();
    match client[value].as_u64().filter(|value| *value > 0) {
        Some(value) => value * unit_seconds(unit.unwrap_or(default_unit)),
        None => default * unit_seconds(default_unit),
    }
}

fn unit_seconds(unit: &str) -> u64 {
    match unit {
        "seconds" => 1,
        "minutes" => 60,
        "hours" => 60 * 60,
        _ => 24 * 60 * 60,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool_client::UpdateUserPoolClientInput;
    use aws_sdk_cognitoidentityprovider::types::UserPoolClientType;

    use super::*;

    /// A field that the SDK gains is one that AWS has gained: the table must say what becomes of it.
    #[test]
    fn the_table_knows_every_field_of_the_sdk() {
        document::check_table(
            TABLE,
            &format!("{:?}", UserPoolClientType::builder()),
            &format!("{:?}", UpdateUserPoolClientInput::builder()),
        );
    }
}
