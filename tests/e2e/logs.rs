//! The function's log, as it is and as it goes on.

use std::io::{BufRead as _, BufReader};
use std::time::SystemTime;

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::stack::{Sdk, Stack};

#[test]
fn what_the_function_wrote_is_printed() {
    let stack = Stack::new();
    let none = stack.run(&["logs"]).exits(1);
    assert!(none.stderr.contains("there is no log group /aws/lambda/orders-pre-token"));
    stack.run(&["up", "--yes"]).exits(0);
    let text = stack.run(&["logs"]).exits(0).stdout;
    let logs = stack.run(&["logs", "--since", "1h", "-o", "json"]).exits(0).json();
    assert_eq!(logs["schema"], "pretoken/logs/v1");
    assert_eq!(logs["group"], "/aws/lambda/orders-pre-token");
    let events = logs["events"].as_array().expect("events");
    assert!(!events.is_empty() && text.lines().count() == events.len(), "{text}\n{logs}");
    let first = format!("{}  {}", events[0]["time"], events[0]["message"]).replace('"', "");
    assert_eq!(text.lines().next().expect("a line").replace('"', ""), first.replace('\\', ""));
}

const GROUP: &str = "/aws/lambda/orders-pre-token";

/// Writes a line as if it were that old.
fn write(sdk: &Sdk, minutes: i64, message: &str) {
    let now = aws_sdk_cloudwatchlogs::primitives::DateTime::from(SystemTime::now());
    let at = now.to_millis().expect("a date of today") - minutes * 60_000;
    let event = InputLogEvent::builder().timestamp(at).message(message).build().expect("whole");
    let call = sdk.logs.put_log_events().log_group_name(GROUP).log_stream_name("one");
    sdk.call(call.log_events(event).send());
}

/// Hours apart, so that it does not matter how long the test takes.
#[test]
fn what_is_older_than_asked_for_is_left_out() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    sdk.call(sdk.logs.create_log_group().log_group_name(GROUP).send());
    sdk.call(sdk.logs.create_log_stream().log_group_name(GROUP).log_stream_name("one").send());
    write(&sdk, 20 * 60, "yesterday's");
    write(&sdk, 5 * 60, "this morning's");
    let shown = |since: &str| -> Vec<Value> {
        let mut logs = stack.run(&["logs", "--since", since, "-o", "json"]).exits(0).json();
        let events = logs["events"].as_array_mut().expect("events");
        events.iter_mut().map(|event| event["message"].take()).collect()
    };
    assert_eq!(shown("1d"), ["yesterday's", "this morning's"]);
    assert_eq!(shown("12h"), ["this morning's"]);
    assert_eq!(shown("1h"), Vec::<Value>::new());
}

#[test]
fn what_comes_is_followed_until_a_signal() {
    let stack = Stack::new();
    stack.up();
    let mut child = stack.start(&["logs", "--follow", "--since", "0s"]);
    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    stack.wait_for("FilterLogEvents", 1);
    stack.run(&["verify"]).exits(0);
    let line = lines.next().expect("a line").expect("text");
    assert!(line.starts_with("20") && line.contains("Z  "), "{line}");
    let pid = Pid::from_raw(child.id().cast_signed()).expect("a process");
    kill_process(pid, Signal::INT).expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    stack.run(&["logs", "--follow", "-o", "json"]).exits(4);
}
