//! What `deploy.toml` says, as types. The JSON Schema is derived from them, and with it the check of every key, type,
//! range and pattern; what takes more than one value to judge is in `check`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trigger::Fact;
use trigger::rules::Rule;

use super::apis::{ApiSettings, Call};
use super::attribute::UserAttribute;
use super::client::Client;
use super::function::{LogFormat, Permission, Retention, Role, Tracing, Vpc, further_permissions};
use super::group::Group;
use super::identity_provider::IdentityProvider;
use super::limits;
use super::reference::Reference;
use super::refused::RefusedPromise;
use super::resource_server::ResourceServer;
use super::seed::Seed;
use super::settings::PoolSettings;
use super::verify::Verify;
use crate::package::Architecture;

/// A stack: user pools, and the trigger that writes scopes into their access tokens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "deploy.toml of pretoken")]
pub struct Config {
    /// Which versions of pretoken the file is for, such as `>= 0.2`; another one refuses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 128))]
    pub required_version: Option<String>,
    /// Prefix of every resource's name; an environment adds `-<environment>`.
    #[schemars(schema_with = "limits::stack_name")]
    pub name: String,
    /// Region of every resource; without it the usual AWS chain decides (`AWS_REGION`, the profile).
    #[serde(default)]
    #[schemars(schema_with = "limits::region")]
    pub region: Option<String>,
    /// Accounts that this stack may be deployed to; empty is any.
    #[serde(default)]
    #[schemars(schema_with = "limits::account_ids")]
    pub allowed_account_ids: Vec<String>,
    /// AWS profile to deploy as; `--profile` overrides it, and without both the usual AWS chain decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::profile")]
    pub profile: Option<String>,
    /// ARN of a role to deploy as, which the profile or the usual AWS chain may assume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::role_arn")]
    pub assume_role: Option<String>,
    /// Tags of everything that can carry tags, beside those of the stack.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "limits::tags")]
    pub tags: BTreeMap<String, String>,
    /// The Lambda function that Cognito calls before it issues a token.
    #[serde(default)]
    pub trigger: Trigger,
    /// User pools by a key of your choice.
    #[schemars(schema_with = "limits::pools::<Pool>")]
    pub pools: BTreeMap<String, Pool>,
    /// What is gathered about a user before rules run, by a name of your choice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "limits::facts::<Fact>")]
    pub facts: BTreeMap<String, Fact>,
    /// What the trigger does to tokens; all rules that match apply, in this order.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// Promises about tokens, checked offline, before a new version serves, and by real sign-ins.
    #[serde(default)]
    pub expect: Vec<Expectation>,
    /// How tokens are proven.
    #[serde(default)]
    pub verify: Verify,
    /// APIs that ask for these scopes, by a key of your choice.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "limits::apis::<ApiSettings>")]
    pub apis: BTreeMap<String, ApiSettings>,
    /// Users of `--local`, and of environments that expire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seed: Vec<Seed>,
    /// The environment that was chosen with `-e`; its overlay is merged in already.
    #[serde(skip)]
    pub env: Option<String>,
    /// Values that are in AWS, and read by the commands that connect.
    #[serde(skip)]
    pub references: BTreeSet<Reference>,
}

impl Config {
    /// The key of the pool that this seed is in: the one that it names, or the only one.
    #[must_use]
    pub fn pool_of<'c>(&'c self, seed: &'c Seed) -> &'c str {
        let only = || self.pools.keys().next().map(String::as_str);
        seed.pool.as_deref().or_else(only).unwrap_or_default()
    }
}

/// The Lambda function that Cognito calls before it issues a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Trigger {
    /// Directory, from this file, of a crate whose `bootstrap` is deployed; without it, the prebuilt one.
    #[serde(rename = "crate", skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::directory")]
    pub crate_dir: Option<PathBuf>,
    /// Processor of the function; `--local` always builds for the host.
    pub architecture: Architecture,
    /// Version of the trigger's event; `V3_0` also sees machine-to-machine tokens.
    pub event_version: EventVersion,
    /// Memory in MB; processor time is in proportion.
    #[schemars(schema_with = "limits::memory_mb")]
    pub memory_mb: u32,
    /// Seconds after which Lambda stops the function.
    #[schemars(schema_with = "limits::timeout_s")]
    pub timeout_s: u32,
    /// Days until log events are removed, or `never`.
    #[schemars(schema_with = "limits::log_retention_days")]
    pub log_retention_days: Retention,
    /// Whether AWS X-Ray gets traces. Without it, whatever the function has is left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
    /// How Lambda writes its own lines into the log. Without it, whatever the function has is left alone, as for the next five.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,
    /// ARN of the key that encrypts the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::kms_key_arn")]
    pub log_kms_key_arn: Option<String>,
    /// ARN of the key that encrypts the variables.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::kms_key_arn")]
    pub kms_key_arn: Option<String>,
    /// ARNs of versions of layers, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::layers")]
    pub layers: Option<Vec<String>>,
    /// How many invocations at a time are reserved for the function, which are the most that it can have.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "limits::reserved_concurrency")]
    pub reserved_concurrency: Option<u32>,
    /// Where in a VPC the function is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc: Option<Vpc>,
    /// The role that the function assumes.
    pub role: Role,
    /// What the function may do beside writing its log.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<Permission>,
    /// Extra variables of the function; values are treated as secrets in every output.
    #[schemars(schema_with = "limits::environment")]
    pub environment: BTreeMap<String, String>,
    /// Within which scopes lie that rules take from data: `orders/read`, or `orders/*`. Without it, those of the
    /// declared resource servers.
    #[schemars(length(max = 100))]
    pub scopes_from: Vec<String>,
    /// Published versions to keep; one that serves is never removed.
    #[schemars(schema_with = "limits::keep_versions")]
    pub keep_versions: u32,
}

impl Default for Trigger {
    fn default() -> Self {
        Self {
            crate_dir: None,
            architecture: Architecture::Arm64,
            event_version: EventVersion::V2_0,
            memory_mb: 128,
            timeout_s: 5,
            log_retention_days: Retention::Days(30),
            tracing: None,
            log_format: None,
            log_kms_key_arn: None,
            kms_key_arn: None,
            layers: None,
            reserved_concurrency: None,
            vpc: None,
            role: Role::default(),
            permissions: Vec::new(),
            environment: BTreeMap::new(),
            scopes_from: vec![],
            keep_versions: 5,
        }
    }
}

impl Trigger {
    /// What the function may do beside writing its log, as a policy document; nothing if there is nothing. `facts` are the
    /// statements that facts need.
    #[must_use]
    pub fn further_permissions(&self, facts: Vec<Value>) -> Option<Value> {
        further_permissions(&self.permissions, self.tracing, self.vpc.as_ref(), facts)
    }
}

/// Version of the event that Cognito sends; decides what the trigger may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-refused" = limits::refused_event_versions()))]
pub enum EventVersion {
    /// Scopes and claims of access tokens, for users.
    V2_0,
    /// The same, and machine-to-machine tokens.
    V3_0,
}

impl EventVersion {
    /// The name that Cognito's `LambdaVersion` has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2_0 => "V2_0",
            Self::V3_0 => "V3_0",
        }
    }
}

/// A user pool: created and owned by this stack, or (with `id`) one that exists and stays its owner's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Pool {
    /// Id or ARN of a pool to attach to; without it the stack creates and owns a pool.
    #[schemars(schema_with = "limits::pool_id")]
    pub id: Option<String>,
    /// Feature plan of a pool that the stack owns.
    pub tier: Tier,
    /// Whether AWS refuses to delete a pool that the stack owns.
    pub deletion_protection: bool,
    /// Prefix of the domain of a pool that the stack owns, where machines get their tokens; an environment adds
    /// `-<environment>`. Unique in its region.
    #[schemars(schema_with = "limits::domain")]
    pub domain: Option<String>,
    /// App clients by a key of your choice, which rules and expectations use.
    #[schemars(schema_with = "limits::clients::<Client>")]
    pub clients: BTreeMap<String, Client>,
    /// Resource servers by identifier: the part of a scope before the slash.
    #[schemars(schema_with = "limits::resource_servers::<ResourceServer>")]
    pub resource_servers: BTreeMap<String, ResourceServer>,
    /// Groups, by name; groups that are not declared are never created.
    #[schemars(schema_with = "limits::groups::<Group>")]
    pub groups: BTreeMap<String, Group>,
    /// Who else may say who a user is, by name: for a pool that the stack owns.
    #[schemars(schema_with = "limits::identity_providers::<IdentityProvider>")]
    pub identity_providers: BTreeMap<String, IdentityProvider>,
    /// Attributes of users by name: `tenant` is `custom:tenant`, standard ones have their own names.
    #[schemars(schema_with = "limits::user_attributes::<UserAttribute>")]
    pub attributes: BTreeMap<String, UserAttribute>,
    /// Settings of a pool that the stack owns that are left to others once it is made, by their paths below.
    #[schemars(length(max = 100), extend("uniqueItems" = true))]
    pub ignore: Vec<String>,
    /// Every other setting of a pool that the stack owns, under the names of AWS's API in `snake_case`.
    #[serde(flatten)]
    pub settings: PoolSettings,
}

impl Default for Pool {
    fn default() -> Self {
        Self {
            id: None,
            tier: Tier::Essentials,
            deletion_protection: true,
            domain: None,
            clients: BTreeMap::new(),
            resource_servers: BTreeMap::new(),
            groups: BTreeMap::new(),
            identity_providers: BTreeMap::new(),
            attributes: BTreeMap::new(),
            ignore: Vec::new(),
            settings: PoolSettings::default(),
        }
    }
}

impl Pool {
    /// The id of an adopted pool, also when the file has its ARN.
    #[must_use]
    pub fn pool_id(&self) -> Option<&str> {
        self.id.as_deref().map(|id| id.rsplit_once('/').map_or(id, |(_, id)| id))
    }

    /// Every scope of its resource servers, as tokens have it: `identifier/scope`.
    pub fn scopes(&self) -> impl Iterator<Item = String> {
        self.resource_servers.iter().flat_map(|(identifier, server)| {
            server.scopes.keys().map(move |name| format!("{identifier}/{name}"))
        })
    }

    /// What a machine may ask for as this client of the pool.
    #[must_use]
    pub fn machine_scopes(&self, client: &Client) -> Vec<String> {
        let own: Vec<String> = client.settings.words("oauth_scopes").map(str::to_owned).collect();
        if own.is_empty() { self.scopes().collect() } else { own }
    }
}

/// Feature plan of a user pool.
///
/// Scopes in access tokens need `ESSENTIALS` or `PLUS` ("Pre token generation Lambda trigger", Cognito Developer Guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(description = "Feature plan of a user pool.", extend("x-refused" = limits::refused_tiers()))]
pub enum Tier {
    /// The default of new pools.
    Essentials,
    /// With threat protection.
    Plus,
}

impl Tier {
    /// The name that Cognito's `UserPoolTier` has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Essentials => "ESSENTIALS",
            Self::Plus => "PLUS",
        }
    }
}

/// A promise about the tokens of one kind of subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// What reports call it.
    #[schemars(length(min = 1, max = 128))]
    pub name: String,
    /// Key of the pool; needed only when more than one pool has such a client.
    #[serde(default)]
    pub pool: Option<String>,
    /// Key of the client that signs in.
    pub client: String,
    /// Groups that the user is in; each is declared in the pool.
    #[serde(default)]
    #[schemars(length(max = 100), extend("uniqueItems" = true))]
    pub groups: Vec<String>,
    /// Attributes that the user has.
    #[serde(default)]
    #[schemars(schema_with = "limits::attributes")]
    pub attributes: BTreeMap<String, String>,
    /// Metadata that the caller sends (`ClientMetadata`).
    #[serde(default)]
    pub client_metadata: BTreeMap<String, String>,
    /// Facts about the user, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, Value>,
    /// How the token comes about.
    #[serde(default)]
    pub source: TriggerSource,
    /// Scopes that the access token has.
    #[serde(default)]
    #[schemars(schema_with = "limits::token_scopes")]
    pub scopes: Vec<String>,
    /// Scopes that the access token does not have.
    #[serde(default)]
    #[schemars(schema_with = "limits::token_scopes")]
    pub not_scopes: Vec<String>,
    /// Claims that the access token has, with these values.
    #[serde(default)]
    pub access_claims: BTreeMap<String, Value>,
    /// Claims that the ID token has, with these values.
    #[serde(default)]
    pub id_claims: BTreeMap<String, Value>,
    /// That a rule refuses the sign-in: true, or the text that whoever signs in reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<RefusedPromise>,
    /// Operations of the APIs that the access token opens, such as `GET /orders`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_call: Vec<String>,
    /// Operations of the APIs that it does not open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub may_not_call: Vec<String>,
    /// Calls to the live APIs with the access token, and what they must answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<Call>,
}

/// How a token comes about ("Pre token generation Lambda trigger", Cognito Developer Guide).
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[schemars(description = "How a token comes about.")]
pub enum TriggerSource {
    /// The end of a sign-in by the API.
    #[default]
    #[serde(rename = "TokenGeneration_Authentication")]
    Authentication,
    /// A new password instead of the temporary one of an administrator.
    #[serde(rename = "TokenGeneration_NewPasswordChallenge")]
    NewPasswordChallenge,
    /// The end of a device's authentication.
    #[serde(rename = "TokenGeneration_AuthenticateDevice")]
    AuthenticateDevice,
    /// New tokens for a refresh token.
    #[serde(rename = "TokenGeneration_RefreshTokens")]
    RefreshTokens,
    /// Managed login, or a federated identity.
    #[serde(rename = "TokenGeneration_HostedAuth")]
    HostedAuth,
    /// A machine without a user; at `V3_0` only.
    #[serde(rename = "TokenGeneration_ClientCredentials")]
    ClientCredentials,
}

impl TriggerSource {
    /// All of them, in the order of AWS's documentation.
    pub const ALL: [Self; 6] = [
        Self::Authentication,
        Self::NewPasswordChallenge,
        Self::AuthenticateDevice,
        Self::RefreshTokens,
        Self::HostedAuth,
        Self::ClientCredentials,
    ];

    /// The event's `triggerSource`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "TokenGeneration_Authentication",
            Self::NewPasswordChallenge => "TokenGeneration_NewPasswordChallenge",
            Self::AuthenticateDevice => "TokenGeneration_AuthenticateDevice",
            Self::RefreshTokens => "TokenGeneration_RefreshTokens",
            Self::HostedAuth => "TokenGeneration_HostedAuth",
            Self::ClientCredentials => "TokenGeneration_ClientCredentials",
        }
    }
}
