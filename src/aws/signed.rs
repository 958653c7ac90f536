//! Calls of services of which one operation is all that is needed: signed as the SDK signs (Signature Version 4), by its own
//! credentials and on the way of all other calls, without a client of the SDK for each.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use serde_json::Value;

use super::endpoint::endpoint_of;
use super::error::{chain, refusal, unreadable};
use super::http::Http;
use crate::cloud::wait::{Patience, Poll};
use crate::cloud::{CloudError, Result};
use crate::model::dns_suffix;
use crate::system::clock::Clock;

/// How long a call that changes nothing is repeated while the service is busy.
const PATIENCE: Duration = Duration::from_secs(15);
/// Codes of a service that is busy for a moment.
const BUSY: [&str; 6] = [
    "ThrottlingException",
    "Throttling",
    "TooManyUpdates",
    "InternalServerError",
    "InternalServiceError",
    "ServiceUnavailable",
];

/// One call, by POST.
pub(in crate::aws) struct SignedCall {
    /// Such as `ssm:GetParameter`: the service signs by its first half.
    pub operation: &'static str,
    /// What the SDK calls the service in variables and profiles that say where it is, such as `SSM`.
    pub service_id: &'static str,
    /// Headers that say which operation it is, and in which form.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: String,
}

/// Whoever signs.
pub(in crate::aws) struct Signer {
    pub(in crate::aws) config: SdkConfig,
    pub(in crate::aws) region: String,
    pub(in crate::aws) patience: Patience,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.region)
    }
}

impl Signer {
    /// The body of the answer, of a call that changes nothing: it is repeated while the service is busy.
    pub(in crate::aws) async fn read(&self, http: &Http, call: &SignedCall) -> Result<Vec<u8>> {
        let poll = Poll::new(&*self.patience.0, call.operation, PATIENCE);
        loop {
            match self.once(http, call).await {
                Err(error) if is_passing(&error) && poll.again().await => {}
                outcome => return outcome,
            }
        }
    }

    async fn once(&self, http: &Http, call: &SignedCall) -> Result<Vec<u8>> {
        let request = self.signed(http, call).await?;
        let (status, body) = http.ask(call.operation, Ok::<_, fmt::Error>(request)).await?;
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let (code, message) = reason(&body);
        let mut told = ErrorMetadata::builder();
        told = if code.is_empty() { told } else { told.code(code) };
        told = if message.is_empty() { told } else { told.message(message) };
        Err(refusal(call.operation.to_owned(), &told.build(), status))
    }

    async fn signed(&self, http: &Http, call: &SignedCall) -> Result<HttpRequest> {
        let service = call.operation.split(':').next().unwrap_or_default();
        let identity = identity_of(self.config.credentials_provider().as_ref()).await?;
        let url = self.address(service, call.service_id);
        let request = request(call, url).and_then(|request| {
            signed_request(request, &identity, (service, &self.region), now_of_aws(http))
        });
        request.map_err(|error| CloudError::Unreachable {
            operation: call.operation.to_owned(),
            detail: error.to_string(),
        })
    }

    fn address(&self, service: &str, service_id: &str) -> String {
        let region = &self.region;
        let of_aws = || format!("https://{service}.{region}.{}/", dns_suffix(region));
        match endpoint_of(&self.config, service_id) {
            Some(url) => format!("{}/", url.trim_end_matches('/')),
            None => of_aws(),
        }
    }
}

fn request(call: &SignedCall, url: String) -> std::result::Result<HttpRequest, BoxError> {
    let mut request = HttpRequest::new(SdkBody::from(call.body.clone()));
    request.set_method("POST")?;
    request.set_uri(url)?;
    for (name, value) in &call.headers {
        request.headers_mut().insert(*name, value.clone());
    }
    Ok(request)
}

/// Whoever calls, if anybody is known.
pub(in crate::aws) async fn identity_of(
    provider: Option<&SharedCredentialsProvider>,
) -> Result<Identity> {
    let missing = |detail: String| CloudError::Credentials { detail };
    let provider = provider.ok_or_else(|| missing("there are none".to_owned()))?;
    let credentials = provider.provide_credentials().await;
    Ok(credentials.map_err(|error| missing(chain(&error)))?.into())
}

/// By AWS's clock.
pub(in crate::aws) fn now_of_aws(http: &Http) -> SystemTime {
    let now = Clock::system().now() + http.clock_ahead();
    SystemTime::UNIX_EPOCH + Duration::from_secs(now.unsigned_abs())
}

/// The request with the headers that sign it and all that it has, for this service in this region.
pub(in crate::aws) fn signed_request(
    mut request: HttpRequest,
    identity: &Identity,
    (service, region): (&str, &str),
    now: SystemTime,
) -> std::result::Result<HttpRequest, BoxError> {
    let params = v4::SigningParams::builder()
        .identity(identity)
        .region(region)
        .name(service)
        .time(now)
        .settings(SigningSettings::default())
        .build()?;
    let body = SignableBody::Bytes(request.body().bytes().unwrap_or_default());
    let headers = request.headers().iter();
    let signable = SignableRequest::new(request.method(), request.uri(), headers, body)?;
    let (instructions, _) = sign(signable, &params.into())?.into_parts();
    for (name, value) in instructions.headers() {
        request.headers_mut().try_insert(name.to_owned(), value.to_owned())?;
    }
    Ok(request)
}

fn is_passing(error: &CloudError) -> bool {
    match error {
        CloudError::Unanswered { .. } => true,
        CloudError::Refused { code, .. } => {
            BUSY.contains(&code.as_str()) || code.starts_with("HTTP 5")
        }
        _ => false,
    }
}

/// Code and message of a refusal, in JSON or XML.
fn reason(body: &[u8]) -> (String, String) {
    let text = String::from_utf8_lossy(body);
    if let Ok(answer) = serde_json::from_str::<Value>(&text) {
        let member = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let code = member("__type");
        let code = code.rsplit('#').next().unwrap_or_default().to_owned();
        let message = Some(member("message")).filter(|it| !it.is_empty());
        return (code, message.unwrap_or_else(|| member("Message")));
    }
    let first = |name| elements(&text, name).next().unwrap_or_default();
    (first("Code"), first("Message"))
}

/// A JSON answer.
pub(in crate::aws) fn json(operation: &str, body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(|_| unreadable(operation, "not JSON"))
}

/// The texts of all elements of this name that hold no other, as XML means them.
pub(in crate::aws) fn elements(xml: &str, name: &str) -> impl Iterator<Item = String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let parts: Vec<_> = xml
        .split(&open)
        .skip(1)
        .filter_map(|part| part.split_once(&close).map(|(text, _)| plain(text)))
        .collect();
    parts.into_iter()
}

/// A text without XML's escapes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain += before;
        let Some((name, behind)) = after.split_once(';') else {
            rest = &rest[before.len()..];
            break;
        };
        match name {
            "lt" => plain.push('<'),
            "gt" => plain.push('>'),
            "quot" => plain.push('"'),
            "apos" => plain.push('\''),
            "amp" => plain.push('&'),
            number => plain.extend(character(number)),
        }
        rest = behind;
    }
    plain + rest
}

fn character(number: &str) -> Option<char> {
    let digits = number.strip_prefix('#')?;
    let code = match digits.strip_prefix('x') {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => digits.parse(),
    };
    char::from_u32(code.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_read_as_it_is_meant() {
        let xml = "<A><K>a&amp;b</K><V>&lt;&#x41;&#10;&gt;</V><K>c</K><V></V></A>";
        let all = |name| elements(xml, name).collect::<Vec<_>>();
        assert_eq!(
            (all("K"), all("V")),
            (vec!["a&b".to_owned(), "c".to_owned()], vec!["<A\n>".to_owned(), String::new()])
        );
        assert_eq!(plain("no end & none"), "no end & none");
    }

    #[test]
    fn refusals_say_why_in_json_and_in_xml() {
        for (body, code, message) in [
            (r#"{"__type":"com.amazonaws.ssm#ParameterNotFound"}"#, "ParameterNotFound", ""),
            (r#"{"__type":"AccessDeniedException","Message":"no"}"#, "AccessDeniedException", "no"),
            (
                "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id a does not exist</Message></Error></ErrorResponse>",
                "ValidationError",
                "Stack with id a does not exist",
            ),
            ("<html>", "", ""),
        ] {
            assert_eq!(reason(body.as_bytes()), (code.to_owned(), message.to_owned()));
        }
    }
}
