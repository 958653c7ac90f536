//! The emulator behind this layer, as one account sees it.

use serde_json::{Value, json};

use super::{
    http::{Request, Response},
    refusal::Refusal,
};

/// The emulator's port, and the account whose root this layer is when it asks something itself.
#[derive(Debug, Clone)]
pub(crate) struct Upstream {
    pub(crate) port: u16,
    pub(crate) account: String,
}

impl Upstream {
    /// Passes a request on as it is.
    pub(crate) async fn forward(&self, request: &Request) -> Result<Response, Refusal> {
        Response::of(self.port, request)
            .await
            .map_err(|error| broken(&format!("no answer: {error}")))
    }

    /// Calls a Cognito operation for this layer's own purposes.
    pub(crate) async fn cognito(
        &self,
        region: &str,
        operation: &str,
        params: &Value,
    ) -> Result<Value, Refusal> {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let headers =
            [("x-amz-target", target.as_str()), ("content-type", "application/x-amz-json-1.1")];
        let request =
            self.request("POST", "/", region, "cognito-idp", &headers, params.to_string());
        let response = self.forward(&request).await?;
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        if response.status == 200 { Ok(body) } else { Err(broken(&format!("{operation}: {body}"))) }
    }

    /// Calls a Lambda operation for this layer's own purposes; the answer is whatever it is.
    pub(crate) async fn lambda(
        &self,
        region: &str,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Result<Response, Refusal> {
        let target = format!("/2015-03-31/functions/{path}");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = self.request(
            method,
            &target,
            region,
            "lambda",
            &[("content-type", "application/json")],
            body,
        );
        self.forward(&request).await
    }

    /// Reads a document of a service that speaks REST, for this layer's own purposes.
    pub(crate) async fn get(
        &self,
        region: &str,
        service: &str,
        target: &str,
    ) -> Result<Value, Refusal> {
        let request = self.request("GET", target, region, service, &[], String::new());
        Ok(body(&self.forward(&request).await?))
    }

    /// Puts a credential on a request that needs none on AWS: the emulator finds pools by the caller's account only.
    pub(crate) fn signed(&self, request: &Request, region: &str) -> Request {
        let mut signed = request.clone();
        if signed.header("authorization").is_none() {
            signed
                .headers
                .push(("authorization".to_owned(), self.authorization(region, "cognito-idp")));
        }
        signed
    }

    fn request(
        &self,
        method: &str,
        target: &str,
        region: &str,
        service: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Request {
        let mut headers: Vec<_> =
            headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        headers.push(("host".to_owned(), format!("127.0.0.1:{}", self.port)));
        headers.push(("authorization".to_owned(), self.authorization(region, service)));
        Request {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: body.into_bytes(),
        }
    }

    /// The emulator takes an account's number as its root's access key and does not check that signature.
    fn authorization(&self, region: &str, service: &str) -> String {
        let Self { account, .. } = self;
        format!(
            "AWS4-HMAC-SHA256 Credential={account}/20260101/{region}/{service}/aws4_request, SignedHeaders=host, \
             Signature=0"
        )
    }
}

/// The body of an answer as JSON; null when it is none.
pub(crate) fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// The same answer with another body.
pub(crate) fn with_body(mut response: Response, body: &Value) -> Response {
    response.body = body.to_string().into_bytes();
    response
}

/// An answer of a service that speaks JSON.
pub(crate) fn json(status: u16, body: &Value) -> Response {
    let headers = vec![
        ("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()),
        ("x-amzn-requestid".to_owned(), "strict".to_owned()),
    ];
    let body = if status == 204 { Vec::new() } else { body.to_string().into_bytes() };
    Response { status, headers, body }
}

/// An empty success of Cognito.
pub(crate) fn done() -> Response {
    json(200, &json!({}))
}

/// A fault of the emulator or of this layer, which no test should see.
fn broken(what: &str) -> Refusal {
    Refusal::new(500, "StrictLayerBroken", format!("strict layer: {what}"))
}
