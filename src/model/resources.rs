//! The resources of a stack as plain data, the same types for what is wanted and for what was seen.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::app_client::Client;
use super::architecture::Architecture;
use super::attributes::Attributes;
use super::aws_api::DeclaredSettings;
use super::identity_provider::IdentityProvider;
use super::sign_in_settings::SignInSettings;
use super::tags::Tags;

/// The only scope of a token from an API sign-in before any rule ("Pre token generation Lambda trigger").
pub const DEFAULT_SCOPE: &str = "aws.cognito.signin.user.admin";
/// Scopes of the OIDC standard and of Cognito itself. They are about users: machines have custom scopes only ("OAuth 2.0
/// grants", Cognito Developer Guide).
pub const STANDARD_SCOPES: [&str; 5] = ["openid", "email", "phone", "profile", DEFAULT_SCOPE];

/// The function's log group. AWS would make one without retention at the first invocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// `/aws/lambda/<function>`.
    pub name: String,
    /// Days until events go; `None` is never.
    pub retention_days: Option<u32>,
    /// ARN of the key that encrypts it; wanted only if it is declared.
    pub kms_key_arn: Option<String>,
    /// All its tags.
    pub tags: Tags,
}

impl LogGroup {
    /// This group, seen, as far as the wanted one says something: what is not declared is left alone.
    #[must_use]
    pub fn only(&self, wanted: &Self) -> Self {
        Self {
            kms_key_arn: wanted.kms_key_arn.as_ref().and(self.kms_key_arn.clone()),
            tags: self.tags.only(&wanted.tags),
            ..self.clone()
        }
    }
}

/// The role that the function assumes.
#[derive(Debug, Clone, PartialEq)]
pub struct Role {
    /// Name, without a path.
    pub name: String,
    /// The trust policy document.
    pub trust: Value,
    /// Inline policies by name.
    pub policies: BTreeMap<String, Value>,
    /// ARNs of managed policies.
    pub attached: BTreeSet<String>,
    /// ARN of the managed policy that limits what it may ever do.
    pub permissions_boundary: Option<String>,
    /// All its tags.
    pub tags: Tags,
}

/// Where in a VPC a function is; nowhere if both are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vpc {
    /// Ids of subnets.
    pub subnets: BTreeSet<String>,
    /// Ids of security groups.
    pub security_groups: BTreeSet<String>,
}

/// What a published version freezes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The role's ARN.
    pub role_arn: String,
    /// `provided.al2023`.
    pub runtime: String,
    /// Any string, for a custom runtime.
    pub handler: String,
    /// What the binary was built for.
    pub architecture: Architecture,
    /// 128..=10240.
    pub memory_mb: u32,
    /// 1..=5: Cognito waits no longer.
    pub timeout_s: u32,
    /// `Active` or `PassThrough`; wanted only if it is declared.
    pub tracing: Option<String>,
    /// `JSON` or `Text`; wanted only if it is declared.
    pub log_format: Option<String>,
    /// Wanted only if it is declared.
    pub vpc: Option<Vpc>,
    /// ARNs of versions of layers, in their order; wanted only if they are declared.
    pub layers: Option<Vec<String>>,
    /// ARN of the key that encrypts the variables; wanted only if it is declared.
    pub kms_key_arn: Option<String>,
    /// Variables; values are treated as secrets.
    pub environment: BTreeMap<String, String>,
    /// Lambda's `CodeSha256`: the base64 of the zip's SHA-256.
    pub code_sha256: String,
}

impl Settings {
    /// The ids that the trigger is told; none at all where the variable is missing. An error is about the variable's text.
    pub fn ids(&self) -> Result<trigger::Ids, serde_json::Error> {
        let told = self.environment.get(trigger::IDS_VARIABLE);
        told.map_or_else(|| Ok(trigger::Ids::default()), |ids| trigger::Ids::from_json(ids))
    }

    /// These settings, seen, as far as the wanted ones say something: what is not declared is left alone.
    #[must_use]
    pub fn only(&self, wanted: &Self) -> Self {
        Self {
            tracing: wanted.tracing.as_ref().and(self.tracing.clone()),
            log_format: wanted.log_format.as_ref().and(self.log_format.clone()),
            vpc: wanted.vpc.as_ref().and(self.vpc.clone()),
            layers: wanted.layers.as_ref().and(self.layers.clone()),
            kms_key_arn: wanted.kms_key_arn.as_ref().and(self.kms_key_arn.clone()),
            ..self.clone()
        }
    }
}

/// The function as it stands, unpublished (`$LATEST`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Name.
    pub name: String,
    /// Everything a version would freeze.
    pub settings: Settings,
    /// How many invocations at a time are reserved for it; zero turns it off. Wanted only if it is declared.
    pub reserved_concurrency: Option<u32>,
    /// All its tags.
    pub tags: Tags,
}

/// The alias and the version behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The version that serves.
    pub version: String,
    /// What that version was frozen with.
    pub settings: Settings,
    /// The version that serves a share of the traffic while it is watched.
    pub canary: Option<Canary>,
}

/// A version that serves a share of the alias's traffic; Lambda allows one ("Lambda alias routing").
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canary {
    /// The version.
    pub version: String,
    /// Its share, in percent.
    pub percent: u8,
    /// What it was frozen with.
    pub settings: Settings,
}

/// Which versions serves of the alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Routing {
    /// The version that takes all of it, or what is left of it.
    pub version: String,
    /// Another version, and its share in percent.
    pub canary: Option<(String, u8)>,
}

impl Routing {
    /// Everything to one version.
    #[must_use]
    pub fn all_to(version: &str) -> Self {
        Self { version: version.to_owned(), canary: None }
    }

    /// The share of a version, in percent.
    #[must_use]
    pub fn share(&self, version: &str) -> u8 {
        match &self.canary {
            Some((canary, percent)) if canary == version => *percent,
            Some((_, percent)) if self.version == version => 100 - percent,
            None if self.version == version => 100,
            _ => 0,
        }
    }
}

impl Release {
    /// This release, seen, as far as the wanted settings say something.
    #[must_use]
    pub fn only(&self, wanted: &Settings) -> Self {
        let canary = self.canary.as_ref();
        let canary = canary.map(|it| Canary { settings: it.settings.only(wanted), ..it.clone() });
        Self { settings: self.settings.only(wanted), canary, ..self.clone() }
    }

    /// Where its traffic goes.
    #[must_use]
    pub fn routing(&self) -> Routing {
        let canary = self.canary.as_ref().map(|canary| (canary.version.clone(), canary.percent));
        Routing { version: self.version.clone(), canary }
    }
}

/// One statement of the alias's resource policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permission {
    /// Ours are made from a digest of the rest, so that a change is add, switch, remove.
    pub statement_id: String,
    /// `cognito-idp.amazonaws.com`.
    pub principal: String,
    /// `lambda:InvokeFunction`.
    pub action: String,
    /// The pool's ARN.
    pub source_arn: Option<String>,
    /// The account, so that no other account's pool may call.
    pub source_account: Option<String>,
}

impl Permission {
    /// Whether this statement is about a user pool: only such statements are managed.
    #[must_use]
    pub fn is_for_cognito(&self) -> bool {
        self.principal == "cognito-idp.amazonaws.com" || self.statement_id.starts_with("pretoken-")
    }
}

/// What stands in a pool's pre token generation slot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trigger {
    /// The function or alias that Cognito invokes.
    pub arn: String,
    /// `V1_0` (also when only the legacy field is set), `V2_0` or `V3_0`.
    pub version: String,
    /// Whether only the field of before event versions is set.
    pub legacy: bool,
}

/// The settings of a pool that a stack may own. What is not declared is preserved, never decided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pool {
    /// Not unique on AWS.
    pub name: String,
    /// `LITE`, `ESSENTIALS` or `PLUS`.
    pub tier: String,
    /// Whether AWS refuses to delete it.
    pub deletion_protection: bool,
    /// Under the names of AWS's API: what is declared, or everything that was seen.
    pub settings: DeclaredSettings,
    /// Its users' attributes: what is declared, or everything that was seen.
    pub attributes: Attributes,
    /// All its tags.
    pub tags: Tags,
}

/// What a write to a pool leaves as it is, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preserved {
    /// Settings that go back as they were.
    pub settings: Vec<String>,
    /// The same, of which this program knows nothing but the name.
    pub unknown: Vec<String>,
    /// What AWS describes but does not take back, as `path: value`.
    pub left_out: Vec<String>,
}

/// A pool as it was seen, with what stands in it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LivePool {
    /// For example `eu-west-1_AbCdEf123`.
    pub id: String,
    /// The settings that a stack may own.
    pub pool: Pool,
    /// The pre token generation slot.
    pub trigger: Option<Trigger>,
    /// Names of the other triggers that are set; preserved.
    pub other_triggers: Vec<String>,
    /// What a write to it carries unchanged.
    pub preserved: Preserved,
    /// Whether threat protection (`AdvancedSecurityMode`) is on, which some LITE pools may have.
    pub threat_protection: bool,
    /// What it asks of everybody who signs in.
    pub sign_in: SignInSettings,
    /// The domain, which keeps a pool from being deleted.
    pub domain: Option<String>,
    /// Clients by id.
    pub clients: BTreeMap<String, Client>,
    /// Resource servers by identifier.
    pub resource_servers: BTreeMap<String, ResourceServer>,
    /// Groups by name.
    pub groups: BTreeMap<String, Group>,
    /// Identity providers by name.
    pub identity_providers: BTreeMap<String, IdentityProvider>,
}

/// How machines use a client that allows `client_credentials`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MachineToMachine {
    /// Scopes of resource servers that it may ask for.
    pub scopes: BTreeSet<String>,
    /// The domain of its pool, where the token endpoint is.
    pub domain: Option<String>,
}

/// A resource server and its scopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceServer {
    /// The part of a scope before the slash.
    pub identifier: String,
    /// For people.
    pub name: String,
    /// Scope name to description.
    pub scopes: BTreeMap<String, String>,
}

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name is its id.
    pub name: String,
    /// For people.
    pub description: String,
    /// The lowest number comes first; wanted only if it is declared.
    pub precedence: Option<u32>,
    /// ARN of a role for identity pools; wanted only if it is declared.
    pub role_arn: Option<String>,
}

impl Group {
    /// This group, seen, as far as the wanted one says something: what is not declared is left alone.
    #[must_use]
    pub fn only(&self, wanted: &Self) -> Self {
        Self {
            precedence: wanted.precedence.and(self.precedence),
            role_arn: wanted.role_arn.as_ref().and(self.role_arn.clone()),
            ..self.clone()
        }
    }
}
