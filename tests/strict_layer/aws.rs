//! A caller without an SDK: what is sent and what comes back is what is on the wire.

#![expect(clippy::needless_pass_by_value, reason = "parameters are written where they are used")]

use std::{future::Future, io::Write, thread::JoinHandle};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::strict::{
    Options, Strict,
    http::{Request, Response},
};

/// An error as a service tells it: status, code, text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) u16, pub(crate) String, pub(crate) String);

pub(crate) type Answered = Result<Value, Refused>;

/// An account behind the strict layer, and its root.
pub(crate) struct Aws {
    pub(crate) strict: Strict,
    runtime: Runtime,
}

const REGION: &str = "us-east-1";
/// A trigger whose behaviour is its variable `MODE`.
const BOOTSTRAP: &str = include_str!("bootstrap.py");

impl Aws {
    /// Unkind but quick: no delays.
    pub(crate) fn new() -> Self {
        Self::with(Options::without_delays())
    }

    pub(crate) fn with(options: Options) -> Self {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { strict: Strict::start(options), runtime }
    }

    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    pub(crate) fn cognito(&self, operation: &str, params: Value) -> Answered {
        self.json("cognito-idp", "AWSCognitoIdentityProviderService", operation, &params)
    }

    pub(crate) fn logs(&self, operation: &str, params: Value) -> Answered {
        self.json("logs", "Logs_20140328", operation, &params)
    }

    /// `path` is below `/2015-03-31/functions`.
    pub(crate) fn lambda(&self, method: &str, path: &str, body: Value) -> Answered {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let headers = [("authorization", self.authorization("lambda"))];
        json_of(&self.send(method, &format!("/2015-03-31/functions{path}"), &headers, body)?)
    }

    /// Invokes the function while this thread does something else.
    pub(crate) fn invocation(&self, event: &Value) -> JoinHandle<Answered> {
        let target = "/2015-03-31/functions/hook/invocations?Qualifier=live";
        let headers = [("authorization", self.authorization("lambda"))];
        let (port, request) = self.request("POST", target, &headers, event.to_string());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            json_of(&runtime.expect("a runtime").block_on(answer(port, &request))?)
        })
    }

    /// Success is the XML as text.
    pub(crate) fn iam(&self, action: &str, params: &[(&str, &str)]) -> Result<String, Refused> {
        self.iam_as(self.strict.account(), action, params)
    }

    /// The same by the owner of another access key.
    pub(crate) fn iam_as(
        &self,
        key: &str,
        action: &str,
        params: &[(&str, &str)],
    ) -> Result<String, Refused> {
        let escaped = |text: &str| {
            text.bytes()
                .map(|b| {
                    if b.is_ascii_alphanumeric() {
                        char::from(b).into()
                    } else {
                        format!("%{b:02X}")
                    }
                })
                .collect::<String>()
        };
        let pairs = params.iter().map(|(name, value)| format!("&{name}={}", escaped(value)));
        let form = format!("Action={action}&Version=2010-05-08{}", pairs.collect::<String>());
        let headers = [
            ("authorization", authorization(key, "iam")),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let response = self.send("POST", "/", &headers, form)?;
        let text = String::from_utf8_lossy(&response.body).into_owned();
        let member = |name: &str| {
            let start = text.split_once(&format!("<{name}>")).map_or("", |(_, rest)| rest);
            start.split_once("</").map_or(String::new(), |(value, _)| value.to_owned())
        };
        if response.status < 300 {
            Ok(text)
        } else {
            Err(Refused(response.status, member("Code"), member("Message")))
        }
    }

    /// Without credentials, as an app does it.
    pub(crate) fn anonymous(&self, operation: &str, params: &Value) -> Answered {
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        json_of(&self.send("POST", "/", &[("x-amz-target", target)], params.to_string())?)
    }

    /// A page, such as a pool's keys.
    pub(crate) fn get(&self, path: &str) -> Answered {
        json_of(&self.send("GET", path, &[], String::new())?)
    }

    fn json(&self, service: &str, prefix: &str, operation: &str, params: &Value) -> Answered {
        let headers = [
            ("x-amz-target", format!("{prefix}.{operation}")),
            ("content-type", "application/x-amz-json-1.1".to_owned()),
            ("authorization", self.authorization(service)),
        ];
        json_of(&self.send("POST", "/", &headers, params.to_string())?)
    }

    fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> Result<Response, Refused> {
        let (port, request) = self.request(method, target, headers, body);
        self.block_on(answer(port, &request))
    }

    fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, String)],
        body: String,
    ) -> (u16, Request) {
        let port = self
            .strict
            .url()
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok())
            .expect("a port");
        let mut headers: Vec<_> =
            headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        headers.push(("host".to_owned(), format!("127.0.0.1:{port}")));
        (
            port,
            Request {
                method: method.to_owned(),
                target: target.to_owned(),
                headers,
                body: body.into_bytes(),
            },
        )
    }

    fn authorization(&self, service: &str) -> String {
        authorization(self.strict.account(), service)
    }
}

fn authorization(key: &str, service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// A lost answer is a refusal with status 0.
async fn answer(port: u16, request: &Request) -> Result<Response, Refused> {
    let answer = Response::of(port, request).await;
    answer.map_err(|error| Refused(0, "lost".to_owned(), error.to_string()))
}

fn json_of(response: &Response) -> Answered {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    if response.status < 300 {
        return Ok(body);
    }
    let message =
        ["message", "Message"].iter().find_map(|name| body[name].as_str()).unwrap_or_default();
    let code = response.header("x-amzn-errortype").unwrap_or_default();
    Err(Refused(response.status, code.to_owned(), message.to_owned()))
}

/// A function `hook` with the role `hook`, and its alias `live`.
impl Aws {
    pub(crate) fn role(&self, name: &str, service: &str) -> String {
        let trust = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        ]});
        self.iam(
            "CreateRole",
            &[("RoleName", name), ("AssumeRolePolicyDocument", &trust.to_string())],
        )
        .expect("a role");
        format!("arn:aws:iam::{}:role/{name}", self.strict.account())
    }

    pub(crate) fn new_function(&self, role: &str, mode: &str) -> Answered {
        self.lambda("POST", "", json!({
            "FunctionName": "hook", "Runtime": "provided.al2023", "Handler": "bootstrap", "Role": role, "Timeout": 5,
            "Code": {"ZipFile": package(BOOTSTRAP)}, "Environment": {"Variables": {"MODE": mode}},
        }))
    }

    /// Returns the alias's ARN.
    pub(crate) fn function(&self, mode: &str) -> String {
        let role = self.role("hook", "lambda.amazonaws.com");
        self.new_function(&role, mode).expect("a function");
        self.lambda("POST", "/hook/versions", json!({})).expect("a version");
        let alias =
            self.lambda("POST", "/hook/aliases", json!({"Name": "live", "FunctionVersion": "1"}));
        alias.expect("an alias")["AliasArn"].as_str().expect("its ARN").to_owned()
    }

    /// A new pool, called `customers` unless its parameters name it.
    pub(crate) fn pool(&self, mut params: Value) -> Value {
        if params["PoolName"].is_null() {
            params["PoolName"] = "customers".into();
        }
        self.cognito("CreateUserPool", params).expect("a pool")["UserPool"].take()
    }

    pub(crate) fn described(&self, pool: &Value) -> Value {
        self.cognito("DescribeUserPool", json!({"UserPoolId": pool["Id"]})).expect("a description")
            ["UserPool"]
            .take()
    }
}

/// A zip with an executable `bootstrap`, in base64.
pub(crate) fn package(bootstrap: &str) -> String {
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options).expect("an entry");
    zip.write_all(bootstrap.as_bytes()).expect("its content");
    STANDARD.encode(zip.finish().expect("a zip").into_inner())
}

/// Asserts a refusal with this code and text.
#[track_caller]
pub(crate) fn assert_refused<T: std::fmt::Debug>(
    answer: Result<T, Refused>,
    status: u16,
    code: &str,
    message: &str,
) {
    let refused = answer.expect_err("AWS refuses this");
    assert_eq!(refused, Refused(status, code.to_owned(), message.to_owned()));
}
