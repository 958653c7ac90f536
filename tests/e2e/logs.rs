//! The function's log, as it is and as it goes on.

use std::io::{BufRead as _, BufReader};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use crate::stack::Stack;

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
    let nothing = stack.run(&["logs", "--since", "0s", "-o", "json"]).exits(0).json();
    assert_eq!(nothing["events"], json!([]));
}

#[test]
fn what_comes_is_followed_until_a_signal() {
    let stack = Stack::new();
    stack.up();
    let mut child = stack.start(&["logs", "--follow", "--since", "0s"]);
    let mut lines = BufReader::new(child.stdout.take().expect("stdout")).lines();
    stack.run(&["verify"]).exits(0);
    let line = lines.next().expect("a line").expect("text");
    assert!(line.starts_with("20") && line.contains("Z  "), "{line}");
    let pid = Pid::from_raw(child.id().cast_signed()).expect("a process");
    kill_process(pid, Signal::INT).expect("it runs");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    stack.run(&["logs", "--follow", "-o", "json"]).exits(4);
}
