//! `GetItem` and `Query`, without the SDK: one signed POST over a connection that is kept.

use std::env;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::{Request, Response, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Map, Value};

/// An item has at most 400 KB, and a page of a query 1 MB ("Service, account, and table quotas"); as JSON it is more.
const MOST_BYTES: usize = 4 << 20;

/// The pause before the second attempt; each further one is twice as long, up to the last.
const PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(400);

/// Why a fact cannot be had. Its text is for the log, and says nothing of what was asked for or answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotHad {
    /// No answer in this many milliseconds.
    TooLate(u64),
    /// No answer at all.
    NoAnswer,
    /// DynamoDB refuses, by this status and code.
    Refused(u16, String),
    /// What it answers is not what it documents.
    Unreadable,
}

impl fmt::Display for NotHad {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLate(milliseconds) => write!(out, "no answer within {milliseconds} ms"),
            Self::NoAnswer => out.write_str("no connection, or one that was cut off"),
            Self::Refused(status, code) => write!(out, "DynamoDB answered {status} {code}"),
            Self::Unreadable => out.write_str("DynamoDB's answer cannot be read"),
        }
    }
}

impl NotHad {
    /// Whether the next attempt may fare better ("Error handling with DynamoDB", Developer Guide).
    fn may_pass(&self) -> bool {
        match self {
            Self::NoAnswer => true,
            Self::Refused(status, code) => {
                let throttled =
                    ["ProvisionedThroughputExceeded", "Throttl", "RequestLimitExceeded"];
                *status >= 500 || throttled.iter().any(|start| code.starts_with(start))
            }
            Self::TooLate(_) | Self::Unreadable => false,
        }
    }
}

/// DynamoDB of the function's region, with the function's own credentials.
pub(super) struct DynamoDb {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    endpoint: Uri,
    region: String,
    credentials: Credentials,
}

impl DynamoDb {
    /// As Lambda's environment says; `AWS_ENDPOINT_URL_DYNAMODB` and `AWS_ENDPOINT_URL` lead elsewhere, as in every SDK.
    pub(super) fn from_env() -> Result<Self, String> {
        let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let needed = |name: &str| variable(name).ok_or_else(|| format!("{name} is not set"));
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.ok_or("AWS_REGION is not set")?;
        let named = variable("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| variable("AWS_ENDPOINT_URL"));
        let endpoint = named.unwrap_or_else(|| endpoint(&region));
        let endpoint = format!("{}/", endpoint.trim_end_matches('/'));
        let endpoint = endpoint.parse().map_err(|_| format!("{endpoint} is no address"))?;
        let credentials = Credentials::new(
            needed("AWS_ACCESS_KEY_ID")?,
            needed("AWS_SECRET_ACCESS_KEY")?,
            variable("AWS_SESSION_TOKEN"),
            None,
            "Lambda",
        );
        let tls = tls().map_err(|error| format!("no TLS: {error}"))?;
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .build();
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self { client, endpoint, region, credentials })
    }

    /// The items that this operation and its body ask for. Tries again until whoever waits gives up; an attempt that takes
    /// longer than `patience` is one that failed: its connection may have died while the function was frozen.
    pub(super) async fn ask(
        &self,
        operation: &str,
        body: &str,
        patience: Duration,
    ) -> Result<Vec<Map<String, Value>>, NotHad> {
        let mut pause = PAUSE;
        loop {
            let attempt = tokio::time::timeout(patience, self.attempt(operation, body)).await;
            match attempt.unwrap_or(Err(NotHad::NoAnswer)) {
                Err(error) if error.may_pass() => tokio::time::sleep(pause).await,
                result => return result,
            }
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    async fn attempt(
        &self,
        operation: &str,
        body: &str,
    ) -> Result<Vec<Map<String, Value>>, NotHad> {
        let request = self.signed(operation, body).ok_or(NotHad::Unreadable)?;
        let answer = self.client.request(request).await.map_err(|_| NotHad::NoAnswer)?;
        read(answer).await
    }

    fn signed(&self, operation: &str, body: &str) -> Option<Request<Full<Bytes>>> {
        let mut request = Request::post(self.endpoint.clone())
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .body(Full::from(body.to_owned()))
            .ok()?;
        let identity = self.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name("dynamodb")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .ok()?
            .into();
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap_or("")));
        let uri = self.endpoint.to_string();
        let body = SignableBody::Bytes(body.as_bytes());
        let signable = SignableRequest::new("POST", uri, headers, body).ok()?;
        let (instructions, _) = sign(signable, &parameters).ok()?.into_parts();
        instructions.apply_to_request_http1x(&mut request);
        Some(request)
    }
}

/// With the roots that are compiled in, and no provider that some other crate would have to choose.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

async fn read(answer: Response<hyper::body::Incoming>) -> Result<Vec<Map<String, Value>>, NotHad> {
    let status = answer.status();
    let body = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
    let body = body.map_err(|_| NotHad::NoAnswer)?.to_bytes();
    let mut answer: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !status.is_success() {
        return Err(NotHad::Refused(status.as_u16(), code(&answer)));
    }
    let members = answer.as_object_mut().ok_or(NotHad::Unreadable)?;
    let found = match members.remove("Items").or_else(|| members.remove("Item")) {
        None | Some(Value::Null) => vec![],
        Some(Value::Array(items)) => items,
        Some(item) => vec![item],
    };
    let read = |one| if let Value::Object(item) = one { Ok(item) } else { Err(NotHad::Unreadable) };
    found.into_iter().map(read).collect()
}

/// The name of an error: what `__type` says behind its `#`, as far as it is a word.
fn code(answer: &Value) -> String {
    let named = answer["__type"].as_str().unwrap_or_default();
    let code = named.rsplit('#').next().unwrap_or_default();
    code.chars().filter(char::is_ascii_alphanumeric).take(64).collect()
}

/// From `botocore/data/partitions.json` of the AWS SDK for Python.
fn endpoint(region: &str) -> String {
    const SUFFIXES: [(&str, &str); 6] = [
        ("cn-", "amazonaws.com.cn"),
        ("eusc-", "amazonaws.eu"),
        ("us-iso-", "c2s.ic.gov"),
        ("us-isob-", "sc2s.sgov.gov"),
        ("eu-isoe-", "cloud.adc-e.uk"),
        ("us-isof-", "csp.hci.ic.gov"),
    ];
    let suffix = SUFFIXES.iter().find(|(prefix, _)| region.starts_with(prefix));
    format!("https://dynamodb.{region}.{}", suffix.map_or("amazonaws.com", |(_, suffix)| suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_have_their_endpoints() {
        assert_eq!(endpoint("eu-west-1"), "https://dynamodb.eu-west-1.amazonaws.com");
        assert_eq!(endpoint("cn-north-1"), "https://dynamodb.cn-north-1.amazonaws.com.cn");
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let refused = |status, code: &str| NotHad::Refused(status, code.to_owned()).may_pass();
        assert!(NotHad::NoAnswer.may_pass() && refused(500, "InternalServerError"));
        assert!(refused(400, "ProvisionedThroughputExceededException"));
        assert!(refused(400, "ThrottlingException"));
        assert!(!refused(400, "AccessDeniedException") && !refused(400, "ValidationException"));
    }

    #[test]
    fn a_code_is_a_word() {
        let answer =
            serde_json::json!({ "__type": "com.amazonaws.dynamodb.v20120810#Resource NotFound\n" });
        assert_eq!(code(&answer), "ResourceNotFound");
        assert_eq!(code(&Value::Null), "");
    }
}
