//! A pool of one's own with the settings of a pool that exists: for test environments that are to be like production.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::parts::{client_keys, groups, resource_servers};
use crate::config::{AuthFlow, UserAttribute};
use crate::model::aws_api::{DeclaredSettings, POOL, PoolSection};
use crate::model::{
    Attribute, Client, ID_LIFETIME, IdentityProvider, LivePool, REFRESH_LIFETIME, is_standard,
    todays_names, toml_text, toml_value,
};

/// What AWS describes, and refuses beside its successor (`temporary_password_validity_days`).
const SUPERSEDED: (&str, &str) = ("admin_create_user_config", "unused_account_validity_days");

/// The table of the pool and everything below it. `name` is the stack's.
pub(super) fn pool(text: &mut String, live: &LivePool, name: &str) {
    text.push_str("\n[pools.main]\n");
    if live.pool.tier == "LITE" {
        text.push_str("# The pool is on the LITE plan, which has no scopes in access tokens.\n");
    }
    let tier = if live.pool.tier == "PLUS" { "PLUS" } else { "ESSENTIALS" };
    entry(text, "tier", &json!(tier));
    entry(text, "deletion_protection", &json!(live.pool.deletion_protection));
    if let Some(domain) = &live.domain {
        let _ = writeln!(text, "# A domain can be had once; the pool's is {}.", toml_text(domain));
        entry(text, "domain", &json!(name));
    }
    settings(text, &own_settings(live));
    attributes(text, live);
    groups(text, live);
    resource_servers(text, live);
    live.identity_providers.values().for_each(|provider| identity_provider(text, provider));
    for (key, _, client) in client_keys(live) {
        app_client(text, &key, client);
    }
}

/// Those that a pool of one's own can declare. The functions of other triggers work for the pool that they are made for.
fn own_settings(live: &LivePool) -> DeclaredSettings {
    let sections = PoolSection::ALL.into_iter().map(PoolSection::key);
    let known: BTreeSet<_> = POOL.keys().filter(|key| *key != "triggers").chain(sections).collect();
    let mut settings = live.pool.settings.clone();
    settings.retain(|key, _| known.contains(key.as_str()));
    // Beside `OFF`, what AWS shows of factors says nothing.
    let is_off = settings.get("mfa_configuration").is_none_or(|mode| mode == "OFF");
    if let Some(Value::Object(mfa)) = settings.get_mut(PoolSection::Mfa.key()) {
        mfa.retain(|key, _| !is_off || key == "web_authn_configuration");
    }
    let (table, key) = SUPERSEDED;
    if let Some(Value::Object(table)) = settings.get_mut(table) {
        table.remove(key);
    }
    settings
}

fn settings(text: &mut String, settings: &DeclaredSettings) {
    for (key, value) in settings.iter().filter(|(_, value)| says_something(value)) {
        entry(text, key, value);
    }
}

/// What is empty is AWS's default.
fn says_something(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(table) => table.values().any(says_something),
        Value::String(text) => !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn entry(text: &mut String, key: &str, value: &Value) {
    let _ = writeln!(text, "{key} = {}", toml_value(value));
}

/// Custom ones, and standard ones that every user must have.
fn attributes(text: &mut String, live: &LivePool) {
    for (name, attribute) in &live.pool.attributes {
        let key = name.strip_prefix("custom:");
        let key = key.or((attribute.required && is_standard(name)).then_some(name.as_str()));
        let Some(key) = key else { continue };
        let _ = writeln!(text, "\n[pools.main.attributes.{}]", toml_text(key));
        let Attribute { kind, mutable, required, limits } = attribute;
        entry(text, "type", &json!(kind));
        entry(text, "mutable", &json!(mutable));
        if *required {
            entry(text, "required", &json!(true));
        }
        for (name, limit) in UserAttribute::limit_names(kind).into_iter().zip(limits) {
            if let Some(limit) = limit {
                entry(text, name, &json!(limit));
            }
        }
    }
}

/// Its secrets come from variables: AWS shows them to whoever may describe it, and no file is the place for one.
fn identity_provider(text: &mut String, provider: &IdentityProvider) {
    let _ = writeln!(text, "\n[pools.main.identity_providers.{}]", toml_text(&provider.name));
    entry(text, "type", &json!(provider.kind));
    let variable = |detail: &str| {
        let name = format!("{}_{detail}", provider.name).to_ascii_uppercase();
        name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_")
    };
    let plain = provider.details.iter().map(|(key, value)| (key, json!(value)));
    let secret = provider.secrets.keys().map(|key| (key, json!({ "env": variable(key) })));
    let details: serde_json::Map<_, _> =
        plain.chain(secret).map(|(key, value)| (key.clone(), value)).collect();
    entry(text, "details", &Value::Object(details));
    let mut mapping = provider.attribute_mapping.clone();
    mapping.remove("username"); // AWS's own
    if !mapping.is_empty() {
        entry(text, "attribute_mapping", &json!(mapping));
    }
    if !provider.identifiers.is_empty() {
        entry(text, "idp_identifiers", &json!(provider.identifiers));
    }
}

fn app_client(text: &mut String, key: &str, client: &Client) {
    let _ = writeln!(text, "\n# {}\n[pools.main.clients.{key}]", toml_text(&client.name));
    let flows = auth_flows(client);
    if !flows.is_empty() {
        entry(text, "auth_flows", &json!(flows));
    }
    entry(text, "generate_secret", &json!(client.has_secret));
    entry(text, "access_token_minutes", &json!(client.access_token_s.div_ceil(60)));
    let mut rest = client.settings.clone();
    for (lifetime, key) in
        [(ID_LIFETIME, "id_token_minutes"), (REFRESH_LIFETIME, "refresh_token_minutes")]
    {
        if let Some(seconds) = rest.remove(lifetime).and_then(|seconds| seconds.as_u64()) {
            entry(text, key, &json!(seconds.div_ceil(60)));
        }
    }
    if let Some(scopes) = &client.machine {
        entry(text, "oauth_scopes", &json!(scopes));
        rest.retain(|key, _| key != "oauth_flows" && key != "oauth_scopes");
    }
    settings(text, &rest);
}

fn auth_flows(client: &Client) -> Vec<&'static str> {
    if client.machine.is_some() {
        return vec![AuthFlow::ClientCredentials.key()];
    }
    let flows = todays_names(&client.auth_flows).into_iter().filter_map(AuthFlow::allowing);
    flows.map(AuthFlow::key).collect()
}
