//! The fields of a resource as a plan shows them. A change of a resource is the difference of two such lists.
//!
//! Every function takes its struct apart by name: a new member does not compile until someone decides how it is shown.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::model::aws_api;
use crate::model::{
    Client, Function, Group, IdentityProvider, LogGroup, Permission, Pool, ResourceServer, Role,
    Settings, Tags, Trigger, Vpc,
};

/// One field: where, and what is there. A secret's value is compared but never shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    path: String,
    value: Value,
    secret: bool,
}

/// A field whose value changes. Absent is `null`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FieldChange {
    /// Dotted path, such as `environment.LOG_LEVEL`.
    pub path: String,
    /// What is there now.
    pub before: Value,
    /// What will be there.
    pub after: Value,
}

impl FieldChange {
    /// A field that goes.
    #[must_use]
    pub fn removed(path: &str, before: Value) -> Self {
        Self { path: path.to_owned(), before, after: Value::Null }
    }
}

/// Stands for an id that AWS has still to invent.
pub const LATER: &str = "(known after apply)";
const SECRET: &str = "(secret)";
const SECRET_CHANGED: &str = "(secret, changed)";

/// What differs between two lists, in the order of the second, what goes last.
#[must_use]
pub fn diff(before: &[Field], after: &[Field]) -> Vec<FieldChange> {
    let find = |list: &[Field], path: &str| list.iter().find(|field| field.path == path).cloned();
    let changed = after.iter().filter_map(|new| match find(before, &new.path) {
        Some(old) if old.value == new.value => None,
        Some(old) => Some(FieldChange {
            path: new.path.clone(),
            before: old.shown(),
            after: new.shown_changed(),
        }),
        None => {
            Some(FieldChange { path: new.path.clone(), before: Value::Null, after: new.shown() })
        }
    });
    let gone = before.iter().filter(|old| find(after, &old.path).is_none());
    changed.chain(gone.map(|old| FieldChange::removed(&old.path, old.shown()))).collect()
}

/// All fields of something new.
#[must_use]
pub fn created(fields: &[Field]) -> Vec<FieldChange> {
    diff(&[], fields)
}

/// All fields of something that goes, but for tags of others.
#[must_use]
pub fn removed(fields: &[Field]) -> Vec<FieldChange> {
    let is_ours = |field: &&Field| field.path.strip_prefix("tags.").is_none_or(Tags::is_ours);
    diff(&fields.iter().filter(is_ours).cloned().collect::<Vec<_>>(), &[])
}

impl Field {
    pub(super) fn new(path: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { path: path.into(), value: value.into(), secret: false }
    }

    fn secret(path: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { path: path.into(), value: value.into(), secret: true }
    }

    /// Path and value, of a secret too: for a digest, never for a reader.
    pub(super) fn into_parts(self) -> (String, Value) {
        (self.path, self.value)
    }

    /// The same field of something that stands under a name.
    pub(super) fn below(mut self, name: &str) -> Self {
        self.path = format!("{name}.{}", self.path);
        self
    }

    fn shown(&self) -> Value {
        if self.secret { SECRET.into() } else { self.value.clone() }
    }

    fn shown_changed(&self) -> Value {
        if self.secret { SECRET_CHANGED.into() } else { self.value.clone() }
    }
}

/// Those that are wanted: whoever compares leaves out the tags of others ([`Tags::only`]).
fn tags(Tags(tags): &Tags) -> impl Iterator<Item = Field> {
    tags.iter().map(|(key, value)| Field::new(format!("tags.{key}"), value.as_str()))
}

/// Tags alone.
pub(super) fn tag_fields(own_tags: &Tags) -> Vec<Field> {
    tags(own_tags).collect()
}

pub(super) fn log_group(group: &LogGroup) -> Vec<Field> {
    let LogGroup { name: _, retention_days, kms_key_arn, tags: own_tags } = group;
    let retention = retention_days.map_or(json!("never"), |days| json!(days));
    let key = kms_key_arn.as_deref().map(|arn| Field::new("kms_key_arn", arn));
    let retention = std::iter::once(Field::new("retention_days", retention));
    retention.chain(key).chain(tags(own_tags)).collect()
}

pub(super) fn role(role: &Role) -> Vec<Field> {
    let Role { name: _, trust, policies, attached, permissions_boundary, tags: own_tags } = role;
    let policies = policies
        .iter()
        .map(|(name, document)| Field::new(format!("policy.{name}"), document.clone()));
    let attached = attached.iter().map(|arn| Field::new(format!("attached.{arn}"), "attached"));
    let boundary = permissions_boundary.as_deref();
    let boundary = boundary.map(|arn| Field::new("permissions_boundary", arn));
    std::iter::once(Field::new("trust", trust.clone()))
        .chain(policies)
        .chain(attached)
        .chain(boundary)
        .chain(tags(own_tags))
        .collect()
}

pub(super) fn settings(settings: &Settings) -> Vec<Field> {
    let Settings {
        role_arn,
        runtime,
        handler,
        architecture,
        memory_mb,
        timeout_s,
        tracing,
        log_format,
        vpc,
        layers,
        kms_key_arn,
        environment,
        code_sha256,
    } = settings;
    let text = |path: &str, value: &Option<String>| value.as_deref().map(|it| Field::new(path, it));
    let vpc = vpc.iter().flat_map(|Vpc { subnets, security_groups }| {
        [
            Field::new("vpc.subnet_ids", json!(subnets)),
            Field::new("vpc.security_group_ids", json!(security_groups)),
        ]
    });
    let layers = layers.as_ref().map(|layers| Field::new("layers", json!(layers)));
    let variables = environment.iter().map(|(name, value)| {
        let path = format!("environment.{name}");
        // Ids are no secret, and whoever reads a plan wants to see them.
        if name == trigger::IDS_VARIABLE {
            Field::new(path, value.as_str())
        } else {
            Field::secret(path, value.as_str())
        }
    });
    [
        Field::new("code_sha256", code_sha256.as_str()),
        Field::new("architecture", architecture.to_string()),
        Field::new("memory_mb", *memory_mb),
        Field::new("timeout_s", *timeout_s),
        Field::new("runtime", runtime.as_str()),
        Field::new("handler", handler.as_str()),
        Field::new("role", role_arn.as_str()),
    ]
    .into_iter()
    .chain(text("tracing", tracing))
    .chain(text("log_format", log_format))
    .chain(vpc)
    .chain(layers)
    .chain(text("kms_key_arn", kms_key_arn))
    .chain(variables)
    .collect()
}

pub(super) fn version(version: &str) -> Field {
    Field::new("version", version)
}

pub(super) fn canary(version: &str, percent: u8) -> Field {
    Field::new("canary", format!("{percent} % to {version}"))
}

pub(super) fn function(function: &Function) -> Vec<Field> {
    let Function { name: _, settings: frozen, reserved_concurrency, tags: own_tags } = function;
    let reserved = reserved_concurrency.map(|number| Field::new("reserved_concurrency", number));
    settings(frozen).into_iter().chain(reserved).chain(tags(own_tags)).collect()
}

pub(super) fn permission(permission: &Permission) -> Vec<Field> {
    let Permission { statement_id: _, principal, action, source_arn, source_account } = permission;
    vec![
        Field::new("principal", principal.as_str()),
        Field::new("action", action.as_str()),
        Field::new("source_arn", source_arn.as_deref()),
        Field::new("source_account", source_account.as_deref()),
    ]
}

pub(super) fn trigger(trigger: &Trigger) -> Vec<Field> {
    let Trigger { arn, version, legacy } = trigger;
    let version = if *legacy { format!("{version} (legacy field)") } else { version.clone() };
    vec![Field::new("arn", arn.as_str()), Field::new("version", version)]
}

pub(super) fn pool(pool: &Pool) -> Vec<Field> {
    let Pool { name, tier, deletion_protection, settings, attributes, tags: own_tags } = pool;
    let settings =
        aws_api::leaves(settings).into_iter().map(|(path, value)| Field::new(path, value));
    let attributes = attributes
        .iter()
        .map(|(name, attribute)| Field::new(format!("attributes.{name}"), attribute.to_api(name)));
    [
        Field::new("name", name.as_str()),
        Field::new("tier", tier.as_str()),
        Field::new("deletion_protection", *deletion_protection),
    ]
    .into_iter()
    .chain(settings)
    .chain(attributes)
    .chain(tags(own_tags))
    .collect()
}

pub(super) fn client(client: &Client) -> Vec<Field> {
    let Client { name, auth_flows, has_secret, access_token_s, machine, settings } = client;
    let fields = [
        Field::new("name", name.as_str()),
        Field::new("auth_flows", json!(auth_flows)),
        Field::new("has_secret", *has_secret),
        Field::new("access_token_s", *access_token_s),
    ];
    let machine = machine.iter().map(|scopes| Field::new("machine_scopes", json!(scopes)));
    let settings =
        aws_api::leaves(settings).into_iter().map(|(path, value)| Field::new(path, value));
    fields.into_iter().chain(machine).chain(settings).collect()
}

pub(super) fn resource_server(server: &ResourceServer) -> Vec<Field> {
    let ResourceServer { identifier: _, name, scopes } = server;
    let scopes =
        scopes.iter().map(|(scope, about)| Field::new(format!("scopes.{scope}"), about.as_str()));
    std::iter::once(Field::new("name", name.as_str())).chain(scopes).collect()
}

pub(super) fn group(group: &Group) -> Vec<Field> {
    let Group { name: _, description, precedence, role_arn } = group;
    let precedence = precedence.map(|number| Field::new("precedence", number));
    let role = role_arn.as_deref().map(|arn| Field::new("role_arn", arn));
    let description = Field::new("description", description.as_str());
    std::iter::once(description).chain(precedence).chain(role).collect()
}

pub(super) fn identity_provider(provider: &IdentityProvider) -> Vec<Field> {
    let IdentityProvider { name: _, kind, details, secrets, attribute_mapping, identifiers } =
        provider;
    let table = |name: &'static str, values: &BTreeMap<String, String>| {
        let field = move |(key, value): (&String, &String)| {
            Field::new(format!("{name}.{key}"), value.as_str())
        };
        values.iter().map(field).collect::<Vec<_>>()
    };
    let secrets = secrets
        .iter()
        .map(|(key, secret)| Field::secret(format!("details.{key}"), json!(secret.value)));
    let identifiers =
        (!identifiers.is_empty()).then(|| Field::new("idp_identifiers", json!(identifiers)));
    std::iter::once(Field::new("type", kind.as_str()))
        .chain(table("details", details))
        .chain(secrets)
        .chain(table("attribute_mapping", attribute_mapping))
        .chain(identifiers)
        .collect()
}
