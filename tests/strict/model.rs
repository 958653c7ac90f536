//! What AWS's own API models refuse before an operation is even looked at: missing members, wrong lengths, characters,
//! values. The emulator checks none of it.
//!
//! The models are botocore's, which is installed beside the emulator; so a constraint here is AWS's, not ours.

use std::{collections::BTreeMap, path::Path, process::Command, sync::Mutex};

use fancy_regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::{call::Call, refusal::Refusal};

const EXTRACT: &str = include_str!("model.py");

/// The requests of every service that this layer knows.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Model {
    services: BTreeMap<String, Service>,
}

#[derive(Debug, Deserialize)]
struct Service {
    operations: BTreeMap<String, Operation>,
    shapes: BTreeMap<String, Shape>,
}

/// An operation's place on the wire, and the name of its input's shape.
#[derive(Debug, Deserialize)]
pub(crate) struct Operation {
    pub(crate) method: String,
    #[serde(rename = "requestUri")]
    pub(crate) uri: String,
    input: String,
}

#[derive(Debug, Deserialize)]
struct Shape {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    required: Vec<String>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    pattern: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    #[serde(default)]
    sensitive: bool,
    /// The member that is the whole body.
    payload: Option<String>,
    #[serde(default)]
    members: BTreeMap<String, Member>,
    member: Option<Member>,
    value: Option<Member>,
}

#[derive(Debug, Deserialize)]
struct Member {
    shape: String,
    location: Option<String>,
    #[serde(rename = "locationName")]
    location_name: Option<String>,
}

impl Model {
    /// Read from the botocore of an emulator's environment.
    pub(crate) fn of(python: &Path) -> Self {
        let output =
            Command::new(python).args(["-I", "-c", EXTRACT]).output().expect("python runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("the models as model.py prints them")
    }

    pub(crate) fn operations(&self, service: &str) -> impl Iterator<Item = (&str, &Operation)> {
        self.services
            .get(service)
            .into_iter()
            .flat_map(|service| &service.operations)
            .map(|(n, o)| (n.as_str(), o))
    }

    /// The member of an input that is the whole body, if one is.
    pub(crate) fn payload(&self, service: &str, operation: &Operation) -> Option<&str> {
        self.services[service].shapes[&operation.input].payload.as_deref()
    }

    /// The members of an input that travel in the query or in headers: where, their name, their name there.
    pub(crate) fn placed_members<'a>(
        &'a self,
        service: &str,
        operation: &'a Operation,
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a str)> {
        self.services[service].shapes[&operation.input].members.iter().filter_map(
            |(name, member)| {
                Some((
                    member.location.as_deref()?,
                    name.as_str(),
                    member.location_name.as_deref().unwrap_or(name),
                ))
            },
        )
    }

    /// Every pattern of every request, for the test that all of them can be checked.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &str> {
        self.services
            .values()
            .flat_map(|service| service.shapes.values())
            .filter_map(|s| s.pattern.as_deref())
    }

    /// Refuses what the model does not allow, in AWS's words.
    pub(crate) fn check(&self, call: &Call) -> Result<(), Refusal> {
        let Some(service) = self.services.get(call.service) else { return Ok(()) };
        let Some(operation) = service.operations.get(&call.operation) else { return Ok(()) };
        let mut found = Vec::new();
        service.examine(&operation.input, &call.params, "", &mut found);
        let code = match call.service {
            "lambda" => "ValidationException",
            "iam" | "sts" => "ValidationError",
            _ => "InvalidParameterException",
        };
        match found.len() {
            0 => Ok(()),
            count => {
                let errors = if count == 1 { "error" } else { "errors" };
                let message = format!("{count} validation {errors} detected: {}", found.join("; "));
                Err(Refusal::new(400, code, message))
            }
        }
    }
}

impl Service {
    fn examine(&self, shape: &str, value: &Value, path: &str, found: &mut Vec<String>) {
        let shape = &self.shapes[shape];
        if let Some(constraint) = self.violation(shape, value) {
            let shown =
                if shape.sensitive { String::new() } else { format!(" '{}'", shown(value)) };
            found.push(format!(
                "Value{shown} at '{path}' failed to satisfy constraint: {constraint}"
            ));
        }
        let below = |name: &str| {
            if path.is_empty() { lower(name) } else { format!("{path}.{}", lower(name)) }
        };
        if let Value::Object(given) = value {
            for name in
                shape.required.iter().filter(|name| given.get(*name).is_none_or(Value::is_null))
            {
                found.push(format!(
                    "Value null at '{}' failed to satisfy constraint: Member must not be null",
                    below(name)
                ));
            }
            for (name, member) in &shape.members {
                if let Some(value) = given.get(name).filter(|value| !value.is_null()) {
                    self.examine(&member.shape, value, &below(name), found);
                }
            }
        }
        if let (Value::Array(elements), Some(member)) = (value, &shape.member) {
            for (index, element) in
                elements.iter().enumerate().filter(|(_, element)| element.is_object())
            {
                self.examine(
                    &member.shape,
                    element,
                    &format!("{path}.{}.member", index + 1),
                    found,
                );
            }
        }
    }

    /// What a value breaks. Lists and maps of plain values report for their elements, as AWS does.
    fn violation(&self, shape: &Shape, value: &Value) -> Option<String> {
        match value {
            Value::String(text) if shape.kind == "string" => shape.text_violation(text),
            // The query protocol and URIs carry numbers as text.
            Value::String(text) => {
                text.parse().ok().and_then(|number| shape.range_violation("value", number))
            }
            Value::Number(number) => shape.range_violation("value", number.as_f64()?),
            Value::Array(elements) => shape
                .range_violation("length", count(elements.len()))
                .or_else(|| elements.iter().find_map(|e| self.nested(shape.member.as_ref()?, e))),
            Value::Object(entries) if shape.kind == "map" => shape
                .range_violation("length", count(entries.len()))
                .or_else(|| entries.values().find_map(|v| self.nested(shape.value.as_ref()?, v))),
            _ => None,
        }
    }

    fn nested(&self, member: &Member, value: &Value) -> Option<String> {
        let shape = self.shapes.get(&member.shape).filter(|_| value.is_string())?;
        Some(format!("Member must satisfy constraint: [{}]", self.violation(shape, value)?))
    }
}

impl Shape {
    fn text_violation(&self, text: &str) -> Option<String> {
        if !self.values.is_empty() && !self.values.iter().any(|value| value == text) {
            return Some(format!(
                "Member must satisfy enum value set: [{}]",
                self.values.join(", ")
            ));
        }
        if let Some(pattern) = self.pattern.as_deref().filter(|pattern| !matches(pattern, text)) {
            return Some(format!("Member must satisfy regular expression pattern: {pattern}"));
        }
        self.range_violation("length", count(text.chars().count()))
    }

    fn range_violation(&self, what: &str, number: f64) -> Option<String> {
        let bound = |relation: &str, bound: f64| {
            format!("Member must have {what} {relation} than or equal to {bound}")
        };
        match (self.min, self.max) {
            (Some(min), _) if number < min => Some(bound("greater", min)),
            (_, Some(max)) if number > max => Some(bound("less", max)),
            _ => None,
        }
    }
}

/// A pattern of the models is matched whole, as Java's `matches` does.
pub(crate) fn compiled(pattern: &str) -> Result<Regex, Box<fancy_regex::Error>> {
    // Java takes a hyphen after a class for itself.
    Regex::new(&format!(r"\A(?:{})\z", pattern.replace(r"\w-", r"\w\-"))).map_err(Box::new)
}

fn matches(pattern: &str, text: &str) -> bool {
    static COMPILED: Mutex<BTreeMap<String, Regex>> = Mutex::new(BTreeMap::new());
    let mut cache = COMPILED.lock().expect("nothing panics while it is held");
    let regex = cache
        .entry(pattern.to_owned())
        .or_insert_with(|| compiled(pattern).expect("a pattern of the model"));
    regex.is_match(text).unwrap_or(true)
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(elements) => {
            format!("[{}]", elements.iter().map(shown).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn lower(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}

fn count(length: usize) -> f64 {
    f64::from(u32::try_from(length).unwrap_or(u32::MAX))
}
