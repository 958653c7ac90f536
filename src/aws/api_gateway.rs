//! What a stage of API Gateway serves, by its export. One read of one document: signed as the SDK signs, without a client
//! of the SDK for it.

use std::convert::Infallible;
use std::time::Duration;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

use super::http::Http;
use super::signed::{identity_of, now_of_aws, signed_request};
use crate::cloud::{CloudError, Result};
use crate::model::{ApiStage, dns_suffix};
use crate::system::clock::pause;

/// As IAM spells it, for all that is read there.
const OPERATION: &str = "apigateway:GET";
/// How often a slower pace is asked for in vain: an account may export twice a second or so ("Amazon API Gateway quotas").
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);

/// Where and as whom.
pub(super) struct ApiGateway<'a> {
    pub(super) http: &'a Http,
    pub(super) region: &'a str,
    pub(super) endpoint: Option<&'a str>,
    pub(super) credentials: Option<&'a SharedCredentialsProvider>,
}

impl ApiGateway<'_> {
    /// The export of a stage as JSON; `None` if there is no such API, or no such stage of it.
    pub(super) async fn export(&self, stage: &ApiStage) -> Result<Option<Vec<u8>>> {
        let mut attempt = 1;
        loop {
            let request = self.signed(stage).await?;
            let (status, body) = self.http.ask(OPERATION, Ok::<_, Infallible>(request)).await?;
            match status {
                200..300 => return Ok(Some(body)),
                404 => return Ok(None),
                429 | 500.. if attempt < ATTEMPTS => pause(PAUSE * attempt).await,
                _ => return Err(refusal(status, &body)),
            }
            attempt += 1;
        }
    }

    async fn signed(&self, stage: &ApiStage) -> Result<HttpRequest> {
        let identity = identity_of(self.credentials).await?;
        let signed = self.request(stage).and_then(|request| {
            signed_request(request, &identity, ("apigateway", self.region), now_of_aws(self.http))
        });
        signed.map_err(|reason| CloudError::Failed {
            what: format!("signing {OPERATION}"),
            reason: reason.to_string(),
        })
    }

    fn request(&self, stage: &ApiStage) -> std::result::Result<HttpRequest, BoxError> {
        let of_aws = || format!("https://apigateway.{}.{}", self.region, dns_suffix(self.region));
        let base = self.endpoint.map_or_else(of_aws, |url| url.trim_end_matches('/').to_owned());
        let url = format!("{base}{}?{}", stage.export_path(), stage.export_query());
        let mut request = HttpRequest::get(&url)?;
        request.headers_mut().try_insert("accept", "application/json")?;
        Ok(request)
    }
}

fn refusal(status: u16, body: &[u8]) -> CloudError {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = body["message"].as_str().or_else(|| body["Message"].as_str());
    let message = message.unwrap_or("no reason was given").to_owned();
    let operation = OPERATION.to_owned();
    if status == 403 {
        return CloudError::Denied { operation, message };
    }
    CloudError::Refused { operation, code: format!("HTTP {status}"), message, request_id: None }
}
