//! Tables: which keys there are, which are missing, and what an unknown one was meant to be.

use std::borrow::Cow;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::words;
use super::words::At;
use super::{Checker, Node, PLACEHOLDER};
use crate::codes::Code;
use crate::config::problem::{Problem, Span};
use crate::model::nearest;

type WrittenKey<'i> = Spanned<DeString<'i>>;

impl<'s> Checker<'s> {
    pub(super) fn table<'i>(&mut self, node: Node<'i>, schema: &'s Value, at: &At) -> Node<'i> {
        let span = node.span();
        let mut entries = match node.into_inner() {
            DeValue::Table(entries) => entries,
            _ => DeTable::new(),
        };
        let bounds = [schema.get("minProperties"), schema.get("maxProperties")];
        self.count("entry", entries.len(), &span, bounds, at);
        let before = entries.len();
        if let Some(Value::Object(properties)) = schema.get("properties") {
            entries = self.known(entries, properties, &schema["x-refused-keys"], at);
            entries = self.values(entries, |key| properties.get(key), at);
        } else if let Some(values) = schema.get("additionalProperties") {
            if let Some(names) = schema.get("propertyNames") {
                self.names(&entries, names, at);
            }
            entries = self.values(entries, |_| Some(values), at);
        }
        if entries.len() < before {
            self.tainted.push(span.clone());
        }
        self.required(&mut entries, schema, &span, at);
        Node::new(span, DeValue::Table(entries))
    }

    /// A table with exactly one of several keys.
    pub(super) fn one_key<'i>(
        &mut self,
        node: Node<'i>,
        branches: &[&'s Value],
        at: &At,
    ) -> Option<Node<'i>> {
        let span = node.span();
        let DeValue::Table(entries) = node.into_inner() else { return None };
        let properties =
            branches.iter().filter_map(|branch| branch["properties"].as_object()).flatten();
        let properties: Map<_, _> =
            properties.map(|(key, schema)| (key.clone(), schema.clone())).collect();
        if entries.len() != 1 {
            let keys: Vec<_> = properties.keys().map(|key| format!("`{key}`")).collect();
            let problem = Problem::error(
                Code::WrongType,
                span,
                format!("{at} must have exactly one key: {}", keys.join(" or ")),
            );
            self.problems.push(problem);
            return None;
        }
        let entries = self.known(entries, &properties, &Value::Null, at);
        let schema = |key: &str| branches.iter().find_map(|branch| branch["properties"].get(key));
        let entries = self.values(entries, schema, at);
        (entries.len() == 1).then(|| Node::new(span, DeValue::Table(entries)))
    }

    /// The entries whose keys are known, and those whose keys are a typo of the pen, under the keys that were meant. `refused`
    /// has the reasons of those that AWS knows and a stack cannot have.
    fn known<'i>(
        &mut self,
        entries: DeTable<'i>,
        properties: &Map<String, Value>,
        refused: &Value,
        at: &At,
    ) -> DeTable<'i> {
        let free: Vec<_> = properties
            .keys()
            .map(String::as_str)
            .filter(|key| !entries.contains_key(*key))
            .collect();
        let mut known = DeTable::new();
        for (key, value) in entries {
            if properties.contains_key(key.get_ref().as_ref()) {
                known.insert(key, value);
                continue;
            }
            if let Some(reason) = refused[key.get_ref().as_ref()].as_str() {
                let message = format!("{} cannot be declared", at.key(key.get_ref()));
                self.problems
                    .push(Problem::error(Code::ReservedName, key.span(), message).help(reason));
                continue;
            }
            let meant = nearest(key.get_ref(), free.iter().copied());
            self.problems.push(self.unknown(&key, meant, properties, at));
            if let Some(meant) = meant.filter(|meant| !known.contains_key(*meant)) {
                known.insert(Spanned::new(key.span(), Cow::Owned(meant.to_owned())), value);
            }
        }
        known
    }

    fn unknown(
        &self,
        key: &WrittenKey<'_>,
        meant: Option<&str>,
        properties: &Map<String, Value>,
        at: &At,
    ) -> Problem {
        let problem = Problem::error(
            Code::UnknownKey,
            key.span(),
            format!("unknown key `{}` {}", key.get_ref(), at.inside()),
        );
        if meant.is_some() {
            return problem.meant(meant);
        }
        let valid_parents = words::valid_parents(self.root, key.get_ref());
        if valid_parents.is_empty() {
            let keys: Vec<_> = properties.keys().map(|key| format!("`{key}`")).collect();
            return problem.help(format!("known are {}", keys.join(", ")));
        }
        problem.help(format!("`{}` belongs {}", key.get_ref(), valid_parents.join(" or ")))
    }

    fn names(&mut self, entries: &DeTable<'_>, schema: &'s Value, at: &At) {
        for (key, _) in entries {
            let name = format!("the key {}", at.key(key.get_ref()));
            self.problems.extend(super::scalar::text_problem(
                key.get_ref(),
                key.span(),
                schema,
                &name,
            ));
        }
    }

    fn values<'i>(
        &mut self,
        entries: DeTable<'i>,
        schema: impl Fn(&str) -> Option<&'s Value>,
        at: &At,
    ) -> DeTable<'i> {
        let checked = entries.into_iter().filter_map(|(key, value)| {
            let value = match schema(key.get_ref()) {
                Some(schema) => self.check(value, schema, &at.key(key.get_ref()))?,
                None => value,
            };
            Some((key, value))
        });
        checked.collect()
    }

    /// Reports what is missing, and puts something into its place that can be read.
    fn required(&mut self, entries: &mut DeTable<'_>, schema: &'s Value, span: &Span, at: &At) {
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        for key in required {
            if entries.contains_key(key) {
                continue;
            }
            if !self.tainted.contains(span) {
                let problem = match at {
                    At::Root => Problem::of_file(
                        Code::MissingKey,
                        format!("missing key `{key}` {}", at.inside()),
                    ),
                    _ => Problem::error(
                        Code::MissingKey,
                        span.clone(),
                        format!("missing key `{key}` {}", at.inside()),
                    ),
                };
                let meaning = schema["properties"].get(key).and_then(words::meaning);
                self.problems.push(Problem { help: meaning, ..problem });
            }
            let is_table = schema["properties"][key]["type"] == "object";
            let value = if is_table {
                DeValue::Table(DeTable::new())
            } else {
                DeValue::String(Cow::Borrowed(""))
            };
            entries.insert(
                Spanned::new(PLACEHOLDER, Cow::Owned(key.to_owned())),
                Spanned::new(PLACEHOLDER, value),
            );
        }
    }
}
