//! Values of DynamoDB as JSON, in which rules read them ("`AttributeValue`", DynamoDB API reference).

use serde_json::{Map, Number, Value};

/// More lists and maps in each other are left out; DynamoDB has 32 ("Service, account, and table quotas").
const DEPTH: usize = 40;

/// An item as an object. What is null, or of a type that nobody knows, is left out.
///
/// Numbers are numbers as long as JSON's usual readers keep all their digits, and texts beyond that. Sets are lists in the order
/// of their texts: they have none of their own. Binary values stay in base64.
#[must_use]
pub fn item(item: &Map<String, Value>) -> Value {
    Value::Object(members(item, DEPTH))
}

fn members(members: &Map<String, Value>, depth: usize) -> Map<String, Value> {
    let read = |(name, value): (&String, &Value)| Some((name.clone(), read(value, depth)?));
    members.iter().filter_map(read).collect()
}

fn read(value: &Value, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let mut tagged = value.as_object()?.iter();
    let (tag, value) = tagged.next()?;
    if tagged.next().is_some() {
        return None;
    }
    match tag.as_str() {
        "S" | "B" => value.as_str().map(Value::from),
        "N" => number(value),
        "BOOL" => value.as_bool().map(Value::from),
        "M" => Some(members(value.as_object()?, depth).into()),
        "L" => Some(value.as_array()?.iter().filter_map(|item| read(item, depth)).collect()),
        "SS" | "BS" => set(value, |item| item.as_str().map(Value::from)),
        "NS" => set(value, number),
        _ => None,
    }
}

fn set(value: &Value, read: impl Fn(&Value) -> Option<Value>) -> Option<Value> {
    let mut items: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
    items.sort_unstable();
    Some(items.into_iter().filter_map(|item| read(&item.into())).collect())
}

/// DynamoDB keeps 38 digits, and many readers of JSON the 15 of a double.
fn number(value: &Value) -> Option<Value> {
    const SAFE: i64 = 1 << 53;
    let text = value.as_str()?;
    if let Ok(whole) = text.parse::<i64>()
        && (-SAFE..=SAFE).contains(&whole)
    {
        return Some(whole.into());
    }
    let float = text.parse::<f64>().ok().filter(|float| float.is_finite())?;
    let digits = text.split(['e', 'E']).next().unwrap_or_default();
    let digits = digits.trim_start_matches(['-', '0', '.']).chars().filter(char::is_ascii_digit);
    let exact = digits.count() <= 15;
    Some(exact.then(|| Number::from_f64(float)).flatten().map_or_else(|| text.into(), Value::from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_type_becomes_json() {
        let read = |value: Value| item(json!({ "a": value }).as_object().expect("an item"));
        for (value, becomes) in [
            (json!({ "S": "x" }), json!("x")),
            (json!({ "S": "" }), json!("")),
            (json!({ "N": "5" }), json!(5)),
            (json!({ "N": "-0.25" }), json!(-0.25)),
            (json!({ "N": "1E+20" }), json!(1e20)),
            (json!({ "N": "9007199254740993" }), json!("9007199254740993")),
            (json!({ "N": "0.1234567890123456789" }), json!("0.1234567890123456789")),
            (json!({ "BOOL": false }), json!(false)),
            (json!({ "B": "AQI=" }), json!("AQI=")),
            (json!({ "SS": ["b", "a"] }), json!(["a", "b"])),
            (json!({ "NS": ["2", "1.5"] }), json!([1.5, 2])),
            (json!({ "BS": ["AQ==", "AA=="] }), json!(["AA==", "AQ=="])),
            (json!({ "L": [{ "S": "x" }, { "NULL": true }, { "L": [] }] }), json!(["x", []])),
            (
                json!({ "M": { "b": { "N": "1" }, "c": { "NULL": true }, "d": { "M": {} } } }),
                json!({ "b": 1, "d": {} }),
            ),
        ] {
            assert_eq!(read(value.clone()), json!({ "a": becomes }), "{value}");
        }
    }

    #[test]
    fn what_is_none_is_left_out() {
        for value in [
            json!({ "NULL": true }),
            json!({ "X": "new" }),
            json!({ "N": "many" }),
            json!({ "N": 5 }),
            json!({ "N": "1E+400" }),
            json!({ "S": 5 }),
            json!({ "S": "a", "N": "1" }),
            json!({}),
            json!("x"),
            json!(null),
        ] {
            assert_eq!(
                item(json!({ "a": value }).as_object().expect("an item")),
                json!({}),
                "{value}"
            );
        }
        let deep = (0..100).fold(json!({ "S": "x" }), |inner, _| json!({ "L": [inner] }));
        assert!(item(json!({ "a": deep }).as_object().expect("an item")).is_object());
    }
}
