//! Lines for the function's log: one JSON object each, on stderr. No attribute, no user name, no
//! claim: our own words and the names of rules alone.

use std::io::Write;
use std::sync::LazyLock;

use serde_json::{Value, json};
use trigger::rules::Mode;
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

/// A fact that could not be had, and whether the sign-in goes on without it.
#[cfg(feature = "facts")]
pub(crate) fn no_fact(fact: &str, detail: &str, lack: trigger::FactLack, request_id: &str) {
    let (level, message) = match lack {
        trigger::FactLack::Refuse => ("error", "a fact could not be had: the sign-in fails"),
        trigger::FactLack::Skip => {
            ("warn", "a fact could not be had: the sign-in goes on without it")
        }
    };
    write(&json!({
        "level": level,
        "message": message,
        "fact": fact,
        "detail": detail,
        "request_id": request_id
    }));
}

/// What was decided about an event: that it was left alone, which rule turned or would have turned
/// somebody away, for which rule data said something that was left out (not what: that is data), and
/// for debugging the names of all rules that apply.
pub(crate) fn decision(handler: &Handler, decision: Option<&Decision>, request_id: &str) {
    static DEBUG: LazyLock<bool> =
        LazyLock::new(|| std::env::var(LOG_VARIABLE).is_ok_and(|level| level == "debug"));
    let Some(decision) = decision else {
        return write(&json!({
            "level": "warn",
            "message": "the event was left alone",
            "detail": "events of version 1 know no scopes; set the trigger to V2_0 or V3_0",
            "request_id": request_id
        }));
    };
    let matched = || decision.matched.iter().filter_map(|&place| handler.rules.get(place));
    let refused = decision.refusal.iter().filter_map(|refusal| handler.rules.get(refusal.rule));
    let refused = refused.map(|rule| (&rule.name, "the sign-in was refused"));
    let watched = matched().filter(|rule| rule.refuse.is_some() && rule.mode == Mode::Report);
    let watched = watched.map(|rule| (&rule.name, "the sign-in would have been refused"));
    let dropped = decision.dropped.iter().filter_map(|&place| handler.rules.get(place));
    let dropped =
        dropped.map(|rule| (&rule.name, "data names no scope within bounds, or no group"));
    for (rule, message) in refused.chain(watched).chain(dropped) {
        write(&json!({
            "level": "info",
            "message": message,
            "rule": rule,
            "request_id": request_id
        }));
    }
    if *DEBUG {
        write(&json!({
            "level": "debug",
            "message": "rules applied",
            "rules": matched().map(|rule| &rule.name).collect::<Vec<_>>(),
            "request_id": request_id
        }));
    }
}

fn write(line: &Value) {
    // In one piece, so that lines do not mix. A log that cannot be written is no reason to refuse a
    // sign-in.
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}
