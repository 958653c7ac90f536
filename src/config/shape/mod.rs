//! Whether a file has the shape that the schema asks for: keys, types, ranges, patterns. Finds everything, and gives back
//! a tree that can be read into the types, so that what is wrong beyond the shape can be found in the same run.

mod elsewhere;
mod scalar;
mod table;
mod words;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::problem::{Problem, Span};
use super::reference::{self, Reference, Values};
use crate::codes::Code;
use crate::model::counted;
pub(super) use words::enumeration;
use words::{At, ValueKind};

/// A value and the place that it came from.
pub(super) type Node<'i> = Spanned<DeValue<'i>>;

/// The place of what is in no file: it was put in where something was missing.
pub(super) const PLACEHOLDER: Span = usize::MAX..usize::MAX;

/// What was found.
pub(super) struct Shape<'i> {
    /// What of the file can be read.
    pub(super) tree: Node<'i>,
    /// Everything that is wrong with the shape.
    pub(super) problems: Vec<Problem>,
    /// Tables and lists from which something was taken away: that it is missing there is not the author's fault.
    pub(super) tainted: Vec<Span>,
    /// Values that are elsewhere, and where in the file that is said.
    pub(super) elsewhere: Vec<Elsewhere>,
    /// Those of them that are known, and secrets.
    pub(super) secrets: Vec<String>,
}

/// A value that the file does not hold.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere {
    pub(super) span: Span,
    pub(super) reference: Reference,
    /// What became of it: it was found, it was looked for in vain, or nobody looked.
    pub(super) state: Sought,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sought {
    Found,
    Missing(String),
    NotYet,
}

/// Checks `tree` against `part`, a schema within `root`.
pub(super) fn check<'i>(
    tree: Node<'i>,
    (part, root): (&Value, &Value),
    values: &Values,
) -> Shape<'i> {
    let mut checker = Checker {
        root,
        values,
        problems: Vec::new(),
        tainted: Vec::new(),
        elsewhere: Vec::new(),
        secrets: Vec::new(),
    };
    let tree = checker
        .check(tree, part, &At::Root)
        .unwrap_or_else(|| Node::new(0..0, DeValue::Table(DeTable::new())));
    let Checker { problems, tainted, elsewhere, secrets, .. } = checker;
    Shape { tree, problems, tainted, elsewhere, secrets }
}

/// The methods take a value and give back what can be read of it; where that is less, there is a problem that says so.
struct Checker<'s> {
    root: &'s Value,
    values: &'s Values,
    problems: Vec<Problem>,
    tainted: Vec<Span>,
    elsewhere: Vec<Elsewhere>,
    secrets: Vec<String>,
}

impl<'s> Checker<'s> {
    fn check<'i>(&mut self, node: Node<'i>, schema: &'s Value, at: &At) -> Option<Node<'i>> {
        let schema = self.resolve(schema);
        if let Some(reference) = self.reference(&node, schema) {
            return self.value_of_reference(&node, reference, schema, at);
        }
        if let Some(allowed) = words::enumeration(schema) {
            return self.one_of(node, &allowed, schema, at);
        }
        if let Some(branches) =
            schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array)
        {
            return self.any_of(node, branches, schema, at);
        }
        let Some(kind) = ValueKind::wanted(schema) else { return self.json(node, at) };
        if !kind.fits(node.get_ref(), schema) {
            return self.mistyped(node, kind, schema, at);
        }
        match kind {
            ValueKind::Table => Some(self.table(node, schema, at)),
            ValueKind::List => Some(self.list(node, schema, at)),
            ValueKind::Text => self.text(node, schema, at),
            ValueKind::Whole => self.whole(node, schema, at),
            ValueKind::Boolean => Some(node),
        }
    }

    /// The schema that a reference stands for. What stands beside a reference only describes it.
    fn resolve(&self, schema: &'s Value) -> &'s Value {
        let pointer = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|reference| reference.strip_prefix('#'));
        pointer.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    /// Reports the wrong type, and makes of the value what was probably meant.
    fn mistyped<'i>(
        &mut self,
        node: Node<'i>,
        kind: ValueKind,
        schema: &'s Value,
        at: &At,
    ) -> Option<Node<'i>> {
        let mut problem =
            Problem::error(Code::WrongType, node.span(), format!("{at} must be {}", kind.noun()));
        problem.label = format!("this is {}", words::found(node.get_ref()));
        problem.help =
            words::conversion(node.get_ref(), kind, at).or_else(|| words::meaning(schema));
        if kind == ValueKind::Text && is_meant_as_reference(node.get_ref()) {
            problem.help = Some(reference::HELP.to_owned());
        }
        self.problems.push(problem);
        let span = node.span();
        match kind {
            ValueKind::List => {
                let items = DeArray::from_iter([node]);
                Some(self.list(Node::new(span, DeValue::Array(items)), schema, at))
            }
            ValueKind::Table => {
                self.tainted.push(span.clone());
                Some(Node::new(span, DeValue::Table(DeTable::new())))
            }
            _ => None,
        }
    }

    fn list<'i>(&mut self, node: Node<'i>, schema: &'s Value, at: &At) -> Node<'i> {
        let span = node.span();
        let DeValue::Array(items) = node.into_inner() else {
            return Node::new(span, DeValue::Array(DeArray::new()));
        };
        self.count(
            "item",
            items.len(),
            &span,
            [schema.get("minItems"), schema.get("maxItems")],
            at,
        );
        if schema["uniqueItems"] == true {
            self.repeated(&items, at);
        }
        let before = items.len();
        let items: DeArray<'i> = match schema.get("items") {
            Some(schema) => {
                items.into_iter().filter_map(|item| self.check(item, schema, &at.item())).collect()
            }
            None => items,
        };
        if items.len() < before {
            self.tainted.push(span.clone());
        }
        Node::new(span, DeValue::Array(items))
    }

    fn repeated(&mut self, items: &[Node<'_>], at: &At) {
        for (place, item) in items.iter().enumerate() {
            let text = item.get_ref().as_str();
            let first = items[..place]
                .iter()
                .find(|other| text.is_some() && other.get_ref().as_str() == text);
            if let Some(first) = first {
                let problem = Problem::error(
                    Code::RepeatedItem,
                    item.span(),
                    format!("{at} has the same item twice"),
                );
                self.problems.push(problem.also(first.span(), "the first one"));
            }
        }
    }

    /// Checks how many entries a table or a list has.
    fn count(
        &mut self,
        noun: &str,
        count: usize,
        span: &Span,
        [min, max]: [Option<&Value>; 2],
        at: &At,
    ) {
        let limit = |bound: Option<&Value>| {
            bound.and_then(Value::as_u64).and_then(|bound| usize::try_from(bound).ok())
        };
        let verdict = match (limit(min), limit(max)) {
            (Some(min), _) if count < min => format!("at least {}", counted(min, noun)),
            (_, Some(max)) if count > max => format!("at most {}", counted(max, noun)),
            _ => return,
        };
        let problem =
            Problem::error(Code::OutOfRange, span.clone(), format!("{at} must have {verdict}"));
        self.problems.push(if count == 0 { problem } else { problem.label(counted(count, noun)) });
    }

    /// Several shapes are possible; they differ by type, or are tables with one key each.
    fn any_of<'i>(
        &mut self,
        node: Node<'i>,
        branches: &'s [Value],
        schema: &'s Value,
        at: &At,
    ) -> Option<Node<'i>> {
        let branches: Vec<_> = branches.iter().map(|branch| self.resolve(branch)).collect();
        let kinds: Vec<_> =
            branches.iter().filter_map(|branch| ValueKind::wanted(branch)).collect();
        let fits = |branch: &&&Value| {
            ValueKind::wanted(branch).is_none_or(|kind| kind.fits(node.get_ref(), branch))
        };
        let fitting: Vec<_> = branches.iter().filter(fits).copied().collect();
        match fitting.as_slice() {
            [] => {
                let problem = Problem::error(
                    Code::WrongType,
                    node.span(),
                    format!("{at} must be {}", words::nouns(&kinds)),
                );
                let problem = problem.label(format!("this is {}", words::found(node.get_ref())));
                self.problems.push(Problem { help: words::meaning(schema), ..problem });
                None
            }
            tables if node.get_ref().is_table() && tables.len() > 1 => {
                self.one_key(node, tables, at)
            }
            [first, ..] => self.check(node, first, at),
        }
    }

    /// Any value that JSON has, too.
    fn json<'i>(&mut self, node: Node<'i>, at: &At) -> Option<Node<'i>> {
        let span = node.span();
        let Some(wrong) = words::not_json(node.get_ref()) else {
            let value = match node.into_inner() {
                DeValue::Array(items) => DeValue::Array(
                    items.into_iter().filter_map(|item| self.json(item, &at.item())).collect(),
                ),
                DeValue::Table(entries) => {
                    let entries = entries.into_iter().filter_map(|(key, value)| {
                        let value = self.json(value, &at.key(key.get_ref()))?;
                        Some((key, value))
                    });
                    DeValue::Table(entries.collect())
                }
                value => value,
            };
            return Some(Node::new(span, value));
        };
        self.problems.push(
            Problem::error(
                Code::ClaimValue,
                span,
                format!("{at} must be a value that JSON has, too"),
            )
            .label(wrong),
        );
        None
    }
}

/// Whether a table has a key by which a value from elsewhere is named.
fn is_meant_as_reference(value: &DeValue<'_>) -> bool {
    let table = value.as_table();
    table.is_some_and(|table| reference::FORMS.into_iter().any(|form| table.contains_key(form)))
}
