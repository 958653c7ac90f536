//! Where everything in a file stands: the spans of its tree, without the values.

use std::collections::BTreeMap;

use super::problem::Span;
use super::shape::Node;

/// The place of a value, and of everything in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    key: Span,
    value: Span,
    fields: BTreeMap<String, Placed>,
    items: Vec<Placed>,
}

impl Placed {
    pub(crate) fn of(node: &Node<'_>) -> Self {
        Self::with_key(node, node.span())
    }

    /// Where the key is; of an item, the item itself.
    pub(crate) fn key(&self) -> Span {
        self.key.clone()
    }

    /// Where the value is; of a table with a header, the header.
    pub(crate) fn value(&self) -> Span {
        self.value.clone()
    }

    /// Whether the file has this key here.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// The place of an entry, or the table itself if it has no such entry.
    pub(crate) fn at(&self, key: &str) -> &Self {
        self.fields.get(key).unwrap_or(self)
    }

    /// The place of an item, or the list itself if it has no such item.
    pub(crate) fn item(&self, index: usize) -> &Self {
        self.items.get(index).unwrap_or(self)
    }

    /// The place at the end of a path of keys and positions, or the last one on the way that exists.
    pub(crate) fn follow<'p>(&self, path: impl IntoIterator<Item = &'p String>) -> &Self {
        path.into_iter().fold(self, |place, step| {
            step.parse()
                .ok()
                .and_then(|index: usize| place.items.get(index))
                .unwrap_or_else(|| place.at(step))
        })
    }

    /// The path of the value that stands there; none if nothing of this does.
    pub(crate) fn path_of(&self, span: &Span) -> Option<String> {
        if self.value == *span {
            return Some(String::new());
        }
        let fields = self.fields.iter().map(|(key, place)| (place, key.clone()));
        let items = self.items.iter().map(|place| (place, String::new()));
        fields.chain(items).find_map(|(place, key)| {
            let below = place.path_of(span)?;
            let names = [key, below].into_iter().filter(|name| !name.is_empty());
            Some(names.collect::<Vec<_>>().join("."))
        })
    }

    fn with_key(node: &Node<'_>, key: Span) -> Self {
        let fields = node.get_ref().as_table().into_iter().flatten();
        let items = node.get_ref().as_array().into_iter().flatten();
        Self {
            key,
            value: node.span(),
            fields: fields
                .map(|(key, value)| (key.get_ref().to_string(), Self::with_key(value, key.span())))
                .collect(),
            items: items.map(Self::of).collect(),
        }
    }
}
