//! A machine's own token, from the token endpoint of a pool's domain (OAuth 2.0, client credentials).
//!
//! Sent once. The secret is in the request's header alone, and the token in no error.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::aws::error::unreadable;
use crate::aws::http::Http;
use crate::cloud::{ClientCredentialsSignIn, CloudError, Result};

const FORM: &str = "application/x-www-form-urlencoded";

/// The access token ("Token endpoint", Cognito Developer Guide).
pub(in crate::aws) async fn token(
    http: &Http,
    sign_in: &ClientCredentialsSignIn<'_>,
) -> Result<String> {
    let operation = format!("POST {}", sign_in.url);
    let (status, body) = http.ask(&operation, request(sign_in)).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    if status != 200 {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let code = Some(text("error")).filter(|code| !code.is_empty());
        return Err(CloudError::Refused {
            operation,
            code: code.unwrap_or_else(|| format!("HTTP {status}")),
            message: text("error_description"),
            request_id: None,
        });
    }
    let token = answer["access_token"].as_str().map(str::to_owned);
    token.ok_or_else(|| unreadable(&operation, "there is no access token in it"))
}

fn request(
    sign_in: &ClientCredentialsSignIn<'_>,
) -> std::result::Result<HttpRequest, aws_smithy_runtime_api::http::HttpError> {
    let credentials = format!("{}:{}", sign_in.client_id, sign_in.client_secret.0);
    let mut form = vec![("grant_type", "client_credentials".to_owned())];
    if !sign_in.scopes.is_empty() {
        let scopes: Vec<_> = sign_in.scopes.iter().map(String::as_str).collect();
        form.push(("scope", scopes.join(" ")));
    }
    if !sign_in.client_metadata.is_empty() {
        form.push(("aws_client_metadata", json!(sign_in.client_metadata).to_string()));
    }
    let form: Vec<_> =
        form.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    let mut request = HttpRequest::new(SdkBody::from(form.join("&")));
    request.set_method("POST")?;
    request.set_uri(sign_in.url)?;
    let headers = request.headers_mut();
    headers.insert("content-type", FORM);
    headers.insert("authorization", format!("Basic {}", STANDARD.encode(credentials)));
    Ok(request)
}

/// For a form: everything but letters, digits and `-._~` by its bytes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                escaped.push(char::from(byte));
            }
            byte => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}
