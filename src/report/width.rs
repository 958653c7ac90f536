//! Words in columns of a terminal. Pure.

use unicode_width::UnicodeWidthStr as _;

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text, and blanks up to the width.
pub(super) fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Lines of at most this width, broken between words; a word that is longer is cut.
pub(super) fn wrapped(text: &str, most: usize) -> Vec<String> {
    let most = most.max(8);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        for (place, piece) in pieces(word, most).into_iter().enumerate() {
            let line = lines.last_mut().filter(|_| place == 0);
            match line {
                Some(line) if line.is_empty() => line.push_str(&piece),
                Some(line) if width(line) + 1 + width(&piece) <= most => {
                    line.push(' ');
                    line.push_str(&piece);
                }
                _ => lines.push(piece),
            }
        }
    }
    lines
}

fn pieces(word: &str, most: usize) -> Vec<String> {
    let (mut pieces, mut piece) = (vec![], String::new());
    for letter in word.chars() {
        if width(&piece) + width(letter.encode_utf8(&mut [0; 4])) > most {
            pieces.push(std::mem::take(&mut piece));
        }
        piece.push(letter);
    }
    pieces.push(piece);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_words_only_if_they_must() {
        assert_eq!(
            wrapped("client back-office, in staff", 20),
            ["client back-office,", "in staff"]
        );
        assert_eq!(wrapped("an abcdefghijklmnop x", 8), ["an", "abcdefgh", "ijklmnop", "x"]);
        assert_eq!(wrapped("", 8), [""]);
        assert_eq!(padded("日本", 6), "日本  ");
    }
}
