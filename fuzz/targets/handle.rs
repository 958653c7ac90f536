//! Whatever rules and events meet: the answer is JSON that says the same as the event beside `response`, or a fault.
//! An input is rules, an empty line and an event; without rules that are valid, it meets those of `DEFAULT`.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;
use trigger::{Handler, Ids, Rules};

const DEFAULT: &str = include_str!("../seeds/rules/every-key.json");
const IDS: &str =
    r#"{"pools":{"us-east-1_EXAMPLE":"customers"},"clients":{"1example23456789":"customers/web"}}"#;
static VALID: LazyLock<Rules> = LazyLock::new(|| Rules::from_json(DEFAULT).expect("valid rules"));
/// In November 2026.
const NOW: i64 = 1_795_406_706;

fuzz_target!(|text: &str| {
    let (rules, event) = text.split_once("\n\n").unwrap_or(("", text));
    let rules = Rules::from_json(rules).unwrap_or_else(|_| VALID.clone());
    let handler = Handler { rules, ids: Ids::from_json(IDS).expect("ids") };
    match handler.handle(event, NOW) {
        Ok(answer) => {
            assert_eq!(handler.handle(event, NOW).as_ref(), Ok(&answer));
            let Ok(sent_back) = answer.event else {
                assert!(answer.decision.is_some_and(|decision| decision.refusal.is_some()));
                return;
            };
            let json: Result<&RawValue, _> = serde_json::from_str(&sent_back);
            assert!(json.is_ok_and(|json| json.get().starts_with('{')), "{sent_back}");
            // A tree is stricter than what may arrive: it has no 1e999, and no half of a surrogate pair.
            if let Some(sent) = without_response(event) {
                assert_eq!(without_response(&sent_back), Some(sent), "{sent_back}");
            }
            if answer.decision.as_ref().is_none_or(trigger::Decision::is_empty) {
                assert_eq!(sent_back, event);
            }
        }
        Err(fault) => {
            let json: Result<&RawValue, _> = serde_json::from_str(event);
            assert!(!json.is_ok_and(|json| json.get().starts_with('{')), "{fault:?}: {event}");
            assert_eq!(fault.to_string(), "the token could not be prepared");
        }
    }
});

fn without_response(event: &str) -> Option<Value> {
    let mut event: Value = serde_json::from_str(event).ok()?;
    event.as_object_mut()?.remove("response");
    Some(event)
}
