//! A document as a tree of values, each with the place that it stands at. Pure.

use std::sync::Arc;

use crate::config::Span;

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct YamlNode {
    /// The number of its file among those of the document.
    pub(super) file: usize,
    pub(super) span: Span,
    pub(super) content: Content,
}

/// What a value is. A value that is used again by an alias is shared, so that no document grows when it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Known only once the document is deployed: `!Sub`, `Fn::ImportValue`, `${…}`.
    Unknown,
    Null,
    /// Numbers and truth values too, as they are written.
    Text(String),
    List(Vec<Arc<YamlNode>>),
    Map(Vec<MapEntry>),
}

/// A key of a table, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MapEntry {
    pub(super) key: String,
    pub(super) at: Span,
    pub(super) value: Arc<YamlNode>,
}

impl YamlNode {
    pub(super) fn entries(&self) -> &[MapEntry] {
        if let Content::Map(entries) = &self.content { entries } else { &[] }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&MapEntry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Arc<YamlNode>> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub(super) fn items(&self) -> &[Arc<YamlNode>] {
        if let Content::List(items) = &self.content { items } else { &[] }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Content::Text(text) = &self.content { Some(text) } else { None }
    }

    /// The text of an entry.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.content == Content::Unknown
    }

    pub(super) fn is_map(&self) -> bool {
        matches!(self.content, Content::Map(_))
    }
}
