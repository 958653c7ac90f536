//! A proof holds until something changes on which tokens depend: until then nobody signs in again.

use aws_sdk_cognitoidentityprovider::types::{SoftwareTokenMfaConfigType, UserPoolMfaType};
use serde_json::Value;

use crate::stack::{STACK, Stack};

/// How many sign-ins this `up` makes; none is made by one that remembers.
#[track_caller]
fn sign_ins(stack: &Stack) -> usize {
    stack.aws.clear();
    let up = stack.run(&["up", "--yes", "-o", "json"]).exits(0).json();
    let verify = &up["verify"];
    assert_eq!(verify["ok"], true, "{verify:#}");
    let checks = verify["checks"].as_array().expect("checks").len();
    assert_eq!(verify["proven_at"].is_string(), checks == 0, "{verify:#}");
    let calls = stack.aws.calls();
    let made = calls.iter().filter(|call| call.operation == "AdminCreateUser").count();
    assert_eq!(made > 0, checks > 0, "{calls:?}");
    if checks == 0 {
        assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    }
    checks
}

#[test]
fn nobody_signs_in_again_until_something_changes() {
    let stack = Stack::new();
    assert_eq!(sign_ins(&stack), 3);
    assert_eq!(sign_ins(&stack), 0, "nothing has changed");
    let text = stack.run(&["up", "--yes"]).exits(0).stdout;
    assert!(
        text.contains("Proven at 2") && text.contains("nothing that tokens depend on"),
        "{text}"
    );
    let verify: Value = stack.run(&["verify", "-o", "json"]).exits(0).json();
    assert_eq!(verify["checks"].as_array().map(Vec::len), Some(3), "`verify` proves anew");
    assert_eq!(sign_ins(&stack), 0, "and leaves what is remembered");

    // Promises, rules, what a client allows, and what others do to the pool.
    let more = "[[expect]]\nname = \"guests read\"\nclient = \"web\"\nscopes = [\"orders/read\"]\n";
    let promised = format!("{STACK}{more}");
    stack.write(&promised);
    assert_eq!((sign_ins(&stack), sign_ins(&stack)), (6, 0), "another promise");
    let ruled = promised
        .replace(
            "add_scopes = [\"orders/write\"]",
            "add_scopes = [\"orders/write\", \"orders/list\"]",
        )
        .replace("write = \"Change orders\"", "write = \"Change orders\", list = \"List orders\"");
    stack.write(&ruled);
    assert_eq!((sign_ins(&stack), sign_ins(&stack)), (6, 0), "other rules");
    let flows = "clients.web]\nauth_flows = [\"user-password\", \"refresh-token\"]";
    stack.write(&ruled.replace("clients.web]", flows));
    assert_eq!((sign_ins(&stack), sign_ins(&stack)), (4, 0), "other flows");
    let outputs = stack.run(&["status", "-o", "json"]).exits(0).json();
    let pool = outputs["outputs"]["pools"]["customers"]["id"].as_str().expect("an id").to_owned();
    let sdk = stack.sdk();
    let codes = SoftwareTokenMfaConfigType::builder().enabled(true).build();
    let call = sdk.cognito.set_user_pool_mfa_config().user_pool_id(&pool);
    let call = call.software_token_mfa_configuration(codes);
    sdk.call(call.mfa_configuration(UserPoolMfaType::Optional).send());
    assert_eq!((sign_ins(&stack), sign_ins(&stack)), (4, 0), "another second factor");
}
