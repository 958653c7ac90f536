//! Markdown that says what the text said: escaping, tables, and a length that a pipeline takes.

/// Text that Markdown and HTML leave as it is, on one line: for cells and for sentences.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(letter);
            }
            // It would notify somebody of that name.
            '@' => out.push_str("&#64;"),
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

/// A table; nothing if it has no rows.
#[must_use]
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(head.iter().map(|cell| (*cell).to_owned()).collect());
    text += &line(vec!["---".to_owned(); head.len()]);
    text.extend(rows.iter().map(|row| line(row.iter().map(|cell| plain(cell)).collect())));
    text + "\n"
}

/// At most `limit` bytes: cut after a line, with a note that says so. Nothing if not even the note has room.
#[must_use]
pub fn capped(text: &str, limit: usize) -> String {
    const NOTE: &str = "\n*Cut here: the rest is in the log.*\n";
    if text.len() <= limit {
        return text.to_owned();
    }
    let Some(room) = limit.checked_sub(NOTE.len()) else { return String::new() };
    let end = text[..text.floor_char_boundary(room)].rfind('\n').map_or(0, |newline| newline + 1);
    format!("{}{NOTE}", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(plain("a|b *c* <img> @me\nx_y"), r"a\|b \*c\* &lt;img&gt; &#64;me x\_y");
        assert_eq!(table(&["a"], &[]), "");
        assert_eq!(
            table(&["a", "b"], &[vec!["1|".into(), "2".into()]]),
            "| a | b |\n| --- | --- |\n| 1\\| | 2 |\n\n"
        );
    }

    #[test]
    fn a_cut_is_between_lines_and_told() {
        let text = "ä line\n".repeat(100);
        assert_eq!(capped(&text, text.len()), text);
        let cut = capped(&text, 200);
        assert!(cut.len() <= 200 && cut.ends_with("in the log.*\n"), "{cut}");
        assert!(cut.starts_with("ä line\nä line\n") && !cut.contains("ä \n"));
        assert_eq!(capped(&text, 5), "");
    }
}
