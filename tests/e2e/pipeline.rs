//! Runs as a pipeline sees them: files, summaries, outputs and masks beside the usual output.

use std::fs;

use crate::binary::Run;
use crate::stack::{STACK, Stack};

/// A step of GitHub Actions: its variables name files in the project.
fn step(stack: &Stack, arguments: &[&str]) -> Run {
    let mut command = stack.command(arguments);
    command.env("GITHUB_ACTIONS", "true").env("CI", "true");
    command.env("GITHUB_STEP_SUMMARY", stack.path("summary.md"));
    command.env("GITHUB_OUTPUT", stack.path("output"));
    Run::new(command.output().expect("the binary runs"))
}

fn read(stack: &Stack, name: &str) -> String {
    fs::read_to_string(stack.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines `::add-mask::…` of a run.
fn masked(run: &Run) -> Vec<&str> {
    run.stderr.lines().filter_map(|line| line.strip_prefix("::add-mask::")).collect()
}

#[test]
fn a_step_tells_what_would_change_and_what_did() {
    let deploy = STACK
        .replace("[pools.customers]", "[trigger.environment]\nPARTNER_KEY = \"s3cr3t-key\"\nMODE = \"on\"\n\n[pools.customers]")
        .replace("[pools.customers.clients.web]", "[pools.customers.clients.web]\ngenerate_secret = true");
    let stack = Stack::of(&deploy);
    let plan = step(&stack, &["plan"]).exits(0);
    assert!(plan.stdout.contains("Plan: 10 to create"), "{}", plan.stdout);
    let summary = read(&stack, "summary.md");
    assert!(summary.starts_with("### pretoken plan\n\naccount "), "{summary}");
    assert!(summary.contains("| create | function | orders-pre-token |  |\n"), "{summary}");
    assert_eq!(read(&stack, "output"), "ok=true\nchanged=true\nchanges=10\n");
    assert_eq!(masked(&plan), Vec::<&str>::new());

    let up = ["up", "--yes", "-o", "json", "--dotenv", "deploy.env", "--junit", "junit.xml"];
    let up = step(&stack, &up).exits(0);
    let document = up.json();
    let summary = read(&stack, "summary.md");
    let (plan, done) = summary.split_once("### pretoken up\n").expect("both are there");
    assert!(plan.starts_with("### pretoken plan"));
    for row in [
        "| create | function | orders-pre-token |  |\n",
        "| ok | staff can write | customers/web | REFRESH\\_TOKEN |",
        "| version | 1 |\n",
    ] {
        assert!(done.contains(row), "{row} is not in\n{done}");
    }
    let arn = document["outputs"]["function_arn"].as_str().expect("an ARN");
    let output = read(&stack, "output");
    for line in
        ["ok=true", "changed=true", "changes=10", "version=1", &format!("function_arn={arn}")]
    {
        assert!(output.lines().any(|one| one == line), "{line} is not in\n{output}");
    }
    let dotenv = read(&stack, "deploy.env");
    let pool = document["outputs"]["pools"]["customers"]["id"].as_str().expect("an id");
    for line in
        ["PRETOKEN_OK=true", "PRETOKEN_VERSION=1", &format!("PRETOKEN_POOL_CUSTOMERS={pool}")]
    {
        assert!(dotenv.lines().any(|one| one == line), "{line} is not in\n{dotenv}");
    }
    assert!(read(&stack, "junit.xml").contains("tests=\"3\" failures=\"0\""));

    // What is printed nowhere needs no mask, which would itself be the leak.
    assert_eq!(masked(&up), Vec::<&str>::new());
    let pool_client = document["outputs"]["pools"]["customers"]["clients"]["web"]["id"].as_str();
    let sdk = stack.sdk();
    let client = sdk.cognito.describe_user_pool_client().user_pool_id(pool);
    let client = sdk.call(client.client_id(pool_client.expect("an id")).send());
    let secret = client.user_pool_client().and_then(|client| client.client_secret());
    for secret in ["s3cr3t-key", secret.expect("a secret")] {
        for text in [&up.stderr, &up.stdout, &summary, &output, &dotenv] {
            assert!(!text.contains(secret), "a secret is in\n{text}");
        }
    }
}

#[test]
fn a_failure_is_told_in_every_tongue() {
    let promise =
        "[[expect]]\nname = \"web reads\"\nclient = \"web\"\nscopes = [\"orders/read\"]\n";
    let stack = Stack::of(&format!("{STACK}\n{promise}"));
    stack.up();
    let sdk = stack.sdk();
    // Somebody takes the trigger away: tokens have no custom scope.
    let pools = sdk.call(sdk.cognito.list_user_pools().max_results(1).send());
    let pool = pools.user_pools()[0].id().expect("an id");
    sdk.call(sdk.cognito.update_user_pool().user_pool_id(pool).send());
    let verify = step(&stack, &["verify", "--json-into", "verify.json"]).exits(7);
    let document: serde_json::Value =
        serde_json::from_str(&read(&stack, "verify.json")).expect("a document");
    assert_eq!(
        (&document["schema"], &document["ok"]),
        (&"pretoken/verify/v1".into(), &false.into())
    );
    assert!(verify.stdout.contains("tokens are wrong"), "people read text: {}", verify.stdout);
    assert!(
        verify.stderr.contains(
            "::error title=pretoken verify::the token is wrong: web reads (customers/web, USER_PASSWORD_AUTH)\n"
        ),
        "{}",
        verify.stderr
    );
    assert!(read(&stack, "summary.md").contains("| FAILED | web reads |"));
    assert!(read(&stack, "output").contains("ok=false\n"));
}
