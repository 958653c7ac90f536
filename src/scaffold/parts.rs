//! What stands in a pool, as `deploy.toml` has it, whether the pool is adopted or a twin.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::json;

use crate::model::{Client, Group, LivePool, toml_text, toml_value};

/// The longest prefix that leaves room for the names of resources.
const LONGEST_NAME: usize = 40;

pub(super) fn resource_servers(text: &mut String, live: &LivePool) {
    for server in live.resource_servers.values() {
        let key = toml_text(&server.identifier);
        let _ = writeln!(
            text,
            "\n[pools.main.resource_servers.{key}]\nname = {}\n[pools.main.resource_servers.{key}.scopes]",
            toml_text(&server.name),
        );
        for (scope, about) in &server.scopes {
            let _ = writeln!(text, "{} = {}", toml_text(scope), toml_text(about));
        }
    }
}

pub(super) fn groups(text: &mut String, live: &LivePool) {
    if !live.groups.is_empty() {
        text.push_str("\n[pools.main.groups]\n");
    }
    for group in live.groups.values() {
        let Group { name, description, precedence, role_arn } = group;
        let table =
            json!({ "description": description, "precedence": precedence, "role_arn": role_arn });
        let plain = precedence.is_none() && role_arn.is_none();
        let value = if plain { json!(description) } else { table };
        let _ = writeln!(text, "{} = {}", toml_text(name), toml_value(&value));
    }
}

/// Clients by keys that `deploy.toml` can have.
pub(super) fn client_keys(live: &LivePool) -> impl Iterator<Item = (String, &String, &Client)> {
    let mut keys = BTreeSet::new();
    live.clients
        .iter()
        .map(move |(id, client)| (free(&mut keys, &slug(&client.name, "client")), id, client))
}

/// A key that no other client has.
fn free(keys: &mut BTreeSet<String>, wanted: &str) -> String {
    let mut key = wanted.to_owned();
    let mut number = 1;
    while !keys.insert(key.clone()) {
        number += 1;
        key = format!("{wanted}-{number}");
    }
    key
}

/// Lower-case letters, digits and `-`; `other` if nothing of the name is left.
pub(super) fn slug(name: &str, other: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().take(LONGEST_NAME) {
        if letter.is_ascii_alphanumeric() {
            slug.push(letter.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { other.to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_keys() {
        assert_eq!(slug("Web App (prod)", "client"), "web-app-prod");
        assert_eq!(slug("++", "client"), "client");
        let mut keys = BTreeSet::new();
        assert_eq!(free(&mut keys, "web"), "web");
        assert_eq!(free(&mut keys, "web"), "web-2");
    }
}
