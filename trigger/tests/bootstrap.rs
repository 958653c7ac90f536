//! The real binary against a Runtime API of our own: what Lambda sees, and what stands in the log.

mod lambda;

use std::fs;
use std::process::Output;

use lambda::{bootstrap, package, serve};

const RULES: &str =
    r#"[{ "name": "web reads", "clients": ["web"], "add_scopes": ["orders/read"] }]"#;
const IDS: &str = r#"{"pools":{},"clients":{"1example":"customers/web"}}"#;

const EVENT: &str = r#"{"version":"2", "big":1e400, "callerContext":{"clientId":"1example"},"userName":"ada","response":null}"#;

#[test]
fn events_are_answered_one_after_the_other() {
    let directory = package("answers", RULES);
    let mut command = bootstrap(env!("CARGO_BIN_EXE_bootstrap"));
    command.env("LAMBDA_TASK_ROOT", directory).env("PRETOKEN_IDS", IDS);
    let stranger = EVENT.replace("1example", "2other");
    let old = EVENT.replace("\"2\"", "\"1\"");
    let (answers, log) = serve(&mut command, &[EVENT, &stranger, &old, "[\"ada\"]", EVENT]);

    let granted = EVENT.replace(
        "null",
        r#"{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["orders/read"]}}}"#,
    );
    let target =
        |number: usize, kind: &str| format!("POST /2018-06-01/runtime/invocation/r{number}/{kind}");
    assert_eq!(answers[0], (target(0, "response"), granted.clone()));
    assert_eq!(answers[1], (target(1, "response"), stranger));
    assert_eq!(answers[2], (target(2, "response"), old));
    let refusal = r#"{"errorType":"Fault","errorMessage":"the token could not be prepared"}"#;
    assert_eq!(answers[3], (target(3, "error"), refusal.to_owned()));
    assert_eq!(answers[4], (target(4, "response"), granted));

    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    assert_eq!(lines.len(), 2, "{log}");
    assert_eq!((&lines[0]["level"], &lines[0]["request_id"]), (&"warn".into(), &"r2".into()));
    assert_eq!((&lines[1]["level"], &lines[1]["request_id"]), (&"error".into(), &"r3".into()));
    assert_eq!(lines[1]["detail"], "the event is not a JSON object");
    assert!(!log.contains("ada"), "{log}");
}

#[test]
fn the_rules_are_beside_the_executable_and_decisions_are_logged_on_demand() {
    let directory = package("beside", RULES);
    let executable = directory.join("bootstrap");
    let _ = fs::remove_file(&executable); // of an earlier run
    fs::hard_link(env!("CARGO_BIN_EXE_bootstrap"), &executable).expect("a link");
    let mut command = bootstrap(executable);
    let (answers, log) =
        serve(command.env("PRETOKEN_IDS", IDS).env("PRETOKEN_LOG", "debug"), &[EVENT]);
    assert!(answers[0].1.contains("orders/read"), "{answers:?}");
    let line: serde_json::Value = serde_json::from_str(&log).expect(&log);
    assert_eq!((&line["level"], &line["rules"][0]), (&"debug".into(), &"web reads".into()));
    assert!(!log.contains("ada"), "{log}");
}

#[test]
fn a_refusal_says_its_text_and_a_watched_one_is_logged_alone() {
    let rules = r#"[
        { "name": "watched", "refuse": "Not yet.", "mode": "report" },
        { "name": "web stays out", "clients": ["web"], "refuse": "Use the app, please" },
        { "name": "others read", "add_scopes": ["orders/read"] }
    ]"#;
    let mut command = bootstrap(env!("CARGO_BIN_EXE_bootstrap"));
    command.env("LAMBDA_TASK_ROOT", package("refusals", rules)).env("PRETOKEN_IDS", IDS);
    let stranger = EVENT.replace("1example", "2other");
    let (answers, log) = serve(&mut command, &[EVENT, &stranger]);
    let refusal = r#"{"errorType":"Refused","errorMessage":"Use the app, please"}"#;
    let error = "POST /2018-06-01/runtime/invocation/r0/error";
    assert_eq!(answers[0], (error.to_owned(), refusal.to_owned()));
    assert!(answers[1].1.contains("orders/read"), "{answers:?}");
    let lines: Vec<serde_json::Value> =
        log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let said: Vec<_> =
        lines.iter().map(|line| (&line["request_id"], &line["rule"], &line["message"])).collect();
    let (refused, watched) = ("the sign-in was refused", "the sign-in would have been refused");
    assert_eq!(
        said,
        [
            (&"r0".into(), &"web stays out".into(), &refused.into()),
            (&"r0".into(), &"watched".into(), &watched.into()),
            (&"r1".into(), &"watched".into(), &watched.into()),
        ]
    );
    assert!(!log.contains("ada"), "{log}");
}

#[test]
fn a_bad_deployment_is_fatal_at_once() {
    let invalid = r#"[{ "name": "a", "add_scopes": ["x y"] }]"#;
    for (test, rules, ids, detail) in [
        ("no-rules", None, Some(IDS), "rules.json: No such file"),
        ("not-json", Some("{"), Some(IDS), "rules.json is no JSON array of rules: "),
        (
            "invalid",
            Some(invalid),
            Some(IDS),
            "rules.json: its rules are not valid: 0.add_scopes.0: scope `x y` contains a blank",
        ),
        ("no-ids", Some(RULES), None, "cannot read PRETOKEN_IDS: environment variable not found"),
        ("bad-ids", Some(RULES), Some("customers/web"), "PRETOKEN_IDS is not the JSON of ids: "),
    ] {
        let directory = package(test, rules.unwrap_or_default());
        if rules.is_none() {
            fs::remove_file(directory.join(trigger::RULES_FILE)).expect("a file");
        }
        let mut command = bootstrap(env!("CARGO_BIN_EXE_bootstrap"));
        command.env("LAMBDA_TASK_ROOT", directory).envs(ids.map(|ids| ("PRETOKEN_IDS", ids)));
        let Output { status, stdout, stderr } = command.output().expect("an end");
        assert_eq!((status.code(), stdout.len()), (Some(1), 0), "{test}");
        let line: serde_json::Value = serde_json::from_slice(&stderr).expect(test);
        assert_eq!(line["level"], "fatal");
        assert!(line["detail"].as_str().is_some_and(|found| found.contains(detail)), "{line}");
    }
}
