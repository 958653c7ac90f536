//! The same stack for another engine: the text of a template that makes what `up` would make.
//!
//! Names and ARNs come from [`Desired`], for an account and a region whose values are the engine's
//! own words for them. It must not look anything up: no AWS, no file, no clock.

mod cloudformation;
mod hcl;
mod label;
mod sections;
mod terraform;

use ring::digest;
use serde_json::{Map, Value};

pub use cloudformation::cloudformation;
pub use terraform::terraform;

use crate::config::{Client, Config};
use crate::model::{Tags, aws_api};
use crate::reconcile::desired::{Desired, Holder, WantedClient, WantedPool};
use crate::reconcile::ownership::of_everything;

/// What no engine can set of a client.
const SECRETS_MANAGER: &str = "publish_secrets_in_aws_secrets_manager";

/// An engine that an export is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// AWS CloudFormation, stack sets included.
    CloudFormation,
    /// Terraform, and OpenTofu.
    Terraform,
}

impl Engine {
    /// What commands, documents and the tag `managed-by` call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::CloudFormation => "cloudformation",
            Self::Terraform => "terraform",
        }
    }
}

/// Where the engine finds the package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PackagePlace {
    /// A file, as seen from the template: Terraform uploads it, and so does `aws cloudformation package`.
    File(String),
    /// An object in S3, in the function's region.
    Object {
        /// Its bucket.
        bucket: String,
        /// Its key.
        key: String,
        /// Its version, in a bucket that has versions.
        version: Option<String>,
    },
    /// Whoever deploys the template says it, by parameters or variables.
    Asked,
}

/// The package that the template releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseExport {
    /// Where it is.
    pub place: PackagePlace,
    /// Lambda's `CodeSha256` of it.
    pub code_sha256: String,
    /// Anything else that makes a new version; CloudFormation alone needs it, see [`notes`].
    pub revision: Option<String>,
}

/// What to know about a template that it cannot do by itself.
#[must_use]
pub fn notes(config: &Config, engine: Engine) -> Vec<String> {
    let mut notes = vec![];
    for (key, _) in config.pools.iter().filter(|(_, pool)| pool.id.is_some()) {
        notes.push(format!(
            "the pool `{key}` is not this stack's: the template lets it invoke the function, but {} cannot set one trigger of a pool that it does not own. Its owner sets the pre token generation trigger to the output `{}`",
            engine.word(),
            match engine {
                Engine::CloudFormation => "AliasArn",
                Engine::Terraform => "alias_arn",
            }
        ));
    }
    for (key, pool) in config.pools.iter().filter(|(_, pool)| pool.id.is_none()) {
        // CloudFormation has all of them, under the API's names; Terraform's provider has two in its own form.
        let is_set = |path: &str| {
            engine == Engine::CloudFormation
                || path.starts_with("policies.password_policy.")
                || path.starts_with("admin_create_user_config.")
                || terraform::sets_trigger(path)
                || sections::terraform_sets(path)
                || path == "mfa_configuration" && pool.settings.0.contains_key("mfa")
        };
        let settings = aws_api::leaves(&pool.settings.0).into_iter().map(|(path, _)| path);
        let settings = settings.filter(|path| !is_set(path));
        let attributes = pool.attributes.keys().map(|name| format!("attributes.{name}"));
        let declared: Vec<_> = settings.chain(attributes).collect();
        if !declared.is_empty() {
            notes.push(format!(
                "the template does not set what the pool `{key}` declares of {}: add it there",
                declared.join(", ")
            ));
        }
    }
    for (key, pool) in config.pools.iter().filter(|(_, pool)| !pool.ignore.is_empty()) {
        let ignored = pool.ignore.join(", ");
        notes.push(match engine {
            Engine::CloudFormation => format!(
                "CloudFormation knows no `ignore`: an update of the template that changes one of {ignored} of the pool `{key}` writes it"
            ),
            Engine::Terraform => format!(
                "the template leaves nothing to others: add {ignored} of the pool `{key}` to `lifecycle.ignore_changes` if it has them"
            ),
        });
    }
    for (key, pool) in &config.pools {
        let publishes = |client: &Client| client.settings.0.contains_key(SECRETS_MANAGER);
        for (client, _) in pool.clients.iter().filter(|(_, client)| publishes(client)) {
            notes.push(format!(
                "{} has no `{SECRETS_MANAGER}`, which the client `{key}/{client}` declares: set it by AWS's API",
                engine.word()
            ));
        }
    }
    if !config.trigger.environment.is_empty() {
        let names: Vec<_> = config.trigger.environment.keys().map(String::as_str).collect();
        let names = names.join(", ");
        notes.push(match engine {
            Engine::CloudFormation => format!(
                "values of variables are secrets, and so parameters: {names}. CloudFormation publishes no version when only their values change; export with another --revision then"
            ),
            Engine::Terraform => format!("values of variables are secrets, and so variables: {names}"),
        });
    }
    if !config.allowed_account_ids.is_empty() {
        notes.push(
            "`allowed_account_ids` is not in the template: it can be deployed to any account"
                .to_owned(),
        );
    }
    notes
}

/// The stack's tags. The stack's name stays, so that `plan`, `status`, `verify` and `token` know what is theirs to look
/// at; who manages it does not.
fn tags(desired: &Desired, engine: Engine) -> Tags {
    let mut tags = desired.identity.tags.clone();
    tags.0.insert("managed-by".to_owned(), engine.word().to_owned());
    tags
}

/// What the engine makes in a pool counts as made by the stack.
fn made(pool: &WantedPool) -> Tags {
    let memory = of_everything(pool);
    match &pool.holder {
        Holder::Owned(_) => memory.on_own(&Tags::default()),
        Holder::Adopted { id } => memory.on_log_group(id, &Tags::default()),
    }
}

/// The same of all adopted pools.
fn made_in_adopted(desired: &Desired) -> Tags {
    let adopted = desired.pools.values().filter(|pool| !pool.is_owned());
    Tags(adopted.flat_map(|pool| made(pool).0).collect())
}

/// The id of a pool that others own.
fn adopted(pool: &WantedPool) -> Option<&String> {
    match &pool.holder {
        Holder::Owned(_) => None,
        Holder::Adopted { id } => Some(id),
    }
}

/// Whether a pool stays when the template goes: then nobody can sign in to it any more unless the function stays too.
fn outlived(desired: &Desired) -> bool {
    let stays = |pool: &WantedPool| match &pool.holder {
        Holder::Owned(pool) => pool.deletion_protection,
        Holder::Adopted { .. } => true,
    };
    desired.pools.values().any(stays)
}

/// What an engine can set of a client, in the API's own words.
fn client(wanted: &WantedClient) -> Map<String, Value> {
    let mut client = wanted.client.clone();
    client.settings.remove(SECRETS_MANAGER);
    client.to_api()
}

/// The first `length` hexadecimal digits of the text's SHA-256.
fn short_digest(text: &str, length: usize) -> String {
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let digits = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<String>()[..length].to_owned()
}
