//! HCL as `terraform fmt` would write it: the few expressions that an export needs, and the alignment that the crate leaves out.

use hcl::expr::{FuncCall, ObjectKey, TemplateExpr, Traversal, TraversalOperator, Variable};
use hcl::structure::{Block, BlockBuilder, Body};
use hcl::{Expression, Identifier};
use serde_json::Value;

/// `aws_lambda_function.trigger.arn`.
pub(super) fn reference(path: &str) -> Expression {
    let mut parts = path.split('.');
    let root = Variable::sanitized(parts.next().unwrap_or_default());
    let operators = parts.map(|part| TraversalOperator::GetAttr(Identifier::sanitized(part)));
    Traversal::new(root, operators).into()
}

/// A text with `${…}` in it that Terraform is to fill in. Anything else belongs into a plain string.
pub(super) fn filled(text: String) -> Expression {
    TemplateExpr::QuotedString(text).into()
}

/// A number or a truth value.
pub(super) fn scalar(value: &Value) -> Option<Expression> {
    match value {
        Value::Bool(is) => Some((*is).into()),
        Value::Number(number) => Some(number.as_i64()?.into()),
        _ => None,
    }
}

/// A value that nothing is filled into.
pub(super) fn written(value: &Value) -> Expression {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => Expression::Array(items.iter().map(written).collect()),
        Value::Object(members) => object(members.iter().map(|(key, value)| (key, written(value)))),
        other => scalar(other).unwrap_or(Expression::Null),
    }
}

/// `name(arguments)`.
pub(super) fn call(name: &str, arguments: impl IntoIterator<Item = Expression>) -> Expression {
    let call = FuncCall::builder(Identifier::sanitized(name));
    arguments.into_iter().fold(call, hcl::expr::FuncCallBuilder::arg).build().into()
}

/// An object; a key that is no plain name is quoted.
pub(super) fn object(
    members: impl IntoIterator<Item = (impl Into<String>, Expression)>,
) -> Expression {
    let members = members.into_iter().map(|(key, value)| (ObjectKey::from(named(key)), value));
    Expression::Object(members.collect())
}

fn named(key: impl Into<String>) -> Expression {
    Expression::String(key.into())
}

/// An object whose keys are computed.
pub(super) fn keyed(members: impl IntoIterator<Item = (Expression, Expression)>) -> Expression {
    let members = members
        .into_iter()
        .map(|(key, value)| (ObjectKey::Expression(Expression::Parenthesis(Box::new(key))), value));
    Expression::Object(members.collect())
}

/// A document. Texts with `${…}` in them are filled in: only our own have any.
pub(super) fn document(value: &Value) -> Expression {
    match value {
        Value::String(text) if text.contains("${") => filled(text.clone()),
        Value::Array(items) => Expression::Array(items.iter().map(document).collect()),
        Value::Object(members) => object(members.iter().map(|(key, value)| (key, document(value)))),
        Value::String(text) => text.as_str().into(),
        Value::Bool(yes) => (*yes).into(),
        Value::Number(number) => number.as_u64().unwrap_or_default().into(),
        Value::Null => Expression::Null,
    }
}

/// `resource "kind" "name"`.
pub(super) fn resource(kind: &str, name: &str) -> BlockBuilder {
    Block::builder("resource").add_label(kind).add_label(name)
}

/// The text of a body, aligned.
pub(super) fn text(body: &Body) -> Result<String, hcl::Error> {
    let formatter = hcl::format::Formatter::builder().prefer_ident_keys(true);
    let text = hcl::format::Format::format_string(body, &mut formatter.build_vec())?;
    Ok(aligned(&text))
}

/// In runs of lines that are whole attributes, the `=` stand below each other.
fn aligned(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for run in lines.chunk_by(|one, next| column(one).is_some() && column(next).is_some()) {
        let widest = run.iter().filter_map(|line| column(line)).max().unwrap_or(0);
        for line in run {
            match column(line) {
                Some(at) => out.push_str(&format!("{:widest$} {}\n", &line[..at], &line[at + 1..])),
                None => out.push_str(&format!("{line}\n")),
            }
        }
    }
    out
}

/// Where the blank before the `=` is, in a line that is an attribute with all of its value.
fn column(line: &str) -> Option<usize> {
    let whole = !line.ends_with(['{', '[', '(']);
    // No key holds this; a quoted one stands before the first.
    line.find(" = ").filter(|_| whole)
}

/// A variable that whoever applies the module may, or must, set.
pub(super) fn asked(label: &str, about: &str, default: Option<&String>) -> BlockBuilder {
    let block = Block::builder("variable")
        .add_label(label)
        .add_attribute(("type", reference("string")))
        .add_attribute(("description", about));
    match default {
        Some(default) => block.add_attribute(("default", default.as_str())),
        None => block,
    }
}
