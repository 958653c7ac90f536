//! Values that are elsewhere, wherever a text is expected: what is known of one is checked as if it stood in the file.

use std::borrow::Cow;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::words::{self, At, ValueKind};
use super::{Checker, Elsewhere, Node, Sought};
use crate::config::reference::{Lookup, Reference};

impl<'s> Checker<'s> {
    /// Where the value is, if this is no value, and a text is expected.
    pub(super) fn reference(&self, node: &Node<'_>, schema: &'s Value) -> Option<Reference> {
        let reference = Reference::of(node.get_ref())?;
        self.takes_text(schema).then_some(reference)
    }

    fn takes_text(&self, schema: &'s Value) -> bool {
        if let Some(allowed) = words::enumeration(schema) {
            return allowed.iter().any(|value| value.is_string());
        }
        self.branches(schema).any(|branch| ValueKind::wanted(branch) == Some(ValueKind::Text))
    }

    /// The alternatives, or the schema itself.
    fn branches(&self, schema: &'s Value) -> impl Iterator<Item = &'s Value> {
        let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf"));
        let alternatives = alternatives.and_then(Value::as_array);
        let itself = alternatives.is_none().then_some(schema);
        alternatives.into_iter().flatten().map(|branch| self.resolve(branch)).chain(itself)
    }

    /// A text or a table in place of it. What is not known is left out of every judgement.
    pub(super) fn value_of_reference<'i>(
        &mut self,
        node: &Node<'i>,
        reference: Reference,
        schema: &'s Value,
        at: &At,
    ) -> Option<Node<'i>> {
        let span = node.span();
        // Its type has a place for a variable, which is read when it is needed.
        let is_table = |branch: &Value| branch["properties"].get("env").is_some();
        let is_typed = self.branches(schema).any(is_table);
        if is_typed && !reference.is_in_aws() {
            return Some(node.clone());
        }
        let outcome = self.values.of(&reference);
        let name = reference.variable();
        let value = match &outcome {
            Lookup::Found(found) => found.text.clone(),
            Lookup::Missing(_) | Lookup::Unknown => placeholder(schema, &reference),
        };
        let is_known = matches!(outcome, Lookup::Found(_));
        if !is_known {
            self.tainted.push(span.clone());
        }
        if let Lookup::Found(found) = &outcome
            && found.is_secret
        {
            self.secrets.push(found.text.clone());
        }
        let state = match outcome {
            Lookup::Found(_) => Sought::Found,
            Lookup::Missing(why) => Sought::Missing(why),
            Lookup::Unknown => Sought::NotYet,
        };
        self.elsewhere.push(Elsewhere { span: span.clone(), reference, state });
        let text = |text: String| Node::new(span.clone(), DeValue::String(Cow::Owned(text)));
        if is_typed {
            let key = |key| Spanned::new(span.clone(), Cow::Borrowed(key));
            let mut table = DeTable::new();
            table.insert(key("env"), text(name));
            if is_known {
                table.insert(key("value"), text(value));
            }
            return Some(Node::new(span.clone(), DeValue::Table(table)));
        }
        let node = text(value);
        if is_known { self.check(node, schema, at) } else { Some(node) }
    }
}

/// What stands for a value that is not known, so that the rest can be read.
fn placeholder(schema: &Value, reference: &Reference) -> String {
    let words = words::enumeration(schema).unwrap_or_default();
    let word = words.into_iter().find_map(Value::as_str);
    word.map_or_else(|| reference.variable(), str::to_owned)
}
