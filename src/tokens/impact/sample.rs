//! Values that stand for others: any value at all, and those of which filters make something else. Pure.

/// Any value, in one word: a group has no blanks.
pub(super) fn symbol(what: &str, name: &str) -> String {
    format!("‹{}{name}›", what.replace(' ', "."))
}

/// A text of which this filter makes something else.
pub(super) fn sample(variable: &str, filter: &str) -> Option<String> {
    let name = variable.split_once('.').map_or(variable, |(_, name)| name);
    let argument = filter.split(['\'', '"']).nth(1).unwrap_or_default();
    Some(match filter.split_whitespace().next()? {
        "lower" => format!("‹{}›", name.to_uppercase()),
        "trim" => format!(" ‹{name}› "),
        "list" => format!("[‹{name}›,‹{name}›]"),
        "json" => format!("[\"‹{name}›\"]"),
        "strip_prefix" | "replace" => format!("{argument}‹{name}›"),
        "split" => format!("‹{name}›{argument}‹{name}›"),
        _ => return None,
    })
}
