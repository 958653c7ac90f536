//! A `deploy.toml` for a pool that exists, written from what is in it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::parts::{client_keys, groups, resource_servers, slug};
use super::twin;
use crate::model::{Client, LivePool, todays_names, toml_text};

/// Bytes of the variable that tells the trigger which id is which key: 4 KB hold all of a function's variables.
const ROOM_FOR_IDS: usize = 3_600;

/// What the file is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Description {
    /// With the trigger's crate.
    pub own_code: bool,
    /// A pool of one's own with the same settings, rather than this pool.
    pub twin: bool,
}

/// The file's text.
#[must_use]
pub fn deploy_toml(live: &LivePool, region: &str, wanted: Description) -> String {
    let own_code = if wanted.own_code {
        "# Directory of the crate whose `bootstrap` is deployed.\ncrate = \"trigger\"\n"
    } else {
        ""
    };
    let name = slug(&live.pool.name, "stack");
    let (shown, id, tier) = (toml_text(&live.pool.name), &live.id, &live.pool.tier);
    let about = if wanted.twin {
        format!("# A twin of the pool {shown} ({id}): a pool of its own with the same settings.")
    } else {
        format!(
            "# Attached to the pool {shown} ({id}), on the {tier} plan. Only its pre token generation trigger becomes ours."
        )
    };
    let mut text = format!(
        "{about}\nname = {}\nregion = {}\n\n[trigger]\n{own_code}# V2_0 for the tokens of users; V3_0 also sees machine-to-machine tokens.\nevent_version = \"V2_0\"\n",
        toml_text(&name),
        toml_text(region),
    );
    if wanted.twin {
        twin::pool(&mut text, live, &name);
    } else {
        adopted(&mut text, live);
    }
    text.push_str(
        "\n# What the trigger does to tokens; all rules that match apply.\n# [[rules]]\n# name = \"everyone reads\"\n# add_scopes = [\"orders/read\"]\n",
    );
    text
}

fn adopted(text: &mut String, live: &LivePool) {
    let _ = writeln!(text, "\n[pools.main]\nid = {}", toml_text(&live.id));
    if let Some(held) = &live.trigger {
        let _ = writeln!(
            text,
            "# Its trigger is {} ({}). `pretoken up --take-over` replaces it, and `destroy` gives it back.",
            held.arn, held.version
        );
    }
    clients(text, live);
    if !live.resource_servers.is_empty() {
        text.push_str("\n# They exist, are not ours, and are preserved.");
    }
    resource_servers(text, live);
    if !live.groups.is_empty() {
        text.push_str("\n# They exist, and are preserved.");
    }
    groups(text, live);
}

/// Clients of an adopted pool. Those whose ids would not fit are there for whoever needs them: rules that name no client
/// apply to them all the same.
fn clients(text: &mut String, live: &LivePool) {
    let mut ids = trigger::Ids::default();
    ids.pools.insert(live.id.clone(), "main".to_owned());
    let mut is_full = false;
    for (key, id, client) in client_keys(live) {
        ids.clients.insert(id.clone(), format!("main/{key}"));
        if !is_full && ids.to_json().len() > ROOM_FOR_IDS {
            is_full = true;
            text.push_str(
                "\n# The ids of all clients are more than the variables of a function hold (4 KB). Rules that name no client\n# apply to these, too; name those here that rules or promises are about.\n",
            );
        }
        let (mark, about, id) = (if is_full { "# " } else { "" }, about(client), toml_text(id));
        let _ = writeln!(text, "\n# {about}\n{mark}[pools.main.clients.{key}]\n{mark}id = {id}");
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
}
