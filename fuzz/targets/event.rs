//! Whatever arrives: an event is read if it is a JSON object, and reading what rules look at never fails.
#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use trigger::{Event, Ids};

fuzz_target!(|text: &str| {
    let json: Result<&RawValue, _> = serde_json::from_str(text);
    let is_object = json.is_ok_and(|value| value.get().starts_with('{'));
    let event = Event::parse(text);
    assert_eq!(event.is_ok(), is_object, "{text}");
    let Ok(event) = event else { return };
    let ids = r#"{"pools":{"us-east-1_EXAMPLE":"customers"},"clients":{"1example23456789":"customers/web"}}"#;
    let subject = event.subject(&Ids::from_json(ids).expect("ids"), 0);
    assert_eq!(event.subject(&Ids::from_json(ids).expect("ids"), 0), subject);
    assert!(subject.client.is_none() || subject.pool.is_some(), "{subject:?}");
    let _ = event.version();
});
