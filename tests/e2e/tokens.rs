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
