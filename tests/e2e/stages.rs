//! What stages of API Gateway serve, read at plan and verify: what is predicted from it is what the stage does, operation by
//! operation.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::{Value, json};

use crate::stack::{STACK, Stack};

/// Rules that tell staff from everybody.
fn rules() -> String {
    STACK.replace("clients = [\"web\"]\n", "")
}

/// API Gateway's own protocol, as the account's root.
struct Gateway<'a>(&'a Stack);

impl Gateway<'_> {
    fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let aws = &self.0.aws;
        let address = aws.url().trim_start_matches("http://").to_owned();
        let mut stream = TcpStream::connect(&address).expect("the layer listens");
        let body = body.to_string();
        let key = aws.account();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             authorization: AWS4-HMAC-SHA256 Credential={key}/20260101/eu-west-1/apigateway/aws4_request, \
             SignedHeaders=host, Signature=0\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (head, body) = answer.split_once("\r\n\r\n").expect("an answer");
        assert!(head.starts_with("HTTP/1.1 20"), "{method} {path}: {answer}");
        serde_json::from_str(body).unwrap_or_default()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// Somebody behind the door, who is glad about everybody.
fn backend() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("its address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes);
            let _ = stream.write_all(
                b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
            );
        }
    });
    url
}

/// A pool that is deployed: its id, and that of its client.
fn deployed(stack: &Stack) -> (String, String) {
    let pool = &stack.up()["outputs"]["pools"]["customers"];
    (text(&pool["id"]), text(&pool["clients"]["web"]["id"]))
}

fn issuer(pool: &str) -> String {
    format!("https://cognito-idp.eu-west-1.amazonaws.com/{pool}")
}

/// Routes, and the scopes that they ask for; `None` is a route without the authorizer.
type Routes<'a> = &'a [(&'a str, Option<&'a [&'a str]>)];

fn http_api(stack: &Stack, issuer: &str, audience: &str, routes: Routes<'_>) -> String {
    let gateway = Gateway(stack);
    let made = gateway.call("POST", "/v2/apis", &json!({"name": "shop", "protocolType": "HTTP"}));
    let id = text(&made["apiId"]);
    let at = |part: &str| format!("/v2/apis/{id}/{part}");
    let backend = json!({
        "integrationType": "HTTP_PROXY", "integrationMethod": "ANY", "integrationUri": backend(),
        "payloadFormatVersion": "1.0",
    });
    let integration = text(&gateway.call("POST", &at("integrations"), &backend)["integrationId"]);
    let authorizer = json!({
        "name": "customers", "authorizerType": "JWT",
        "identitySource": ["$request.header.Authorization"],
        "jwtConfiguration": {"issuer": issuer, "audience": [audience]},
    });
    let authorizer = text(&gateway.call("POST", &at("authorizers"), &authorizer)["authorizerId"]);
    for (key, scopes) in routes {
        let mut route = json!({"routeKey": key, "target": format!("integrations/{integration}")});
        if let Some(scopes) = scopes {
            route["authorizationType"] = "JWT".into();
            route["authorizerId"] = authorizer.clone().into();
            route["authorizationScopes"] = json!(scopes);
        }
        gateway.call("POST", &at("routes"), &route);
    }
    gateway.call("POST", &at("stages"), &json!({"stageName": "$default", "autoDeploy": true}));
    id
}

struct RestApi<'a> {
    gateway: Gateway<'a>,
    id: String,
}

impl<'a> RestApi<'a> {
    fn new(stack: &'a Stack, pool_arn: &str, routes: Routes<'_>) -> Self {
        let gateway = Gateway(stack);
        let id = text(&gateway.call("POST", "/restapis", &json!({"name": "shop"}))["id"]);
        let api = Self { gateway, id };
        let authorizer = json!({
            "name": "customers", "type": "COGNITO_USER_POOLS", "providerARNs": [pool_arn],
            "identitySource": "method.request.header.Authorization",
        });
        let authorizer = text(&api.call("POST", "authorizers", &authorizer)["id"]);
        let root = text(&api.call("GET", "resources", &json!({}))["item"][0]["id"]);
        for (key, scopes) in routes {
            let (method, path) = key.split_once(" /").expect("a method and a path");
            let part = json!({"pathPart": path});
            let made = api.call("POST", &format!("resources/{root}"), &part);
            let mut settings = json!({"authorizationType": "NONE"});
            if let Some(scopes) = scopes {
                settings = json!({
                    "authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer,
                    "authorizationScopes": scopes,
                });
            }
            let at = format!("resources/{}/methods/{method}", text(&made["id"]));
            api.call("PUT", &at, &settings);
            let mock = json!({
                "type": "MOCK", "requestTemplates": {"application/json": "{\"statusCode\": 200}"},
            });
            api.call("PUT", &format!("{at}/integration"), &mock);
            api.call("PUT", &format!("{at}/responses/200"), &json!({}));
            api.call("PUT", &format!("{at}/integration/responses/200"), &json!({}));
        }
        api.deploy();
        api
    }

    fn call(&self, method: &str, part: &str, body: &Value) -> Value {
        self.gateway.call(method, &format!("/restapis/{}/{part}", self.id), body)
    }

    fn deploy(&self) {
        self.call("POST", "deployments", &json!({"stageName": "prod"}));
    }
}

const HTTP: Routes<'_> = &[
    ("GET /orders", Some(&["orders/read"])),
    ("DELETE /orders/{id}", Some(&["orders/write", "orders/admin"])),
    ("POST /orders", Some(&["orders/wirte"])),
    ("GET /mine", Some(&[])),
    ("GET /health", None),
    ("ANY /reports/{proxy+}", Some(&["orders/write"])),
    ("$default", Some(&["orders/read"])),
];

const REST: Routes<'_> = &[
    ("GET /orders", Some(&["orders/read"])),
    ("POST /refunds", Some(&["orders/write", "orders/admin"])),
    ("PUT /typos", Some(&["orders/wirte"])),
    ("GET /mine", Some(&[])),
    ("GET /health", None),
];

/// An API of the stack, and promises that say of every operation what was predicted of it, each by a call.
fn promising(api: &str, stage: &str, predicted: &[Value]) -> String {
    let mut promises = String::new();
    for (name, groups, is) in [
        ("staff", "groups = [\"staff\"]", &["everyone", "in staff"][..]),
        ("others", "", &["everyone"][..]),
    ] {
        let mut calls = vec![];
        for operation in predicted {
            let key = text(&operation["operation"]);
            let (method, path) = key.split_once(' ').expect("a method and a path");
            let path = path
                .replace("{proxy+}", "2026/11")
                .replace("{id}", "1")
                .replace("/$default", "/else/where");
            let method = if method == "ANY" { "GET" } else { method };
            let callers = operation["callers"].as_array().expect("a list");
            let opens = operation["public"] == true
                || callers.iter().any(|who| is.contains(&who.as_str().expect("a text")));
            let status = if opens { "\"2xx\"" } else { "[401, 403]" };
            let not_safe = if method == "GET" { "" } else { ", unsafe = true" };
            calls.push(format!(
                "  {{ request = \"{method} {path}\", status = {status}{not_safe} }},\n"
            ));
        }
        promises += &format!(
            "\n[[expect]]\nname = \"{name}\"\nclient = \"web\"\n{groups}\ncalls = [\n{}]\n",
            calls.concat()
        );
    }
    format!("{}{}{promises}", rules(), api_table(api, stage))
}

fn api_table(api: &str, stage: &str) -> String {
    format!("\n[apis.shop]\napi_gateway = \"{api}\"\nurl = \"{stage}\"\n")
}

fn planned(stack: &Stack) -> Value {
    stack.run(&["plan", "-o", "json"]).exits(0).json()
}

fn notes(plan: &Value) -> String {
    plan["notes"].as_array().expect("notes").iter().map(|note| text(note) + "\n").collect()
}

/// Predicted, then asked: every operation as staff, and as nobody special.
#[track_caller]
fn prediction_and_answer_agree(stack: &Stack, api: &str, stage: &str) -> Value {
    stack.write(&format!("{}{}", rules(), api_table(api, stage)));
    let plan = planned(stack);
    let predicted = plan["apis"][0]["operations"].as_array().expect("operations").clone();
    stack.write(&promising(api, stage, &predicted));
    let proof = stack.run(&["verify", "-o", "json"]).exits(0).json();
    let calls = |check: &Value| check["calls"].as_array().map_or(0, Vec::len);
    let made: usize = proof["checks"].as_array().expect("checks").iter().map(calls).sum();
    assert_eq!(made, 2 * predicted.len(), "{proof:#}");
    plan
}

#[test]
fn an_http_api_does_what_was_predicted() {
    let stack = Stack::of(&rules());
    let (pool, client) = deployed(&stack);
    let id = http_api(&stack, &issuer(&pool), &client, HTTP);
    let stage = format!("{}/_aws/execute-api/{id}/$default", stack.aws.url());
    let plan = prediction_and_answer_agree(&stack, &id, &stage);
    let callers = |name: &str| {
        let operations = plan["apis"][0]["operations"].as_array().expect("operations");
        let of = operations.iter().find(|one| one["operation"] == name).expect(name);
        (of["public"].clone(), of["callers"].clone())
    };
    assert_eq!(callers("GET /orders"), (false.into(), json!(["everyone"])));
    assert_eq!(callers("DELETE /orders/{id}"), (false.into(), json!(["in staff"])));
    assert_eq!(callers("POST /orders"), (false.into(), json!([])));
    assert_eq!(callers("GET /health"), (true.into(), json!([])));
    let notes = notes(&plan);
    for said in [
        &format!("HTTP API {id}, stage $default:"),
        "no rule and no client gives the scope `orders/wirte`",
        "GET /mine asks for no scope: every user of the pool may call it",
        "GET /health asks for no token, although other operations do",
    ] {
        assert!(notes.contains(said), "no `{said}` in {notes}");
    }
    // Of another pool, or of another client.
    for (issuer, audience, said) in [
        (
            issuer("eu-west-1_OTHER0000"),
            client.clone(),
            "this is another pool: `eu-west-1_OTHER0000`",
        ),
        (
            issuer(&pool),
            "2ab3cd".to_owned(),
            "tokens of the client `web` are refused: it is not in the audience",
        ),
    ] {
        let id = http_api(&stack, &issuer, &audience, HTTP);
        stack.write(&format!("{}{}", rules(), api_table(&id, &stage)));
        let run = stack.run(&["plan"]);
        assert!(format!("{}{}", run.stdout, run.stderr).contains(said), "{run:?}");
    }
}

#[test]
fn a_rest_api_does_what_was_predicted() {
    let stack = Stack::of(&rules());
    let (pool, _) = deployed(&stack);
    let arn = format!("arn:aws:cognito-idp:eu-west-1:{}:userpool/{pool}", stack.aws.account());
    let api = RestApi::new(&stack, &arn, REST);
    let (name, stage) = (
        format!("{}/prod", api.id),
        format!("{}/_aws/execute-api/{}/prod", stack.aws.url(), api.id),
    );
    let plan = prediction_and_answer_agree(&stack, &name, &stage);
    let said = notes(&plan);
    assert!(said.contains("GET /mine takes no access token"), "{said}");
    assert!(said.contains(&format!("REST API {}, stage prod:", api.id)), "{said}");

    // What is edited counts once it is deployed.
    let item = api.call("GET", "resources", &json!({}));
    let orders = item["item"].as_array().expect("a list").iter();
    let orders = orders.clone().find(|one| one["path"] == "/orders").expect("it was made");
    let at = format!("resources/{}/methods/GET", text(&orders["id"]));
    let authorizer = text(&api.call("GET", "authorizers", &json!({}))["item"][0]["id"]);
    api.call(
        "PUT",
        &at,
        &json!({
            "authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer,
            "authorizationScopes": ["orders/write"],
        }),
    );
    let callers = |stack: &Stack| {
        let plan = planned(stack);
        let operations = plan["apis"][0]["operations"].as_array().expect("operations").clone();
        let of = operations.iter().find(|one| one["operation"] == "GET /orders").expect("there");
        of["callers"].clone()
    };
    stack.write(&format!("{}{}", rules(), api_table(&name, &stage)));
    assert_eq!(callers(&stack), json!(["everyone"]));
    api.deploy();
    assert_eq!(callers(&stack), json!(["in staff"]));
}

#[test]
fn a_rule_that_loses_an_operation_is_told_and_can_be_forbidden() {
    let stack = Stack::of(&rules());
    let (pool, client) = deployed(&stack);
    let id = http_api(&stack, &issuer(&pool), &client, HTTP);
    let api = api_table(&id, "https://api.shop.example");
    let less = rules()
        .replace("add_scopes = [\"orders/write\"]\n", "")
        .replace("scopes = [\"orders/read\", \"orders/write\"]", "scopes = [\"orders/read\"]");
    stack.write(&format!("{less}{api}"));
    let refused = stack.run(&["plan", "--forbid-scope-loss"]).exits(6);
    assert!(refused.stderr.contains("DELETE /orders/{id}"), "{}", refused.stderr);

    // A promise about an operation is judged as soon as the stage is read.
    let promise = "\n[[expect]]\nname = \"all delete\"\nclient = \"web\"\nmay_call = [\"DELETE /orders/{id}\"]\n";
    stack.write(&format!("{}{api}{promise}", rules()));
    let check = stack.run(&["check"]).exits(0);
    assert!(check.stderr.contains("nothing is known of `shop` here"), "{}", check.stderr);
    let broken = stack.run(&["plan"]).exits(7);
    assert!(
        broken.stderr.contains("`all delete` may not call DELETE /orders/{id}"),
        "{}",
        broken.stderr
    );
    let unknown = promise.replace("{id}", "{ids}");
    stack.write(&format!("{}{api}{unknown}", rules()));
    let unknown = stack.run(&["plan"]).exits(4);
    assert!(unknown.stderr.contains("did you mean `DELETE /orders/{id}`?"), "{}", unknown.stderr);
}

#[test]
fn a_stage_that_is_not_there_is_told_where_it_is_named() {
    let stack = Stack::of(&rules());
    for (api, said) in [
        ("a1b2c3d4e5", "there is no HTTP API a1b2c3d4e5, stage $default"),
        ("a1b2c3d4e5/prod", "there is no REST API a1b2c3d4e5, stage prod"),
    ] {
        stack.write(&format!("{}{}", rules(), api_table(api, "https://api.shop.example")));
        let run = stack.run(&["plan"]).exits(4);
        assert!(run.stderr.contains(said) && run.stderr.contains("api_gateway = "), "{run:?}");
    }
    assert!(!stack.aws.calls().iter().any(|call| call.mutating && call.service != "other"));
}
