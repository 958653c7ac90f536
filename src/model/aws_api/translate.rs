//! From the names of `deploy.toml` to AWS's, and back.

use serde_json::{Map, Value, json};

use super::{Declarable, DeclaredSettings, Shape, shape};

impl Declarable {
    /// The settings as a request has them.
    #[must_use]
    pub fn to_api(&self, settings: &DeclaredSettings) -> Map<String, Value> {
        let members = self.members.iter().filter_map(|(name, member)| {
            let value = settings.get(&member.key)?;
            Some(((*name).to_owned(), renamed(value, shape(&member.shape), Direction::ToApi)))
        });
        members.collect()
    }

    /// The settings that a description shows; what is not known stays out.
    #[must_use]
    pub fn from_api(&self, described: &Value) -> DeclaredSettings {
        let members = self.members.iter().filter_map(|(name, member)| {
            let value = described.get(name)?;
            Some((member.key.clone(), renamed(value, shape(&member.shape), Direction::FromApi)))
        });
        members.collect()
    }
}

/// The members of a request under their names in `snake_case`, friendlier ones aside.
#[must_use]
pub fn in_snake_case(request: &str, members: Map<String, Value>) -> DeclaredSettings {
    match renamed(&Value::Object(members), shape(request), Direction::FromApi) {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    ToApi,
    FromApi,
}

fn renamed(value: &Value, of: &Shape, direction: Direction) -> Value {
    match value {
        Value::String(arn) if direction == Direction::ToApi => match of.only_version() {
            Some(version) => json!({ "LambdaVersion": version, "LambdaArn": arn }),
            None => value.clone(),
        },
        Value::Object(function)
            if direction == Direction::FromApi && of.only_version().is_some() =>
        {
            function.get("LambdaArn").cloned().unwrap_or_default()
        }
        Value::Array(items) => {
            let item = of.item.as_deref().map(shape);
            let item =
                |value: &Value| item.map_or(value.clone(), |of| renamed(value, of, direction));
            items.iter().map(item).collect()
        }
        Value::Object(entries) if !of.members.is_empty() => {
            let members = of.members.iter().filter_map(|(name, member)| {
                let (from, to) = match direction {
                    Direction::ToApi => (&member.key, name),
                    Direction::FromApi => (name, &member.key),
                };
                let value = entries.get(from)?;
                Some((to.clone(), renamed(value, shape(&member.shape), direction)))
            });
            members.collect()
        }
        Value::Object(entries) => {
            let of = of.value.as_deref().map(shape);
            let entry = |(key, value): (&String, &Value)| {
                (key.clone(), of.map_or(value.clone(), |of| renamed(value, of, direction)))
            };
            entries.iter().map(entry).collect()
        }
        other => other.clone(),
    }
}
