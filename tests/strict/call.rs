//! Which AWS operation a request asks for, and with which parameters, whatever the service's protocol.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{
    gate::Gate,
    http::Request,
    model::{Model, Operation},
};

/// A request, understood.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// As IAM spells it: `cloudwatch`, `cognito-idp`, `iam`, `lambda`, `logs`, `sts`; `other` for what is no AWS operation.
    pub(crate) service: &'static str,
    /// Such as `CreateUserPool`; for `other` the path.
    pub(crate) operation: String,
    /// The members of the operation's input, wherever in the request they are.
    pub(crate) params: Value,
    /// The signature's region, or the default one when the call is not signed.
    pub(crate) region: String,
    pub(crate) request: Request,
    /// Where it waits, when a test holds it back.
    pub(crate) gate: Option<Arc<Gate>>,
}

const TARGETS: [(&str, &str); 5] = [
    ("AmazonSSM.", "ssm"),
    ("secretsmanager.", "secretsmanager"),
    ("AWSCognitoIdentityProviderService.", "cognito-idp"),
    ("Logs_20140328.", "logs"),
    ("ResourceGroupsTaggingAPI_20170126.", "tag"),
];
const READING: [&str; 12] = [
    "Get",
    "List",
    "Describe",
    "Search",
    "Filter",
    "Simulate",
    "Assume",
    "Invoke",
    "InitiateAuth",
    "AdminInitiateAuth",
    "AdminGet",
    "AdminList",
];

impl Call {
    pub(crate) fn new(model: &Model, request: Request) -> Self {
        let (service, operation, params) = json_1_1(&request)
            .or_else(|| query(&request))
            .or_else(|| rest(model, &request))
            .unwrap_or_else(|| ("other", request.target.clone(), json!({})));
        let region = scope(&request).map_or("us-east-1", |(region, _)| region).to_owned();
        Self { service, operation, params, region, request, gate: None }
    }

    /// The access key that signed it.
    pub(crate) fn key(&self) -> Option<&str> {
        let header = self.request.header("authorization")?;
        header.split_once("Credential=")?.1.split('/').next()
    }

    /// `service:Operation`.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.service, self.operation)
    }

    /// Whether the operation changes something. Signing in and invoking do not.
    pub(crate) fn is_mutating(&self) -> bool {
        let reads = READING.iter().any(|verb| self.operation.starts_with(verb));
        self.service != "other" && !reads && !self.operation.contains("RespondToAuthChallenge")
    }

    /// A parameter that is a string; empty when it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.params[name].as_str().unwrap_or_default()
    }

    /// The parameters as a document.
    pub(crate) fn document(&self) -> Map<String, Value> {
        self.params.as_object().cloned().unwrap_or_default()
    }
}

/// Region and service of the signature's credential scope.
fn scope(request: &Request) -> Option<(&str, &str)> {
    let credential =
        request.header("authorization")?.split_once("Credential=")?.1.split(',').next()?;
    let mut parts = credential.split('/').skip(2);
    Some((parts.next()?, parts.next()?))
}

fn json_1_1(request: &Request) -> Option<(&'static str, String, Value)> {
    let target = request.header("x-amz-target")?;
    let (prefix, service) = TARGETS.iter().find(|(prefix, _)| target.starts_with(prefix))?;
    let params = serde_json::from_slice(&request.body).unwrap_or_else(|_| json!({}));
    Some((service, target[prefix.len()..].to_owned(), params))
}

/// CloudWatch, IAM and STS: a form whose lists are `Tags.member.1.Key`.
fn query(request: &Request) -> Option<(&'static str, String, Value)> {
    if !request.header("content-type")?.starts_with("application/x-www-form-urlencoded") {
        return None;
    }
    let form = std::str::from_utf8(&request.body).ok()?;
    let mut params = json!({});
    for (name, value) in form.split('&').filter_map(|pair| pair.split_once('=')) {
        let mut place = &mut params;
        for part in unescaped(name).split('.').filter(|part| *part != "member") {
            place = match part.parse::<usize>() {
                Ok(index) => element(place, index),
                Err(_) => &mut place[part],
            };
        }
        *place = Value::String(unescaped(&value.replace('+', " ")));
    }
    let service = match params["Version"].as_str() {
        Some("2011-06-15") => "sts",
        Some("2010-08-01") => "cloudwatch",
        Some("2010-05-15") => "cloudformation",
        _ => "iam",
    };
    let operation = params["Action"].as_str()?.to_owned();
    Some((service, operation, params))
}

/// The element of a list that counts from 1, made when it is missing.
fn element(list: &mut Value, index: usize) -> &mut Value {
    if !list.is_array() {
        *list = json!([]);
    }
    let Value::Array(elements) = list else { unreachable!("just made one") };
    if elements.len() < index {
        elements.resize(index, Value::Null);
    }
    &mut elements[index.saturating_sub(1)]
}

/// Lambda: the operation is the method and path that the model gives it.
fn rest(model: &Model, request: &Request) -> Option<(&'static str, String, Value)> {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    model.operations("lambda").find_map(|(name, operation)| {
        let uri = captured(operation, &request.method, path)?;
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let mut params = match (model.payload("lambda", operation), body) {
            (Some(member), body) => Map::from_iter([(member.to_owned(), body)]),
            (None, Value::Object(members)) => members,
            (None, _) => Map::new(),
        };
        params.extend(uri);
        for (place, name, member) in model.placed_members("lambda", operation) {
            let value = match place {
                "querystring" => query
                    .split('&')
                    .filter_map(|pair| pair.split_once('='))
                    .find(|(key, _)| *key == member)
                    .map(|(_, value)| unescaped(value)),
                "header" => request.header(member).map(ToOwned::to_owned),
                _ => None,
            };
            params.extend(value.map(|value| (name.to_owned(), Value::String(value))));
        }
        Some(("lambda", name.to_owned(), Value::Object(params)))
    })
}

/// The values of `{Name}` in the operation's path, when it is this one.
fn captured(operation: &Operation, method: &str, path: &str) -> Option<Vec<(String, Value)>> {
    let pattern = operation.uri.split('?').next()?;
    let (mut wanted, mut given) =
        (pattern.trim_end_matches('/').split('/'), path.trim_end_matches('/').split('/'));
    let mut values = Vec::new();
    if operation.method != method {
        return None;
    }
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(values),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|w| w.strip_suffix('}')) {
                    Some(name) => values
                        .push((name.trim_end_matches('+').to_owned(), unescaped(given).into())),
                    None if wanted == given => {}
                    None => return None,
                }
            }
            _ => return None,
        }
    }
}

/// Percent decoding; what is not escaped stays.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = (*first == b'%')
            .then(|| tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()))
            .flatten();
        if let Some(byte) = code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
