//! Text with placeholders, such as `{attributes.custom:tenant | none}`. Parsed once, when the rules
//! are loaded.

use serde_json::Value;

use super::Subject;
use super::fact_path::value_at;
use super::filter::Filter;
use super::template_error::TemplateError;

/// A parsed template.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Placeholder(Placeholder),
}

#[derive(Debug, Clone, PartialEq)]
struct Placeholder {
    variable: Variable,
    filters: Vec<Filter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Variable {
    Attribute(String),
    Metadata(String),
    Fact(String),
    Groups,
    Client,
    ClientId,
    Pool,
    UserName,
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(brace) = rest.find(['{', '}']) {
            literal.push_str(&rest[..brace]);
            rest = &rest[brace..];
            if let Some(after) = rest.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = rest.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                let (placeholder, after) = placeholder(after)?;
                parts.push(Part::Placeholder(placeholder));
                rest = after;
            } else {
                return Err(TemplateError::Braces(
                    "`}` closes nothing; a plain brace is written `}}`",
                ));
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self(parts))
    }

    /// What it asks of facts: their paths.
    pub(super) fn facts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder(Placeholder { variable: Variable::Fact(path), .. }) => {
                Some(path.as_str())
            }
            _ => None,
        })
    }

    /// Whether it gives, or can give, a list or an object.
    pub(super) fn is_complex(&self) -> bool {
        let complex = |one: &Placeholder| {
            matches!(one.variable, Variable::Groups | Variable::Fact(_))
                || one.filters.iter().any(Filter::is_complex)
        };
        matches!(self.0.as_slice(), [Part::Placeholder(only)] if complex(only))
    }

    /// What it says about `subject`, or `None` if a value without a default is missing. A placeholder
    /// alone gives its value as it is; beside text, every value is text.
    pub(super) fn render(&self, subject: &Subject) -> Option<Value> {
        if let [Part::Placeholder(only)] = self.0.as_slice() {
            return only.value(subject);
        }
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Placeholder(placeholder) => write(&mut text, &placeholder.value(subject)?),
            }
        }
        Some(text.into())
    }
}

/// Writes a value as text: the items of a list with commas between them.
fn write(text: &mut String, value: &Value) {
    match value {
        Value::String(value) => text.push_str(value),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                write(text, item);
            }
        }
        other => text.push_str(&other.to_string()),
    }
}

impl Placeholder {
    fn value(&self, subject: &Subject) -> Option<Value> {
        let value = self.variable.value(subject);
        self.filters.iter().fold(value, |value, filter| filter.apply(value))
    }
}

impl Variable {
    fn value(&self, subject: &Subject) -> Option<Value> {
        let text = match self {
            Self::Attribute(name) => subject.attributes.get(name),
            Self::Metadata(key) => subject.client_metadata.get(key),
            Self::Fact(path) => {
                return value_at(&subject.facts, path).map(std::borrow::Cow::into_owned);
            }
            // None at all counts as missing.
            Self::Groups if subject.groups.is_empty() => None,
            Self::Groups => return Some(subject.groups.clone().into()),
            Self::Client => subject.client.as_ref(),
            Self::ClientId => subject.client_id.as_ref(),
            Self::Pool => subject.pool.as_ref(),
            Self::UserName => subject.user_name.as_ref(),
        };
        text.map(|text| text.as_str().into())
    }
}

/// What stands behind a `{`, up to its `}`, and what follows that: a variable, with filters, or with
/// a text that stands in for a missing value.
fn placeholder(text: &str) -> Result<(Placeholder, &str), TemplateError> {
    if let Some((name, filters)) = text.split_once('|')
        && !name.contains(['{', '}'])
        && Filter::begins(filters)
    {
        let variable = variable(name.trim())?;
        let (filters, rest) = Filter::parse(filters)?;
        return Ok((Placeholder { variable, filters }, rest));
    }
    let end = text.find(['{', '}']).filter(|&end| text[end..].starts_with('}'));
    let end =
        end.ok_or(TemplateError::Braces("`{` is never closed; a plain brace is written `{{`"))?;
    let (inner, rest) = (&text[..end], &text[end + 1..]);
    let (name, default) = match inner.split_once('|') {
        Some((name, default)) => (name, Some(default.trim())),
        None => (inner, None),
    };
    if let Some(name) = default.and_then(Filter::meant_by) {
        return Err(TemplateError::UnknownFilter(name.to_owned()));
    }
    let filters = default.map(|text| Filter::Default(text.into())).into_iter().collect();
    Ok((Placeholder { variable: variable(name.trim())?, filters }, rest))
}

fn variable(name: &str) -> Result<Variable, TemplateError> {
    Ok(match (name, name.split_once('.')) {
        ("", _) => {
            return Err(TemplateError::Braces(
                "`{}` names no variable; plain braces are written `{{}}`",
            ));
        }
        ("groups", _) => Variable::Groups,
        ("client", _) => Variable::Client,
        ("client_id", _) => Variable::ClientId,
        ("pool", _) => Variable::Pool,
        ("user_name", _) => Variable::UserName,
        (_, Some(("attributes", attribute))) if !attribute.is_empty() => {
            Variable::Attribute(attribute.to_owned())
        }
        (_, Some(("facts", path))) if !path.is_empty() => Variable::Fact(path.to_owned()),
        (_, Some(("metadata", key))) if !key.is_empty() => Variable::Metadata(key.to_owned()),
        _ => return Err(TemplateError::UnknownVariable(name.to_owned())),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Subject, Template, TemplateError};

    fn subject() -> Subject {
        Subject {
            pool: Some("customers".into()),
            client: Some("web".into()),
            client_id: Some("1example".into()),
            user_name: Some("ada".into()),
            groups: vec!["staff".into(), "admin".into()],
            attributes: [("custom:tenant".into(), "acme".into()), ("empty".into(), String::new())]
                .into(),
            client_metadata: [("device.os".into(), "{groups}".into())].into(),
            ..Subject::default()
        }
    }

    fn render(text: &str, subject: &Subject) -> Option<Value> {
        Template::parse(text).expect(text).render(subject)
    }

    #[test]
    fn placeholders_are_filled() {
        for (text, value) in [
            ("", json!("")),
            ("plain", json!("plain")),
            ("{attributes.custom:tenant}", json!("acme")),
            ("{ attributes.custom:tenant }", json!("acme")),
            ("{attributes.empty|x}", json!("")),
            ("{metadata.device.os}", json!("{groups}")),
            ("{pool}/{client}/{client_id}/{user_name}", json!("customers/web/1example/ada")),
            ("{groups}", json!(["staff", "admin"])),
            ("{groups | none}", json!(["staff", "admin"])),
            ("in {groups}", json!("in staff,admin")),
            ("{{{client}}}", json!("{web}")),
            ("{{client}}", json!("{client}")),
            ("{attributes.x | a b }", json!("a b")),
            ("{attributes.x | }", json!("")),
            ("{attributes.x | a|b}", json!("a|b")),
            ("ü{client}ß", json!("üwebß")),
            ("{client | upper}", json!("WEB")),
            ("{ attributes.x | list | default [1, \"}\"] }", json!([1, "}"])),
            ("{groups | prefix 'x-'}", json!(["x-staff", "x-admin"])),
            (
                "in {groups | upper} of {pool | replace 'c' '{'}",
                json!("in STAFF,ADMIN of {ustomers"),
            ),
            ("{attributes.x | listed}", json!("listed")),
        ] {
            assert_eq!(render(text, &subject()), Some(value), "{text}");
        }
    }

    #[test]
    fn a_missing_value_leaves_nothing() {
        let nobody = Subject::default();
        for text in [
            "{attributes.x}",
            "a{metadata.y}b",
            "{groups}",
            "{client}",
            "{client_id}",
            "{pool}",
            "{user_name}",
        ] {
            assert_eq!(render(text, &nobody), None, "{text}");
        }
        assert_eq!(render("{groups | none}", &nobody), Some(json!("none")));
        assert_eq!(render("{client|?}{pool}", &nobody), None);
    }

    #[test]
    fn what_is_not_a_template_is_refused() {
        for text in [
            "{",
            "}",
            "a{b",
            "{client}}",
            "{{client}",
            "{cli{ent}",
            "{}",
            "{ }",
            "{|x}",
            "{client | {pool}}",
        ] {
            assert!(matches!(Template::parse(text), Err(TemplateError::Braces(_))), "{text}");
        }
        for (text, name) in [
            ("{tenant}", "tenant"),
            ("{attributes.}", "attributes."),
            ("{attributes}", "attributes"),
            ("{Client | x}", "Client"),
        ] {
            assert_eq!(
                Template::parse(text),
                Err(TemplateError::UnknownVariable(name.into())),
                "{text}"
            );
        }
    }
}
