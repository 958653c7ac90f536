//! The real binary between a Runtime API and a DynamoDB of our own: what it asks, and what becomes of a sign-in when a table
//! throttles, hangs, lacks the item or holds odd things.

mod lambda;

use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use lambda::{bootstrap, package, serve};
use serde_json::{Value, json};

const PLAN: &str = r#"[
    { "name": "plan", "facts": { "e.plan": { "one_of": ["pro"] } }, "add_scopes": ["orders/write"] },
    { "name": "scopes", "clients": ["web"], "add_scopes": ["{facts.e.scopes}"], "scopes_from": ["orders/*"] }
]"#;
const EVENT: &str = r#"{"version":"2","userPoolId":"p","userName":"ada","callerContext":{"clientId":"1"},
    "request":{"userAttributes":{"sub":"s-1"},"groupConfiguration":{}},"response":null}"#;

/// What the table answers, one after the other; nothing is silence.
type Answers = Vec<Option<(u16, Value)>>;

/// A DynamoDB that answers so, and tells what it was asked: the target and the body.
fn table(answers: Answers) -> (String, Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (asked, told) = channel();
    thread::spawn(move || {
        let mut answers = answers.into_iter();
        for connection in listener.incoming().map_while(Result::ok) {
            if converse(connection, &mut answers, &asked).is_none() {
                return;
            }
        }
    });
    (address, told)
}

/// Answers what comes over one connection, until its other end is gone; nothing once all answers are given.
fn converse(
    mut connection: TcpStream,
    answers: &mut impl Iterator<Item = Option<(u16, Value)>>,
    asked: &Sender<(String, Value)>,
) -> Option<()> {
    let mut requests = BufReader::new(connection.try_clone().ok()?);
    loop {
        let (target, headers, body) = lambda::whole_request(&mut requests).ok()?;
        if target.is_empty() {
            return Some(());
        }
        assert!(
            headers["authorization"].contains("/eu-west-1/dynamodb/aws4_request"),
            "{headers:?}"
        );
        let body = serde_json::from_str(&body).expect("JSON");
        asked.send((headers["x-amz-target"].clone(), body)).ok()?;
        let Some((status, answer)) = answers.next()? else {
            // Whoever waits gives up first: this end only notices.
            let _ = lambda::whole_request(&mut requests);
            return Some(());
        };
        let answer = answer.to_string();
        write!(
            connection,
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )
        .ok()?;
    }
}

struct Signed {
    /// For each event what the function said.
    answers: Vec<String>,
    log: String,
    asked: Vec<(String, Value)>,
}

/// These events, by these rules and facts, while the table answers so.
fn sign_in(test: &str, rules: &str, facts: &Value, answers: Answers, events: &[&str]) -> Signed {
    let directory = package(test, rules);
    std::fs::write(directory.join(trigger::FACTS_FILE), facts.to_string()).expect("a file");
    let (address, told) = table(answers);
    let mut command = bootstrap(env!("CARGO_BIN_EXE_bootstrap"));
    command.env("LAMBDA_TASK_ROOT", directory);
    command.env("PRETOKEN_IDS", r#"{"pools":{},"clients":{"1":"customers/web"}}"#);
    command.env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL_DYNAMODB", address);
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "very-secret");
    let (answers, log) = serve(&mut command, events);
    for secret in ["very-secret", "ada", "s-1", "gold", "pro"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
    let answers = answers.into_iter().map(|(_, answer)| answer).collect();
    Signed { answers, log, asked: told.try_iter().collect() }
}

fn facts(more: &Value) -> Value {
    let mut fact =
        json!({ "dynamodb": { "table": "people", "key": { "pk": "USER#{attributes.sub}" } } });
    fact.as_object_mut().expect("a fact").extend(more.as_object().expect("members").clone());
    json!({ "e": fact })
}

#[expect(clippy::unnecessary_wraps, reason = "a table may be silent instead")]
fn item(members: &Value) -> Option<(u16, Value)> {
    Some((200, json!({ "Item": members })))
}

#[expect(clippy::unnecessary_wraps, reason = "a table may be silent instead")]
fn failed(code: &str, status: u16) -> Option<(u16, Value)> {
    Some((
        status,
        json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": "gold" }),
    ))
}

const FAULT: &str = r#"{"errorType":"Fault","errorMessage":"the token could not be prepared"}"#;

#[test]
fn an_item_decides_and_is_asked_for_once_a_sign_in() {
    let pro = item(
        &json!({ "plan": { "S": "pro" }, "scopes": { "SS": ["orders/read", "admin/all", "orders/re ad"] } }),
    );
    let free = item(&json!({ "plan": { "S": "gold" } }));
    let signed = sign_in("an-item", PLAN, &facts(&json!({})), vec![pro, free], &[EVENT, EVENT]);
    let scopes = r#""scopesToAdd":["orders/read","orders/write"]"#;
    assert!(signed.answers[0].contains(scopes), "{}", signed.answers[0]);
    assert_eq!(signed.answers[1], EVENT);
    let body = json!({ "TableName": "people", "Key": { "pk": { "S": "USER#s-1" } } });
    assert_eq!(signed.asked, vec![("DynamoDB_20120810.GetItem".to_owned(), body); 2]);
}

#[test]
fn a_query_gives_a_list() {
    let rules = r#"[{ "name": "roles", "add_groups": ["{facts.e.*.role}"] }]"#;
    let declared = json!({ "e": { "dynamodb": { "table": "people", "key": { "pk": "{user_name}" }, "limit": 3 } } });
    let items = json!({ "Items": [{ "role": { "S": "a" } }, { "x": { "N": "1" } }, { "role": { "S": "b" } }] });
    let none = json!({ "Items": [], "Count": 0 });
    let signed = sign_in(
        "a-query",
        rules,
        &declared,
        vec![Some((200, items)), Some((200, none))],
        &[EVENT, EVENT],
    );
    assert!(signed.answers[0].contains(r#""groupsToOverride":["a","b"]"#), "{}", signed.answers[0]);
    assert_eq!(signed.answers[1], EVENT);
    assert_eq!(signed.asked[0].0, "DynamoDB_20120810.Query");
    assert_eq!(signed.asked[0].1["Limit"], 3);
}

/// Nobody is asked about whom no rule needs to know it, or when the event brings its facts along.
#[test]
fn what_no_rule_needs_is_not_asked_for() {
    let rules = r#"[{ "name": "staff", "groups": ["staff"], "facts": { "e.plan": "pro" }, "add_scopes": ["a"] }]"#;
    let brought = EVENT.replace("\"version\"", r#""pretokenFacts":{"e":{"plan":"pro"}},"version""#);
    let brought = brought.replace(
        "\"groupConfiguration\":{}",
        r#""groupConfiguration":{"groupsToOverride":["staff"]}"#,
    );
    let signed = sign_in("not-needed", rules, &facts(&json!({})), vec![], &[EVENT, &brought]);
    assert_eq!(signed.answers[0], EVENT);
    assert!(signed.answers[1].contains(r#""scopesToAdd":["a"]"#), "{}", signed.answers[1]);
    assert_eq!(signed.asked, []);
}

#[test]
fn throttling_passes_and_a_refusal_does_not() {
    let throttled = || failed("ProvisionedThroughputExceededException", 400);
    let pro = item(&json!({ "plan": { "S": "pro" } }));
    let signed = sign_in(
        "throttled",
        PLAN,
        &facts(&json!({ "timeout_ms": 4500 })),
        vec![
            throttled(),
            failed("InternalServerError", 500),
            pro,
            failed("AccessDeniedException", 400),
        ],
        &[EVENT, EVENT],
    );
    assert!(signed.answers[0].contains("orders/write"), "{}", signed.answers[0]);
    assert_eq!(signed.answers[1], FAULT);
    assert!(signed.log.contains("DynamoDB answered 400 AccessDeniedException"), "{}", signed.log);
    assert_eq!(signed.asked.len(), 4);
}

#[test]
fn silence_ends_in_time_as_declared() {
    for (lack, answer) in [("refuse", FAULT), ("skip", EVENT)] {
        let declared = facts(&json!({ "timeout_ms": 100, "on_error": lack }));
        let signed =
            sign_in(&format!("silent-{lack}"), PLAN, &declared, vec![None, None, None], &[EVENT]);
        assert_eq!(signed.answers, [answer]);
        assert!(signed.log.contains("no answer within 100 ms"), "{}", signed.log);
    }
}

#[test]
fn odd_answers_are_no_facts() {
    for (place, answer) in [json!("text"), json!({ "Item": 5 }), json!([]), json!({ "Items": [1] })]
        .into_iter()
        .enumerate()
    {
        let test = format!("odd-{place}");
        let signed = sign_in(&test, PLAN, &facts(&json!({})), vec![Some((200, answer))], &[EVENT]);
        assert_eq!(signed.answers, [FAULT], "{}", signed.log);
    }
    let odd = item(&json!({ "plan": { "M": { "S": { "S": "pro" } } }, "scopes": { "L": [
        { "S": "aws.cognito.signin.user.admin" }, { "S": "orders/*" }, { "M": {} }, { "S": "orders/ok" }, { "N": "5" }, { "NULL": true },
    ] } }));
    let signed = sign_in("odd-types", PLAN, &facts(&json!({})), vec![odd], &[EVENT]);
    assert!(
        signed.answers[0].contains(r#""scopesToAdd":["orders/*","orders/ok"]"#),
        "{}",
        signed.answers[0]
    );
}

#[test]
fn what_was_found_is_kept_as_long_as_declared() {
    let pro = item(&json!({ "plan": { "S": "pro" } }));
    let declared = facts(&json!({ "cache_s": 3600 }));
    let signed = sign_in("kept", PLAN, &declared, vec![pro], &[EVENT, EVENT]);
    assert_eq!(signed.answers[0], signed.answers[1]);
    assert!(signed.answers[0].contains("orders/write"));
    assert_eq!(signed.asked.len(), 1);
}

/// `deploy.toml` makes a rule of its own of `on_missing = "refuse"`.
#[test]
fn who_has_no_item_is_refused_by_a_rule() {
    let rule: trigger::Rule = serde_json::from_value(
        json!({ "name": "plan", "facts": { "e.plan": "pro" }, "add_scopes": ["a"] }),
    )
    .expect("a rule");
    let rules = serde_json::to_string(&[&rule, &rule.without_fact("e")]).expect("rules");
    let nothing = || Some((200, json!({})));
    let found = item(&json!({ "other": { "S": "x" } }));
    let signed =
        sign_in("missing", &rules, &facts(&json!({})), vec![nothing(), found], &[EVENT, EVENT]);
    let refused = r#"{"errorType":"Refused","errorMessage":"the account is not set up"}"#;
    assert_eq!(signed.answers, [refused, EVENT]);
}

/// Facts are asked for at once: the first answer comes when both questions are there.
#[test]
fn several_are_asked_for_at_once() {
    let rules =
        r#"[{ "name": "both", "facts": { "a.x": "1", "b.x": "2" }, "add_scopes": ["both"] }]"#;
    let of = |table: &str| json!({ "dynamodb": { "table": table, "key": { "pk": "k" } }, "timeout_ms": 4500 });
    let directory = package("at-once", rules);
    let declared = json!({ "a": of("aaa"), "b": of("bbb") });
    std::fs::write(directory.join(trigger::FACTS_FILE), declared.to_string()).expect("a file");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    thread::spawn(move || {
        let mut both: Vec<_> = listener.incoming().take(2).map_while(Result::ok).collect();
        for connection in &mut both {
            let mut reader = BufReader::new(connection.try_clone().expect("a connection"));
            let (_, _, body) = lambda::whole_request(&mut reader).expect("a request");
            let number = if body.contains("aaa") { "1" } else { "2" };
            let answer = json!({ "Item": { "x": { "N": number } } }).to_string();
            write!(
                connection,
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{answer}",
                answer.len()
            )
            .expect("an answer");
        }
    });
    let mut command = bootstrap(env!("CARGO_BIN_EXE_bootstrap"));
    command.env("LAMBDA_TASK_ROOT", directory).env("PRETOKEN_IDS", r#"{"pools":{},"clients":{}}"#);
    command.env("AWS_REGION", "eu-west-1").env("AWS_ENDPOINT_URL", address);
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "very-secret");
    let (answers, log) = serve(&mut command, &[EVENT]);
    assert!(answers[0].1.contains(r#""scopesToAdd":["both"]"#), "{answers:?} {log}");
}
