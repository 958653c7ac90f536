//! What a request asks for: service and operation as IAM spells them, whatever the service's protocol.
//!
//! Read from the request as it goes over the wire, so that every layer below the SDK speaks of calls by name.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// A call of AWS, or the reading of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct Call {
    /// Such as `cognito-idp`; empty for what is no operation of AWS.
    pub service: &'static str,
    /// Such as `DescribeUserPool`; else method and address, without a query.
    pub operation: String,
    /// The user pool that it is about.
    pub pool: Option<String>,
    /// Counted from 1.
    pub attempt: u32,
}

const TARGETS: [(&str, &str); 5] = [
    ("AmazonSSM.", "ssm"),
    ("secretsmanager.", "secretsmanager"),
    ("AWSCognitoIdentityProviderService.", "cognito-idp"),
    ("Logs_20140328.", "logs"),
    ("ResourceGroupsTaggingAPI_20170126.", "tag"),
];

/// Services of the query protocol, by the version of their API.
const VERSIONS: [(&str, &str); 4] = [
    ("2010-05-08", "iam"),
    ("2011-06-15", "sts"),
    ("2010-08-01", "cloudwatch"),
    ("2010-05-15", "cloudformation"),
];

impl Call {
    pub(in crate::aws) fn of(request: &HttpRequest) -> Self {
        let body = request.body().bytes().unwrap_or_default();
        let (service, operation) = json(request)
            .or_else(|| query(std::str::from_utf8(body).ok()?))
            .or_else(|| rest(request))
            .unwrap_or_else(|| ("", document(request)));
        let pool = if service == "cognito-idp" { pool_in(body) } else { None };
        Self { service, operation, pool, attempt: attempt(request).unwrap_or(1) }
    }

    /// Whether it changes nothing, by its name.
    pub(in crate::aws) fn is_read(&self) -> bool {
        ["Get", "List", "Describe", "Filter", "GET "]
            .iter()
            .any(|verb| self.operation.starts_with(verb))
    }

    /// Such as `cognito-idp:DescribeUserPool`.
    pub(in crate::aws) fn name(&self) -> String {
        if self.service.is_empty() {
            return self.operation.clone();
        }
        format!("{}:{}", self.service, self.operation)
    }
}

fn json(request: &HttpRequest) -> Option<(&'static str, String)> {
    let target = request.headers().get("x-amz-target")?;
    TARGETS.iter().find_map(|(prefix, service)| {
        target.strip_prefix(prefix).map(|operation| (*service, operation.to_owned()))
    })
}

fn query(form: &str) -> Option<(&'static str, String)> {
    let value = |key: &str| form.split('&').find_map(|pair| pair.strip_prefix(key));
    let version = value("Version=")?;
    let (_, service) = VERSIONS.iter().find(|(known, _)| *known == version)?;
    Some((*service, value("Action=")?.to_owned()))
}

/// Lambda, the only one of our services whose paths and methods are its operations.
fn rest(request: &HttpRequest) -> Option<(&'static str, String)> {
    let uri = request.uri();
    let path = uri.split_once("://").map_or(uri, |(_, rest)| rest).split_once('/')?.1;
    let mut parts = path.split('?').next()?.split('/');
    let kind = (parts.next()?.len() == "2015-03-31".len()).then(|| parts.next())??;
    let (name, part, item) = (parts.next().is_some(), parts.next(), parts.next());
    let operation = match (request.method(), kind, name, part, item.is_some()) {
        ("POST", "functions", false, ..) => "CreateFunction",
        ("GET", "functions", true, None, _) => "GetFunction",
        ("DELETE", "functions", true, None, _) => "DeleteFunction",
        ("PUT", "functions", true, Some("code"), _) => "UpdateFunctionCode",
        ("GET", "functions", true, Some("configuration"), _) => "GetFunctionConfiguration",
        ("PUT", "functions", true, Some("configuration"), _) => "UpdateFunctionConfiguration",
        ("GET", "functions", true, Some("versions"), _) => "ListVersionsByFunction",
        ("POST", "functions", true, Some("versions"), _) => "PublishVersion",
        ("GET", "functions", true, Some("aliases"), false) => "ListAliases",
        ("POST", "functions", true, Some("aliases"), false) => "CreateAlias",
        ("GET", "functions", true, Some("aliases"), true) => "GetAlias",
        ("PUT", "functions", true, Some("aliases"), true) => "UpdateAlias",
        ("DELETE", "functions", true, Some("aliases"), true) => "DeleteAlias",
        ("GET", "functions", true, Some("policy"), false) => "GetPolicy",
        ("POST", "functions", true, Some("policy"), false) => "AddPermission",
        ("DELETE", "functions", true, Some("policy"), true) => "RemovePermission",
        ("GET", "functions", true, Some("concurrency"), _) => "GetFunctionConcurrency",
        ("POST", "functions", true, Some("invocations"), _) => "Invoke",
        ("GET", "tags", true, ..) => "ListTags",
        ("POST", "tags", true, ..) => "TagResource",
        ("DELETE", "tags", true, ..) => "UntagResource",
        _ => return None,
    };
    Some(("lambda", operation.to_owned()))
}

/// What follows the path may be a signature.
fn document(request: &HttpRequest) -> String {
    let address = request.uri().split('?').next().unwrap_or_default();
    format!("{} {address}", request.method())
}

fn pool_in(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.get("UserPoolId")?.as_str().map(ToOwned::to_owned)
}

/// The SDK says it: `attempt=2; max=3`.
fn attempt(request: &HttpRequest) -> Option<u32> {
    let header = request.headers().get("amz-sdk-request")?;
    header.split("; ").find_map(|part| part.strip_prefix("attempt="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn request(method: &str, uri: &str, headers: &[(&'static str, &str)], body: &str) -> String {
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method).expect("a method");
        request.set_uri(uri).expect("an address");
        for (name, value) in headers {
            request.headers_mut().insert(*name, (*value).to_owned());
        }
        let call = Call::of(&request);
        format!("{} {} {}", call.name(), call.pool.unwrap_or_default(), call.attempt)
    }

    #[test]
    fn every_protocol_names_its_operation() {
        let cognito = [
            ("x-amz-target", "AWSCognitoIdentityProviderService.ListGroups"),
            ("amz-sdk-request", "attempt=2; max=3"),
        ];
        let body = r#"{"UserPoolId":"eu-west-1_a"}"#;
        let address = "https://cognito-idp.eu-west-1.amazonaws.com/";
        assert_eq!(
            request("POST", address, &cognito, body),
            "cognito-idp:ListGroups eu-west-1_a 2"
        );
        let form = "Action=GetRole&Version=2010-05-08&RoleName=r";
        assert_eq!(request("POST", "https://iam.amazonaws.com/", &[], form), "iam:GetRole  1");
        let lambda = "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f";
        for (method, rest, operation) in [
            ("GET", "", "GetFunction"),
            ("GET", "/configuration?Qualifier=live", "GetFunctionConfiguration"),
            ("GET", "/aliases/live", "GetAlias"),
            ("DELETE", "/policy/a?Qualifier=live", "RemovePermission"),
            ("POST", "/invocations", "Invoke"),
        ] {
            let called = request(method, &format!("{lambda}{rest}"), &[], "");
            assert_eq!(called, format!("lambda:{operation}  1"));
        }
        let keys = "https://example.com/pool/.well-known/jwks.json?signature=s";
        assert_eq!(
            request("GET", keys, &[], ""),
            "GET https://example.com/pool/.well-known/jwks.json  1"
        );
    }
}
