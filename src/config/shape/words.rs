//! The words of the shape's problems: where something is, what a schema asks for, what was found instead.

use std::fmt;

use serde_json::Value;
use toml::de::DeValue;

/// Where a value is, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum At {
    Root,
    /// `trigger.memory_mb`
    Key(String),
    /// An item of the list with this path.
    Item(String),
}

impl At {
    pub(super) fn key(&self, key: &str) -> Self {
        let bare = !key.is_empty()
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        let key = if bare { key.to_owned() } else { format!("{key:?}") };
        match self {
            Self::Root => Self::Key(key),
            Self::Key(path) | Self::Item(path) => Self::Key(format!("{path}.{key}")),
        }
    }

    pub(super) fn item(&self) -> Self {
        match self {
            Self::Root => Self::Root,
            Self::Key(path) | Self::Item(path) => Self::Item(path.clone()),
        }
    }

    /// Where its entries are.
    pub(super) fn inside(&self) -> String {
        match self {
            Self::Root => "at the top level".to_owned(),
            Self::Key(path) => format!("in `{path}`"),
            Self::Item(path) => format!("in `[[{path}]]`"),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the file"),
            Self::Key(path) => write!(f, "`{path}`"),
            Self::Item(path) => write!(f, "an item of `{path}`"),
        }
    }
}

/// A type of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    Table,
    List,
    Text,
    Whole,
    Boolean,
}

impl ValueKind {
    /// The type that a schema asks for; none is any.
    pub(super) fn wanted(schema: &Value) -> Option<Self> {
        match schema["type"].as_str()? {
            "object" => Some(Self::Table),
            "array" => Some(Self::List),
            "string" => Some(Self::Text),
            "integer" => Some(Self::Whole),
            "boolean" => Some(Self::Boolean),
            _ => None,
        }
    }

    /// Whether a value is of this type. TOML has dates; a schema has texts with a format.
    pub(super) fn fits(self, value: &DeValue<'_>, schema: &Value) -> bool {
        match self {
            Self::Table => value.is_table(),
            Self::List => value.is_array(),
            Self::Text => value.is_str() || (value.is_datetime() && schema.get("format").is_some()),
            Self::Whole => value.is_integer(),
            Self::Boolean => value.is_bool(),
        }
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Table => "a table",
            Self::List => "a list",
            Self::Text => "a string",
            Self::Whole => "a whole number",
            Self::Boolean => "true or false",
        }
    }
}

/// "a string or a table"
pub(super) fn nouns(kinds: &[ValueKind]) -> String {
    let mut nouns: Vec<_> = kinds.iter().map(|kind| kind.noun()).collect();
    nouns.dedup();
    nouns.join(" or ")
}

/// What a value is, in the same words.
pub(super) fn found(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// A value in a sentence.
pub(super) fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("`{text}`"),
        DeValue::Integer(number) => number.to_string(),
        other => found(other).to_owned(),
    }
}

/// How to write a value so that it has the right type.
pub(super) fn conversion(value: &DeValue<'_>, wanted: ValueKind, at: &At) -> Option<String> {
    match (wanted, value) {
        (ValueKind::Whole, DeValue::String(text)) if text.parse::<i64>().is_ok() => {
            Some(format!("write {text}, without quotes"))
        }
        (ValueKind::Boolean, DeValue::String(text)) if text == "true" || text == "false" => {
            Some(format!("write {text}, without quotes"))
        }
        (
            ValueKind::Text,
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_),
        ) => Some("write it in quotes".to_owned()),
        (ValueKind::List, DeValue::Table(_)) => match at {
            At::Key(path) => Some(format!("write `[[{path}]]`, with double brackets")),
            _ => None,
        },
        (ValueKind::List, DeValue::String(text)) => Some(format!("write [{text:?}], in brackets")),
        (ValueKind::Table, DeValue::Array(items))
            if items.iter().all(|item| item.get_ref().is_table()) =>
        {
            match at {
                At::Key(path) if !items.is_empty() => {
                    Some(format!("write `[{path}]`, with single brackets"))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// What a value is for.
pub(super) fn meaning(schema: &Value) -> Option<String> {
    let text = schema["description"].as_str()?.replace('\n', " ");
    let text = text.strip_suffix('.').unwrap_or(&text);
    let is_acronym = text.chars().nth(1).is_some_and(char::is_uppercase);
    Some(if is_acronym { text.to_owned() } else { text[..1].to_lowercase() + &text[1..] })
}

/// Why a value cannot be written as JSON.
pub(super) fn not_json(value: &DeValue<'_>) -> Option<&'static str> {
    match value {
        DeValue::Datetime(_) => Some("a date; write it in quotes"),
        DeValue::Float(number) if !number.as_str().parse().is_ok_and(f64::is_finite) => {
            Some("not a finite number")
        }
        DeValue::Integer(number)
            if i64::from_str_radix(number.as_str(), number.radix()).is_err() =>
        {
            Some("too large a number")
        }
        _ => None,
    }
}

/// The values of a schema that names all of them: `enum`, `const`, or alternatives that are nothing else.
pub(in crate::config) fn enumeration(schema: &Value) -> Option<Vec<&Value>> {
    if let Some(values) = schema.get("enum").and_then(Value::as_array) {
        return Some(values.iter().collect());
    }
    if let Some(value) = schema.get("const") {
        return Some(vec![value]);
    }
    let branches = schema.get("oneOf")?.as_array()?;
    let values: Option<Vec<_>> = branches.iter().map(enumeration).collect();
    values.map(Vec::into_iter).map(|lists| lists.flatten().collect())
}

/// "`arm64` or `x86_64`"
pub(super) fn choice(allowed: &[&Value]) -> String {
    let shown: Vec<_> = allowed
        .iter()
        .map(|value| value.as_str().map_or(value.to_string(), |text| format!("`{text}`")))
        .collect();
    match shown.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => shown.concat(),
    }
}

/// The tables that have this key, in words that go with "belongs".
pub(super) fn valid_parents(root: &Value, key: &str) -> Vec<String> {
    let mut valid_parents = Vec::new();
    if root["properties"].get(key).is_some() {
        return vec!["at the top level, before the first `[table]`".to_owned()];
    }
    for (name, property) in
        root["properties"].as_object().into_iter().flatten().filter(|(name, _)| *name != "env")
    {
        search(root, property, name, key, &mut valid_parents);
    }
    valid_parents
}

fn search(root: &Value, schema: &Value, path: &str, key: &str, valid_parents: &mut Vec<String>) {
    let pointer = schema
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(|reference| reference.strip_prefix('#'));
    let schema = pointer.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema);
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        if properties.contains_key(key) {
            valid_parents.push(format!("into `[{path}]`"));
        }
        for (name, property) in properties {
            search(root, property, &format!("{path}.{name}"), key, valid_parents);
        }
    }
    if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
        search(root, values, &format!("{path}.…"), key, valid_parents);
    }
    if let Some(items) = schema.get("items") {
        search(root, items, &format!("[{path}]"), key, valid_parents);
    }
}
