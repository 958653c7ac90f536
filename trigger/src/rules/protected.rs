//! Claims that are Cognito's alone.

use super::Token;

/// Whether this token can be given a text as this claim, by a rule that does not know the claim's name.
pub(super) fn is_settable(name: &str, token: Token) -> bool {
    let refused = match token {
        Token::Access => ["scope", "aud", "*"].contains(&name),
        Token::Id => ["scope", "aud", "*", "address"].contains(&name),
    };
    !refused && !name.trim().is_empty() && !name.starts_with("dev:") && !is_protected(name)
}

/// The claims that no trigger can change, add or suppress, in either token (AWS, "Claims and scopes
/// reference").
pub(super) fn is_protected(name: &str) -> bool {
    const PROTECTED: [&str; 20] = [
        "acr",
        "amr",
        "at_hash",
        "auth_time",
        "azp",
        "client_id",
        "device_key",
        "event_id",
        "exp",
        "iat",
        "identities",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "sub",
        "token_use",
        "username",
        "version",
    ];
    name.starts_with("cognito:") || PROTECTED.contains(&name)
}
