//! What a plan says about tokens, with the rules that are live read back from their package.

use serde_json::json;

use crate::stack::{STACK, Stack};
use crate::strict::{FOREVER, Pick, Refusal};

#[test]
fn a_plan_says_who_gains_and_who_loses() {
    let stack = Stack::new();
    let first = stack.run(&["plan", "-o", "json", "--forbid-scope-loss"]).exits(0).json();
    let promise = json!({
        "expectation": "staff can write", "gained": ["orders/read", "orders/write"], "lost": [],
        "claims": [{"token": "access", "claim": "desk", "after": "web"}],
    });
    assert_eq!(first["tokens"][0], promise, "with nothing deployed, everything is gained");
    stack.up();
    assert_eq!(stack.run(&["plan", "-o", "json"]).exits(0).json()["tokens"], json!([]));

    // The live version answers as the same rules do here.
    let subject = ["simulate", "--deployed", "--group", "staff", "-o", "json"];
    let same = stack.run(&subject).exits(0).json();
    assert_eq!(same["deployed"]["same"], true);
    assert_eq!(same["access"]["gained"], json!(["orders/read", "orders/write"]));

    stack.write(
        &STACK
            .replace("add_scopes = [\"orders/write\"]\n", "")
            .replace("scopes = [\"orders/read\", \"orders/write\"]", "scopes = [\"orders/read\"]"),
    );
    assert_eq!(stack.run(&subject).exits(7).json()["deployed"]["same"], false);
    let plan = stack.run(&["plan", "-o", "json"]).exits(0).json();
    let lost = json!({"expectation": "staff can write", "gained": [], "lost": ["orders/write"]});
    assert_eq!(plan["tokens"][0], lost);
    let rule = json!({
        "rule": "staff write", "subject": "in staff", "gained": [], "lost": ["orders/write"],
    });
    assert_eq!(plan["tokens"], json!([lost, rule]));
    assert_eq!(plan["notes"], json!([]));
    let text = stack.run(&["plan"]).exits(0).stdout;
    assert!(text.contains("2 kinds of subjects LOSE orders/write\n"), "{text}");

    stack.aws.clear();
    for command in [&["plan", "--forbid-scope-loss"][..], &["up", "--yes", "--forbid-scope-loss"]] {
        let refused = stack.run(command).exits(6);
        assert!(refused.stderr.contains("scopes would be lost"), "{}", refused.stderr);
    }
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}

#[test]
fn up_says_what_happens_to_tokens_and_goes_on_when_nobody_can_tell() {
    let stack = Stack::new();
    let text = stack.run(&["up", "--yes", "--no-verify"]).exits(0).stderr;
    let promise = "\"staff can write\"";
    assert!(text.contains(promise), "{text}");

    stack.write(
        &STACK
            .replace(
                "\"orders/read\"]\n\n[[rules]]\nname = \"staff",
                "\"openid\"]\n\n[[rules]]\nname = \"staff",
            )
            .replace("scopes = [\"orders/read\", \"orders/write\"]", "scopes = [\"orders/write\"]"),
    );
    let denied = Refusal::new(403, "AccessDeniedException", "not lambda:GetFunction");
    stack.aws.clear();
    stack.aws.refuse(Pick::Service("other"), denied, FOREVER);
    let note = "what changes in tokens is not known: the live rules cannot be read (";
    let plan = stack.run(&["plan", "-o", "json"]).exits(0).json();
    let said = plan["notes"][0].as_str().unwrap_or_default();
    assert!(said.starts_with(note) && plan["tokens"] == json!([]), "{plan:#}");
    for command in [&["plan", "--forbid-scope-loss"][..], &["up", "--yes", "--forbid-scope-loss"]] {
        let refused = stack.run(command).exits(6).stderr;
        assert!(refused.contains("nobody can tell whether scopes are lost"), "{refused}");
    }
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    let up = stack.run(&["up", "--yes", "--no-verify"]).exits(0).stderr;
    assert!(up.contains(note), "{up}");

    // What can be read again is compared again.
    stack.aws.clear();
    stack.write(STACK);
    let up = stack.run(&["up", "--yes", "--no-verify"]).exits(0).stderr;
    assert!(up.contains("Who gains and loses what"), "{up}");
}

const BLOCKED: &str = r#"
[[rules]]
name = "blocked"
groups = ["blocked"]
refuse = "Call the help desk"

[[rules]]
name = "watched"
groups = ["staff"]
refuse = "Not for long"
mode = "report"

[[expect]]
name = "who is blocked stays out"
client = "web"
groups = ["blocked"]
refused = "Call the help desk"
"#;

#[test]
fn a_refusal_is_proven_by_a_sign_in_that_fails() {
    let stack = Stack::new();
    let file = STACK
        .replace("[pools.customers.groups]\n", "[pools.customers.groups]\nblocked = \"Blocked\"\n");
    stack.write(&file);
    stack.up();
    stack.write(&format!("{file}{BLOCKED}"));
    let plan = stack.run(&["plan", "-o", "json"]).exits(0).json();
    let row = json!({ "rule": "blocked", "subject": "users, in blocked", "gained": [], "lost": [], "sign_in": "lost" });
    assert!(
        plan["tokens"].as_array().is_some_and(|rows| rows.contains(&row)),
        "{}",
        plan["tokens"]
    );
    let text = stack.run(&["plan"]).exits(0).stdout;
    assert!(text.contains("CANNOT SIGN IN any more: users, in blocked\n"), "{text}");
    let loss = stack.run(&["up", "--yes", "--forbid-scope-loss"]).exits(6);
    assert!(loss.stderr.contains("users, in blocked cannot sign in any more"), "{}", loss.stderr);

    let up = stack.run(&["up", "--yes", "-o", "json"]).exits(0).json();
    let checks = up["verify"]["checks"].as_array().expect("checks");
    let refused = checks.iter().filter(|check| check["name"] == "who is blocked stays out");
    let refused: Vec<_> = refused.map(|check| (&check["verdict"], &check["scopes"])).collect();
    assert!(!refused.is_empty(), "{checks:?}");
    assert!(refused.iter().all(|found| *found == (&json!("ok"), &json!([]))), "{refused:?}");
    let same = ["simulate", "--deployed", "--group", "blocked", "-o", "json"];
    let same = stack.run(&same).exits(0).json();
    assert_eq!(same["refused"], json!({ "rule": "blocked", "text": "Call the help desk" }));
    assert_eq!(same["deployed"]["response"], json!({ "refused": "Call the help desk" }));

    // A fault looks alike, and is no refusal.
    let refusal = Refusal::new(
        400,
        "UserLambdaValidationException",
        "PreTokenGenerationV2_0 failed with error the token could not be prepared.",
    );
    stack.aws.refuse(Pick::Operation("AdminInitiateAuth"), refusal, FOREVER);
    let wrong = stack.run(&["verify", "-o", "json"]).exits(7).json();
    assert_eq!(wrong["ok"], false);
}
