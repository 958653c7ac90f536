//! `doctor`: what it finds in an account, each thing with its help; it writes nothing.

use serde_json::Value;

use crate::adopt::unmanaged_pool;
use crate::stack::{STACK, Stack};

fn finding<'a>(document: &'a Value, check: &str) -> (&'a str, &'a str, &'a str) {
    let findings = document["findings"].as_array().expect("findings");
    let found = findings.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("no `{check}` in {document:#}"));
    let text = |key: &str| found[key].as_str().unwrap_or_default();
    (text("verdict"), text("text"), text("help"))
}

#[test]
fn an_account_in_which_everything_can_be_done() {
    let stack = Stack::new();
    let document = stack.run(&["doctor", "-o", "json"]).exits(0).json();
    assert_eq!(
        (&document["schema"], &document["ok"]),
        (&"pretoken/doctor/v1".into(), &true.into())
    );
    let (verdict, text, _) = finding(&document, "trigger");
    assert!(verdict == "ok" && text.starts_with("rustc 1."), "{text}");
    let (verdict, text, _) = finding(&document, "endpoint");
    assert_eq!((verdict, text), ("ok", format!("{} answers", stack.aws.url()).as_str()));
    let (verdict, text, _) = finding(&document, "credentials");
    assert!(verdict == "ok" && text.contains(stack.aws.account()), "{text}");
    for check in ["emulator", "clock", "region"] {
        assert_eq!(finding(&document, check).0, "ok", "{check}");
    }
    assert_eq!(finding(&document, "stack").1, "orders, not deployed yet");
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}

#[test]
fn what_stands_in_the_way_is_said_with_its_help() {
    let stack = Stack::new();
    let pool = unmanaged_pool(&stack, &stack.sdk());
    let adopting = |id: &str| {
        let rest = STACK.replace("deletion_protection = false", &format!("id = \"{id}\""));
        format!("allowed_account_ids = [\"999999999999\"]\n{rest}")
    };
    stack.write(&adopting(&pool.replace("eu-west-1", "us-east-1")));
    let document = stack.run(&["doctor", "-o", "json"]).exits(1).json();
    assert_eq!(document["ok"], false);
    let (verdict, text, help) = finding(&document, "region");
    assert_eq!((verdict, help), ("failed", "set `region` in deploy.toml, or --region"));
    assert!(text.starts_with("eu-west-1, and the pool `customers` (us-east-1_"), "{text}");
    let (verdict, text, help) = finding(&document, "account");
    assert_eq!((verdict, help), ("failed", "check --profile and AWS_PROFILE"));
    assert!(text.contains("does not allow this account"), "{text}");

    let text = stack.run(&["doctor"]).exits(1).stdout;
    assert!(text.contains("failed   region       eu-west-1, and the pool"), "{text}");
    assert!(text.contains("\n         help: set `region` in deploy.toml"), "{text}");
}

#[test]
fn an_account_is_tried_and_nothing_is_left() {
    let stack = Stack::new();
    let unnamed = stack.run(&["doctor", "--live", "--yes"]).exits(6);
    assert!(
        unnamed.stderr.contains("deploy.toml does not name the account to try"),
        "{}",
        unnamed.stderr
    );
    let account = stack.aws.account();
    stack.write(&format!("allowed_account_ids = [\"{account}\"]\n{STACK}"));
    let unasked = stack.run(&["doctor", "--live"]).exits(6);
    assert!(unasked.stderr.contains("hint: add --yes"), "{}", unasked.stderr);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());

    let run = stack.run(&["doctor", "--live", "--yes", "-o", "json"]);
    let ledger = run.exits(0).json();
    assert!(!ledger.to_string().contains(account), "{ledger:#}");
    let steps = ledger["steps"].as_array().expect("steps");
    let found: Vec<_> = steps.iter().map(|step| (&step["step"], &step["found"])).collect();
    let names =
        ["up", "up again, with nothing to do", "a release", "rollback", "verify", "destroy"];
    assert_eq!(found.iter().map(|(step, _)| *step).collect::<Vec<_>>(), names);
    assert!(found[1].1.as_str().is_some_and(|text| text.starts_with("0 changes; ")), "{found:?}");
    assert_eq!(found[3].1, "version 1 serves again");
    let sent = steps[0]["calls"].as_array().expect("calls").iter();
    let sent: Vec<_> = sent.filter_map(|call| call["operation"].as_str()).collect();
    for operation in
        ["cognito-idp:CreateUserPool", "lambda:CreateFunction", "cognito-idp:InitiateAuth"]
    {
        assert!(sent.contains(&operation), "{operation} is not among {sent:?}");
    }
    let sdk = stack.sdk();
    let pools = sdk.call(sdk.cognito.list_user_pools().max_results(10).send());
    assert_eq!(pools.user_pools().len(), 0);
}
