//! One value of the file said anew by a flag, `--set trigger.memory_mb=256`: its text becomes a tree of its own, which is laid
//! over that of the file.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::environment::ENV;
use super::problem::{Problem, Span};
use super::shape::Node;
use crate::codes::Code;

type WrittenKey<'i> = Spanned<DeString<'i>>;

/// What a flag looks like.
const SUCH_AS: &str = "such as `--set trigger.memory_mb=256`";

/// The tree of a flag; `text` is in the whole text at `start`.
pub(super) fn read(text: &str, start: usize) -> Result<Node<'_>, Problem> {
    let whole = || start..start + text.len();
    let Some(equals) = equals(text) else {
        let problem = Problem::error(
            Code::BadOverride,
            whole(),
            "a value is set by its path, `=`, and the value",
        );
        return Err(problem.help(SUCH_AS));
    };
    let path = path(&text[..equals], start)?;
    if let Some(key) = path.first().filter(|key| key.get_ref() == ENV) {
        let problem = Problem::error(Code::BadOverride, key.span(), "an environment cannot be set");
        return Err(problem.help("name the key itself, which is set after the overlay of the environment that `-e` chooses"));
    }
    let value = value(&text[equals + 1..], start + equals + 1)?;
    Ok(path.into_iter().rev().fold(value, |value, key| {
        let span = key.span();
        Node::new(span, DeValue::Table(DeTable::from_iter([(key, value)])))
    }))
}

/// Where the path ends: a key in quotes may have that sign, too.
fn equals(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, letter)| {
        match (letter, quote) {
            _ if is_escaped => is_escaped = false,
            ('\\', Some('"')) => is_escaped = true,
            ('=', None) => return Some(at),
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            _ => {}
        }
        None
    })
}

/// The keys of a path, from the outside in.
fn path<'i>(text: &str, start: usize) -> Result<Vec<WrittenKey<'i>>, Problem> {
    let wrong = || {
        let problem =
            Problem::error(Code::BadOverride, start..start + text.len(), "this is no path of keys");
        problem.help(format!(
            "keys are joined by dots, {SUCH_AS}; one with other letters is in quotes, in the shell's quotes: \
             `--set 'pools.customers.resource_servers.\"https://orders\".name=Orders'`"
        ))
    };
    let assignment = format!("{text}=0");
    // What has a header or several lines is more than one path.
    let table = match DeTable::parse(&assignment) {
        Ok(table) if !text.trim_start().starts_with('[') && !text.contains('\n') => table,
        _ => return Err(wrong()),
    };
    let mut keys = vec![];
    let mut inner = table.into_inner();
    while let Some((key, value)) = inner.into_iter().next() {
        let span = key.span();
        let owned = Cow::Owned(key.into_inner().into_owned());
        keys.push(Spanned::new(span.start + start..span.end + start, owned));
        inner = match value.into_inner() {
            DeValue::Table(table) => table,
            _ => break,
        };
    }
    Ok(keys)
}

/// A value of TOML; what is none, and does not begin like one that has an end, is a text as it stands.
fn value(text: &str, start: usize) -> Result<Node<'_>, Problem> {
    let start = start + text.len() - text.trim_start().len();
    let text = text.trim();
    let span = start..start + text.len();
    if text.is_empty() {
        let problem = Problem::error(Code::BadOverride, span, "the value is missing");
        return Err(
            problem.help("an empty text is `\"\"`, in the shell's quotes: `--set 'key=\"\"'`")
        );
    }
    match DeValue::parse(text) {
        Ok(value) => Ok(moved(value, start)),
        Err(_) if !text.starts_with(['"', '\'', '[', '{']) => {
            Ok(Node::new(span, DeValue::String(Cow::Borrowed(text))))
        }
        Err(error) => {
            let within = error.span().map_or(span, |at| at.start + start..at.end + start);
            let message = error.message().trim_end().replace('\n', "; ");
            Err(Problem::error(Code::BadOverride, within, message)
                .help("the shell takes quotes away: put the whole in quotes of its own"))
        }
    }
}

/// The same tree further on in the text.
fn moved(node: Node<'_>, by: usize) -> Node<'_> {
    let further = |span: Span| span.start + by..span.end + by;
    let span = further(node.span());
    let value = match node.into_inner() {
        DeValue::Array(items) => {
            DeValue::Array(items.into_iter().map(|item| moved(item, by)).collect())
        }
        DeValue::Table(entries) => {
            let entries = entries.into_iter().map(|(key, value)| {
                (Spanned::new(further(key.span()), key.into_inner()), moved(value, by))
            });
            DeValue::Table(entries.collect())
        }
        single => single,
    };
    Node::new(span, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Path and value, with the places that they say they have.
    fn seen(flag: &str) -> Result<String, String> {
        let before = "name = 1\n";
        let text = format!("{before}{flag}");
        let mut node = read(flag, before.len()).map_err(|problem| {
            format!("{}: {}", problem.message, &text[problem.span.unwrap_or(0..0)])
        })?;
        let mut path = String::new();
        while let DeValue::Table(table) = node.get_ref().clone() {
            let Some((key, value)) = table.into_iter().next() else { break };
            path += &format!("{}>", &text[key.span()]);
            node = value;
        }
        Ok(format!("{path} {} {}", node.get_ref().type_str(), &text[node.span()]))
    }

    #[test]
    fn a_flag_is_a_path_and_a_value_at_their_places() {
        for (flag, expected) in [
            ("trigger.memory_mb=256", "trigger>memory_mb> integer 256"),
            (" trigger . memory_mb = 256 ", "trigger>memory_mb> integer 256"),
            ("trigger.architecture=arm64", "trigger>architecture> string arm64"),
            ("trigger.architecture='arm64'", "trigger>architecture> string 'arm64'"),
            ("region=eu-west-1", "region> string eu-west-1"),
            ("tags.\"a=b\"=c=d", "tags>\"a=b\"> string c=d"),
            ("tags.a=x # y", "tags>a> string x # y"),
            ("allowed_account_ids=[\"1\", '2']", "allowed_account_ids> array [\"1\", '2']"),
            ("verify.attributes={ }", "verify>attributes> table { }"),
        ] {
            assert_eq!(seen(flag).as_deref(), Ok(expected), "{flag}");
        }
    }

    #[test]
    fn what_is_none_is_told_at_its_place() {
        for (flag, expected) in [
            (
                "trigger.memory_mb",
                "a value is set by its path, `=`, and the value: trigger.memory_mb",
            ),
            ("trigger..memory_mb=1", "this is no path of keys: trigger..memory_mb"),
            ("=1", "this is no path of keys: "),
            ("[trigger]\nmemory_mb=1", "this is no path of keys: [trigger]\nmemory_mb"),
            ("env.prod.region=eu-west-1", "an environment cannot be set: env"),
            ("region=", "the value is missing: "),
        ] {
            assert_eq!(seen(flag).as_ref().map_err(String::as_str), Err(expected), "{flag}");
        }
        assert!(seen("region=\"eu").is_err_and(|told| told.ends_with(": ")), "never closed");
    }
}
