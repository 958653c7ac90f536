/// A text as TOML writes it: JSON's escapes are TOML's, but for the one character that JSON leaves as it is.
pub(crate) fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
