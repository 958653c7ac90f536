//! A subject and its tokens as an `[[expect]]` table, to be copied into `deploy.toml`. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use trigger::rules::is_computed;

use super::persona::Persona;
use super::simulate::{Simulation, TokenDelta};
use crate::config::{Config, TriggerSource};
use crate::model::toml_text;

/// The promise that the tokens of this subject stay as the rules make them. `scopes` are those that somebody gets: what
/// this subject has not of them is promised too.
#[must_use]
pub fn promise_text(
    config: &Config,
    who: &Persona,
    simulation: &Simulation,
    scopes: &[String],
) -> String {
    let mut lines = vec!["[[expect]]".to_owned()];
    let mut add = |key: &str, value: Value| {
        if let Some(value) = toml(&value).filter(|value| value != "[]" && value != "{}") {
            lines.push(format!("{key} = {value}"));
        }
    };
    add("name", name(config, who).into());
    let pools = config.pools.values();
    if pools.filter(|pool| pool.clients.contains_key(&who.at.client)).count() > 1 {
        add("pool", who.at.pool.clone().into());
    }
    add("client", who.at.client.clone().into());
    add("groups", who.groups.clone().into());
    add("attributes", object(&who.attributes));
    add("client_metadata", object(&who.client_metadata));
    add("facts", Value::Object(who.facts.clone().into_iter().collect()));
    if who.source != TriggerSource::default() {
        add("source", who.source.as_str().into());
    }
    let Simulation { access, id, refused, .. } = simulation;
    if let Some(refused) = refused {
        add("refused", refused.text.clone().into());
        return lines.join("\n") + "\n";
    }
    let has = |scope: &&String| {
        let all = access.claims.get("scope").and_then(Value::as_str).unwrap_or_default();
        all.split(' ').any(|one| one == scope.as_str())
    };
    add("scopes", access.gained.clone().into());
    let others: BTreeSet<_> =
        scopes.iter().filter(|scope| !is_computed(scope) && !has(scope)).cloned().collect();
    add("not_scopes", others.into_iter().collect::<Vec<_>>().into());
    add("access_claims", changed(access));
    add("id_claims", changed(id));
    lines.join("\n") + "\n"
}

/// A name that no promise has yet.
fn name(config: &Config, who: &Persona) -> String {
    let about =
        if who.groups.is_empty() { String::new() } else { format!(", {}", who.groups.join(", ")) };
    let wanted: String = format!("{}{about}", who.at).chars().take(100).collect();
    let taken = |name: &str| config.expect.iter().any(|promise| promise.name == name);
    let numbered = (2..).map(|number| format!("{wanted} ({number})"));
    std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or(wanted)
}

/// What the rules made of the claims, without scopes, which have a key of their own.
fn changed(token: &TokenDelta) -> Value {
    let is_new = |(name, value): &(&String, &Value)| {
        *name != "scope" && token.before.get(*name) != Some(value)
    };
    let new = token.claims.iter().filter(is_new);
    Value::Object(new.map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn object(map: &std::collections::BTreeMap<String, String>) -> Value {
    Value::Object(
        map.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect::<Map<_, _>>(),
    )
}

/// A value as TOML on one line; `null` is none.
fn toml(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Array(items) => {
            format!("[{}]", items.iter().filter_map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| {
                Some(format!("{} = {}", name_text(key), toml(value)?))
            };
            format!("{{ {} }}", members.iter().filter_map(member).collect::<Vec<_>>().join(", "))
        }
        Value::String(one) => toml_text(one),
        other => other.to_string(),
    })
}

/// A key, bare where TOML allows it.
fn name_text(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !key.is_empty() && key.chars().all(is_bare) { key.to_owned() } else { toml_text(key) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_toml() {
        for value in [
            json!("a \"quoted\" \\ text\n\u{7f}\u{1}é"),
            json!({ "a b": [1, 2.5, true, "x"], "n": { "": "" } }),
            json!([[], {}]),
        ] {
            let read: toml::Table =
                format!("v = {}", toml(&value).expect("a value")).parse().expect("TOML");
            assert_eq!(serde_json::to_value(&read["v"]).expect("JSON"), value);
        }
        assert_eq!(toml(&json!({ "a": null, "b": [null] })), Some("{ b = [] }".to_owned()));
    }
}
