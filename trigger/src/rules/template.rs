//! Text with placeholders, such as `{attributes.custom:tenant | none}`. Parsed once, when the rules
//! are loaded.

use serde_json::Value;

use super::Subject;

/// A parsed template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Placeholder { variable: Variable, default: Option<String> },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Variable {
    Attribute(String),
    Metadata(String),
    Groups,
    Client,
    ClientId,
    Pool,
    UserName,
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TemplateError {
    /// The braces do not pair up, or hold nothing; the text says how.
    Braces(&'static str),
    /// There is no variable of that name.
    UnknownVariable(String),
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
                let end = after.find(['{', '}']).filter(|&end| after[end..].starts_with('}'));
                let end = end.ok_or(TemplateError::Braces(
                    "`{` is never closed; a plain brace is written `{{`",
                ))?;
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(placeholder(&after[..end])?);
                rest = &after[end + 1..];
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

    /// Whether it is `{groups}` alone, and so gives a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self.0.as_slice(), [Part::Placeholder { variable: Variable::Groups, .. }])
    }

    /// What it says about `subject`, or `None` if a value without a default is missing.
    pub(super) fn render(&self, subject: &Subject) -> Option<Value> {
        if self.is_list() && !subject.groups.is_empty() {
            return Some(subject.groups.clone().into());
        }
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Placeholder { variable: Variable::Groups, .. }
                    if !subject.groups.is_empty() =>
                {
                    text.push_str(&subject.groups.join(","));
                }
                Part::Placeholder { variable, default } => {
                    text.push_str(variable.value(subject).or(default.as_deref())?);
                }
            }
        }
        Some(text.into())
    }
}

impl Variable {
    fn value<'s>(&self, subject: &'s Subject) -> Option<&'s str> {
        match self {
            Self::Attribute(name) => subject.attributes.get(name).map(String::as_str),
            Self::Metadata(key) => subject.client_metadata.get(key).map(String::as_str),
            Self::Groups => None, // a list; none at all counts as missing
            Self::Client => subject.client.as_deref(),
            Self::ClientId => subject.client_id.as_deref(),
            Self::Pool => subject.pool.as_deref(),
            Self::UserName => subject.user_name.as_deref(),
        }
    }
}

/// What stands between the braces: `variable` or `variable | default`.
fn placeholder(text: &str) -> Result<Part, TemplateError> {
    let (name, default) = match text.split_once('|') {
        Some((name, default)) => (name.trim(), Some(default.trim().to_owned())),
        None => (text.trim(), None),
    };
    let variable = match (name, name.split_once('.')) {
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
        (_, Some(("metadata", key))) if !key.is_empty() => Variable::Metadata(key.to_owned()),
        _ => return Err(TemplateError::UnknownVariable(name.to_owned())),
    };
    Ok(Part::Placeholder { variable, default })
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
