//! From nothing to a proven token, and back to nothing.

use serde_json::json;

use crate::stack::{STACK, Stack};
use crate::strict::{Pick, Refusal};

#[test]
fn one_command_deploys_and_proves_and_another_takes_it_away() {
    let stack = Stack::new();
    let up = stack.run(&["up", "--yes", "-o", "json"]).exits(0).json();
    assert_eq!(up["schema"], "pretoken/up/v1");
    assert_eq!(up["changes"].as_array().expect("changes").len(), 10);
    assert_eq!(up["outputs"]["version"], "1");
    assert_eq!(up["verify"]["ok"], true);
    let checks = up["verify"]["checks"].as_array().expect("checks");
    let flows: Vec<_> =
        checks.iter().map(|check| check["flow"].as_str().expect("a flow")).collect();
    assert_eq!(flows, ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN"]);
    for check in checks {
        assert_eq!(
            check["scopes"],
            json!(["aws.cognito.signin.user.admin", "orders/read", "orders/write"])
        );
    }

    stack.aws.clear();
    let again = stack.run(&["up", "--yes"]).exits(0);
    assert!(again.stdout.contains("Nothing to do"), "{}", again.stdout);
    let users =
        ["AdminCreateUser", "AdminSetUserPassword", "AdminAddUserToGroup", "AdminDeleteUser"];
    let other = |call: &String| {
        !users.iter().any(|user| call.ends_with(user)) && !call.ends_with("InitiateAuth")
    };
    let others: Vec<String> = stack.aws.mutating().into_iter().filter(other).collect();
    assert_eq!(others, Vec::<String>::new());

    stack.aws.clear();
    stack.run(&["up", "--yes", "--no-verify"]).exits(0);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new(), "nothing to do means no mutating call");

    let gone = stack.run(&["destroy", "--yes", "-o", "json"]).exits(0).json();
    let kinds: Vec<_> = gone["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| change["resource"].clone())
        .collect();
    assert_eq!(kinds, ["trigger", "permission", "pool", "function", "role", "log-group"]);
    let nothing = stack.run(&["destroy", "--yes"]).exits(0);
    assert_eq!(nothing.stdout, "Nothing is there.\n");
    stack.sdk().nothing_is_left();
}

#[test]
fn a_converged_plan_is_quick_and_writes_nothing() {
    let stack = Stack::of(&STACK.replace("[pools.customers.groups]\nstaff = \"Order desk\"\n", "").replace(
        "groups = [\"staff\"]\nscopes = [\"orders/read\", \"orders/write\"]\naccess_claims = { desk = \"web\" }",
        "scopes = [\"orders/read\"]",
    ));
    stack.up();
    stack.aws.clear();
    let plan = stack.run(&["plan", "--detailed-exitcode"]).exits(0);
    assert_eq!(plan.stdout, "Nothing to do: 9 resources are as deploy.toml says.\n");
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    let calls = stack.aws.calls();
    assert!(
        calls.len() <= 16,
        "{} calls: {:?}",
        calls.len(),
        calls.iter().map(|c| c.operation.clone()).collect::<Vec<_>>()
    );
}

#[test]
fn a_token_can_be_read_by_hand() {
    let stack = Stack::new();
    let up = stack.up();
    let pool = up["outputs"]["pools"]["customers"]["id"].as_str().expect("a pool");
    let sdk = stack.sdk();
    let user = || "alice".to_owned();
    sdk.call(sdk.cognito.admin_create_user().user_pool_id(pool).username(user()).send());
    let password = sdk.cognito.admin_set_user_password().user_pool_id(pool).username(user());
    sdk.call(password.password("Correct-horse-7").permanent(true).send());
    let mut command = stack.command(&["token", "--username", "alice", "-o", "json"]);
    let output =
        command.env("PRETOKEN_PASSWORD", "Correct-horse-7").output().expect("the binary runs");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let token: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(token["schema"], "pretoken/token/v1");
    assert_eq!(token["access"]["header"]["alg"], "RS256");
    assert!(token["access"]["claims"]["scope"].as_str().expect("scopes").contains("orders/read"));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("eyJ"), "raw tokens need --raw");
    let wrong =
        stack.command(&["token", "--username", "alice"]).env("PRETOKEN_PASSWORD", "wrong").output();
    assert_eq!(wrong.expect("the binary runs").status.code(), Some(1));
}

#[test]
fn a_failed_verification_leaves_no_user_behind() {
    let promise =
        "[[expect]]\nname = \"others read\"\nclient = \"web\"\nscopes = [\"orders/read\"]\n";
    let stack = Stack::of(&format!("{STACK}\n{promise}"));
    let up = stack.up();
    let pool = up["outputs"]["pools"]["customers"]["id"].as_str().expect("a pool");
    let denied = Refusal::new(403, "AccessDeniedException", "not authorized");
    stack.aws.refuse(Pick::Operation("cognito-idp:AdminInitiateAuth"), denied, 1);
    stack.run(&["verify"]).exits(5);
    assert_eq!(
        stack.aws.mutating().iter().filter(|call| call.ends_with("AdminCreateUser")).count(),
        2
    );
    let sdk = stack.sdk();
    let users = sdk.call(sdk.cognito.list_users().user_pool_id(pool).send());
    assert_eq!(users.users().len(), 0);
}

#[test]
fn status_knows_what_is_deployed_without_building() {
    let stack = Stack::new();
    assert_eq!(stack.run(&["status", "-o", "json"]).exits(0).json()["deployed"], false);
    stack.up();
    let status = stack.run(&["status", "-o", "json"]).exits(0).json();
    assert_eq!(status["deployed"], true);
    assert_eq!(status["drift"], json!([]));
    assert_eq!(status["outputs"]["version"], "1");
}

#[test]
fn old_versions_are_removed_when_there_are_more_than_wanted() {
    let stack = |memory: u32| {
        STACK.replace("[trigger]", &format!("[trigger]\nkeep_versions = 2\nmemory_mb = {memory}"))
    };
    let project = Stack::of(&stack(128));
    for memory in [128, 129, 130, 131] {
        project.write(&stack(memory));
        project.up();
    }
    let sdk = project.sdk();
    let listed =
        sdk.call(sdk.lambda.list_versions_by_function().function_name("orders-pre-token").send());
    let versions: Vec<_> =
        listed.versions().iter().filter_map(|version| version.version()).collect();
    assert_eq!(versions, ["$LATEST", "3", "4"]);
}

#[test]
fn environments_stand_side_by_side() {
    let stack = Stack::of(&format!("{STACK}\n[env.\"pr-*\"]\ntrigger.memory_mb = 256\n"));
    stack.up();
    stack.run(&["up", "--yes", "--no-verify", "-e", "pr-1"]).exits(0);
    stack.run(&["up", "--yes", "--no-verify", "-e", "pr-2"]).exits(0);
    assert_eq!(stack.plan(), Vec::<String>::new());
    stack.run(&["destroy", "--yes", "-e", "pr-1"]).exits(0);
    assert_eq!(stack.plan(), Vec::<String>::new(), "the others are untouched");
    let two = stack.run(&["status", "-e", "pr-2", "-o", "json"]).exits(0).json();
    assert_eq!(two["drift"], json!([]));
}

#[test]
fn a_client_with_a_secret_signs_in() {
    let stack = Stack::of(&STACK.replace(
        "[pools.customers.clients.web]",
        "[pools.customers.clients.web]\ngenerate_secret = true",
    ));
    let run = stack.run(&["up", "--yes", "-v"]).exits(0);
    let sdk = stack.sdk();
    let pool = sdk.call(sdk.cognito.list_user_pools().max_results(1).send()).user_pools()[0]
        .id()
        .expect("an id")
        .to_owned();
    let clients = sdk.call(sdk.cognito.list_user_pool_clients().user_pool_id(&pool).send());
    let id = clients.user_pool_clients()[0].client_id().expect("an id").to_owned();
    let client =
        sdk.call(sdk.cognito.describe_user_pool_client().user_pool_id(&pool).client_id(id).send());
    let secret = client
        .user_pool_client()
        .and_then(|client| client.client_secret())
        .expect("a secret")
        .to_owned();
    assert!(!run.stdout.contains(&secret) && !run.stderr.contains(&secret));
}
