//! App clients: what one is to be, what of it changes, and both in the words of AWS's API.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::aws_api::{self, CLIENT, DeclaredSettings};

/// The setting that is the lifetime of an ID token in seconds: a value and a unit on AWS.
pub const ID_LIFETIME: &str = "id_token_s";
/// The setting that is the lifetime of a refresh token in seconds.
pub const REFRESH_LIFETIME: &str = "refresh_token_s";
/// Both, with their tokens' names on AWS.
const LIFETIMES: [(&str, &str); 2] = [(ID_LIFETIME, "IdToken"), (REFRESH_LIFETIME, "RefreshToken")];

/// An app client: what `deploy.toml` decides of it. Its other settings are preserved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// Not unique on AWS.
    pub name: String,
    /// `ALLOW_…` values.
    pub auth_flows: BTreeSet<String>,
    /// Decided when it is created; never changed.
    pub has_secret: bool,
    /// Lifetime of an access token in seconds.
    pub access_token_s: u32,
    /// The scopes of resource servers that a machine may ask for, if it allows `client_credentials`.
    pub machine: Option<BTreeSet<String>>,
    /// Everything else, under the names of AWS's API: what is declared, or everything that was seen.
    pub settings: DeclaredSettings,
}

/// A change to a client; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientEdit {
    /// `ALLOW_…` values.
    pub auth_flows: Option<Vec<String>>,
    /// Seconds.
    pub access_token_s: Option<u32>,
    /// The scopes of machines: `Some(None)` takes their flow away.
    pub machine: Option<Option<BTreeSet<String>>>,
    /// Settings to set, under the names of AWS's API; others stay.
    pub settings: DeclaredSettings,
}

impl Client {
    /// What `CreateUserPoolClient` takes, but for the pool.
    #[must_use]
    pub fn to_api(&self) -> Map<String, Value> {
        let whole = ClientEdit {
            auth_flows: Some(self.auth_flows.iter().cloned().collect()),
            access_token_s: Some(self.access_token_s),
            machine: self.machine.clone().map(Some),
            settings: self.settings.clone(),
        };
        let mut request = whole.to_api();
        request.insert("ClientName".to_owned(), json!(self.name));
        request.insert("GenerateSecret".to_owned(), json!(self.has_secret));
        request
    }

    /// Whether it may ask for scopes of resource servers, which have to be there first.
    #[must_use]
    pub fn asks_for_scopes(&self) -> bool {
        self.machine.is_some() || names_servers(&self.settings)
    }

    /// Whether it lets users of identity providers in.
    #[must_use]
    pub fn names_providers(&self) -> bool {
        names_providers(&self.settings)
    }

    /// Whether it names what stands in its pool, scopes or identity providers, which has to be there first.
    #[must_use]
    pub fn comes_later(&self) -> bool {
        self.asks_for_scopes() || self.names_providers()
    }
}

impl ClientEdit {
    /// The members of `UpdateUserPoolClient` that it decides.
    #[must_use]
    pub fn to_api(&self) -> Map<String, Value> {
        let mut request = Map::new();
        if let Some(flows) = &self.auth_flows {
            request.insert("ExplicitAuthFlows".to_owned(), json!(flows));
        }
        if let Some(machine) = &self.machine {
            // AWS combines this flow with no other one.
            let flows: Vec<_> = machine.iter().map(|_| "client_credentials").collect();
            request.extend(o_auth(json!(flows)));
            let scopes = machine.clone().unwrap_or_default();
            request.insert("AllowedOAuthScopes".to_owned(), json!(scopes));
        }
        if let Some(flows) = self.settings.get("oauth_flows") {
            request.extend(o_auth(flows.clone()));
        }
        request.extend(CLIENT.to_api(&self.settings));
        let access = self.access_token_s.map(|seconds| ("AccessToken", seconds));
        let others = LIFETIMES.iter().filter_map(|(key, token)| {
            let seconds = self.settings.get(*key)?.as_u64()?;
            Some((*token, u32::try_from(seconds).ok()?))
        });
        access.into_iter().chain(others).fold(request, |request, (token, seconds)| {
            let (value, unit) = validity(seconds);
            let lifetime = json!({
                format!("{token}Validity"): value,
                "TokenValidityUnits": { token: unit },
            });
            lifetime.as_object().map_or(request.clone(), |it| aws_api::merged(&request, it))
        })
    }

    /// Whether it asks for scopes of resource servers, which have to be there first.
    #[must_use]
    pub fn asks_for_scopes(&self) -> bool {
        matches!(self.machine, Some(Some(_))) || names_servers(&self.settings)
    }

    /// Whether it names what stands in its pool, scopes or identity providers, which has to be there first.
    #[must_use]
    pub fn comes_later(&self) -> bool {
        self.asks_for_scopes() || names_providers(&self.settings)
    }
}

/// Whether it lets users of identity providers in, which have to be there first.
fn names_providers(settings: &DeclaredSettings) -> bool {
    let names = settings.get("supported_identity_providers").and_then(Value::as_array);
    names.into_iter().flatten().any(|name| name != "COGNITO")
}

fn names_servers(settings: &DeclaredSettings) -> bool {
    let scopes = settings.get("oauth_scopes").and_then(Value::as_array).into_iter().flatten();
    scopes.filter_map(Value::as_str).any(|scope| scope.contains('/'))
}

/// Flows of OAuth, and the switch without which they do not count.
fn o_auth(flows: Value) -> [(String, Value); 2] {
    let on = flows.as_array().is_some_and(|flows| !flows.is_empty());
    [
        ("AllowedOAuthFlows".to_owned(), flows),
        ("AllowedOAuthFlowsUserPoolClient".to_owned(), json!(on)),
    ]
}

/// The lifetime of a token as AWS takes it: a value and its unit, minutes if they are whole.
#[must_use]
pub fn validity(seconds: u32) -> (u32, &'static str) {
    if seconds.is_multiple_of(60) { (seconds / 60, "minutes") } else { (seconds, "seconds") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_of_people_turn_o_auth_on_and_none_turns_it_off() {
        let edit = |settings: Value| {
            let settings = settings.as_object().cloned().expect("a table");
            json!(ClientEdit { settings, ..ClientEdit::default() }.to_api())
        };
        assert_eq!(
            edit(json!({ "oauth_flows": ["code"], "refresh_token_s": 86_400 })),
            json!({
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthFlowsUserPoolClient": true,
                "RefreshTokenValidity": 1440,
                "TokenValidityUnits": { "RefreshToken": "minutes" },
            })
        );
        let off = json!({ "AllowedOAuthFlows": [], "AllowedOAuthFlowsUserPoolClient": false });
        assert_eq!(edit(json!({ "oauth_flows": [] })), off);
    }
}
