//! What a stage of API Gateway serves, as a document of ours: its export without integrations, templates and models, a line a
//! path, so that what is odd has a place that people can read. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::operations::{ANY, METHODS};
use crate::model::ApiStage;

/// What stages serve, by the key of the API in `deploy.toml`.
pub type Served = BTreeMap<String, ServedApi>;

/// What a stage serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedApi {
    /// Which stage, in words.
    pub(super) place: String,
    pub(super) text: String,
}

/// What an authorizer says about tokens; the rest is how it is called.
const OF_AUTHORIZERS: [&str; 4] = ["type", "jwtConfiguration", "providerARNs", "identitySource"];
const AUTHORIZER: &str = "x-amazon-apigateway-authorizer";
/// What a scheme says about tokens.
const OF_SCHEMES: [&str; 7] =
    ["type", "name", "in", "scheme", "openIdConnectUrl", "flows", "x-amazon-apigateway-authtype"];

impl ServedApi {
    /// Of the stage's export, which is JSON; else why it is none.
    pub fn of_export(stage: &ApiStage, export: &[u8]) -> Result<Self, String> {
        let export: Value = serde_json::from_slice(export).map_err(|error| error.to_string())?;
        if !export["paths"].is_object() {
            return Err("it has no `paths`".to_owned());
        }
        let schemes = export["components"]["securitySchemes"].as_object();
        let schemes = lines(schemes.into_iter().flatten().map(|(name, one)| (name, scheme(one))));
        let paths = export["paths"].as_object().into_iter().flatten();
        let paths = lines(paths.map(|(path, item)| (path, methods(item))));
        let parts = [
            format!("\"openapi\": {}", json!(export["openapi"].as_str().unwrap_or("3.0.1"))),
            format!("\"servers\": {}", kept(&export, &["servers"])["servers"]),
            format!("\"security\": {}", export["security"]),
            format!("\"components\": {{\"securitySchemes\": {{\n{schemes}\n}}}}"),
            format!("\"paths\": {{\n{paths}\n}}"),
        ];
        let parts = parts.into_iter().filter(|part| !part.ends_with(": null"));
        let text = format!("{{\n{}\n}}\n", parts.collect::<Vec<_>>().join(",\n"));
        Ok(Self { place: stage.to_string(), text })
    }
}

fn lines<'a>(entries: impl Iterator<Item = (&'a String, Value)>) -> String {
    let lines: Vec<_> =
        entries.map(|(name, value)| format!("  {}: {value}", json!(name))).collect();
    lines.join(",\n")
}

fn scheme(scheme: &Value) -> Value {
    let mut kept_scheme = kept(scheme, &OF_SCHEMES);
    if scheme[AUTHORIZER].is_object() {
        kept_scheme
            .insert(AUTHORIZER.to_owned(), kept(&scheme[AUTHORIZER], &OF_AUTHORIZERS).into());
    }
    kept_scheme.into()
}

/// The methods of a path, each with its security alone.
fn methods(item: &Value) -> Value {
    let is_method = |name: &str| name == ANY || METHODS.contains(&name);
    let methods = item.as_object().into_iter().flatten().filter(|(name, _)| is_method(name));
    let methods = methods.map(|(name, one)| (name.clone(), kept(one, &["security"]).into()));
    Value::Object(methods.collect())
}

fn kept(value: &Value, keys: &[&str]) -> Map<String, Value> {
    let members = keys.iter().filter_map(|key| Some(((*key).to_owned(), value.get(key)?.clone())));
    members.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_a_path_and_nothing_that_is_no_ones_business() {
        let export = json!({
            "openapi": "3.0.1", "info": {"title": "orders"},
            "servers": [{"url": "https://a1.execute-api.eu-west-1.amazonaws.com"}],
            "paths": {
                "/orders": {
                    "get": {"security": [{"pool": ["orders/read"]}], "responses": {},
                        "x-amazon-apigateway-integration": {"credentials": "arn:secret"}},
                    "x-amazon-apigateway-cors": {},
                },
                "/$default": {"x-amazon-apigateway-any-method": {"isDefaultRoute": true}},
            },
            "components": {"schemas": {"Order": {}}, "securitySchemes": {"pool": {
                "type": "oauth2",
                "x-amazon-apigateway-authorizer": {
                    "type": "jwt", "authorizerCredentials": "arn:secret",
                    "jwtConfiguration": {"issuer": "https://x", "audience": ["c"]},
                },
            }}},
        });
        let stage = ApiStage::parse("a1");
        let served =
            ServedApi::of_export(&stage, export.to_string().as_bytes()).expect("an export");
        assert_eq!(served.place, "HTTP API a1, stage $default");
        assert_eq!(
            served.text,
            r#"{
"openapi": "3.0.1",
"servers": [{"url":"https://a1.execute-api.eu-west-1.amazonaws.com"}],
"components": {"securitySchemes": {
  "pool": {"type":"oauth2","x-amazon-apigateway-authorizer":{"type":"jwt","jwtConfiguration":{"issuer":"https://x","audience":["c"]}}}
}},
"paths": {
  "/orders": {"get":{"security":[{"pool":["orders/read"]}]}},
  "/$default": {"x-amazon-apigateway-any-method":{}}
}
}
"#
        );
    }

    #[test]
    fn what_is_no_export() {
        for text in ["", "<html>", "[]", "{}", "{\"paths\": 1}"] {
            let served = ServedApi::of_export(&ApiStage::parse("a/b"), text.as_bytes());
            assert!(served.is_err(), "{text}");
        }
    }
}
