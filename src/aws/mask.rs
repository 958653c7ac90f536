//! Bodies of calls as the log may show them: what is known to be no secret, and a mask in place of everything that may be.

use serde_json::Value;

const MASK: &str = "(hidden)";

/// Members whose values, whatever their form, are never shown.
const SECRET: [&str; 30] = [
    "Parameter",
    "SecretString",
    "OutputValue",
    "UserCode",
    "DeviceSecretVerifierConfig",
    "Password",
    "TemporaryPassword",
    "ProposedPassword",
    "PreviousPassword",
    "SecretHash",
    "ClientSecret",
    "ClientSecretValue",
    "AccessToken",
    "IdToken",
    "RefreshToken",
    "Session",
    "SecretCode",
    "AuthParameters",
    "ChallengeResponses",
    "AuthenticationResult",
    "Environment",
    "ZipFile",
    "SecretAccessKey",
    "SessionToken",
    "Token",
    "DeviceCode",
    "Location",
    "access_token",
    "id_token",
    "refresh_token",
];

/// JSON with its secrets masked; XML and forms by their members; nothing of anything else.
pub(in crate::aws) fn body(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return format!("({} bytes)", bytes.len());
    };
    if text.is_empty() {
        return String::new();
    }
    if let Ok(mut document) = serde_json::from_str::<Value>(text) {
        hide(&mut document);
        return document.to_string();
    }
    if text.starts_with('<') { xml(text) } else { form(text) }
}

fn hide(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members.iter_mut() {
                if is_secret(name) { *value = MASK.into() } else { hide(value) }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    SECRET.iter().any(|secret| secret.eq_ignore_ascii_case(name))
}

/// The text of every secret element gives way to the mask.
fn xml(text: &str) -> String {
    SECRET.iter().fold(text.to_owned(), |text, name| {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let mut parts = text.split(&open);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |shown, part| {
            // What has no end is all secret.
            let rest = part.find(&close).map_or("", |end| &part[end..]);
            format!("{shown}{open}{MASK}{rest}")
        })
    })
}

/// The fields of the query protocol that are shown; a token request's are not.
fn form(text: &str) -> String {
    if !text.contains("Action=") {
        return format!("({} bytes)", text.len());
    }
    let field = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) || name.ends_with("Token") => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    };
    text.split('&').map(field).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let cases = [
            (
                r#"{"UserPoolId":"p","Password":"s3cret"}"#,
                r#"{"UserPoolId":"p","Password":"(hidden)"}"#,
            ),
            (
                r#"{"UserPoolClient":{"ClientId":"c","ClientSecret":"s3cret"}}"#,
                r#"{"UserPoolClient":{"ClientId":"c","ClientSecret":"(hidden)"}}"#,
            ),
            (
                r#"{"Environment":{"Variables":{"KEY":"s3cret"}},"Handler":"h"}"#,
                r#"{"Environment":"(hidden)","Handler":"h"}"#,
            ),
            (
                "<R><AccessKeyId>A</AccessKeyId><SecretAccessKey>s3cret</SecretAccessKey></R>",
                "<R><AccessKeyId>A</AccessKeyId><SecretAccessKey>(hidden)</SecretAccessKey></R>",
            ),
            (
                "<R><SessionToken>s3cret</SessionToken><SessionToken>s3cret</SessionToken></R>",
                "<R><SessionToken>(hidden)</SessionToken><SessionToken>(hidden)</SessionToken></R>",
            ),
            (r#"{"Parameter":{"Value":"s3cret"}}"#, r#"{"Parameter":"(hidden)"}"#),
            (r#"{"SecretString":"s3cret"}"#, r#"{"SecretString":"(hidden)"}"#),
            ("Action=GetRole&WebIdentityToken=s3cret", "Action=GetRole&WebIdentityToken=(hidden)"),
            ("client_id=c&client_secret=s3cret", "(32 bytes)"),
        ];
        for (sent, shown) in cases {
            assert_eq!(body(sent.as_bytes()), shown);
        }
        assert_eq!(body(&[0xff, 0xfe]), "(2 bytes)");
    }
}
