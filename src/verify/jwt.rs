//! Reading a token, and checking its signature against the pool's public keys. Pure; nothing is fetched here.
//!
//! Cognito signs with RS256 ("Verifying JSON web tokens", Cognito Developer Guide); any other algorithm is refused, which
//! is also what keeps a token from choosing how it is checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Why a token is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not three base64url parts with JSON objects in the first two.
    #[error("the token is not a JSON web token")]
    Shape,
    /// Signed with something else than RS256.
    #[error("the token is signed with `{0}`, not with RS256")]
    Algorithm(String),
    /// The key that it names is not published.
    #[error("the token names the key `{0}`, which the pool does not publish")]
    UnknownKey(String),
    /// The signature is not one of that key over this text.
    #[error("the token's signature is wrong")]
    Signature,
    /// The published keys cannot be read.
    #[error("the pool's public keys cannot be read: {0}")]
    Keys(String),
    /// A claim has the wrong value.
    #[error("the claim `{claim}` is {found}, not {wanted}")]
    Claim {
        /// Its name.
        claim: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        wanted: String,
    },
}

/// A token as read: nothing about it is proven yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
}

/// Reads a token without believing it.
pub fn decode(token: &str) -> Result<Decoded, JwtError> {
    let mut parts = token.split('.');
    let mut object = || {
        let bytes = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        serde_json::from_slice::<Map<String, Value>>(&bytes).ok()
    };
    let (header, claims) = (object().ok_or(JwtError::Shape)?, object().ok_or(JwtError::Shape)?);
    match (parts.next(), parts.next()) {
        (Some(_), None) => Ok(Decoded { header, claims }),
        _ => Err(JwtError::Shape),
    }
}

/// The public keys of a pool, as its `jwks.json` lists them.
#[derive(Debug, Clone, Deserialize)]
pub struct Keys {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, Deserialize)]
struct Key {
    kid: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
}

impl Keys {
    /// Reads a JWKS document.
    pub fn parse(document: &str) -> Result<Self, JwtError> {
        serde_json::from_str(document).map_err(|error| JwtError::Keys(error.to_string()))
    }

    /// Checks the signature of a token, and returns what is in it.
    pub fn verify(&self, token: &str) -> Result<Decoded, JwtError> {
        let decoded = decode(token)?;
        let text =
            |name: &str| decoded.header.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("alg") != "RS256" {
            return Err(JwtError::Algorithm(text("alg").to_owned()));
        }
        let key = self.keys.iter().find(|key| key.kid == text("kid"));
        let key = key.ok_or_else(|| JwtError::UnknownKey(text("kid").to_owned()))?;
        let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Shape)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| JwtError::Shape)?;
        let number = |text: &str| {
            URL_SAFE_NO_PAD.decode(text).map_err(|error| JwtError::Keys(error.to_string()))
        };
        RsaPublicKeyComponents { n: number(&key.n)?, e: number(&key.e)? }
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
            .map_err(|_| JwtError::Signature)?;
        Ok(decoded)
    }
}

/// What the claims of a token must say, beside its scopes.
#[derive(Debug, Clone)]
pub struct ClaimedIdentity<'a> {
    /// `access` or `id`.
    pub token_use: &'static str,
    /// The client: `client_id` of an access token, `aud` of an ID token.
    pub client_id: &'a str,
    /// Issuers that this pool may name.
    pub issuers: &'a [String],
    /// Seconds since 1970.
    pub now: i64,
}

impl ClaimedIdentity<'_> {
    /// Checks use, client, issuer and expiry.
    pub fn check(&self, claims: &Map<String, Value>) -> Result<(), JwtError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let wrong = |claim, wanted: String| JwtError::Claim {
            claim,
            found: claims.get(claim).map_or("absent".to_owned(), ToString::to_string),
            wanted,
        };
        let client = if self.token_use == "access" { "client_id" } else { "aud" };
        if text("token_use") != self.token_use {
            return Err(wrong("token_use", format!("\"{}\"", self.token_use)));
        }
        if text(client) != self.client_id {
            return Err(wrong(client, format!("\"{}\"", self.client_id)));
        }
        if !self.issuers.iter().any(|issuer| issuer == text("iss")) {
            return Err(wrong("iss", self.issuers.join(" or ")));
        }
        // A minute of grace for clocks that differ.
        if claims.get("exp").and_then(Value::as_i64).is_none_or(|exp| exp + 60 < self.now) {
            return Err(wrong("exp", "in the future".to_owned()));
        }
        Ok(())
    }
}
