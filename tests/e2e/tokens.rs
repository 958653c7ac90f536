//! What a plan says about tokens, with the rules that are live read back from their package.

use serde_json::json;

use crate::stack::{STACK, Stack};

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
    let line = "Tokens: in staff: LOSES orders/write (rule \"staff write\")\n";
    assert!(text.contains(line), "{text}");

    stack.aws.clear();
    for command in [&["plan", "--forbid-scope-loss"][..], &["up", "--yes", "--forbid-scope-loss"]] {
        let refused = stack.run(command).exits(6);
        assert!(refused.stderr.contains("scopes would be lost"), "{}", refused.stderr);
    }
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}
