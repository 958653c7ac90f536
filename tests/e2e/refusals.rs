//! What pretoken does not do: touch what is not its own, delete what holds users, call a wrong token right.

use aws_sdk_lambda::types::FunctionCode;

use crate::stack::{STACK, Stack};
use crate::strict::{FOREVER, Pick, Refusal};

#[test]
fn resources_of_our_name_without_our_tag_are_refused_all_at_once() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    sdk.call(sdk.logs.create_log_group().log_group_name("/aws/lambda/orders-pre-token").send());
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    sdk.call(
        sdk.iam
            .create_role()
            .role_name("orders-pre-token")
            .assume_role_policy_document(trust)
            .send(),
    );
    sdk.call(sdk.cognito.create_user_pool().pool_name("orders-customers").send());
    stack.aws.clear();
    let refused = stack.run(&["up", "--yes", "-o", "json"]).exits(6).json();
    assert_eq!((&refused["schema"], &refused["code"]), (&"pretoken/error/v1".into(), &6.into()));
    let message = refused["message"].as_str().expect("a message");
    for kind in ["log-group", "role", "a pool named `orders-customers`"] {
        assert!(message.contains(kind), "{message}");
    }
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    stack.run(&["destroy", "--yes"]).exits(0);
    assert_eq!(sdk.call(sdk.iam.list_roles().send()).roles().len(), 1, "left alone");
}

#[test]
fn a_protected_pool_and_one_with_users_must_be_named() {
    let stack =
        Stack::of(&STACK.replace("deletion_protection = false", "deletion_protection = true"));
    let up = stack.up();
    let pool = up["outputs"]["pools"]["customers"]["id"].as_str().expect("a pool");
    let sdk = stack.sdk();
    sdk.call(sdk.cognito.admin_create_user().user_pool_id(pool).username("alice").send());
    stack.aws.clear();
    let refused = stack.run(&["destroy", "--yes"]).exits(6);
    assert!(
        refused.stderr.contains("is protected from deletion and holds users"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains(&format!("--confirm {pool}")), "{}", refused.stderr);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    stack.run(&["destroy", "--yes", "--confirm", pool]).exits(0);
    assert_eq!(stack.run(&["destroy", "--yes"]).exits(0).stdout, "Nothing is there.\n");
}

#[test]
fn nobody_to_ask_is_a_refusal_that_names_the_flag() {
    let stack = Stack::new();
    let run = stack.run(&["up"]).exits(6);
    assert!(run.stderr.contains("hint: add --yes"), "{}", run.stderr);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}

#[test]
fn the_wrong_account_is_refused_before_anything_is_read() {
    let stack = Stack::of(
        &STACK.replace("\n[trigger]", "allowed_account_ids = [\"123456789012\"]\n\n[trigger]"),
    );
    stack.run(&["plan"]).exits(6);
    let calls: Vec<String> = stack.aws.calls().iter().map(|call| call.operation.clone()).collect();
    assert_eq!(calls, ["GetCallerIdentity"]);
}

#[test]
fn a_wrong_token_is_found_out() {
    let stack = Stack::new();
    stack.up();
    // The rules of deploy.toml are not those that are deployed.
    stack.write(&STACK.replace(
        "add_scopes = [\"orders/read\"]",
        "add_scopes = [\"orders/read\", \"admin/list\"]",
    ));
    let junit = stack.path("junit.xml");
    let report = stack
        .run(&["verify", "-o", "json", "--junit", junit.to_str().expect("a path")])
        .exits(7)
        .json();
    assert_eq!(report["ok"], false);
    assert_eq!(report["checks"][0]["missing"], serde_json::json!(["admin/list"]));
    let xml = std::fs::read_to_string(junit).expect("written");
    assert!(xml.contains("<failure message=\"missing: admin/list\"/>"), "{xml}");
}

#[test]
fn a_function_that_may_not_be_invoked_is_found_out() {
    let stack = Stack::new();
    stack.up();
    let sdk = stack.sdk();
    let policy = sdk
        .call(sdk.lambda.get_policy().function_name("orders-pre-token").qualifier("live").send());
    let policy: serde_json::Value =
        serde_json::from_str(policy.policy().expect("a policy")).expect("JSON");
    let id = policy["Statement"][0]["Sid"].as_str().expect("an id");
    let call = sdk.lambda.remove_permission().function_name("orders-pre-token").qualifier("live");
    sdk.call(call.statement_id(id).send());
    let run = stack.run(&["verify"]).exits(7);
    assert!(run.stdout.contains("AccessDeniedException"), "{}", run.stdout);
}

#[test]
fn what_cannot_be_removed_is_listed_and_the_rest_goes() {
    let stack = Stack::new();
    stack.up();
    let conflict = Refusal::new(
        409,
        "DeleteConflict",
        "Cannot delete entity, must detach all policies first.",
    );
    stack.aws.refuse(Pick::Operation("iam:DeleteRole"), conflict, FOREVER);
    let run = stack.run(&["destroy", "--yes"]).exits(3);
    assert!(run.stderr.contains("cannot delete the role orders-pre-token"), "{}", run.stderr);
    stack.aws.clear();
    let rest = stack.run(&["destroy", "--yes", "-o", "json"]).exits(0).json();
    let kinds: Vec<_> = rest["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| &change["resource"])
        .collect();
    let what = "the log group remembers what was made, and goes when all of it is gone";
    assert_eq!(kinds, ["role", "log-group"], "{what}");
}

#[test]
fn a_denied_call_is_named_and_has_its_exit_code() {
    let stack = Stack::new();
    let denied =
        Refusal::new(403, "AccessDenied", "User: ci is not authorized to perform: iam:CreateRole");
    stack.aws.refuse(Pick::Operation("iam:CreateRole"), denied, FOREVER);
    let error = stack.run(&["up", "--yes", "-o", "json"]).exits(5).json();
    assert_eq!(error["code"], 5);
    assert!(
        error["hint"].as_str().expect("a hint").contains("the caller needs iam:CreateRole"),
        "{error}"
    );
    assert_eq!(error["failed"][0]["change"]["resource"], "role");
    assert!(error["left"].as_array().is_some_and(|left| !left.is_empty()), "{error}");
}

#[test]
fn a_function_of_another_owner_is_left_alone() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = sdk.call(
        sdk.iam.create_role().role_name("somebody").assume_role_policy_document(trust).send(),
    );
    stack.aws.settle();
    let code =
        FunctionCode::builder().zip_file(aws_sdk_lambda::primitives::Blob::new(EMPTY_ZIP)).build();
    let call = sdk.lambda.create_function().function_name("orders-pre-token").code(code);
    let call = call
        .role(role.role().expect("a role").arn())
        .handler("x")
        .runtime("provided.al2023".into());
    sdk.call(call.tags("pretoken:stack", "billing").tags("pretoken:region", "eu-west-1").send());
    let run = stack.run(&["up", "--yes"]).exits(6);
    assert!(run.stderr.contains("belongs to the stack `billing`"), "{}", run.stderr);
}

const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
