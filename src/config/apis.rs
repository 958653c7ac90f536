//! What `deploy.toml` says about APIs: where they are described, and what is asked of them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::limits;
use crate::model::ApiStage;

/// An API that asks for scopes, as its own document describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiSettings {
    /// Its OpenAPI document (3.x, or Swagger 2.0; YAML or JSON), from this file; or else `api_gateway`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::directory")]
    pub openapi: Option<PathBuf>,
    /// The API of API Gateway that it is, read when AWS is: the id of an HTTP API, whose stage is `$default`, or `ID/STAGE` of a
    /// REST API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::api_gateway")]
    pub api_gateway: Option<String>,
    /// Key of the pool whose tokens it takes; needed only where there are several.
    #[serde(default)]
    pub pool: Option<String>,
    /// Whether one of an operation's scopes is enough; without it one is for API Gateway's documents, and for others all
    /// are needed.
    #[serde(default)]
    pub scopes: Option<Needs>,
    /// The document's security schemes that stand for the pool; without it those that name it.
    #[serde(default)]
    #[schemars(extend("uniqueItems" = true))]
    pub security_schemes: Vec<String>,
    /// Where it is, for calls; without it the document's server.
    #[serde(default)]
    #[schemars(schema_with = "limits::url")]
    pub url: Option<String>,
    /// Whether what is found about it is an error rather than a hint.
    #[serde(default)]
    pub strict: bool,
}

impl ApiSettings {
    /// The stage of API Gateway that serves it, if it has no document of its own.
    #[must_use]
    pub fn stage(&self) -> Option<ApiStage> {
        self.api_gateway.as_deref().map(ApiStage::parse)
    }
}

/// How many of an operation's scopes a token needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(description = "How many of an operation's scopes a token needs.")]
pub enum Needs {
    /// One of them, as API Gateway's authorizers do.
    Any,
    /// All of them, as OpenAPI says.
    All,
}

/// A call to the live API with the token of the sign-in, and what it must answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Method and path, `GET /orders?limit=1`; with the API's key before it where several have the operation.
    #[schemars(length(min = 1))]
    pub request: String,
    /// The status that it must answer: a number, a class such as `"2xx"`, or a list of these.
    #[schemars(schema_with = "limits::status")]
    pub status: Value,
    /// Whether a method is sent that may change something.
    #[serde(default, rename = "unsafe")]
    pub is_unsafe: bool,
}

/// Method and path, and perhaps the key of an API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRef {
    /// Key of the API.
    pub api: Option<String>,
    /// In capitals.
    pub method: String,
    /// With a slash at the start.
    pub path: String,
}

/// The methods of HTTP that OpenAPI knows, and API Gateway's `ANY`.
pub const METHODS: [&str; 9] =
    ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "ANY"];
/// Those that change nothing (RFC 9110, 9.2.1).
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

impl OperationRef {
    /// Reads `GET /orders` or `orders: GET /orders`; what is wrong is said in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (api, rest) = match text.split_once(':') {
            Some((api, rest)) if !api.contains('/') && !api.contains(' ') => (Some(api), rest),
            _ => (None, text),
        };
        let (method, path) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
        let (method, path) = (method.to_uppercase(), path.trim());
        if !METHODS.contains(&method.as_str()) {
            return Err(format!("`{method}` is no method"));
        }
        if !path.starts_with('/') {
            return Err("there is no path, which begins with `/`".to_owned());
        }
        if let Some(odd) = path.chars().find(|one| !one.is_ascii_graphic() || *one == '#') {
            return Err(format!(
                "a path has no {odd:?}; write it as `%` and two hexadecimal digits"
            ));
        }
        Ok(Self { api: api.map(str::to_owned), method, path: path.to_owned() })
    }

    /// Whether it changes nothing.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        SAFE.contains(&self.method.as_str())
    }

    /// As people write it, without the API.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

/// The statuses that an answer may have: whole numbers, and classes such as `2xx`, by their first and last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(Vec<(u16, u16)>);

impl Statuses {
    /// Reads a number, a class, or a list of both; gives back what is neither.
    pub fn parse(value: &Value) -> Result<Self, Value> {
        let single = std::slice::from_ref(value);
        let values = value.as_array().map_or(single, Vec::as_slice);
        if values.is_empty() {
            return Err(value.clone());
        }
        values
            .iter()
            .map(|one| range(one).ok_or_else(|| one.clone()))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether an answer may have this one.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }

    /// Whether every one of them says that the caller is not let in: 401 or 403.
    #[must_use]
    pub fn refuse(&self) -> bool {
        self.0.iter().all(|range| [(401, 401), (403, 403), (400, 499)].contains(range))
    }
}

impl std::fmt::Display for Statuses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = |(first, last): &(u16, u16)| {
            if first == last { first.to_string() } else { format!("{}xx", first / 100) }
        };
        f.write_str(&self.0.iter().map(name).collect::<Vec<_>>().join(" or "))
    }
}

fn range(value: &Value) -> Option<(u16, u16)> {
    if let Some(number) = value.as_u64() {
        let number = u16::try_from(number).ok().filter(|number| (100..600).contains(number))?;
        return Some((number, number));
    }
    let class = value.as_str()?.strip_suffix("xx")?.parse::<u16>().ok()?;
    (1..6).contains(&class).then_some((class * 100, class * 100 + 99))
}

/// What is wrong with the address of an API: the token is a credential, so it goes over https, or stays on this machine.
#[must_use]
pub fn refused_url(url: &str) -> Option<&'static str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Some("an address begins with `https://`");
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once(':')
        .filter(|(host, _)| !host.ends_with(':'))
        .map_or(authority, |(host, _)| host);
    let loopback = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    match scheme {
        _ if authority.is_empty() || !rest.bytes().all(|one| one.is_ascii_graphic()) => {
            Some("this is not an address")
        }
        _ if authority.contains('@') => Some("an address with a user in it is not taken"),
        _ if rest.contains(['?', '#', '{', '}']) => Some("an API's address ends with its path"),
        "https" => None,
        "http" if loopback => None,
        "http" => Some("a token is sent over https only; http is for this machine"),
        _ => Some("an address begins with `https://`"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn statuses_are_numbers_and_classes() {
        let some = Statuses::parse(&json!(["2xx", 404])).expect("statuses");
        assert!(some.contains(204) && some.contains(404) && !some.contains(403));
        assert_eq!(some.to_string(), "2xx or 404");
        for wrong in [json!([]), json!("xx"), json!(99), json!("6xx"), json!(true), json!(["200"])]
        {
            assert!(Statuses::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tokens_are_sent_over_https_only() {
        for right in [
            "https://a.example",
            "https://a.example:8443/prod",
            "http://127.0.0.1:80",
            "http://localhost:1/x",
            "http://[::1]:8000",
        ] {
            assert_eq!(refused_url(right), None, "{right}");
        }
        for wrong in [
            "http://a.example",
            "http://127.0.0.1.example",
            "http://localhost@a.example",
            "https://u@a.example",
            "ftp://a",
            "a.example",
            "https://",
            "https://a b",
            "http://::1",
            "https://a/?x",
        ] {
            assert!(refused_url(wrong).is_some(), "{wrong}");
        }
    }

    #[test]
    fn requests_name_a_method_and_a_path() {
        let request = OperationRef::parse("orders: get /a?b=1").expect("a request");
        assert_eq!(
            (request.api.as_deref(), request.name().as_str()),
            (Some("orders"), "GET /a?b=1")
        );
        let request = OperationRef::parse("GET /a:b").expect("a request");
        assert_eq!((request.api, request.path.as_str()), (None, "/a:b"));
        for wrong in ["/a", "GET", "GET a", "FETCH /a", "GET /a b", "GET /a\r\nX: y", "GET //é"] {
            assert!(OperationRef::parse(wrong).is_err(), "{wrong}");
        }
    }
}
