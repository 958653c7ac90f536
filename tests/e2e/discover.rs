//! `destroy` where the checkout with `deploy.toml` is gone: the stack is found by its tags.

use aws_sdk_cognitoidentityprovider::types::LambdaConfigType;

use crate::adopt::{unmanaged_function, unmanaged_pool};
use crate::stack::{STACK, Stack};

const ENVIRONMENTS: &str = "\n[env.\"pr-*\"]\ntrigger.keep_versions = 2\n";

fn project() -> Stack {
    Stack::of(&format!("{STACK}{ENVIRONMENTS}"))
}

fn up(stack: &Stack, env: &str) {
    stack.run(&["up", "--yes", "--no-verify", "-e", env]).exits(0);
}

fn lose_the_file(stack: &Stack) {
    std::fs::remove_file(stack.path("deploy.toml")).expect("it was there");
}

#[test]
fn the_only_stack_of_an_environment_is_found_and_goes_whole() {
    let stack = project();
    stack.up();
    up(&stack, "pr-1");
    lose_the_file(&stack);
    let gone = stack.run(&["destroy", "-e", "pr-1", "--yes", "-o", "json"]).exits(0).json();
    let kinds: Vec<_> = gone["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (change["resource"].clone(), change["name"].clone()))
        .collect();
    let kinds: Vec<_> = kinds.iter().map(|(kind, _)| kind.as_str().expect("a kind")).collect();
    assert_eq!(kinds, ["trigger", "permission", "pool", "function", "role", "log-group"]);
    assert_eq!(gone["target"]["env"], "pr-1");
    stack.run(&["destroy", "--stack", "orders", "--yes"]).exits(0);
    stack.sdk().nothing_is_left();
    let nothing = stack.run(&["destroy", "--stack", "orders/pr-1", "--yes"]).exits(0);
    assert!(!nothing.stdout.contains("removed"), "{}", nothing.stdout);
}

/// An adopted pool gets its slot back, and what this stack made in it goes.
#[test]
fn an_adopted_pool_is_preserved() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    let arn = unmanaged_function(&stack, &sdk, &pool);
    let triggers = LambdaConfigType::builder().pre_sign_up(&arn).pre_token_generation(&arn);
    let call = sdk.cognito.update_user_pool().user_pool_id(&pool);
    sdk.call(call.lambda_config(triggers.build()).send());
    let adopting = STACK.replace("deletion_protection = false", &format!("id = \"{pool}\""));
    stack.write(&format!("{adopting}{ENVIRONMENTS}"));
    let before = stack.aws.settings(&pool);
    stack.run(&["up", "--yes", "--no-verify", "--take-over", "-e", "pr-1"]).exits(0);
    lose_the_file(&stack);
    let gone = stack.run(&["destroy", "-e", "pr-1", "--yes"]).exits(0);
    assert!(gone.stdout.contains("Everything is removed"), "{}", gone.stdout);
    assert_eq!(stack.aws.settings(&pool), before, "given back exactly");
    let clients = sdk.call(sdk.cognito.list_user_pool_clients().user_pool_id(&pool).send());
    assert_eq!(clients.user_pool_clients().len(), 0, "our client is gone");
    let servers = sdk.call(sdk.cognito.list_resource_servers().user_pool_id(&pool).send());
    assert_eq!(servers.resource_servers().len(), 0, "our resource server is gone");
    let functions = sdk.call(sdk.lambda.list_functions().send());
    let names: Vec<_> = functions.functions().iter().filter_map(|it| it.function_name()).collect();
    assert_eq!(names, ["theirs"]);
}

#[test]
fn users_and_protection_hold_as_they_always_do() {
    let stack = project();
    up(&stack, "pr-1");
    let sdk = stack.sdk();
    let pools = sdk.call(sdk.cognito.list_user_pools().max_results(60).send());
    let pool = pools.user_pools()[0].id().expect("an id").to_owned();
    sdk.call(sdk.cognito.admin_create_user().user_pool_id(&pool).username("alice").send());
    lose_the_file(&stack);
    let refused = stack.run(&["destroy", "-e", "pr-1", "--yes"]).exits(6);
    assert!(refused.stderr.contains(&format!("--confirm {pool}")), "{}", refused.stderr);
    stack.run(&["destroy", "-e", "pr-1", "--yes", "--confirm", &pool]).exits(0);
    sdk.nothing_is_left();
}

#[test]
fn which_stack_is_meant_is_never_guessed() {
    let stack = project();
    up(&stack, "pr-1");
    let others = STACK.replace("name = \"orders\"\n\n[trigger]", "name = \"billing\"\n\n[trigger]");
    stack.write(&format!("{others}{ENVIRONMENTS}"));
    up(&stack, "pr-1");
    lose_the_file(&stack);
    stack.aws.clear();
    let several = stack.run(&["destroy", "-e", "pr-1", "--yes", "-o", "json"]).exits(6);
    assert_eq!(several.json()["stacks"], serde_json::json!(["billing/pr-1", "orders/pr-1"]));
    assert!(several.stderr.contains("--stack NAME/ENVIRONMENT"), "{}", several.stderr);
    let none = stack.run(&["destroy", "-e", "pr-2", "--yes"]).exits(6);
    assert!(none.stderr.contains("there are billing/pr-1, orders/pr-1"), "{}", none.stderr);
    let nowhere = stack.run(&["destroy", "--yes"]).exits(4);
    assert!(nowhere.stderr.contains("cannot read `deploy.toml`"), "{}", nowhere.stderr);
    let named = stack.run(&["destroy", "-f", "other.toml", "-e", "pr-1", "--yes"]).exits(4);
    assert!(named.stderr.contains("cannot read `other.toml`"), "{}", named.stderr);
    let torn = stack.run(&["destroy", "-e", "pr-2", "--stack", "orders/pr-1", "--yes"]).exits(4);
    assert!(torn.stderr.contains("is not in the environment `pr-2`"), "{}", torn.stderr);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    stack.run(&["destroy", "--stack", "billing/pr-1", "--yes"]).exits(0);
    stack.run(&["destroy", "-e", "pr-1", "--yes"]).exits(0);
    stack.sdk().nothing_is_left();
}

/// Without the log group nothing tells what was made in adopted pools: that is said.
#[test]
fn what_is_left_of_a_stack_goes_too() {
    let stack = project();
    up(&stack, "pr-1");
    let sdk = stack.sdk();
    sdk.call(sdk.lambda.delete_function().function_name("orders-pr-1-pre-token").send());
    let group = "/aws/lambda/orders-pr-1-pre-token";
    sdk.call(sdk.logs.delete_log_group().log_group_name(group).send());
    lose_the_file(&stack);
    let gone = stack.run(&["destroy", "-e", "pr-1", "--yes"]).exits(0);
    assert!(gone.stdout.contains("named `orders-pr-1-…` may be left in them"), "{}", gone.stdout);
    sdk.nothing_is_left();
}
