//! The value of a claim: any JSON in which strings are templates. Compiled once, filled for every
//! token.

use serde_json::{Map, Value};

use super::moment::TOML_DATE;
use super::problem::RuleProblems;
use super::template::Template;
use super::template_error::TemplateError;
use super::{ProblemKind, Subject};

/// A claim's value, ready to be filled.
#[derive(Debug, Clone)]
pub(super) enum Claim {
    Fixed(Value),
    Text(Template),
    List(Vec<Claim>),
    Table(Vec<(String, Claim)>),
}

impl Claim {
    /// Compiles `value`, which stands at the current path of `problems`.
    pub(super) fn compile(value: &Value, problems: &mut RuleProblems) -> Self {
        match value {
            Value::Bool(_) | Value::Number(_) => Self::Fixed(value.clone()),
            Value::String(text) => match Template::parse(text) {
                Ok(template) => Self::Text(template),
                Err(error) => Self::refused(error.into(), problems),
            },
            Value::Array(items) => {
                let compile = |(place, item): (usize, &Value)| {
                    problems.at(place.to_string(), |problems| Self::compile(item, problems))
                };
                Self::List(items.iter().enumerate().map(compile).collect())
            }
            Value::Object(entries) if entries.contains_key(TOML_DATE) => {
                Self::refused(ProblemKind::DateClaim, problems)
            }
            Value::Object(entries) => {
                let compile = |(key, value): (&String, _)| {
                    (
                        key.clone(),
                        problems.at(key.clone(), |problems| Self::compile(value, problems)),
                    )
                };
                Self::Table(entries.iter().map(compile).collect())
            }
            Value::Null => Self::refused(ProblemKind::NullClaim, problems),
        }
    }

    /// The value for `subject`, or `None` if anything that it needs is missing.
    pub(super) fn fill(&self, subject: &Subject) -> Option<Value> {
        match self {
            Self::Fixed(value) => Some(value.clone()),
            Self::Text(template) => template.render(subject),
            Self::List(items) => items.iter().map(|item| item.fill(subject)).collect(),
            Self::Table(entries) => {
                let fill =
                    |(key, claim): &(String, Self)| Some((key.clone(), claim.fill(subject)?));
                entries.iter().map(fill).collect::<Option<Map<_, _>>>().map(Value::Object)
            }
        }
    }

    /// Whether the value is, or can be, a list or an object.
    pub(super) fn is_complex(&self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Text(template) => template.is_complex(),
            Self::List(_) | Self::Table(_) => true,
        }
    }

    /// Stands in for a value that is wrong; rules with problems are never used.
    fn refused(kind: ProblemKind, problems: &mut RuleProblems) -> Self {
        problems.push(kind);
        Self::Fixed(Value::Null)
    }
}

impl From<TemplateError> for ProblemKind {
    fn from(error: TemplateError) -> Self {
        match error {
            TemplateError::Braces(reason) => Self::BadTemplate { reason },
            TemplateError::UnknownVariable(variable) => Self::UnknownVariable { variable },
            TemplateError::UnknownFilter(filter) => Self::UnknownFilter { filter },
        }
    }
}
