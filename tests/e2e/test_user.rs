//! A user that a team keeps for proofs: it signs in instead of temporary ones, and nothing of it is made or changed.

use serde_json::Value;

use crate::binary::Run;
use crate::stack::{STACK, Stack};

const PASSWORD: &str = "Kept-for-proofs-1";
const KEPT: &str = "[verify]\nuser = \"auth-check\"\n";
const GUESTS: &str =
    "[[expect]]\nname = \"guests read\"\nclient = \"web\"\nscopes = [\"orders/read\"]\n";

/// Of whom nothing may be made, changed or removed.
const WRITES: [&str; 6] = [
    "AdminCreateUser",
    "AdminSetUserPassword",
    "AdminAddUserToGroup",
    "AdminDeleteUser",
    "AssociateSoftwareToken",
    "ConfirmDevice",
];

fn with_password(stack: &Stack, arguments: &[&str]) -> Run {
    let mut command = stack.command(arguments);
    Run::new(command.env("PRETOKEN_VERIFY_PASSWORD", PASSWORD).output().expect("the binary runs"))
}

/// Somebody of the group `staff`.
fn keep_a_user(stack: &Stack, pool: &str) {
    let sdk = stack.sdk();
    let call = sdk.cognito.admin_create_user().user_pool_id(pool).username("auth-check");
    sdk.call(call.send());
    let call = sdk.cognito.admin_set_user_password().user_pool_id(pool).username("auth-check");
    sdk.call(call.password(PASSWORD).permanent(true).send());
    let call = sdk.cognito.admin_add_user_to_group().user_pool_id(pool).username("auth-check");
    sdk.call(call.group_name("staff").send());
}

#[track_caller]
fn checks(verify: &Value) -> Vec<[&str; 3]> {
    let checks = verify["checks"].as_array().expect("checks").iter();
    let members = ["name", "flow", "verdict"];
    checks.map(|check| members.map(|member| check[member].as_str().expect("text"))).collect()
}

#[test]
fn a_user_that_is_kept_signs_in_and_stays_as_it_is() {
    let stack = Stack::of(&format!("{STACK}{GUESTS}{KEPT}"));
    let up = stack.run(&["up", "--yes"]).exits(4);
    assert!(up.stderr.contains("PRETOKEN_VERIFY_PASSWORD is not set"), "{}", up.stderr);
    let plan = stack.run(&["plan"]).exits(0).stdout;
    assert!(plan.contains("Proof: 6 sign-ins as auth-check.\n"), "{plan}");
    let up = stack.up();
    let pool = up["outputs"]["pools"]["customers"]["id"].as_str().expect("an id");
    let absent = with_password(&stack, &["verify", "-o", "json"]).exits(7).json();
    assert!(
        absent["checks"][0]["error"].as_str().is_some_and(|it| it.contains("no user auth-check"))
    );

    keep_a_user(&stack, pool);
    stack.aws.clear();
    let run = with_password(&stack, &["verify", "-o", "json"]).exits(0);
    assert!(!run.stdout.contains(PASSWORD) && !run.stderr.contains(PASSWORD));
    let verify = run.json();
    assert_eq!(
        checks(&verify),
        [
            ["staff can write", "USER_PASSWORD_AUTH", "ok"],
            ["staff can write", "ADMIN_USER_PASSWORD_AUTH", "ok"],
            ["staff can write", "REFRESH_TOKEN", "ok"],
            ["guests read", "USER_PASSWORD_AUTH", "not-proven"],
        ]
    );
    let why = "auth-check is in staff, and the promise is about no group";
    assert_eq!(verify["checks"][3]["error"], why);
    let calls = stack.aws.calls();
    let writes = calls.iter().filter(|call| WRITES.contains(&call.operation.as_str()));
    assert_eq!(writes.count(), 0, "{calls:?}");
    let sdk = stack.sdk();
    let users = sdk.call(sdk.cognito.list_users().user_pool_id(pool).send());
    assert_eq!(users.users().len(), 1, "it stays: {users:?}");
}

/// Without promises whoever it is shows what rules do to whoever it is.
#[test]
fn without_promises_it_is_tried_as_it_is() {
    let without = STACK.split("[[expect]]").next().expect("a part");
    let stack = Stack::of(&format!("{without}{KEPT}"));
    let up = stack.up();
    keep_a_user(&stack, up["outputs"]["pools"]["customers"]["id"].as_str().expect("an id"));
    let verify = with_password(&stack, &["verify", "-o", "json"]).exits(0).json();
    assert_eq!(checks(&verify).len(), 3, "{verify:#}");
    let scopes = verify["checks"][0]["scopes"].to_string();
    assert!(scopes.contains("orders/write"), "it is of the staff: {scopes}");
}
