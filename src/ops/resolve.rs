//! Values that `deploy.toml` says are in AWS, read by the commands that connect. Each place is read once, however many keys
//! name it; what is missing is told later, all of it, where the file names it.

use std::collections::{BTreeMap, BTreeSet};

use std::path::Path;
use std::rc::Rc;

use serde_json::Value;

use super::connection::connect_for;
use super::options::Place;
use crate::cloud::{CloudError, ReadValues, each};
use crate::config::{self, FoundValue, Loaded, Problems, Reference, Selection, Values};
use crate::failure::Failure;
use crate::user::User;

type LookedUp = Result<FoundValue, String>;

/// Reads a file, and what it says is in AWS, if it says so of anything.
pub async fn load<U: User + 'static>(
    user: &Rc<U>,
    place: &Place,
    file: &Path,
    selection: &Selection,
) -> Result<Loaded, Failure> {
    let first = config::load_selected(file, selection)?;
    let sought = first.sought();
    if sought.is_empty() {
        return Ok(first);
    }
    let connection = connect_for(user, place, &first.config).await?;
    let values = resolve(&connection.cloud, &sought).await?;
    Ok(config::load_selected(file, &Selection { values, ..selection.clone() })?)
}

/// Reads a file for a command that asks nothing of AWS: whatever is there must be said otherwise.
pub fn load_offline(file: &Path, selection: &Selection) -> Result<Loaded, Failure> {
    let loaded = config::load_selected(file, selection)?;
    known(loaded.unknown(false))?;
    Ok(loaded)
}

/// Refuses to write what nobody looked for.
pub fn writable(loaded: &Loaded) -> Result<(), Failure> {
    known(loaded.unknown(true))
}

fn known(unknown: Problems) -> Result<(), Failure> {
    if unknown.is_empty() { Ok(()) } else { Err(Failure::of_files(&[unknown])) }
}

/// What AWS has for these.
pub async fn resolve<C: ReadValues>(
    cloud: &C,
    references: &BTreeSet<Reference>,
) -> Result<Values, CloudError> {
    let parameters =
        each(names(references, parameter), async |name| Ok((name, cloud.parameter(name).await?)));
    let parameters: BTreeMap<_, _> = parameters.await?.into_iter().collect();
    let secrets =
        each(names(references, secret), async |id| Ok((id, cloud.secret_text(id).await?)));
    let secrets: BTreeMap<_, _> = secrets.await?.into_iter().collect();
    let stacks = each(names(references, stack), async |stack| {
        Ok((stack, cloud.stack_outputs(stack).await?))
    });
    let stacks: BTreeMap<_, _> = stacks.await?.into_iter().collect();
    let look = |reference: &Reference| -> Option<LookedUp> {
        Some(match reference {
            Reference::Env { .. } => return None,
            Reference::Ssm { name } => match parameters.get(name.as_str())? {
                Some(found) => value_of(found.value.clone(), found.is_secret),
                None => Err("there is no such parameter in this account and region".to_owned()),
            },
            Reference::SecretsManager { id, key } => match secrets.get(id.as_str())? {
                Some(text) => member(text, key.as_deref()),
                None => Err("there is no such secret in this account and region".to_owned()),
            },
            Reference::CloudFormation { stack, output } => match stacks.get(stack.as_str())? {
                Some(outputs) => match outputs.get(output) {
                    Some(value) => value_of(value.clone(), false),
                    None => Err(without(outputs)),
                },
                None => Err("there is no such stack in this account and region".to_owned()),
            },
        })
    };
    let looked_up = references
        .iter()
        .filter_map(|reference| Some((reference.clone(), look(reference)?)))
        .collect();
    Ok(Values { looked_up, may_be_unset: false })
}

fn names(references: &BTreeSet<Reference>, name: fn(&Reference) -> Option<&str>) -> BTreeSet<&str> {
    references.iter().filter_map(name).collect()
}

fn parameter(reference: &Reference) -> Option<&str> {
    match reference {
        Reference::Ssm { name } => Some(name),
        _ => None,
    }
}

fn secret(reference: &Reference) -> Option<&str> {
    match reference {
        Reference::SecretsManager { id, .. } => Some(id),
        _ => None,
    }
}

fn stack(reference: &Reference) -> Option<&str> {
    match reference {
        Reference::CloudFormation { stack, .. } => Some(stack),
        _ => None,
    }
}

/// A value, unless nobody has said it yet.
fn value_of(text: String, is_secret: bool) -> LookedUp {
    if text.is_empty() {
        return Err("its value is empty".to_owned());
    }
    Ok(FoundValue { text, is_secret })
}

/// The whole text of a secret, or one member of the object that it is. A reason names no part of it.
fn member(text: &str, key: Option<&str>) -> LookedUp {
    let Some(key) = key else { return value_of(text.to_owned(), true) };
    let object: Value = serde_json::from_str(text).unwrap_or_default();
    match object.get(key) {
        Some(Value::String(value)) => value_of(value.clone(), true),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value_of(value.to_string(), true),
        Some(_) => Err(format!("`{key}` in it is no single value")),
        None if object.is_object() => Err(format!("it has no `{key}`")),
        None => Err("it is no JSON object, and `key` asks for a part of one".to_owned()),
    }
}

fn without(outputs: &BTreeMap<String, String>) -> String {
    let names: Vec<_> = outputs.keys().map(String::as_str).collect();
    match names.as_slice() {
        [] => "the stack has no outputs".to_owned(),
        names => format!("the outputs of the stack are {}", names.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::cloud::Parameter;

    #[derive(Default)]
    struct World(RefCell<Vec<String>>);

    impl ReadValues for World {
        async fn parameter(&self, name: &str) -> crate::cloud::Result<Option<Parameter>> {
            self.0.borrow_mut().push(name.to_owned());
            let value = |is_secret| Parameter { value: format!("value of {name}"), is_secret };
            Ok(match name {
                "/open" => Some(value(false)),
                "/secret" => Some(value(true)),
                _ => None,
            })
        }
        async fn secret_text(&self, id: &str) -> crate::cloud::Result<Option<String>> {
            self.0.borrow_mut().push(id.to_owned());
            let text = r#"{"user":"ada","port":5432,"list":[]}"#;
            Ok((id == "json")
                .then(|| text.to_owned())
                .or((id == "text").then(|| "plain".to_owned())))
        }
        async fn stack_outputs(
            &self,
            stack: &str,
        ) -> crate::cloud::Result<Option<BTreeMap<String, String>>> {
            self.0.borrow_mut().push(stack.to_owned());
            let outputs = BTreeMap::from([("PoolId".to_owned(), "eu-west-1_A".to_owned())]);
            Ok((stack == "auth").then_some(outputs))
        }
    }

    fn ssm(name: &str) -> Reference {
        Reference::Ssm { name: name.to_owned() }
    }

    fn of_secret(id: &str, key: Option<&str>) -> Reference {
        Reference::SecretsManager { id: id.to_owned(), key: key.map(str::to_owned) }
    }

    fn output(stack: &str, output: &str) -> Reference {
        Reference::CloudFormation { stack: stack.to_owned(), output: output.to_owned() }
    }

    #[tokio::test]
    async fn each_place_is_read_once_and_what_is_missing_says_why() {
        let cases = [
            (ssm("/open"), Ok(("value of /open", false))),
            (ssm("/secret"), Ok(("value of /secret", true))),
            (ssm("/none"), Err("there is no such parameter in this account and region")),
            (of_secret("text", None), Ok(("plain", true))),
            (of_secret("json", Some("user")), Ok(("ada", true))),
            (of_secret("json", Some("port")), Ok(("5432", true))),
            (of_secret("json", Some("list")), Err("`list` in it is no single value")),
            (of_secret("json", Some("password")), Err("it has no `password`")),
            (
                of_secret("text", Some("user")),
                Err("it is no JSON object, and `key` asks for a part of one"),
            ),
            (of_secret("none", None), Err("there is no such secret in this account and region")),
            (output("auth", "PoolId"), Ok(("eu-west-1_A", false))),
            (output("auth", "Pool"), Err("the outputs of the stack are PoolId")),
            (output("gone", "PoolId"), Err("there is no such stack in this account and region")),
        ];
        let world = World::default();
        let references = cases.iter().map(|(reference, _)| reference.clone()).collect();
        let values = resolve(&world, &references).await.expect("every place answers");
        for (reference, expected) in cases {
            let found = values.looked_up[&reference].as_ref();
            let found = found.map(|it| (it.text.as_str(), it.is_secret)).map_err(String::as_str);
            assert_eq!(found, expected, "{reference}");
        }
        let mut asked = world.0.into_inner();
        let all = asked.len();
        asked.sort();
        asked.dedup();
        assert_eq!((all, asked.len()), (8, 8), "each once");
    }
}
