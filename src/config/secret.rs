//! A file as it may be shown. Nothing is masked because it is known to be secret: shown is what is known to be none, that is
//! keys, and the values of keys that the schema knows and that hold no variables. A comment may hold anything.

use std::collections::BTreeSet;

use serde_json::Value;
use toml::de::DeValue;

use super::problem::Span;
use super::reference::Reference;
use super::shape::Node;
use super::source_text::SourceText;
use crate::model::nearest;

/// Keys whose values are secrets, wherever they stand.
const SECRET: [&str; 4] = ["environment", "password", "client_secret", "private_key"];
/// What is masked and shorter is not looked for in messages: it would be found in every word.
const SHORTEST: usize = 6;

/// The text with `*` for every byte of what may be secret; nothing else moves. `trees` are what its parts say, the file and the
/// flags, where their syntax is right: else nobody knows where a value ends, and only words of the schema are shown.
pub(super) fn shown(
    source: &SourceText,
    trees: &[Option<&Node<'_>>],
    schema: &Value,
) -> SourceText {
    let text = &source.text;
    let mut mask = Mask { bytes: text.as_bytes().to_vec(), hidden: BTreeSet::new() };
    let trees = trees.iter().copied().chain(std::iter::repeat(None));
    for (part, tree) in source.parts().zip(trees) {
        match tree {
            Some(tree) => {
                let mut values = vec![];
                Walk { root: schema, values: &mut values }.see(tree, &[schema], false);
                values.sort_by_key(|(span, _)| span.start);
                let mut end = part.start;
                for (span, is_open) in values {
                    mask.comments(text, end..span.start);
                    if !is_open {
                        mask.hide(text, span.clone());
                    }
                    end = end.max(span.end);
                }
                mask.comments(text, end..part.end);
            }
            None => mask.all_but(text, part, &words_of(schema)),
        }
    }
    let masked = String::from_utf8_lossy(&mask.bytes).into_owned();
    source.masked(masked, mask.hidden)
}

struct Mask {
    bytes: Vec<u8>,
    hidden: BTreeSet<String>,
}

impl Mask {
    fn hide(&mut self, text: &str, span: Span) {
        let hidden = text[span.clone()].split(is_structure).chain([&text[span.clone()]]);
        let hidden = hidden.map(|word| word.trim_matches(['"', '\'']));
        self.hidden.extend(hidden.filter(|word| is_telling(word)).map(str::to_owned));
        for byte in self.bytes[span].iter_mut().filter(|byte| !byte.is_ascii_whitespace()) {
            *byte = b'*';
        }
    }

    /// Hides the comments of what holds no value.
    fn comments(&mut self, text: &str, between: Span) {
        let mut start = between.start;
        for line in text.get(between).unwrap_or_default().split_inclusive('\n') {
            if let Some(comment) = comment(line) {
                self.hide(text, start + comment..start + line.len());
            }
            start += line.len();
        }
    }

    fn all_but(&mut self, text: &str, part: Span, known: &BTreeSet<String>) {
        let mut start = part.start;
        for word in text[part].split_inclusive(is_structure) {
            let bare = word.trim_end_matches(is_structure);
            if !known.contains(bare) {
                self.hide(text, start..start + bare.len());
            }
            start += word.len();
        }
    }
}

/// Where the comment of a line begins, after its sign; a key in quotes may have that sign, too.
fn comment(line: &str) -> Option<usize> {
    let mut quote = None;
    line.char_indices().find_map(|(at, letter)| {
        match (letter, quote) {
            ('#', None) => return Some(at + 1),
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            _ => {}
        }
        None
    })
}

fn is_structure(letter: char) -> bool {
    letter.is_whitespace() || "[]{}=,.:\"'#".contains(letter)
}

/// Whether it can be looked for without finding ordinary words.
pub(super) fn is_telling(word: &str) -> bool {
    word.chars().count() >= SHORTEST && !word.bytes().all(|letter| letter.is_ascii_lowercase())
}

/// Finds all single values, and which of them may be shown.
struct Walk<'w> {
    root: &'w Value,
    values: &'w mut Vec<(Span, bool)>,
}

impl Walk<'_> {
    /// `hides`: whether a key on the way has secrets below it.
    fn see(&mut self, node: &Node<'_>, schemas: &[&Value], hides: bool) {
        let schemas: Vec<&Value> =
            schemas.iter().flat_map(|schema| alternatives(self.root, schema)).collect();
        match node.get_ref() {
            DeValue::Table(entries) => {
                // Where a value is, is no secret.
                let takes_text = || schemas.iter().any(|schema| is_text(schema));
                let is_reference = Reference::of(node.get_ref()).is_some() && takes_text();
                for (key, value) in entries {
                    if is_reference {
                        self.values.push((value.span(), true));
                        continue;
                    }
                    let hides = hides || SECRET.contains(&key.get_ref().as_ref());
                    self.see(value, &below(&schemas, key.get_ref()), hides);
                }
            }
            DeValue::Array(items) => {
                let schemas: Vec<_> = schemas
                    .iter()
                    .filter_map(|schema| {
                        is_anything(schema).then_some(*schema).or(schema.get("items"))
                    })
                    .collect();
                items.iter().for_each(|item| self.see(item, &schemas, hides));
            }
            _ => {
                let is_open =
                    || schemas.iter().any(|schema| takes(self.root, schema, node.get_ref()));
                self.values.push((node.span(), !hides && is_open()));
            }
        }
    }
}

/// The schemas of a key's value; none if the key is not known, or is no name at all.
fn below<'s>(schemas: &[&'s Value], key: &str) -> Vec<&'s Value> {
    if key.is_empty() {
        return vec![];
    }
    let value = |schema: &&'s Value| {
        let known = schema.get("properties").and_then(|properties| properties.get(key));
        let known = known.or_else(|| schema.get("additionalProperties"));
        known.or_else(|| is_anything(schema).then_some(*schema))
    };
    schemas.iter().filter_map(value).collect()
}

/// The schema itself, what it refers to, or its branches.
fn alternatives<'s>(root: &'s Value, schema: &'s Value) -> Vec<&'s Value> {
    let reference = schema.get("$ref").and_then(Value::as_str);
    if let Some(pointer) = reference.and_then(|reference| reference.strip_prefix('#')) {
        return root.pointer(pointer).map_or(vec![], |schema| alternatives(root, schema));
    }
    let branches = ["oneOf", "anyOf"].iter().find_map(|word| schema.get(word)?.as_array());
    branches.map_or(vec![schema], |branches| {
        branches.iter().flat_map(|branch| alternatives(root, branch)).collect()
    })
}

/// Whether it takes a text.
fn is_text(schema: &Value) -> bool {
    let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    schema["type"] == "string" || words.chain(schema.get("const")).any(Value::is_string)
}

/// Whether it takes any value: those are claims, which tokens show.
fn is_anything(schema: &Value) -> bool {
    const NARROWING: [&str; 5] = ["type", "properties", "enum", "const", "not"];
    *schema == Value::Bool(true)
        || schema.is_object() && NARROWING.iter().all(|word| schema.get(word).is_none())
}

/// Whether a single value is what it takes, or one that was meant to stand in a list: of its type, and of several words
/// one of them, or a typo of the pen.
fn takes(root: &Value, schema: &Value, value: &DeValue<'_>) -> bool {
    if let Some(items) = schema.get("items") {
        return alternatives(root, items).iter().any(|item| takes(root, item, value));
    }
    let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten();
    let words: Vec<_> = words.chain(schema.get("const")).filter_map(Value::as_str).collect();
    match (value, schema["type"].as_str()) {
        (DeValue::String(text), Some("string") | None) if !words.is_empty() => {
            words.contains(&text.as_ref()) || nearest(text, words).is_some()
        }
        (DeValue::Boolean(_), _)
        | (DeValue::String(_) | DeValue::Datetime(_), Some("string"))
        | (DeValue::Integer(_), Some("integer")) => true,
        (DeValue::Integer(_), _) => schema.get("enum").is_some(),
        _ => is_anything(schema),
    }
}

/// All words of the schema.
fn words_of(schema: &Value) -> BTreeSet<String> {
    let mut words = BTreeSet::from(["true", "false"].map(str::to_owned));
    collect(schema, &mut words);
    words
}

fn collect(schema: &Value, words: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            for (word, value) in members {
                if let ("properties", Value::Object(keys)) = (word.as_str(), value) {
                    words.extend(keys.keys().cloned());
                }
                if ["enum", "const"].contains(&word.as_str()) {
                    let values = value.as_array().into_iter().flatten().chain([value]);
                    words.extend(values.filter_map(Value::as_str).map(str::to_owned));
                }
                collect(value, words);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, words)),
        _ => {}
    }
}
