//! Reads JSON as the trigger does: half a surrogate pair is no reason to refuse an event.

use serde_json::Value;

/// The value of a JSON text, in which half a surrogate pair is the replacement character.
pub(crate) fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(text).or_else(|_| serde_json::from_str(&whole(text)))
}

/// The text with every lone surrogate replaced.
fn whole(text: &str) -> String {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some(start) = rest.find('\\') {
        whole.push_str(&rest[..start]);
        rest = &rest[start..];
        let (length, lone) = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => (12, false),
            (Some(0xD800..0xE000), _) => (6, true),
            // A backslash, and what it escapes.
            _ => (rest.chars().take(2).map(char::len_utf8).sum(), false),
        };
        whole.push_str(if lone { "\\ufffd" } else { &rest[..length] });
        rest = &rest[length..];
    }
    whole + rest
}

/// The number in `\u1234` at the beginning.
fn unit(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn half_a_pair_is_the_replacement_character() {
        for (json, text) in [
            (r#""a\ud800""#, "a\u{FFFD}"),
            (r#""\udc00\ud83d\ude00b""#, "\u{FFFD}\u{1F600}b"),
            (r#""\ud800\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
            (r#""\\ud800\ud800\n""#, "\\ud800\u{FFFD}\n"),
        ] {
            assert_eq!(parse(json).expect(json), text, "{json}");
        }
        assert!(parse("{\"a\\").is_err());
    }
}
