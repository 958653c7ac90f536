//! What a template makes of a value: `{attributes.custom:groups | list | prefix 'idp-'}`. Filters
//! stand behind the variable, in the order in which they are applied. Whatever the value is, the
//! result is a value or nothing: no filter fails.

use serde_json::Value;

use super::template_error::TemplateError;

/// One filter, ready to be applied.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    Lower,
    Upper,
    Trim,
    /// What providers send for several values, as a list.
    List,
    /// The value that a text describes in JSON.
    Json,
    Split(String),
    Prefix(String),
    StripPrefix(String),
    Replace(String, String),
    Default(Value),
}

/// Every filter, and how many texts follow its name.
const NAMES: [(&str, usize); 10] = [
    ("lower", 0),
    ("upper", 0),
    ("trim", 0),
    ("list", 0),
    ("json", 0),
    ("split", 1),
    ("prefix", 1),
    ("strip_prefix", 1),
    ("replace", 2),
    ("default", 1),
];

impl Filter {
    /// Whether `text`, what stands behind the first `|`, begins with a filter. If not, all of it is
    /// the text that stands in for a missing value.
    pub(super) fn begins(text: &str) -> bool {
        NAMES.iter().any(|(name, _)| *name == word(text.trim_start()).0)
    }

    /// The name of a filter that does not exist, where `text` looks like one: a word, and a text in
    /// quotes.
    pub(super) fn meant_by(text: &str) -> Option<&str> {
        let (name, rest) = word(text);
        let quotes = rest.trim_start().starts_with(['\'', '"']) && rest.ends_with(['\'', '"']);
        (quotes && !name.is_empty()).then_some(name)
    }

    /// The filters from here to the `}`, and what follows that.
    pub(super) fn parse(mut text: &str) -> Result<(Vec<Self>, &str), TemplateError> {
        let mut filters = Vec::new();
        loop {
            let (filter, rest) = Self::parse_one(text.trim_start())?;
            filters.push(filter);
            let rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix('}') {
                return Ok((filters, rest));
            }
            text = rest.strip_prefix('|').ok_or(TemplateError::Braces(
                "behind a filter stands `|` or `}`; a text that stands in is written `default 'text'`",
            ))?;
        }
    }

    fn parse_one(text: &str) -> Result<(Self, &str), TemplateError> {
        let (name, rest) = word(text);
        let (_, arguments) = NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| TemplateError::UnknownFilter(name.to_owned()))?;
        if name == "default" {
            let (value, rest) = any_value(rest)?;
            return Ok((Self::Default(value), rest));
        }
        let mut rest = rest;
        let mut texts = Vec::new();
        for _ in 0..*arguments {
            let (text, after) = quoted(rest.trim_start())?;
            texts.push(text);
            rest = after;
        }
        let mut texts = texts.into_iter();
        let mut next = || texts.next().unwrap_or_default();
        let filter = match name {
            "lower" => Self::Lower,
            "upper" => Self::Upper,
            "trim" => Self::Trim,
            "list" => Self::List,
            "json" => Self::Json,
            "prefix" => Self::Prefix(next()),
            "strip_prefix" => Self::StripPrefix(next()),
            "split" => Self::Split(next()),
            _ => Self::Replace(next(), next()),
        };
        match &filter {
            Self::Split(text) | Self::Replace(text, _) if text.is_empty() => Err(
                TemplateError::Braces("`split` and `replace` look for a text that is not empty"),
            ),
            _ => Ok((filter, rest)),
        }
    }

    /// Whether the result is, or can be, a list or an object.
    pub(super) fn is_complex(&self) -> bool {
        match self {
            Self::List | Self::Json | Self::Split(_) => true,
            Self::Default(value) => value.is_array() || value.is_object(),
            _ => false,
        }
    }

    /// The value that comes of this one; `None` is a missing value.
    pub(super) fn apply(&self, value: Option<Value>) -> Option<Value> {
        if let Self::Default(default) = self {
            return Some(value.unwrap_or_else(|| default.clone()));
        }
        let value = value?;
        match self {
            Self::Lower => Some(each(value, &|text| text.to_lowercase())),
            Self::Upper => Some(each(value, &|text| text.to_uppercase())),
            Self::Trim => Some(each(value, &|text| text.trim().to_owned())),
            Self::Prefix(prefix) => Some(each(value, &|text| [prefix, text].concat())),
            Self::StripPrefix(prefix) => Some(each(value, &|text| {
                text.strip_prefix(prefix.as_str()).unwrap_or(text).to_owned()
            })),
            Self::Replace(from, to) => Some(each(value, &|text| text.replace(from, to))),
            Self::Split(separator) => Some(split(value, separator)),
            Self::List => Some(list(value)),
            Self::Json => json(value),
            Self::Default(_) => None,
        }
    }
}

/// Every text in the value, changed.
fn each(value: Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => change(&text).into(),
        Value::Array(items) => items.into_iter().map(|item| each(item, change)).collect(),
        other => other,
    }
}

fn split(value: Value, separator: &str) -> Value {
    let pieces = |text: &str| -> Vec<Value> {
        text.split(separator).filter(|piece| !piece.is_empty()).map(Value::from).collect()
    };
    match value {
        Value::String(text) => pieces(&text).into(),
        Value::Array(items) => {
            let items = items.into_iter().flat_map(|item| match item {
                Value::String(text) => pieces(&text),
                other => vec![other],
            });
            items.collect()
        }
        other => other,
    }
}

/// A list as identity providers hand it over in one attribute: JSON, or `[a, b]`, or a single value.
fn list(value: Value) -> Value {
    let Value::String(text) = value else { return value };
    let text = text.trim();
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return if text.is_empty() { Value::Array(Vec::new()) } else { vec![text].into() };
    };
    if let Ok(Value::Array(items)) = serde_json::from_str(text) {
        return items.into_iter().filter(|item| !item.is_null()).collect();
    }
    let items = inner.split(',').map(str::trim).filter(|item| !item.is_empty());
    items.map(Value::from).collect()
}

fn json(value: Value) -> Option<Value> {
    let Value::String(text) = value else { return Some(value) };
    serde_json::from_str(&text).ok().filter(|value| !has_null(value))
}

/// Cognito takes no null in a claim.
fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

/// The name at the beginning, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !(c.is_ascii_lowercase() || c == '_')).unwrap_or(text.len());
    text.split_at(end)
}

/// A text in single or double quotes, in which nothing is escaped.
fn quoted(text: &str) -> Result<(String, &str), TemplateError> {
    let quote = text.chars().next().filter(|quote| ['\'', '"'].contains(quote));
    let inner = quote.and_then(|quote| text[1..].split_once(quote));
    let (inner, rest) = inner.ok_or(TemplateError::Braces(
        "a filter's text stands in quotes, such as `prefix 'idp-'`",
    ))?;
    Ok((inner.to_owned(), rest))
}

/// What stands in for a missing value: a text in quotes, or any JSON.
fn any_value(text: &str) -> Result<(Value, &str), TemplateError> {
    let text = text.trim_start();
    if text.starts_with('\'') {
        return quoted(text).map(|(text, rest)| (text.into(), rest));
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    match values.next() {
        Some(Ok(value)) if !has_null(&value) => Ok((value, &text[values.byte_offset()..])),
        _ => Err(TemplateError::Braces(
            "behind `default` stands a text in quotes, or a value of JSON that is not null",
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Filter, TemplateError};

    #[track_caller]
    fn filtered(filters: &str, value: &Value) -> Option<Value> {
        let text = format!("{filters} }}rest");
        let (filters, rest) = Filter::parse(&text).expect(filters);
        assert_eq!(rest, "rest");
        let value = Some(value.clone()).filter(|value| !value.is_null());
        filters.iter().fold(value, |value, filter| filter.apply(value))
    }

    #[test]
    fn filters_are_applied_one_after_the_other() {
        for (filters, value, result) in [
            ("lower", json!("AbC"), json!("abc")),
            ("upper|trim", json!(" a b "), json!("A B")),
            ("list", json!("[a, b b ,, ]"), json!(["a", "b b"])),
            ("list", json!(r#" ["a,b", 1, null, "c"] "#), json!(["a,b", 1, "c"])),
            ("list", json!("a, b"), json!(["a, b"])),
            ("list", json!(" "), json!([])),
            ("list", json!("[]"), json!([])),
            ("list", json!("["), json!(["["])),
            ("split ','", json!("a,,b"), json!(["a", "b"])),
            ("split ', ' | split \"-\"", json!("a-b, c"), json!(["a", "b", "c"])),
            ("list | prefix 'idp-' | upper", json!("[a,b]"), json!(["IDP-A", "IDP-B"])),
            ("strip_prefix 'idp-'", json!("idp-idp-a"), json!("idp-a")),
            ("strip_prefix 'x'", json!("a"), json!("a")),
            ("replace ' ' '_'", json!("a b c"), json!("a_b_c")),
            ("replace '|}' \"'\"", json!("a|}b"), json!("a'b")),
            ("json", json!(r#"{"a":[1.5,true]}"#), json!({ "a": [1.5, true] })),
            ("json | default []", json!("no json"), json!([])),
            ("json | default 'none'", json!("[null]"), json!("none")),
            ("default {\"a\": [\"}\"]}", Value::Null, json!({ "a": ["}"] })),
            ("default 7 | upper", Value::Null, json!(7)),
            ("lower | default 'X'", Value::Null, json!("X")),
        ] {
            assert_eq!(filtered(filters, &value), Some(result), "{filters}");
        }
        assert_eq!(filtered("json", &json!("null")), None);
        assert_eq!(filtered("lower | list | json", &Value::Null), None);
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        for text in [
            "lower",
            "lower x}",
            "split }",
            "split ''}",
            "split ',}",
            "replace 'a'}",
            "replace '' 'b'}",
            "prefix idp-}",
            "default }",
            "default none}",
            "default null}",
            "default [null]}",
            "default {}",
        ] {
            assert!(matches!(Filter::parse(text), Err(TemplateError::Braces(_))), "{text}");
        }
        for (text, name) in [("lower | lowr}", "lowr"), ("|}", ""), ("Lower}", "")] {
            let found = Filter::parse(text);
            assert_eq!(found, Err(TemplateError::UnknownFilter(name.into())), "{text}");
        }
        assert!(Filter::begins(" list | x") && Filter::begins("default 1"));
        assert!(!Filter::begins("none") && !Filter::begins("lowercase") && !Filter::begins("List"));
    }
}
