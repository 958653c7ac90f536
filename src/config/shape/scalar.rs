//! Single values: texts, numbers, and choices.

use regex_lite::Regex;
use serde_json::Value;
use toml::de::{DeInteger, DeValue};

use super::words;
use super::words::{At, ValueKind};
use super::{Checker, Node};
use crate::codes::Code;
use crate::config::problem::{Problem, Span};
use crate::model::nearest;
use crate::model::{counted, is_invisible};

impl<'s> Checker<'s> {
    pub(super) fn text<'i>(
        &mut self,
        node: Node<'i>,
        schema: &'s Value,
        at: &At,
    ) -> Option<Node<'i>> {
        let text = node.get_ref().as_str(); // none for a date, which is read as it stands
        let name = at.to_string();
        let problem = text.and_then(|text| {
            text_problem(text, node.span(), schema, &name)
                .or_else(|| unseen(text, node.span(), &name))
        });
        match problem {
            None => Some(node),
            Some(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    pub(super) fn whole<'i>(
        &mut self,
        node: Node<'i>,
        schema: &'s Value,
        at: &At,
    ) -> Option<Node<'i>> {
        let bounds = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
        let number = node.get_ref().as_integer().and_then(value_of);
        let verdict = match (bounds, number) {
            ((Some(min), Some(max)), number)
                if number.is_none_or(|number| !(min..=max).contains(&number)) =>
            {
                format!("between {min} and {max}")
            }
            ((Some(min), None), Some(number)) if number < min => format!("at least {min}"),
            ((None, Some(max)), Some(number)) if number > max => format!("at most {max}"),
            (_, None) => "a smaller number".to_owned(),
            _ => return Some(node),
        };
        let problem =
            Problem::error(Code::OutOfRange, node.span(), format!("{at} must be {verdict}"));
        self.problems
            .push(Problem { help: schema["x-why"].as_str().map(str::to_owned), ..problem });
        None
    }

    /// One of a few values.
    pub(super) fn one_of<'i>(
        &mut self,
        node: Node<'i>,
        allowed: &[&'s Value],
        schema: &'s Value,
        at: &At,
    ) -> Option<Node<'i>> {
        let texts = allowed.iter().filter(|value| value.is_string()).count();
        let is_text = matches!(node.get_ref(), DeValue::String(_));
        let kind = if texts == allowed.len() || (is_text && texts > 0) {
            ValueKind::Text
        } else {
            ValueKind::Whole
        };
        let problem = Problem::error(
            Code::UnknownValue,
            node.span(),
            format!("{at} cannot be {}", words::shown(node.get_ref())),
        );
        let problem = match (kind, node.get_ref()) {
            (ValueKind::Text, DeValue::String(text)) => {
                let words = allowed.iter().filter_map(|value| value.as_str());
                if words.clone().any(|word| word == text) {
                    return Some(node);
                }
                if let Some(reason) = schema["x-refused"].get(text.as_ref()).and_then(Value::as_str)
                {
                    problem.help(format!("{reason}; choose {}", words::choice(allowed)))
                } else {
                    problem
                        .meant(nearest(text, words))
                        .help(format!("it can be {}", words::choice(allowed)))
                }
            }
            (ValueKind::Whole, DeValue::Integer(number)) => {
                let number = value_of(number);
                let numbers = allowed.iter().filter_map(|value| value.as_i64());
                if numbers.clone().any(|known| Some(known) == number) {
                    return Some(node);
                }
                let near =
                    number.and_then(|number| numbers.min_by_key(|known| known.abs_diff(number)));
                let problem = problem.help(format!("it can be {}", words::choice(allowed)));
                near.map_or(problem.clone(), |near| problem.label(format!("the nearest is {near}")))
            }
            _ => return self.mistyped(node, kind, schema, at),
        };
        self.problems.push(problem);
        None
    }
}

/// What is wrong with a text, of which a sentence can say that `name` must be something.
pub(super) fn text_problem(text: &str, span: Span, schema: &Value, name: &str) -> Option<Problem> {
    let limit = |keyword| {
        schema.get(keyword).and_then(Value::as_u64).and_then(|limit| usize::try_from(limit).ok())
    };
    let length = text.chars().count();
    let why = || schema["x-why"].as_str().map(str::to_owned);
    match limit("minLength").filter(|min| length < *min) {
        Some(_) if length == 0 => {
            return Some(Problem::error(
                Code::OutOfRange,
                span,
                format!("{name} must not be empty"),
            ));
        }
        Some(min) => {
            let problem = Problem::error(
                Code::OutOfRange,
                span,
                format!("{name} must have at least {min} characters"),
            );
            return Some(problem.label(counted(length, "character")));
        }
        None => {}
    }
    if let Some(pattern) = schema["pattern"].as_str()
        && !matches(pattern, text)
    {
        let must_be = schema["x-must-be"].as_str().unwrap_or(pattern);
        let label = offender(pattern, text)
            .map_or(String::new(), |letter| format!("{letter:?} cannot be in it"));
        let such_as =
            schema["x-such-as"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let problem =
            Problem::error(Code::WrongForm, span, format!("{name} must be {must_be}")).label(label);
        return Some(problem.meant(nearest(text, such_as)));
    }
    let max = limit("maxLength").filter(|&max| length > max)?;
    let problem = Problem::error(
        Code::OutOfRange,
        span,
        format!("{name} must have at most {max} characters"),
    );
    Some(Problem { help: why(), ..problem }.label(counted(length, "character")))
}

/// What a reader does not see has no place in a name or a description; the values of variables may hold anything.
fn unseen(text: &str, span: Span, name: &str) -> Option<Problem> {
    let letter = text.chars().find(|letter| is_invisible(*letter))?;
    let is_variable = name.contains("trigger.environment.");
    let problem = || {
        Problem::error(
            Code::InvisibleCharacter,
            span,
            format!("{name} has a character that nobody sees"),
        )
        .label(format!("{} is in it", letter.escape_unicode()))
        .help("write it on one line, in letters that can be seen")
    };
    (!is_variable).then(problem)
}

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(text))
}

/// The letter to blame, where a pattern judges every letter alone.
fn offender(pattern: &str, text: &str) -> Option<char> {
    let each_alone =
        pattern.starts_with("^[") && pattern.ends_with("]+$") && !pattern.contains("][");
    text.chars().find(|letter| each_alone && !matches(pattern, letter.encode_utf8(&mut [0; 4])))
}

/// The number, unless it is larger than any that is asked for.
fn value_of(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}
