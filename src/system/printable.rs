//! Text that does to a terminal and to a pipeline nothing but be read, whoever wrote it.

use crate::model::is_invisible;

/// The text with everything invisible escaped, but for line breaks, tabs and colours.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = match color(rest) {
            Some(length) => {
                out.push_str(&rest[..length]);
                length
            }
            None if is_invisible(letter) && !['\n', '\t'].contains(&letter) => {
                out.extend(letter.escape_default());
                letter.len_utf8()
            }
            None => {
                out.push(letter);
                letter.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    out
}

/// A JSON text in which everything invisible is escaped as JSON does; it says the same.
pub fn visible_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_invisible(letter) && letter != '\n' {
            let mut units = [0; 2];
            let units = letter.encode_utf16(&mut units).iter();
            units.for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        } else {
            out.push(letter);
        }
    }
    // What GitHub's runner takes for a command wherever it stands.
    out.replace("##[", "#\\u0023[")
}

/// The text with nothing in it that GitHub's runner takes for a command (`ActionCommand.cs`): one begins a line, the older
/// form stands anywhere.
pub fn no_command(text: &str) -> String {
    let line = |line: &str| {
        let words = line.trim_start();
        let indent = &line[..line.len() - words.len()];
        let guard = if words.starts_with("::") { "\\" } else { "" };
        format!("{indent}{guard}{}", words.replace("##[", "#\\#["))
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The length of the colour's code that `text` begins with.
fn color(text: &str) -> Option<usize> {
    let parameters = text.strip_prefix("\u{1b}[")?;
    let end = parameters.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    parameters[end..].starts_with('m').then_some("\u{1b}[".len() + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_is_printed() {
        let text = "a\u{1b}[1;31mred\u{1b}[0m\u{1b}[2J\u{7}\r\u{202e}b\u{200b}\n\tc";
        let shown = "a\u{1b}[1;31mred\u{1b}[0m\\u{1b}[2J\\u{7}\\r\\u{202e}b\\u{200b}\n\tc";
        assert_eq!(visible(text), shown);
    }

    #[test]
    fn json_says_the_same() {
        let text = serde_json::json!({ "a\u{202e}": "\u{e0001}##[x]\u{85}\n" }).to_string();
        let shown = visible_json(&text);
        assert!(!shown.chars().any(is_invisible) && !shown.contains("##["), "{shown}");
        let value = |text| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        assert_eq!(value(&shown), value(&text));
    }

    #[test]
    fn nothing_is_a_command_of_the_runner() {
        assert_eq!(
            no_command("rule\n  ::stop-commands::x\na ##[add-mask]b :: c\n"),
            "rule\n  \\::stop-commands::x\na #\\#[add-mask]b :: c\n"
        );
    }
}
