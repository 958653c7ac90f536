//! Facts from a table of the emulator's DynamoDB: looked up at a sign-in by the function that `up` deployed.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType};
use serde_json::{Value, json};

use crate::binary::Run;
use crate::stack::{STACK, Stack};

const PASSWORD: &str = "Correct-Horse-9";

/// What the stack asks of tables.
fn with_facts(stack: &Stack) -> String {
    let endpoint = stack.aws.url();
    let facts = format!(
        r#"
[trigger.environment]
AWS_ENDPOINT_URL_DYNAMODB = "{endpoint}"

[facts.entitlements]
dynamodb = {{ table = "entitlements", key = {{ pk = "USER#{{attributes.sub}}" }}, attributes = ["plan", "scopes"] }}

[facts.roles]
dynamodb = {{ table = "roles", key = {{ pk = "{{attributes.sub}}", sk = {{ begins_with = "ROLE#" }} }}, limit = 10 }}
on_missing = "skip"

[[rules]]
name = "the plan"
facts = {{ "entitlements.plan" = {{ one_of = ["pro", "team"] }} }}
add_scopes = ["{{facts.entitlements.scopes}}"]
access_claims = {{ plan = "{{facts.entitlements.plan}}" }}

[[rules]]
name = "roles"
add_groups = ["{{facts.roles.*.name}}"]

[[expect]]
name = "professionals write"
client = "web"
facts = {{ entitlements = {{ plan = "pro", scopes = ["orders/write", "admin/all"] }}, roles = [{{ name = "auditor" }}] }}
scopes = ["orders/write"]
not_scopes = ["admin/all"]
access_claims = {{ plan = "pro", "cognito:groups" = ["auditor"] }}

[[expect]]
name = "who has no item stays out"
client = "web"
refused = "the account is not set up"
"#
    );
    let known = "groups = [\"staff\"]\nfacts = { entitlements = {} }\nscopes";
    let stack = STACK.replace("groups = [\"staff\"]\nscopes", known);
    stack.replace("\n[pools.customers]\n", &format!("{facts}\n[pools.customers]\n"))
}

/// An operation of the account's DynamoDB.
fn dynamodb(stack: &Stack, operation: &str, body: &Value) -> Value {
    let address = stack.aws.url().replace("http://", "");
    let body = body.to_string();
    let mut connection = TcpStream::connect(&address).expect("a connection");
    write!(
        connection,
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.0\r\n\
         x-amz-target: DynamoDB_20120810.{operation}\r\ncontent-length: {}\r\nauthorization: AWS4-HMAC-SHA256 \
         Credential={}/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len(),
        stack.aws.account(),
    )
    .expect("a request");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{operation}: {answer}");
    answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body)
        .and_then(|body| serde_json::from_str(body).ok())
        .unwrap_or_default()
}

fn table(stack: &Stack, name: &str, key: &[(&str, &str)]) {
    let part = |(name, kind): &(&str, &str)| json!({ "AttributeName": name, "KeyType": kind });
    let defined = |(name, _): &(&str, &str)| json!({ "AttributeName": name, "AttributeType": "S" });
    dynamodb(
        stack,
        "CreateTable",
        &json!({
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": key.iter().map(part).collect::<Vec<_>>(),
            "AttributeDefinitions": key.iter().map(defined).collect::<Vec<_>>(),
        }),
    );
}

/// Somebody who can sign in; their `sub`.
fn user(stack: &Stack, pool: &str, name: &str) -> String {
    let sdk = stack.sdk();
    let call = sdk.cognito.admin_create_user().user_pool_id(pool).username(name);
    let made = sdk.call(call.message_action(MessageActionType::Suppress).send());
    let call = sdk.cognito.admin_set_user_password().user_pool_id(pool).username(name);
    sdk.call(call.password(PASSWORD).permanent(true).send());
    let attributes = made.user().expect("a user").attributes();
    let sub = attributes.iter().find(|one| one.name() == "sub").and_then(AttributeType::value);
    sub.expect("a sub").to_owned()
}

fn token(stack: &Stack, user: &str) -> Run {
    let mut command = stack.command(&["token", "--username", user, "-o", "json"]);
    Run::new(command.env("PRETOKEN_PASSWORD", PASSWORD).output().expect("it runs"))
}

#[test]
fn a_sign_in_has_what_the_table_says() {
    let stack = Stack::new();
    stack.write(&with_facts(&stack));
    table(&stack, "entitlements", &[("pk", "HASH")]);
    table(&stack, "roles", &[("pk", "HASH"), ("sk", "RANGE")]);

    // A temporary user has no item: the refusal is proven by a sign-in, and what a promise says of other facts is not claimed
    // to be; the new version has kept it before it served.
    let up = stack.run(&["up", "--yes", "-o", "json"]).exits(0).json();
    let checks = up["verify"]["checks"].as_array().expect("checks");
    let verdict = |name: &str| {
        checks.iter().find(|check| check["name"] == name).map(|check| check["verdict"].clone())
    };
    assert_eq!(verdict("professionals write"), None, "{checks:?}");
    assert_eq!(verdict("who has no item stays out"), Some("ok".into()), "{checks:?}");
    let pool = up["outputs"]["pools"]["customers"]["id"].as_str().expect("an id");

    let (ada, bob) = (user(&stack, pool, "ada"), user(&stack, pool, "bob"));
    user(&stack, pool, "eve");
    let put = |table: &str, item: Value| {
        dynamodb(&stack, "PutItem", &json!({ "TableName": table, "Item": item }));
    };
    put(
        "entitlements",
        json!({
            "pk": { "S": format!("USER#{ada}") }, "plan": { "S": "pro" },
            "scopes": { "SS": ["orders/write", "admin/all"] },
        }),
    );
    put("entitlements", json!({ "pk": { "S": format!("USER#{bob}") }, "plan": { "S": "free" } }));
    for role in ["auditor", "buyer"] {
        let sk = format!("ROLE#{role}");
        put("roles", json!({ "pk": { "S": ada }, "sk": { "S": sk }, "name": { "S": role } }));
    }

    let claims = |name: &str| token(&stack, name).exits(0).json()["access"]["claims"].clone();
    let adas = claims("ada");
    assert_eq!(adas["plan"], "pro");
}
