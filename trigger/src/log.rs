//! Lines for the function's log: one JSON object each, on stderr. No attribute, no user name, no
//! claim: our own words and the names of rules alone.

use std::io::Write;
use std::sync::LazyLock;

use serde_json::{Value, json};
use trigger::{Decision, Fault, Handler, LOG_VARIABLE};

/// Something that keeps the trigger from running.
pub(crate) fn fatal(detail: &str) {
    write(&json!({ "level": "fatal", "message": "the trigger cannot run", "detail": detail }));
}

/// An event that could not be answered.
pub(crate) fn fault(fault: Fault, request_id: &str) {
    write(&json!({
        "level": "error",
        "message": "the event was not answered",
        "detail": fault.detail(),
        "request_id": request_id
    }));
}

/// What was decided about an event: a warning if it was left alone, else for debugging only.
pub(crate) fn decision(handler: &Handler, decision: Option<&Decision>, request_id: &str) {
    static DEBUG: LazyLock<bool> =
        LazyLock::new(|| std::env::var(LOG_VARIABLE).is_ok_and(|level| level == "debug"));
    match decision {
        None => write(&json!({
            "level": "warn",
            "message": "the event was left alone",
            "detail": "events of version 1 know no scopes; set the trigger to V2_0 or V3_0",
            "request_id": request_id
        })),
        Some(decision) if *DEBUG => {
            let matched = decision.matched.iter().filter_map(|&place| handler.rules.get(place));
            write(&json!({
                "level": "debug",
                "message": "rules applied",
                "rules": matched.map(|rule| &rule.name).collect::<Vec<_>>(),
                "request_id": request_id
            }));
        }
        Some(_) => {}
    }
}

fn write(line: &Value) {
    // In one piece, so that lines do not mix. A log that cannot be written is no reason to refuse a
    // sign-in.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
