//! How long the tokens of a subject will be: an estimate, since Cognito invents some of their claims. Pure.
//!
//! A signed token is three base64url parts: a header that names the key, the claims, and a signature of 256 bytes
//! (RS256 with the 2048-bit keys of user pools).

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use trigger::Handler;

use super::machine::is_machine;
use super::persona::Persona;
use super::simulate::{Simulation, ids, tokens};
use super::subjects::personas;
use crate::config::{Config, Loaded, TriggerSource};
use crate::tokens::simulate::sample;

/// What a browser keeps of one cookie, its name included (RFC 6265, 6.1), and what many servers read of one header line.
pub const LIMIT: usize = 4096;
/// How many claims are named as the largest ones.
const LARGEST: usize = 3;
const UUID: &str = "00000000-0000-4000-8000-000000000000";
const SECONDS: i64 = 1_800_000_000;

/// The tokens of one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The promise, or whom it was computed for.
    pub name: String,
    /// Key of the pool.
    pub pool: String,
    /// Key of the client.
    pub client: String,
    /// The access token.
    pub access: Size,
    /// The ID token; machines get none.
    pub id: Option<Size>,
}

/// The length of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Size {
    /// Bytes of the signed token.
    pub bytes: usize,
    /// The claims that take most of it, the largest first.
    pub largest: Vec<Part>,
}

/// A claim's share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Part {
    /// Its name.
    pub claim: String,
    /// Bytes of the token that name and value take.
    pub bytes: usize,
}

/// How long the tokens of the promises' subjects will be; without promises, those of everyone worth trying. `now` is in
/// seconds since 1970.
#[must_use]
pub fn estimates(loaded: &Loaded, now: i64) -> Vec<Estimate> {
    let Loaded { config, rules, .. } = loaded;
    let handler = Handler { rules: rules.clone(), ids: ids(config) };
    personas(config, rules, now)
        .iter()
        .filter_map(|who| estimate(config, &handler, who, now))
        .collect()
}

fn estimate(config: &Config, handler: &Handler, who: &Persona, now: i64) -> Option<Estimate> {
    let event = sample(config, &handler.ids, who, None).to_string();
    let (access_token, id_token) = tokens(handler, &event, now)?;
    let machine = who.source == TriggerSource::ClientCredentials;
    Some(Estimate {
        name: who.name.clone(),
        pool: who.at.pool.clone(),
        client: who.at.client.clone(),
        access: size(&access(machine), &access_token.claims),
        id: (!machine).then(|| size(&id(), &id_token.claims)),
    })
}

/// Bytes of the signed access token and, if there is one, of the ID token after the rules.
#[must_use]
pub fn bytes(simulation: &Simulation) -> (usize, Option<usize>) {
    let machine = is_machine(&simulation.subject);
    let id = (!machine).then(|| size(&id(), &simulation.id.claims).bytes);
    (size(&access(machine), &simulation.access.claims).bytes, id)
}

/// With what Cognito puts in by itself.
fn size(own: &Value, claims: &Map<String, Value>) -> Size {
    let mut all = own.as_object().cloned().unwrap_or_default();
    all.extend(claims.clone());
    // A key's id is 32 bytes in base64.
    let header = json!({ "kid": "k".repeat(44), "alg": "RS256" }).to_string();
    let payload = Value::Object(all.clone()).to_string();
    let bytes = base64(header.len()) + 1 + base64(payload.len()) + 1 + base64(256);
    let part = |(claim, value): (&String, &Value)| {
        // Quotes and colon of the name, and a comma.
        let json = claim.len() + 4 + value.to_string().len();
        Part { claim: claim.clone(), bytes: base64(json) }
    };
    let mut largest: Vec<_> = all.iter().map(part).collect();
    largest.sort_by_key(|part| std::cmp::Reverse(part.bytes));
    largest.truncate(LARGEST);
    Size { bytes, largest }
}

/// Letters of base64url, which has no padding, for so many bytes.
fn base64(bytes: usize) -> usize {
    (bytes * 4).div_ceil(3)
}

/// What Cognito puts into an access token ("Understanding the access token", Cognito Developer Guide).
fn access(machine: bool) -> Value {
    let mut claims = json!({
        "sub": UUID,
        "token_use": "access",
        "iss": issuer(),
        "version": 2,
        "client_id": client_id(),
        "auth_time": SECONDS,
        "exp": SECONDS,
        "iat": SECONDS,
        "jti": UUID,
    });
    if !machine {
        claims["origin_jti"] = UUID.into();
        claims["event_id"] = UUID.into();
        claims["username"] = UUID.into();
    }
    claims
}

/// What Cognito puts into an ID token beside attributes and groups ("Understanding the identity (ID) token").
fn id() -> Value {
    json!({
        "sub": UUID,
        "cognito:username": UUID,
        "token_use": "id",
        "iss": issuer(),
        "aud": client_id(),
        "origin_jti": UUID,
        "event_id": UUID,
        "auth_time": SECONDS,
        "exp": SECONDS,
        "iat": SECONDS,
        "jti": UUID,
    })
}

fn issuer() -> &'static str {
    "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEf123"
}

fn client_id() -> String {
    "c".repeat(26)
}
