//! A `deploy.toml` for a pool that exists, written from what is in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::model::{Client, LivePool, todays_names, toml_text};

/// The longest prefix that leaves room for the names of resources.
const LONGEST_NAME: usize = 40;

/// The file's text.
#[must_use]
pub fn deploy_toml(live: &LivePool, region: &str, own_code: bool) -> String {
    let own_code = if own_code {
        "# Directory of the crate whose `bootstrap` is deployed.\ncrate = \"trigger\"\n"
    } else {
        ""
    };
    let name = slug(&live.pool.name, "stack");
    let mut text = format!(
        "# Attached to the pool {} ({}), on the {} plan. Only its pre token generation trigger becomes ours.\nname = {}\nregion = {}\n\n[trigger]\n{}# V2_0 for the tokens of users; V3_0 also sees machine-to-machine tokens.\nevent_version = \"V2_0\"\n\n[pools.main]\nid = {}\n",
        toml_text(&live.pool.name),
        live.id,
        live.pool.tier,
        toml_text(&name),
        toml_text(region),
        own_code,
        toml_text(&live.id),
    );
    if let Some(held) = &live.trigger {
        let _ = writeln!(
            text,
            "# Its trigger is {} ({}). `pretoken up --take-over` replaces it, and `destroy` gives it back.",
            held.arn, held.version
        );
    }
    clients(&mut text, live);
    for server in live.resource_servers.values() {
        let _ = writeln!(
            text,
            "\n# It exists, is not ours, and is preserved.\n[pools.main.resource_servers.{}]\nname = {}\n[pools.main.resource_servers.{}.scopes]",
            toml_text(&server.identifier),
            toml_text(&server.name),
            toml_text(&server.identifier)
        );
        for (scope, about) in &server.scopes {
            let _ = writeln!(text, "{} = {}", toml_text(scope), toml_text(about));
        }
    }
    if !live.groups.is_empty() {
        text.push_str("\n# They exist, and are preserved.\n[pools.main.groups]\n");
    }
    for group in live.groups.values() {
        let _ = writeln!(text, "{} = {}", toml_text(&group.name), toml_text(&group.description));
    }
    text.push_str(
        "\n# What the trigger does to tokens; all rules that match apply.\n# [[rules]]\n# name = \"everyone reads\"\n# add_scopes = [\"orders/read\"]\n",
    );
    text
}

fn clients(text: &mut String, live: &LivePool) {
    let mut keys = BTreeSet::new();
    for (id, client) in &live.clients {
        let key = free(&mut keys, &slug(&client.name, "client"));
        let _ = writeln!(
            text,
            "\n# {}\n[pools.main.clients.{key}]\nid = {}",
            about(client),
            toml_text(id)
        );
    }
}

fn about(client: &Client) -> String {
    let joined = |names: &BTreeSet<&str>| names.iter().copied().collect::<Vec<_>>().join(", ");
    let said: BTreeSet<&str> = client.auth_flows.iter().map(String::as_str).collect();
    let today = todays_names(&client.auth_flows);
    let flows = if said == today {
        joined(&said)
    } else {
        let said = if said.is_empty() { "AWS's default flows".to_owned() } else { joined(&said) };
        format!("{said} (today {})", joined(&today))
    };
    let secret = if client.has_secret { ", with a secret" } else { "" };
    let machines = if client.machine.is_some() { ", for machines" } else { "" };
    format!("{}: {flows}{secret}{machines}", toml_text(&client.name))
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
fn slug(name: &str, other: &str) -> String {
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
    fn older_names_of_flows_are_told_in_todays() {
        let named = |names: &[&str]| {
            let auth_flows = names.iter().map(|name| (*name).to_owned()).collect();
            about(&Client { name: "app".to_owned(), auth_flows, ..Client::default() })
        };
        for (names, told) in [
            (&["ALLOW_USER_SRP_AUTH"][..], "\"app\": ALLOW_USER_SRP_AUTH"),
            (
                &["ADMIN_NO_SRP_AUTH"],
                "\"app\": ADMIN_NO_SRP_AUTH (today ALLOW_ADMIN_USER_PASSWORD_AUTH, ALLOW_CUSTOM_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ALLOW_USER_SRP_AUTH)",
            ),
            (
                &["CUSTOM_AUTH_FLOW_ONLY"],
                "\"app\": CUSTOM_AUTH_FLOW_ONLY (today ALLOW_CUSTOM_AUTH, ALLOW_REFRESH_TOKEN_AUTH)",
            ),
            (
                &[],
                "\"app\": AWS's default flows (today ALLOW_CUSTOM_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ALLOW_USER_SRP_AUTH)",
            ),
        ] {
            assert_eq!(named(names), told);
        }
    }

    #[test]
    fn names_become_keys() {
        assert_eq!(slug("Web App (prod)", "client"), "web-app-prod");
        assert_eq!(slug("++", "client"), "client");
        let mut keys = BTreeSet::new();
        assert_eq!(free(&mut keys, "web"), "web");
        assert_eq!(free(&mut keys, "web"), "web-2");
    }
}
