//! Values as TOML writes them.

use serde_json::Value;

/// A text as TOML writes it: JSON's escapes are TOML's, but for the one character that JSON leaves as it is.
pub(crate) fn toml_text(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}

/// A value as TOML writes it, tables in one line; what is null is left out.
pub(crate) fn toml_value(value: &Value) -> String {
    match value {
        Value::String(text) => toml_text(text),
        Value::Array(list) => {
            let all: Vec<_> = list.iter().filter(|one| !one.is_null()).map(toml_value).collect();
            format!("[{}]", all.join(", "))
        }
        Value::Object(table) => {
            let entries = table.iter().filter(|(_, value)| !value.is_null());
            let all: Vec<_> = entries
                .map(|(key, value)| format!("{} = {}", toml_key(key), toml_value(value)))
                .collect();
            if all.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", all.join(", ")) }
        }
        other => other.to_string(),
    }
}

/// A key, in quotes where it needs them.
fn toml_key(key: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { toml_text(key) }
}
