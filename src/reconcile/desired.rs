//! What `deploy.toml` wants, as resources: every name and ARN is computed here, from the configuration, the account and
//! the package. Pure; nothing is looked up.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::actual::Actual;
use super::identity::Identity;
use crate::config::{
    AuthFlow, Client as ClientConfig, Config, Group as GroupConfig,
    IdentityProvider as ProviderConfig, Pool as PoolConfig, ProviderDetail, UserAttribute,
    Variable, Vpc as VpcConfig,
};
use crate::model::aws_api::{self, DeclaredSettings};
use crate::model::{
    Attributes, Client, Function, Group, ID_LIFETIME, IdentityProvider, Ids, LOGS_POLICY, LogGroup,
    Pool, REFRESH_LIFETIME, ResourceServer, Role, SECRET_DETAILS, SecretDetail, Settings, Tags,
    Target, Trigger, Vpc, log_writer,
};
use crate::tokens::trust;

/// Lambda's runtime for a binary named `bootstrap`.
const RUNTIME: &str = "provided.al2023";

/// The name of the role's inline policy for what `deploy.toml` says.
const PERMISSIONS_POLICY: &str = "permissions";

/// Everything that a stack wants.
#[derive(Debug, Clone, PartialEq)]
pub struct Desired {
    /// Which stack, and where.
    pub identity: Identity,
    /// The function's log group.
    pub log_group: LogGroup,
    /// The function's role.
    pub role: Role,
    /// The function; the variable with the ids comes from [`Desired::settings`].
    pub function: Function,
    /// `V2_0` or `V3_0`.
    pub event_version: String,
    /// How many published versions stay when a new one is released.
    pub keep_versions: u32,
    /// Pools by key.
    pub pools: BTreeMap<String, WantedPool>,
    /// What the user allows for this run.
    pub consent: Consents,
    /// The share of the traffic, in percent, that a new version gets at first; everything without it.
    pub canary: Option<u8>,
}

/// What is only done when the user asked for it on the command line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consents {
    /// Take the slot of an adopted pool from the function that holds it.
    pub take_over: bool,
    /// Move an adopted pool from LITE to ESSENTIALS, which changes their bill.
    pub change_tier: bool,
}

/// A pool that the stack declares.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedPool {
    /// Whose it is.
    pub holder: Holder,
    /// Paths of settings that are written when it is made, and left to others from then on.
    pub ignored: Vec<String>,
    /// The prefix of its domain; without it, whatever it has is left alone.
    pub domain: Option<String>,
    /// Clients by key.
    pub clients: BTreeMap<String, WantedClient>,
    /// Resource servers, by identifier.
    pub resource_servers: BTreeMap<String, ResourceServer>,
    /// Groups, by name.
    pub groups: BTreeMap<String, Group>,
    /// Identity providers, by name; their secrets are told later (see [`Desired::secrets`]).
    pub identity_providers: BTreeMap<String, IdentityProvider>,
}

impl WantedPool {
    /// Whether the stack creates, owns and removes it.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        matches!(self.holder, Holder::Owned(_))
    }

    /// What is wanted of a pool that is there, if the stack owns it: without what is left to others.
    #[must_use]
    pub fn once_made(&self) -> Option<Pool> {
        let Holder::Owned(pool) = &self.holder else { return None };
        Some(Pool { settings: aws_api::without(&pool.settings, &self.ignored), ..pool.clone() })
    }
}

/// Whose a pool is.
#[derive(Debug, Clone, PartialEq)]
pub enum Holder {
    /// The stack creates, owns and removes it.
    Owned(Pool),
    /// It is not ours; only its trigger slot is, and what we made in it.
    Adopted {
        /// Its id.
        id: String,
    },
}

/// A client that the stack declares.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedClient {
    /// The id of a client that exists already and that others own.
    pub id: Option<String>,
    /// What it is to be.
    pub client: Client,
}

impl Desired {
    /// Computes everything from the configuration, where it goes, and the digest of the package.
    #[must_use]
    pub fn new(config: &Config, target: Target, code_sha256: &str) -> Self {
        let identity = Identity::new(config, target);
        let Identity { stack, target, tags, .. } = &identity;
        let log_group_name = stack.log_group_name();
        Self {
            log_group: LogGroup {
                name: log_group_name.clone(),
                retention_days: config.trigger.log_retention_days.days(),
                kms_key_arn: of_account(target, config.trigger.log_kms_key_arn.as_ref()),
                tags: tags.clone(),
            },
            role: role(config, target, tags.clone()),
            function: Function {
                name: stack.function_name(),
                settings: Settings {
                    role_arn: target.role_arn(&stack.role_name()),
                    runtime: RUNTIME.to_owned(),
                    handler: "bootstrap".to_owned(),
                    architecture: config.trigger.architecture,
                    memory_mb: config.trigger.memory_mb,
                    timeout_s: config.trigger.timeout_s,
                    tracing: config.trigger.tracing.map(|mode| mode.as_str().to_owned()),
                    log_format: config.trigger.log_format.map(|it| it.as_str().to_owned()),
                    vpc: of_account(target, config.trigger.vpc.as_ref()).map(vpc),
                    layers: of_account(target, config.trigger.layers.as_ref()),
                    kms_key_arn: of_account(target, config.trigger.kms_key_arn.as_ref()),
                    environment: config.trigger.environment.clone(),
                    code_sha256: code_sha256.to_owned(),
                },
                reserved_concurrency: config.trigger.reserved_concurrency,
                tags: tags.clone(),
            },
            keep_versions: config.trigger.keep_versions,
            event_version: config.trigger.event_version.to_string(),
            pools: config
                .pools
                .iter()
                .map(|(key, pool)| (key.clone(), wanted(config, &identity, key, pool)))
                .collect(),
            identity,
            consent: Consents::default(),
            canary: None,
        }
    }

    /// What `deploy.toml` wants, by the code that is live already: without a build there is no other to compare with.
    #[must_use]
    pub fn as_deployed(config: &Config, target: Target, actual: &Actual) -> Self {
        let live = actual.release.as_ref().map(|release| release.settings.code_sha256.as_str());
        Self::new(config, target, live.unwrap_or_default())
    }

    /// The same, and everything that can carry tags says when it may be removed.
    #[must_use]
    pub fn expiring(mut self, end: &str) -> Self {
        let pools = self.pools.values_mut().filter_map(|pool| match &mut pool.holder {
            Holder::Owned(pool) => Some(&mut pool.tags),
            Holder::Adopted { .. } => None,
        });
        let others = [&mut self.log_group.tags, &mut self.role.tags, &mut self.function.tags];
        for tags in pools.chain(others) {
            tags.0.insert(Tags::EXPIRES.to_owned(), end.to_owned());
        }
        self
    }

    /// Secrets of identity providers, each by the variable that it comes from.
    pub fn secrets(&mut self) -> impl Iterator<Item = &mut SecretDetail> {
        let providers =
            self.pools.values_mut().flat_map(|pool| pool.identity_providers.values_mut());
        providers.flat_map(|provider| provider.secrets.values_mut())
    }

    /// The function's settings once these ids are known.
    #[must_use]
    pub fn settings(&self, ids: &Ids) -> Settings {
        let mut settings = self.function.settings.clone();
        settings.environment.insert(trigger::IDS_VARIABLE.to_owned(), ids.for_trigger());
        settings
    }

    /// What the slot of every pool of this stack is to hold.
    #[must_use]
    pub fn trigger(&self) -> Trigger {
        Trigger {
            arn: self.identity.alias_arn(),
            version: self.event_version.clone(),
            legacy: false,
        }
    }

    /// Whether ids of every declared pool and client are in `ids`.
    #[must_use]
    pub fn all_known(&self, ids: &Ids) -> bool {
        let clients = self.pools.values().map(|pool| pool.clients.len()).sum::<usize>();
        ids.pools.len() == self.pools.len() && ids.clients.len() == clients
    }
}

/// What is declared and stands in the account: the local emulator has none of its policies, keys, layers and networks, nor any
/// function that somebody else made.
fn of_account<T: Clone>(target: &Target, declared: Option<&T>) -> Option<T> {
    declared.filter(|_| !target.local).cloned()
}

fn vpc(declared: VpcConfig) -> Vpc {
    Vpc {
        subnets: declared.subnet_ids.into_iter().collect(),
        security_groups: declared.security_group_ids.into_iter().collect(),
    }
}

/// A trust policy: Lambda alone may assume the role.
fn trusting_lambda() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }],
    })
}

/// The role of the function: it can write the function's log, and what `deploy.toml` says.
fn role(config: &Config, target: &Target, tags: Tags) -> Role {
    let stack = config.stack();
    let logs = log_writer(&target.log_group_arn(&stack.log_group_name()));
    let declared = &config.trigger.role;
    let facts = config.fact_permissions(|name| target.table_arn(name));
    let further = config.trigger.further_permissions(facts);
    let further = further.map(|document| (PERMISSIONS_POLICY.to_owned(), document));
    Role {
        name: stack.role_name(),
        trust: trusting_lambda(),
        policies: [(LOGS_POLICY.to_owned(), logs)].into_iter().chain(further).collect(),
        attached: of_account(target, Some(&declared.managed_policies))
            .into_iter()
            .flatten()
            .collect(),
        permissions_boundary: of_account(target, declared.permissions_boundary.as_ref()),
        tags,
    }
}

fn wanted(config: &Config, identity: &Identity, key: &str, pool: &PoolConfig) -> WantedPool {
    let Identity { stack, target, tags, .. } = identity;
    let holder = match pool.pool_id() {
        Some(id) => Holder::Adopted { id: id.to_owned() },
        None => Holder::Owned(Pool {
            name: stack.pool_name(key),
            tier: pool.tier.to_string(),
            deletion_protection: pool.deletion_protection,
            settings: pool_settings(pool, target),
            attributes: attributes(&pool.attributes),
            tags: tags.clone(),
        }),
    };
    let writable = trust::write_attributes(config, key, pool);
    let clients = pool.clients.iter().map(|(name, client)| {
        let wanted = Client {
            name: stack.client_name(name),
            auth_flows: flows(client),
            has_secret: client.generate_secret,
            access_token_s: client.access_token_minutes * 60,
            machine: client
                .is_machine_to_machine()
                .then(|| pool.machine_scopes(client).into_iter().collect()),
            settings: client_settings(client, &writable(client)),
        };
        (name.clone(), WantedClient { id: client.id.clone(), client: wanted })
    });
    let servers = pool.resource_servers.iter().map(|(identifier, server)| {
        let name = server.name.clone().unwrap_or_else(|| stack.resource_server_name(identifier));
        let server =
            ResourceServer { identifier: identifier.clone(), name, scopes: server.scopes.clone() };
        (identifier.clone(), server)
    });
    let groups = pool.groups.iter().map(|(name, group)| {
        let GroupConfig { description, precedence, role_arn } = group.clone();
        (name.clone(), Group { name: name.clone(), description, precedence, role_arn })
    });
    let providers = pool.identity_providers.iter();
    let providers = providers.map(|(name, it)| (name.clone(), identity_provider(name, it)));
    WantedPool {
        holder,
        ignored: pool.ignore.clone(),
        domain: pool.domain.as_deref().map(|domain| stack.domain_name(domain)),
        clients: clients.collect(),
        resource_servers: servers.collect(),
        groups: groups.collect(),
        identity_providers: providers.collect(),
    }
}

fn pool_settings(pool: &PoolConfig, target: &Target) -> DeclaredSettings {
    let mut settings = aws_api::merged(&safe_defaults(), &pool.settings.0);
    // The functions of its other triggers stand in the account.
    if target.local {
        settings.remove("triggers");
    }
    settings
}

fn identity_provider(name: &str, declared: &ProviderConfig) -> IdentityProvider {
    let mut provider = IdentityProvider {
        name: name.to_owned(),
        kind: declared.kind.as_str().to_owned(),
        attribute_mapping: declared.attribute_mapping.clone(),
        identifiers: declared.idp_identifiers.iter().cloned().collect(),
        ..IdentityProvider::default()
    };
    for (key, detail) in declared.details.clone() {
        match detail {
            ProviderDetail::Text(text) => drop(provider.details.insert(key, text)),
            // What was read from elsewhere and is no secret of the provider's is compared as AWS shows it.
            ProviderDetail::Variable(Variable { value: Some(value), .. })
                if !SECRET_DETAILS.contains(&key.as_str()) =>
            {
                provider.details.insert(key, value);
            }
            ProviderDetail::Variable(Variable { env, value }) => {
                let secret = SecretDetail { variable: env, value };
                provider.secrets.insert(key, secret);
            }
        }
    }
    provider
}

/// What a pool of our own has unless `deploy.toml` says otherwise: no strangers, and no short passwords.
///
/// A password policy is sent whole: what AWS finds missing in one is not required (`CreateUserPool`).
fn safe_defaults() -> DeclaredSettings {
    let settings = json!({
        "admin_create_user_config": { "allow_admin_create_user_only": true },
        "policies": { "password_policy": {
            "minimum_length": 12,
            "require_lowercase": true,
            "require_numbers": true,
            "require_symbols": true,
            "require_uppercase": true,
            "temporary_password_validity_days": 7,
        } },
    });
    settings.as_object().cloned().unwrap_or_default()
}

/// What a client of our own has unless `deploy.toml` says otherwise: a wrong name and a wrong password look alike to whoever
/// guesses, and a user who signs out everywhere is out. What its users may write is `trust::write_attributes`.
fn safe_client_defaults() -> DeclaredSettings {
    let settings =
        json!({ "prevent_user_existence_errors": "ENABLED", "enable_token_revocation": true });
    settings.as_object().cloned().unwrap_or_default()
}

fn client_settings(client: &ClientConfig, writable: &[String]) -> DeclaredSettings {
    let mut settings = aws_api::merged(&safe_client_defaults(), &client.settings.0);
    if !writable.is_empty() {
        settings.insert("write_attributes".to_owned(), json!(writable));
    }
    // A machine's scopes go with its flow.
    if client.is_machine_to_machine() {
        settings.remove("oauth_scopes");
    }
    let lifetimes =
        [(ID_LIFETIME, client.id_token_minutes), (REFRESH_LIFETIME, client.refresh_minutes())];
    for (key, minutes) in lifetimes {
        settings.extend(minutes.map(|minutes| (key.to_owned(), json!(minutes * 60))));
    }
    settings
}

fn attributes(declared: &BTreeMap<String, UserAttribute>) -> Attributes {
    let one =
        |(name, it): (&String, &UserAttribute)| (UserAttribute::api_name(name), it.attribute(name));
    declared.iter().map(one).collect()
}

/// What people may do. Without any flow, AWS would allow three; refreshing alone lets nobody in.
fn flows(client: &ClientConfig) -> BTreeSet<String> {
    let flows = client.auth_flows.iter().filter(|flow| **flow != AuthFlow::ClientCredentials);
    let only_machines = (!client.is_for_users()).then_some(&AuthFlow::RefreshToken);
    flows.chain(only_machines).map(|flow| flow.allow().to_owned()).collect()
}
