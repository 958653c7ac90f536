//! What a rule asks of a fact: `entitlements.plan` is the member `plan` of the fact `entitlements`. Deeper members, and items
//! of lists by their number from 0, are further names behind dots; `*` is all items of a list, without those that lack what is
//! asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

/// The value at this path; null is none.
pub(super) fn value_at<'f>(
    facts: &'f BTreeMap<String, Value>,
    path: &str,
) -> Option<Cow<'f, Value>> {
    let (name, members) =
        path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    member_at(facts.get(name)?, members)
}

fn member_at<'f>(value: &'f Value, path: Option<&str>) -> Option<Cow<'f, Value>> {
    let Some(path) = path else { return (!value.is_null()).then_some(Cow::Borrowed(value)) };
    let (name, rest) = path.split_once('.').map_or((path, None), |(name, rest)| (name, Some(rest)));
    match value {
        Value::Object(members) => member_at(members.get(name)?, rest),
        Value::Array(items) if name == "*" => {
            let found = items.iter().filter_map(|item| member_at(item, rest));
            Some(Cow::Owned(found.map(Cow::into_owned).collect()))
        }
        Value::Array(items) => member_at(items.get(name.parse::<usize>().ok()?)?, rest),
        _ => None,
    }
}

/// The text that conditions look at: of a list or an object, its JSON.
pub(super) fn text_at<'f>(facts: &'f BTreeMap<String, Value>, path: &str) -> Option<Cow<'f, str>> {
    Some(match value_at(facts, path)? {
        Cow::Borrowed(Value::String(text)) => text.into(),
        other => other.to_string().into(),
    })
}

/// The name of the fact that a path begins with.
#[must_use]
pub fn fact_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn facts() -> BTreeMap<String, Value> {
        let fact = json!({ "plan": "pro", "seats": 5, "active": true, "none": null,
            "limits": { "orders": 1.5 }, "tags": ["a", { "b": "c" }] });
        [("f".to_owned(), fact), ("text".to_owned(), json!("t"))].into()
    }

    #[test]
    fn a_path_leads_to_a_value() {
        for (path, found) in [
            ("f.plan", Some("pro")),
            ("f.seats", Some("5")),
            ("f.active", Some("true")),
            ("f.limits.orders", Some("1.5")),
            ("f.limits", Some(r#"{"orders":1.5}"#)),
            ("f.tags.0", Some("a")),
            ("f.tags.1.b", Some("c")),
            ("f.tags.*.b", Some(r#"["c"]"#)),
            ("f.tags.*", Some(r#"["a",{"b":"c"}]"#)),
            ("f.plan.*", None),
            ("text", Some("t")),
            ("f.none", None),
            ("f.none.x", None),
            ("f.tags.2", None),
            ("f.tags.-1", None),
            ("f.plan.x", None),
            ("f.", None),
            ("g", None),
            ("", None),
        ] {
            assert_eq!(text_at(&facts(), path).as_deref(), found, "{path}");
        }
    }
}
