//! `simulate` and `schema` as a user meets them: whole outputs and exit codes, without AWS.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "each test crate uses a part of it")]
mod binary;

use std::path::Path;

use binary::{Project, Run, offline};
use serde_json::{Value, json};

const STACK: &str = r#"name = "orders"
region = "eu-west-1"
[trigger]
event_version = "V3_0"
[pools.customers.clients.desk]
[pools.customers.clients.web]
[pools.customers.groups]
staff = "Order desk"
[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }

[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]

[[rules]]
name = "staff writes"
clients = ["desk"]
groups = ["staff"]
add_scopes = ["orders/write"]
suppress_scopes = ["aws.cognito.signin.user.admin"]
access_claims = { tenant = "{attributes.custom:tenant}", desk = true }

[[expect]]
name = "staff writes"
client = "desk"
groups = ["staff"]
scopes = ["orders/write"]
"#;

/// Runs the binary with a file that says this; `{event}` among the arguments stands for a file with `event` in it.
fn run(stack: &str, arguments: &[&str], event: &str) -> (i32, String, String) {
    let project = Project::of(stack);
    project.write("event.json", event);
    let mut command = offline(project.path(""));
    // Quiet: the stack is hinted at, since it takes a scope away that `GetUser` needs.
    command.arg("-q").args(arguments);
    command.stdin(std::fs::File::open(project.path("event.json")).expect("an event"));
    let run = Run::new(command.output().expect("the binary runs"));
    (run.code, run.stdout, run.stderr)
}

fn json(arguments: &[&str], event: &str) -> Value {
    let (code, stdout, stderr) = run(STACK, arguments, event);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    serde_json::from_str(&stdout).expect("one JSON document")
}

#[test]
fn a_token_before_and_after_and_which_rule_did_it() {
    let stdout = "\
client desk, pool customers, in staff, TokenGeneration_Authentication

Access token
  ~ scope           aws.cognito.signin.user.admin -> orders/read orders/write
    cognito:groups  [\"staff\"]
  + desk            true

ID token
    cognito:groups  [\"staff\"]

Rules
  + everyone reads: adds orders/read
  + staff writes: adds orders/write; suppresses aws.cognito.signin.user.admin; sets in the access token desk; \
leaves out of the access token (no value, or suppressed) tenant
";
    let arguments = ["simulate", "--client", "desk", "--group", "staff"];
    assert_eq!(run(STACK, &arguments, ""), (0, stdout.to_owned(), String::new()));
}

#[test]
fn a_rule_that_does_not_apply_says_why() {
    let stdout = "\
client web, pool customers, TokenGeneration_RefreshTokens

Access token
  ~ scope  aws.cognito.signin.user.admin -> aws.cognito.signin.user.admin orders/read

Rules
  + everyone reads: adds orders/read
  - staff writes: does not apply (clients: is not desk)
";
    let arguments = ["simulate", "--client", "web", "--source", "refreshtokens"];
    assert_eq!(run(STACK, &arguments, ""), (0, stdout.to_owned(), String::new()));
}

#[test]
fn as_json() {
    let attribute = ["--attribute", "custom:tenant=acme=1", "--metadata", "a=b"];
    let subject = ["simulate", "-o", "json", "--client", "customers/desk", "--group", "staff"];
    let document = json(&[&subject[..], &attribute].concat(), "");
    assert_eq!(document["schema"], "pretoken/simulate/v1");
    assert_eq!(document["matched"], json!(["everyone reads", "staff writes"]));
    assert_eq!(document["access"]["gained"], json!(["orders/read", "orders/write"]));
    assert_eq!(document["access"]["lost"], json!(["aws.cognito.signin.user.admin"]));
    assert_eq!(document["access"]["claims"]["tenant"], "acme=1");
    assert_eq!(document["id"]["claims"]["custom:tenant"], "acme=1");
    assert_eq!(document["event"]["request"]["clientMetadata"], json!({"a": "b"}));
    let added = &document["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"];
    assert_eq!(added["scopesToAdd"], json!(["orders/read", "orders/write"]));
}

#[test]
fn every_source_has_a_sample_that_can_be_simulated() {
    for source in pretoken::config::TriggerSource::ALL {
        let (code, sample, stderr) = run(STACK, &["simulate", "--sample", source.as_str()], "");
        assert_eq!((code, stderr.as_str()), (0, ""), "{source:?}");
        for from in ["-", "event.json"] {
            let document = json(&["simulate", "-o", "json", "--event", from], &sample);
            assert_eq!(document["event"]["triggerSource"], source.as_str());
            assert_eq!(document["matched"], json!(["everyone reads"]), "the ids are known");
        }
    }
}

#[test]
fn an_event_of_elsewhere_is_told_who_it_is() {
    let event = json!({
        "version": "2", "userPoolId": "eu-west-1_Strange", "callerContext": {"clientId": "abc"},
        "request": {"groupConfiguration": {"groupsToOverride": ["staff"]}},
    });
    let arguments = ["simulate", "-o", "json", "--event", "event.json"];
    assert_eq!(json(&arguments, &event.to_string())["matched"], json!(["everyone reads"]));
    let arguments = [&arguments[..], &["--client", "desk"]].concat();
    let document = json(&arguments, &event.to_string());
    assert_eq!(document["matched"], json!(["everyone reads", "staff writes"]));
}

#[test]
fn what_is_no_event() {
    for event in ["", "[1]", "{"] {
        let (code, stdout, stderr) = run(STACK, &["simulate", "--event", "event.json"], event);
        assert_eq!((code, stdout.as_str()), (4, ""), "{event}: {stderr}");
    }
    for arguments in [
        &["simulate", "--client", "desk/nope"][..],
        &["simulate", "--event", "missing.json"],
        &["simulate", "--attribute", "novalue"],
        &["simulate", "--sample", "Nothing"],
        &["simulate", "--event", "-", "--group", "staff"],
    ] {
        assert_eq!(run(STACK, arguments, "").0, 4, "{arguments:?}");
    }
}

#[test]
fn an_event_that_no_rule_can_change_is_told_from_one_without_effect() {
    for (event, reason) in [
        (
            r#"{"version": "1", "triggerSource": "TokenGeneration_HostedAuth"}"#,
            "its version is 1 (V1_0)",
        ),
        (r#"{"event": {"version": "2"}}"#, "the event is wrapped in a member `event`"),
    ] {
        let (code, _, stderr) = run(STACK, &["simulate", "--event", "event.json"], event);
        assert!(code == 4 && stderr.contains(reason), "{event}: {stderr}");
    }
}

#[test]
fn an_event_is_read_as_the_trigger_and_powershell_write_it() {
    let event =
        r#"{"version": "2", "userName": "\ud800", "request": {"userAttributes": {"a": 1}}}"#;
    for event in [event.to_owned(), format!("\u{FEFF}{event}")] {
        let document = json(&["simulate", "-o", "json", "--event", "event.json"], &event);
        assert_eq!(document["event"]["userName"], "\u{FFFD}");
    }
}

#[test]
fn promises_kept_and_broken() {
    let kept = "kept: staff writes\n1 promise kept\n".to_owned();
    assert_eq!(run(STACK, &["simulate", "--expect"], ""), (0, kept, String::new()));
    let document = json(&["simulate", "--expect", "-o", "json"], "");
    assert_eq!(document["expectations"], json!([{"name": "staff writes", "ok": true}]));

    let broken = STACK.replace("groups = [\"staff\"]\nscopes", "scopes");
    let (code, stdout, stderr) = run(&broken, &["simulate", "--expect"], "");
    assert_eq!((code, stdout.as_str()), (7, ""));
    assert!(stderr.contains("does not apply (groups: has none of staff)"), "{stderr}");
}

#[test]
fn the_schema_has_every_key_of_the_repositorys_own_file() {
    let (code, stdout, stderr) = run(STACK, &["schema"], "");
    assert_eq!((code, stderr.as_str()), (0, ""));
    let schema: Value = serde_json::from_str(&stdout).expect("JSON");
    let mut known = std::collections::BTreeSet::new();
    collect(&schema, &mut known);
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy.toml"));
    let text = text.expect("the repository's own file");
    let key = |line: &str| {
        let key = line.trim_start_matches("# ").split_once(" = ")?.0.to_owned();
        key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_').then_some(key)
    };
    let keys: Vec<_> = text.lines().filter_map(key).collect();
    assert!(keys.len() > 40, "{keys:?}");
    let groups = ["staff", "managers", "auditors"].map(str::to_owned);
    let unknown: Vec<_> =
        keys.iter().filter(|key| !known.contains(*key) && !groups.contains(key)).collect();
    assert_eq!(unknown, Vec::<&String>::new());
}

/// All names of properties, anywhere in the schema.
fn collect(schema: &Value, known: &mut std::collections::BTreeSet<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        known.extend(properties.keys().cloned());
    }
    match schema {
        Value::Object(members) => members.values().for_each(|member| collect(member, known)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, known)),
        _ => {}
    }
}
