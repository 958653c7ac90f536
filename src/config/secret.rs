//! The values of the function's variables are secrets: they are masked before a line of the file is shown.

use super::environment::ENV;
use super::shape::Node;

/// `text` with `*` for every byte of a secret; nothing else moves.
pub(super) fn masked(text: &str, tree: &Node<'_>) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for span in spans(tree).chain(lines(text)) {
        for byte in
            bytes.get_mut(span).into_iter().flatten().filter(|byte| !byte.is_ascii_whitespace())
        {
            *byte = b'*';
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The values of `trigger.environment`, of the file and of every environment.
fn spans(tree: &Node<'_>) -> impl Iterator<Item = std::ops::Range<usize>> {
    let overlays =
        tree.get_ref().get(ENV).and_then(|env| env.get_ref().as_table()).into_iter().flatten();
    let tables = [tree].into_iter().chain(overlays.map(|(_, overlay)| overlay));
    let variables =
        tables.filter_map(|table| table.get_ref().get("trigger")?.get_ref().get("environment"));
    variables
        .filter_map(|variables| variables.get_ref().as_table())
        .flatten()
        .map(|(_, value)| value.span())
}

/// What stands behind the keys of that table: where the syntax is wrong, it may be in no tree.
fn lines(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut inside = false;
    let mut start = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let line_start = start;
        start += line.len();
        if line.trim_start().starts_with('[') {
            inside = line.contains("environment");
        }
        let value = line.find(['=', ':'])? + 1;
        let dotted = line[..value].contains("environment.");
        let is_comment = line.trim_start().starts_with('#');
        ((inside || dotted) && !is_comment).then(|| line_start + value..line_start + line.len())
    })
}
