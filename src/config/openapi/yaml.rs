//! From a file's text to its tree: YAML, and JSON, which is YAML, too. Pure.
//!
//! What CloudFormation, SAM and Terraform put in only when they deploy is unknown here, and no error.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, Span as Range, Tag};

use super::tree::{Content, MapEntry, YamlNode};
use crate::codes::Code;
use crate::config::{Problem, Span};

/// API Gateway imports at most 6 MB ("Amazon API Gateway quotas"); other documents are rarely as large.
pub(super) const BYTES: usize = 8 << 20;
/// Values in values in values.
const DEPTH: usize = 128;
/// Values of a file, those that a merge (`<<`) repeats included.
const VALUES: usize = 1_000_000;

/// The tree of `text`, which is the file number `file`.
pub(super) fn parse(text: &str, file: usize) -> Result<Arc<YamlNode>, Problem> {
    let mut tree = Builder { file, length: text.len(), ..Builder::default() };
    for event in Parser::new_from_str(text) {
        let (event, range) = event.map_err(|error| {
            let start = error.marker().byte_offset().unwrap_or(0).min(text.len());
            let start = text.floor_char_boundary(start);
            Problem::error(
                Code::ApiInvalid,
                start..start,
                format!("this cannot be read: {}", error.info()),
            )
        })?;
        if matches!(event, Event::DocumentEnd) && tree.root.is_some() {
            break;
        }
        tree.take(event, &range)?;
    }
    tree.root.ok_or_else(|| Problem::of_file(Code::ApiInvalid, "the document is empty"))
}

#[derive(Default)]
struct Builder {
    file: usize,
    length: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Arc<YamlNode>>,
    values: usize,
    root: Option<Arc<YamlNode>>,
}

/// A list or a table that is not closed yet.
struct Open {
    start: usize,
    anchor: usize,
    unknown: bool,
    within: Within,
}

enum Within {
    List(Vec<Arc<YamlNode>>),
    Map { entries: Vec<MapEntry>, key: Option<(String, Span)> },
}

impl Builder {
    fn take(&mut self, event: Event<'_>, range: &Range) -> Result<(), Problem> {
        let span = self.span(range);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let content = scalar(&text, style, tag.as_deref());
                self.value(self.node(span, content), anchor)
            }
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => self.value(node, 0),
                // An alias within what it stands for: no tree has that.
                None => Err(Problem::error(
                    Code::ApiInvalid,
                    span,
                    "this alias stands for what it is in",
                )),
            },
            Event::SequenceStart(_, anchor, tag) => {
                self.open(span, anchor, tag.as_deref(), Within::List(vec![]))
            }
            Event::MappingStart(_, anchor, tag) => {
                let within = Within::Map { entries: vec![], key: None };
                self.open(span, anchor, tag.as_deref(), within)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(&span),
            _ => Ok(()),
        }
    }

    fn span(&self, range: &Range) -> Span {
        let span = range.byte_range().unwrap_or(0..0);
        span.start.min(self.length)..span.end.min(self.length)
    }

    fn node(&self, span: Span, content: Content) -> Arc<YamlNode> {
        Arc::new(YamlNode { file: self.file, span, content })
    }

    fn open(
        &mut self,
        span: Span,
        anchor: usize,
        tag: Option<&Tag>,
        within: Within,
    ) -> Result<(), Problem> {
        if self.open.len() == DEPTH {
            let message = format!("the document is nested more than {DEPTH} deep");
            return Err(Problem::error(Code::ApiInvalid, span.start..span.start, message));
        }
        let unknown = tag.is_some_and(is_put_in_later);
        self.open.push(Open { start: span.start, anchor, unknown, within });
        Ok(())
    }

    fn close(&mut self, span: &Span) -> Result<(), Problem> {
        let Some(Open { start, anchor, unknown, within }) = self.open.pop() else { return Ok(()) };
        let content = match within {
            _ if unknown => Content::Unknown,
            Within::List(items) => Content::List(items),
            Within::Map { entries, .. } if is_function(&entries) => Content::Unknown,
            Within::Map { entries, .. } => Content::Map(self.merged(entries)),
        };
        let node = self.node(start..span.end.max(start), content);
        self.value(node, anchor)
    }

    /// Puts in what `<<` stands for; what the table says itself comes first.
    fn merged(&mut self, entries: Vec<MapEntry>) -> Vec<MapEntry> {
        let (merges, mut own): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.key == "<<");
        if merges.is_empty() {
            return own;
        }
        let mut known: BTreeSet<String> = own.iter().map(|entry| entry.key.clone()).collect();
        for merge in merges {
            let single = std::slice::from_ref(&merge.value);
            let sources = if merge.value.is_map() { single } else { merge.value.items() };
            for entry in sources.iter().flat_map(|source| source.entries()) {
                self.values += 1;
                if known.insert(entry.key.clone()) {
                    own.push(entry.clone());
                }
            }
        }
        own
    }

    /// A value is complete: it is the key or the value of a table, an item of a list, or the whole document.
    fn value(&mut self, node: Arc<YamlNode>, anchor: usize) -> Result<(), Problem> {
        self.values += 1;
        if self.values > VALUES {
            return Err(Problem::of_file(
                Code::ApiInvalid,
                format!("the document has more than {VALUES} values"),
            ));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, Arc::clone(&node));
        }
        match self.open.last_mut().map(|open| &mut open.within) {
            None => self.root = Some(node),
            Some(Within::List(items)) => items.push(node),
            Some(Within::Map { entries, key }) => match key.take() {
                None => {
                    *key = Some((node.text().unwrap_or_default().to_owned(), node.span.clone()));
                }
                Some((key, at)) => entries.push(MapEntry { key, at, value: node }),
            },
        }
        Ok(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Content {
    match text {
        _ if tag.is_some_and(is_put_in_later) => Content::Unknown,
        _ if text.contains("${") => Content::Unknown,
        "" | "~" | "null" if style == ScalarStyle::Plain => Content::Null,
        _ => Content::Text(text.to_owned()),
    }
}

/// YAML's short forms of CloudFormation's functions: `!Sub`, `!GetAtt`.
fn is_put_in_later(tag: &Tag) -> bool {
    tag.core_suffix().is_none()
}

/// CloudFormation's functions: `{"Fn::Sub": …}`, `{"Ref": …}`.
fn is_function(entries: &[MapEntry]) -> bool {
    matches!(entries, [only] if only.key == "Ref" || only.key.starts_with("Fn::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_and_json_make_the_same_tree() {
        let yaml = parse("paths:\n  /a: {get: {security: [{Pool: [read]}]}}\n", 0).expect("yaml");
        let json = parse(
            "{\n\t\"paths\": {\"/a\": {\"get\": {\"security\": [{\"Pool\": [\"read\"]}]}}}}\n",
            0,
        )
        .expect("json");
        for root in [yaml, json] {
            let get =
                root.get("paths").and_then(|one| one.get("/a")).and_then(|one| one.get("get"));
            let security = get.and_then(|one| one.get("security")).expect("the security");
            let scopes = security.items()[0].get("Pool").expect("the scheme").items();
            assert_eq!(scopes[0].text(), Some("read"));
        }
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let text = "ä: ü\nb: [c, 'd']\n";
        let root = parse(text, 3).expect("a tree");
        let entry = root.entry("b").expect("b");
        assert_eq!(&text[entry.at.clone()], "b");
        assert_eq!(&text[entry.value.items()[1].span.clone()], "'d'");
        assert_eq!(entry.value.items()[0].file, 3);
    }

    #[test]
    fn what_is_put_in_later_is_unknown() {
        for text in
            ["a: !Sub 'x'", "a: {Fn::Sub: x}", "a: ${x}", "a: {Ref: X}", "a: !GetAtt [A, B]"]
        {
            let root = parse(text, 0).expect("a tree");
            assert!(root.get("a").is_some_and(|one| one.is_unknown()), "{text}");
        }
    }

    #[test]
    fn a_bomb_of_anchors_takes_no_room() {
        let mut text = String::from("a0: &a0 [x]\n");
        for n in 1..60 {
            let of = n - 1;
            text += &format!("a{n}: &a{n} [*a{of}, *a{of}, *a{of}, *a{of}]\n");
        }
        assert!(parse(&text, 0).is_ok());
    }

    #[test]
    fn what_has_no_end_is_refused() {
        assert!(parse(&"[".repeat(10_000), 0).is_err());
        assert!(parse("a: &a [*a]", 0).is_err());
        assert!(parse("", 0).is_err());
        assert!(parse("a: [", 0).is_err());
    }

    #[test]
    fn merges_give_way_to_what_is_there() {
        let root = parse("base: &b {x: 1, y: 2}\na: {<<: *b, y: 3}\n", 0).expect("a tree");
        let a = root.get("a").expect("a");
        assert_eq!((a.text_of("x"), a.text_of("y")), (Some("1"), Some("3")));
    }
}
