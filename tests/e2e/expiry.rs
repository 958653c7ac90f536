//! Test environments: they say when they may be removed, `sweep` removes them then, and nothing else.

use std::process::Child;

use aws_sdk_iam::types::Tag;
use serde_json::{Value, json};

use crate::binary::Run;
use crate::stack::{STACK, Stack};
use crate::strict::{Pick, Refusal};

const EXPIRES: &str = "pretoken:expires";

const ENVIRONMENTS: &str = "\n[env.\"pr-*\"]\ntrigger.keep_versions = 2\n";

fn project() -> Stack {
    Stack::of(&format!("{STACK}{ENVIRONMENTS}"))
}

fn up(stack: &Stack, env: &str, ttl: &str) {
    stack.run(&["up", "--yes", "--no-verify", "-e", env, "--ttl", ttl]).exits(0);
}

fn expires(stack: &Stack, env: &str) -> Value {
    stack.run(&["status", "-e", env, "-o", "json"]).exits(0).json()["expires"].clone()
}

/// Names of the functions that are there.
fn functions(stack: &Stack) -> Vec<String> {
    let sdk = stack.sdk();
    let listed = sdk.call(sdk.lambda.list_functions().send());
    let mut names: Vec<_> =
        listed.functions().iter().filter_map(|it| it.function_name()).map(str::to_owned).collect();
    names.sort();
    names
}

fn pool_of(stack: &Stack, env: &str) -> String {
    let status = stack.run(&["status", "-e", env, "-o", "json"]).exits(0).json();
    status["outputs"]["pools"]["customers"]["id"].as_str().expect("a pool").to_owned()
}

/// The stacks of a sweep's document: name, how many changes, and the error.
fn swept(run: &Run) -> Vec<(String, usize, Value)> {
    let document = run.json();
    assert_eq!(document["schema"], "pretoken/sweep/v1");
    let stacks = document["stacks"].as_array().expect("stacks");
    let stack = |stack: &Value| {
        let changes = stack["changes"].as_array().expect("changes").len();
        (stack["stack"].as_str().expect("a name").to_owned(), changes, stack["error"].clone())
    };
    stacks.iter().map(stack).collect()
}

#[test]
fn an_environment_lives_as_long_as_it_is_renewed() {
    let stack = project();
    up(&stack, "pr-1", "1h");
    let first = expires(&stack, "pr-1");
    assert!(first.as_str().is_some_and(|at| at.ends_with('Z')), "{first}");
    let plan = stack.run(&["plan", "-e", "pr-1", "--detailed-exitcode"]).exits(0);
    assert!(plan.stdout.contains("Nothing to do"), "what is not said stays: {}", plan.stdout);
    stack.aws.clear();
    let renewed =
        stack.run(&["up", "--yes", "--no-verify", "-e", "pr-1", "--ttl", "7d", "-o", "json"]);
    let changes = renewed.exits(0).json()["changes"].clone();
    let changes = changes.as_array().expect("changes");
    let kinds: Vec<_> = changes.iter().map(|change| change["resource"].clone()).collect();
    assert_eq!(kinds, ["log-group", "role", "pool", "function"], "everything that carries tags");
    for change in changes {
        assert_eq!(change["fields"][0]["path"], format!("tags.{EXPIRES}").as_str());
        assert_eq!(change["fields"].as_array().map(Vec::len), Some(1), "{change}");
    }
    assert!(expires(&stack, "pr-1").as_str() > first.as_str());
    let released = stack.aws.mutating().into_iter().any(|call| call.ends_with("PublishVersion"));
    assert!(!released, "a date is no reason for a version");
}

#[test]
fn only_an_environment_expires() {
    let stack = project();
    let run = stack.run(&["up", "--yes", "--ttl", "1h"]).exits(4);
    assert!(run.stderr.contains("only an environment can expire"), "{}", run.stderr);
    stack.run(&["up", "--yes", "-e", "pr-1", "--ttl", "soon"]).exits(4);
    assert!(stack.aws.calls().is_empty());
}

/// What is over goes, with its users; what lives on, what never expires and what is protected stays, and is told.
#[test]
fn what_is_over_is_swept_and_nothing_else() {
    let stack = project();
    stack.up();
    up(&stack, "pr-1", "0s");
    up(&stack, "pr-2", "1h");
    stack.write(&format!("{STACK}\n[env.\"pr-*\"]\npools.customers.deletion_protection = true\n"));
    let note = stack.run(&["up", "--yes", "--no-verify", "-e", "pr-3", "--ttl", "0s"]).exits(0);
    assert!(note.stderr.contains("`sweep` will not remove the pool customers"), "{}", note.stderr);
    let sdk = stack.sdk();
    let user = sdk.cognito.admin_create_user().user_pool_id(pool_of(&stack, "pr-1"));
    sdk.call(user.username("alice").send());
    let all = functions(&stack);

    stack.aws.clear();
    let dry = stack.run(&["sweep", "--dry-run", "-o", "json"]).exits(0);
    let found = swept(&dry);
    assert_eq!((found[0].0.as_str(), &found[0].2), ("orders/pr-1", &Value::Null), "{found:?}");
    assert_eq!((found[1].0.as_str(), found[1].1), ("orders/pr-3", 0), "{found:?}");
    assert!(found[1].2.as_str().is_some_and(|error| error.contains("is protected from deletion")));
    assert_eq!(found.len(), 2);
    let kinds = &dry.json()["stacks"][0]["changes"];
    let kinds: Vec<_> = kinds
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| change["resource"].clone())
        .collect();
    assert_eq!(kinds, ["trigger", "permission", "pool", "function", "role", "log-group"]);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    assert_eq!(functions(&stack), all);

    let unasked = stack.run(&["sweep"]).exits(6);
    assert!(unasked.stderr.contains("--yes"), "{}", unasked.stderr);
    let done = stack.run(&["sweep", "--yes", "-o", "json"]).exits(3);
    let done = swept(&done);
    assert_eq!((done[0].0.as_str(), &done[0].2), ("orders/pr-1", &Value::Null));
    assert!(done[1].2.is_string(), "what cannot go is named: {done:?}");
    assert_eq!(
        functions(&stack),
        ["orders-pr-2-pre-token", "orders-pr-3-pre-token", "orders-pre-token"]
    );
    stack.write(&format!("{STACK}{ENVIRONMENTS}"));
    assert_eq!(stack.run(&["status", "-e", "pr-2", "-o", "json"]).json()["drift"], json!([]));
}

/// One that fails does not keep the others from being removed; the next sweep finishes it.
#[test]
fn a_failure_is_one_stacks_own() {
    let stack = project();
    up(&stack, "pr-1", "0s");
    up(&stack, "pr-2", "0s");
    let denied = Refusal::new(403, "AccessDeniedException", "not authorized");
    stack.aws.refuse(Pick::Operation("lambda:DeleteFunction"), denied, 1);
    let run = stack.run(&["sweep", "--yes", "-o", "json"]).exits(3);
    let found = swept(&run);
    assert!(found[0].2.as_str().is_some_and(|error| error.contains("lambda:DeleteFunction")));
    assert_eq!((found[1].0.as_str(), &found[1].2), ("orders/pr-2", &Value::Null));
    stack.run(&["sweep", "--yes"]).exits(0);
    assert_eq!(functions(&stack), Vec::<String>::new());
    let nothing = stack.run(&["sweep", "--yes"]).exits(0);
    assert_eq!(nothing.stdout, "Nothing has expired.\n");
}

/// The newest date counts, and what carries none is not touched: somebody meant to keep it.
#[test]
fn the_resources_decide_and_not_the_list() {
    let stack = project();
    up(&stack, "pr-1", "0s");
    up(&stack, "pr-2", "0s");
    let sdk = stack.sdk();
    // The list of tagged resources has no roles: it goes on saying that both are over.
    let tag = Tag::builder().key(EXPIRES).value("2999-01-01T00:00:00Z").build().expect("whole");
    sdk.call(sdk.iam.tag_role().role_name("orders-pr-1-pre-token").tags(tag).send());
    let untag = sdk.iam.untag_role().role_name("orders-pr-2-pre-token").tag_keys(EXPIRES);
    sdk.call(untag.send());
    stack.aws.clear();
    let run = stack.run(&["sweep", "--yes", "-o", "json"]).exits(0);
    assert_eq!(run.json()["stacks"], json!([]));
    assert_eq!(
        run.json()["notes"],
        json!(["`orders/pr-2` stays: the role carries no expiry date"])
    );
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}

/// Two environments of one file, at the same time, in one account: each is proven, and each goes without the other.
#[test]
fn parallel_environments_do_not_meet() {
    let stack = project();
    let both = |arguments: &[&[&str]]| -> Vec<Run> {
        let started: Vec<Child> = arguments.iter().map(|one| stack.start(one)).collect();
        started.into_iter().map(Run::of).collect()
    };
    let ups = both(&[
        &["up", "--yes", "-e", "pr-1", "--ttl", "1h", "-o", "json"],
        &["up", "--yes", "-e", "pr-2", "--ttl", "1h", "-o", "json"],
    ]);
    for run in ups {
        let up = run.exits(0).json();
        assert_eq!(up["verify"]["ok"], true);
        assert_eq!(up["changes"].as_array().map(Vec::len), Some(10));
    }
    stack.run(&["destroy", "--yes", "-e", "pr-1"]).exits(0);
    stack.run(&["verify", "-e", "pr-2"]).exits(0);
    assert_eq!(functions(&stack), ["orders-pr-2-pre-token"]);
    let both = both(&[
        &["up", "--yes", "-e", "pr-3", "-o", "json"],
        &["destroy", "--yes", "-e", "pr-2", "-o", "json"],
    ]);
    for run in both {
        run.exits(0);
    }
    assert_eq!(functions(&stack), ["orders-pr-3-pre-token"]);
    stack.run(&["verify", "-e", "pr-3"]).exits(0);
}
