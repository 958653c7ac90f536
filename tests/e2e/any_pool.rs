//! A pool that another tool made, with a handler in another language: its tokens are proven all the same.

use std::io::Write as _;

use aws_sdk_cognitoidentityprovider::types::{
    ExplicitAuthFlowsType, LambdaConfigType, PreTokenGenerationLambdaVersionType,
    PreTokenGenerationVersionConfigType,
};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::FunctionCode;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::binary::Run;
use crate::stack::{Sdk, Stack};

/// A handler: everybody reads, and who is in the group `staff` writes.
#[derive(Clone, Copy)]
struct Handler {
    runtime: &'static str,
    file: &'static str,
    code: &'static str,
}

const PYTHON: Handler = Handler {
    runtime: "python3.12",
    file: "index.py",
    code: r#"
def handler(event, context):
    groups = event["request"]["groupConfiguration"]["groupsToOverride"] or []
    scopes = ["orders/read"] + (["orders/write"] if "staff" in groups else [])
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "accessTokenGeneration": {"scopesToAdd": scopes, "claimsToAddOrOverride": {"desk": "one"}}
    }
    return event
"#,
};

const JAVASCRIPT: Handler = Handler {
    runtime: "nodejs22.x",
    file: "index.js",
    code: r#"
exports.handler = async (event) => {
  const groups = event.request.groupConfiguration.groupsToOverride ?? [];
  const scopesToAdd = ["orders/read", ...(groups.includes("staff") ? ["orders/write"] : [])];
  event.response.claimsAndScopeOverrideDetails = {
    accessTokenGeneration: { scopesToAdd, claimsToAddOrOverride: { desk: "one" } },
  };
  return event;
};
"#,
};

const FLOWS: [&str; 3] = ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "REFRESH_TOKEN"];

struct Theirs {
    stack: Stack,
    pool: String,
    client: String,
}

impl Theirs {
    fn new(handler: Handler) -> Self {
        let stack = Stack::new();
        std::fs::remove_file(stack.path("deploy.toml")).expect("removed");
        let sdk = stack.sdk();
        let pool = sdk.call(sdk.cognito.create_user_pool().pool_name("company").send());
        let pool = pool.user_pool().and_then(|pool| pool.id()).expect("an id").to_owned();
        let group = sdk.cognito.create_group().user_pool_id(&pool).group_name("staff");
        sdk.call(group.send());
        let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let flows = flows.iter().map(|flow| ExplicitAuthFlowsType::from(*flow)).collect();
        let call = sdk.cognito.create_user_pool_client().user_pool_id(&pool).client_name("app");
        let call = call.generate_secret(true).set_explicit_auth_flows(Some(flows));
        let client = sdk.call(call.send());
        let client = client.user_pool_client().and_then(|it| it.client_id()).expect("an id");
        let client = client.to_owned();
        let theirs = Self { stack, pool, client };
        theirs.attach(&sdk, handler);
        theirs
    }

    /// As their tool does it.
    fn attach(&self, sdk: &Sdk, handler: Handler) {
        let Self { stack, pool, .. } = self;
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let role = sdk.iam.create_role().role_name("theirs").assume_role_policy_document(trust);
        let role = sdk.call(role.send());
        stack.aws.settle();
        let call =
            sdk.lambda.create_function().function_name("theirs").runtime(handler.runtime.into());
        let call = call.role(role.role().expect("a role").arn()).handler("index.handler");
        let code = FunctionCode::builder().zip_file(Blob::new(package(handler))).build();
        let function = sdk.call(call.code(code).send());
        stack.aws.settle();
        let source =
            format!("arn:aws:cognito-idp:eu-west-1:{}:userpool/{pool}", stack.aws.account());
        let call = sdk.lambda.add_permission().function_name("theirs").statement_id("cognito");
        let call = call.action("lambda:InvokeFunction").principal("cognito-idp.amazonaws.com");
        sdk.call(call.source_arn(source).send());
        let slot = PreTokenGenerationVersionConfigType::builder()
            .lambda_arn(function.function_arn().expect("an ARN"))
            .lambda_version(PreTokenGenerationLambdaVersionType::V20)
            .build()
            .expect("a slot");
        let triggers = LambdaConfigType::builder().pre_token_generation_config(slot).build();
        let call = sdk.cognito.update_user_pool().user_pool_id(pool).lambda_config(triggers);
        sdk.call(call.send());
    }

    fn verify(&self, more: &[&str]) -> Run {
        let named = ["verify", "--pool", &self.pool, "--client", &self.client];
        self.stack.run(&[&named, more].concat())
    }

    fn promise(&self, text: &str) -> Run {
        std::fs::write(self.stack.path("promises.toml"), text).expect("written");
        self.verify(&["--expect", "promises.toml", "-o", "json"])
    }
}

fn package(handler: Handler) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(vec![]));
    zip.start_file(handler.file, zip::write::SimpleFileOptions::default()).expect("an entry");
    zip.write_all(handler.code.as_bytes()).expect("written");
    zip.finish().expect("a package").into_inner()
}

fn all(verify: &Value, member: &str) -> Vec<Value> {
    verify["checks"].as_array().expect("checks").iter().map(|it| it[member].clone()).collect()
}

#[test]
fn the_tokens_of_any_pool() {
    are_proven(&Theirs::new(PYTHON));
}

/// The emulator runs such a handler by the Node.js of the machine; where there is none, the other language has to do.
#[test]
fn the_tokens_of_any_pool_with_a_handler_in_javascript() {
    if std::process::Command::new("node").arg("--version").output().is_ok() {
        are_proven(&Theirs::new(JAVASCRIPT));
    }
}

fn are_proven(theirs: &Theirs) {
    let before = theirs.stack.aws.settings(&theirs.pool);
    let verify = theirs.verify(&["-o", "json", "--junit", "junit.xml"]).exits(0).json();
    assert_eq!(verify["schema"], "pretoken/verify/v1");
    assert_eq!(all(&verify, "flow"), FLOWS);
    assert_eq!(all(&verify, "verdict"), ["ok"; 3], "{verify:#}");
    let read = json!(["aws.cognito.signin.user.admin", "orders/read"]);
    assert_eq!(all(&verify, "scopes"), vec![read; 3], "what came is said");
    assert_eq!(all(&verify, "client"), [theirs.client.as_str(); 3]);
    let junit = std::fs::read_to_string(theirs.stack.path("junit.xml")).expect("a report");
    assert!(junit.contains("tests=\"3\" failures=\"0\" skipped=\"0\""), "{junit}");
    let text = theirs.verify(&[]).exits(0).stdout;
    assert!(text.contains("nothing is promised about scopes and claims"), "{text}");

    let right = "[[expect]]\nname = \"staff write\"\ngroups = [\"staff\"]\nscopes = [\"orders/write\"]\nnot_scopes = [\"admin/all\"]\naccess_claims = { desk = \"one\" }\n";
    let verify = theirs.promise(right).exits(0).json();
    assert_eq!(all(&verify, "verdict"), ["ok"; 3], "{verify:#}");
    assert_eq!(all(&verify, "name"), ["staff write"; 3]);

    let wrong = "[[expect]]\nname = \"guests read alone\"\nscopes = [\"orders/list\"]\nnot_scopes = [\"orders/read\"]\n";
    let verify = theirs.promise(wrong).exits(7).json();
    assert_eq!(all(&verify, "verdict"), ["failed"; 3]);
    assert_eq!(all(&verify, "missing"), vec![json!(["orders/list"]); 3]);
    assert_eq!(all(&verify, "unexpected"), vec![json!(["orders/read"]); 3]);

    let sdk = theirs.stack.sdk();
    let users = sdk.call(sdk.cognito.list_users().user_pool_id(&theirs.pool).send());
    assert!(users.users().is_empty(), "{users:?}");
    assert_eq!(theirs.stack.aws.settings(&theirs.pool), before);
}

/// Their function leaves the slot for ours, which changes, goes back, and leaves it for theirs.
#[test]
fn nobody_is_kept_out_while_a_trigger_comes_changes_and_goes() {
    let theirs = Theirs::new(PYTHON);
    let Theirs { stack, pool, client } = &theirs;
    let deploy = |scopes: &str| {
        stack.write(&format!(
            "name = \"orders\"\n[trigger]\ncrate = \"CRATE\"\narchitecture = \"HOST\"\n[pools.company]\nid = \"{pool}\"\n[pools.company.clients.app]\nid = \"{client}\"\n[pools.company.resource_servers.orders]\nscopes = {{ read = \"Read\", write = \"Write\" }}\n[[rules]]\nname = \"all\"\nadd_scopes = [{scopes}]\n"
        ));
    };
    let load = ["verify", "--pool", pool, "--client", client, "--for", "10m", "-o", "json"];
    let load = stack.start(&load);
    stack.wait_for("InitiateAuth", 3);
    deploy("\"orders/read\"");
    stack.run(&["up", "--yes", "--take-over"]).exits(0);
    deploy("\"orders/read\", \"orders/write\"");
    stack.run(&["up", "--yes"]).exits(0);
    stack.run(&["rollback", "--yes"]).exits(0);
    stack.run(&["destroy", "--yes"]).exits(0);
    kill_process(Pid::from_child(&load), Signal::INT).expect("it is there");
    let report = Run::of(load).exits(130).json();
    let load = &report["load"];
    assert_eq!((&load["failures"], &load["not_proven"]), (&json!(0), &json!(0)), "{report:#}");
    assert_eq!((&report["ok"], &report["users"]), (&json!(true), &json!(1)), "{report:#}");
    assert_eq!(load["sign_ins"], report["sign_ins"]);
    assert!(load["sign_ins"].as_u64() > Some(10), "{report:#}");
    assert!(load["p50_ms"].as_u64() <= load["p99_ms"].as_u64(), "{report:#}");
    assert!(load["p99_ms"].as_u64() <= report["timing"]["slowest_ms"].as_u64(), "{report:#}");
    let sdk = stack.sdk();
    let users = sdk.call(sdk.cognito.list_users().user_pool_id(pool).send());
    assert!(users.users().is_empty(), "{users:?}");
    let long = theirs.verify(&["--for", "1h"]).exits(4);
    assert!(long.stderr.contains("at most 10m"), "{}", long.stderr);
}

#[test]
fn what_is_not_there_is_refused() {
    let stack = Stack::new();
    let verify = |pool: &str| stack.run(&["verify", "--pool", pool, "--client", "nobody"]);
    assert!(verify("company").exits(4).stderr.contains("is like `eu-west-1_AbCdEf123`"));
    let absent = verify("eu-west-1_Absent123").exits(6);
    assert!(absent.stderr.contains("there is no pool `eu-west-1_Absent123`"), "{}", absent.stderr);
    let sdk = stack.sdk();
    let pool = sdk.call(sdk.cognito.create_user_pool().pool_name("company").send());
    let pool = pool.user_pool().and_then(|pool| pool.id()).expect("an id");
    let absent = verify(pool).exits(6);
    assert!(absent.stderr.contains("has no client `nobody`"), "{}", absent.stderr);
    assert!(stack.run(&["verify", "--expect", "x.toml"]).exits(4).stderr.contains("--pool"));
}
