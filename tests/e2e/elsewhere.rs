//! Values that `deploy.toml` does not hold: read where they are, compared, written, and shown to nobody.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::stack::{STACK, Stack};

const TOKEN: &str = "hunter2-of-the-partner";
const PASSWORD: &str = "Hunter3-of-the-database";
const HERE: &str = "hunter4-of-this-machine";

/// The stack with variables from everywhere.
fn deploy() -> String {
    STACK.replace(
        "[pools.customers]\n",
        r#"[trigger.environment]
PARTNER = { ssm = "/orders/partner" }
TOKEN = { ssm = "/orders/token" }
PASSWORD = { secrets_manager = "orders/database", key = "password" }
TOPIC = { cloudformation = "base.TopicName" }
HERE = { env = "ORDERS_HERE" }

[tags]
Topic = { cloudformation = "base.TopicName" }

[pools.customers]
"#,
    )
}

/// A call of a service that no client of these tests knows.
#[track_caller]
fn call(stack: &Stack, service: &str, headers: &str, body: &str) -> String {
    let address = stack.aws.url().replace("http://", "");
    let credential = format!("{}/20260101/eu-west-1/{service}/aws4_request", stack.aws.account());
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n\
         authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(&address).expect("the account answers");
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it says something");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer
}

#[track_caller]
fn put(stack: &Stack, service: &str, target: &str, body: &Value) {
    let headers = format!("content-type: application/x-amz-json-1.1\r\nx-amz-target: {target}");
    call(stack, service, &headers, &body.to_string());
}

#[track_caller]
fn parameter(stack: &Stack, name: &str, kind: &str, value: &str) {
    let body = json!({"Name": name, "Type": kind, "Value": value, "Overwrite": true});
    put(stack, "ssm", "AmazonSSM.PutParameter", &body);
}

/// Everything that the file names.
fn there(stack: &Stack) {
    parameter(stack, "/orders/partner", "String", "https://partners.example");
    parameter(stack, "/orders/token", "SecureString", TOKEN);
    let secret = json!({"user": "orders", "password": PASSWORD}).to_string();
    let body = json!({"Name": "orders/database", "SecretString": secret, "ClientRequestToken": "0".repeat(32)});
    put(stack, "secretsmanager", "secretsmanager.CreateSecret", &body);
    let template = json!({
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "orders"}}},
        "Outputs": {"TopicName": {"Value": {"Fn::GetAtt": ["Topic", "TopicName"]}}},
    });
    let template: String =
        form_urlencoded::byte_serialize(template.to_string().as_bytes()).collect();
    let of_stack = |action: &str, more: &str| {
        let form = format!("Action={action}&Version=2010-05-15&StackName=base{more}");
        call(stack, "cloudformation", "content-type: application/x-www-form-urlencoded", &form)
    };
    of_stack("CreateStack", &format!("&TemplateBody={template}"));
    let deadline = Instant::now() + Duration::from_mins(5);
    while !of_stack("DescribeStacks", "").contains("CREATE_COMPLETE") {
        assert!(Instant::now() < deadline, "the stack is not made in five minutes");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn run(stack: &Stack, arguments: &[&str]) -> crate::binary::Run {
    let output = stack.command(arguments).env("ORDERS_HERE", HERE).output();
    let run = crate::binary::Run::new(output.expect("the binary runs"));
    for secret in [TOKEN, PASSWORD, HERE] {
        let shown = run.stdout.contains(secret) || run.stderr.contains(secret);
        assert!(!shown, "{arguments:?} shows {secret}:\n{}{}", run.stdout, run.stderr);
    }
    run
}

#[test]
fn what_is_missing_is_told_all_at_once_where_the_file_names_it() {
    let stack = Stack::of(&deploy());
    let refused = stack.run(&["plan"]).exits(4).stderr;
    assert!(
        refused
            .contains("`trigger.environment.HERE` is the variable ORDERS_HERE, and has no value"),
        "{refused}"
    );
    let refused = run(&stack, &["plan"]).exits(4).stderr;
    for missing in [
        "`trigger.environment.PARTNER` is the parameter /orders/partner of SSM, and has no value",
        "there is no such parameter in this account and region",
        "`trigger.environment.PASSWORD` is `password` of the secret orders/database, and has no value",
        "there is no such secret in this account and region",
        "`trigger.environment.TOPIC` is the output TopicName of the stack base, and has no value",
        "there is no such stack in this account and region",
        "5 errors in deploy.toml",
    ] {
        assert!(refused.contains(missing), "{missing} is not in\n{refused}");
    }
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());

    // Nothing is asked to check the rest.
    stack.aws.clear();
    let checked = stack.run(&["check"]).exits(0);
    assert!(checked.stderr.contains("6 hints in deploy.toml"), "{}", checked.stderr);
    let offline = run(&stack, &["build"]).exits(4).stderr;
    assert!(offline.contains("--set 'tags.Topic=…'"), "{offline}");
    assert!(
        offline.contains("1 error in deploy.toml"),
        "variables are not in a package: {offline}"
    );
    assert!(stack.aws.calls().is_empty());
}

#[test]
fn values_are_read_compared_and_written_and_secrets_are_never_shown() {
    let stack = Stack::of(&deploy());
    there(&stack);
    run(&stack, &["up", "--yes", "--no-verify", "-vvv", "-o", "json"]).exits(0);
    let sdk = stack.sdk();
    let variables = || -> HashMap<String, String> {
        let function = sdk.lambda.get_function_configuration().function_name("orders-pre-token");
        let found = sdk.call(function.send());
        found.environment().and_then(|it| it.variables()).cloned().unwrap_or_default()
    };
    for (name, value) in [
        ("PARTNER", "https://partners.example"),
        ("TOKEN", TOKEN),
        ("PASSWORD", PASSWORD),
        ("TOPIC", "orders"),
        ("HERE", HERE),
    ] {
        assert_eq!(variables().get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(run(&stack, &["plan", "-o", "json"]).exits(0).json()["changes"], json!([]));
    run(&stack, &["status"]).exits(0);

    // What a plan follows from is the values.
    let file = stack.path("plan.json").display().to_string();
    parameter(&stack, "/orders/token", "SecureString", "hunter5-of-the-partner");
    let plan = run(&stack, &["plan", "-o", "json", "--out", &file]).exits(0).json();
    assert_eq!(plan["changes"][0]["resource"], "function", "{plan:#}");
    let saved = std::fs::read_to_string(&file).expect("the plan");
    assert!(!saved.contains("hunter5"), "{saved}");
    parameter(&stack, "/orders/token", "SecureString", "hunter6-of-the-partner");
    let stale = run(&stack, &["up", &file, "--yes", "--no-verify"]).exits(6).stderr;
    assert!(stale.contains("trigger.environment.TOKEN") && !stale.contains("hunter"), "{stale}");
    run(&stack, &["destroy", "--yes"]).exits(0);
}
