//! AWS in this program's own words: what can be read, what can be written, and how either can fail.
//!
//! `plan` and `status` take [`Read`] alone, so that the compiler checks that they change nothing. No type of the AWS
//! SDK appears here. Reads return "absent" as `None` or an empty list, never as an error.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::{
    Client, Function, Group, LivePool, LogGroup, Permission, Pool, Release, ResourceServer, Role,
    Route, Settings, Tags, Trigger,
};

mod error;

pub use error::CloudError;

/// The result of a call.
pub type Result<T> = std::result::Result<T, CloudError>;

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// `aws`, `aws-cn`, …
    pub partition: String,
    /// The caller's own ARN.
    pub arn: String,
}

/// A change to the settings of a pool that a stack owns, or to its pre token generation slot.
///
/// What is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PoolEdit {
    /// A new name.
    pub name: Option<String>,
    /// `ESSENTIALS` or `PLUS`.
    pub tier: Option<String>,
    /// Deletion protection on or off.
    pub deletion_protection: Option<bool>,
    /// Tags to set; others stay.
    pub tags: Option<Tags>,
    /// The slot: `Some(None)` empties it.
    pub trigger: Option<Option<Trigger>>,
}

/// A change to a client; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientEdit {
    /// `ALLOW_…` values.
    pub auth_flows: Option<Vec<String>>,
    /// Seconds.
    pub access_token_s: Option<u32>,
    /// The scopes of machines: `Some(None)` takes their flow away.
    pub machine: Option<Option<BTreeSet<String>>>,
}

/// A change to a role.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoleEdit {
    /// A new trust policy.
    pub trust: Option<Value>,
    /// Inline policies to set.
    pub put: Vec<(String, Value)>,
    /// Inline policies to remove.
    pub remove: Vec<String>,
    /// Managed policies to detach.
    pub detach: Vec<String>,
    /// Tags to set; others stay.
    pub tags: Option<Tags>,
}

/// What a function needs: any of code, settings, tags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FunctionEdit {
    /// Upload the package (its architecture goes with it).
    pub code: bool,
    /// Set memory, timeout, role, variables, runtime.
    pub settings: bool,
    /// Set our tags.
    pub tags: bool,
}

/// Which parts of a pool to read: each costs a call, and an adopted pool may have a thousand clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Its groups.
    pub groups: bool,
    /// Clients whose name begins so (empty: all of them), …
    pub client_prefix: &'a str,
    /// … and the clients with these ids, whatever their name.
    pub client_ids: &'a [String],
}

impl Parts<'_> {
    /// Whether this client is to be read.
    #[must_use]
    pub fn include(&self, id: &str, name: &str) -> bool {
        name.starts_with(self.client_prefix) || self.client_ids.iter().any(|wanted| wanted == id)
    }
}

/// What can be read.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Read {
    /// Who calls.
    async fn caller(&self) -> Result<Caller>;
    /// The log group of this very name.
    async fn log_group(&self, name: &str) -> Result<Option<LogGroup>>;
    /// The role, with all its policies.
    async fn role(&self, name: &str) -> Result<Option<Role>>;
    /// The function's `$LATEST`.
    async fn function(&self, name: &str) -> Result<Option<Function>>;
    /// The alias `live` and what its version froze.
    async fn release(&self, function: &str) -> Result<Option<Release>>;
    /// Its published versions, oldest first.
    async fn versions(&self, function: &str) -> Result<Vec<Version>>;
    /// What became of the invocations that the alias sent to this version since then (seconds since 1970).
    async fn health(&self, function: &str, version: &str, since: i64) -> Result<Health>;
    /// The bytes of `rules.json` in the package of a version, or of the version behind an alias.
    async fn deployed_rules(&self, function: &str, qualifier: &str) -> Result<Option<Vec<u8>>>;
    /// The statements of the alias's resource policy.
    async fn permissions(&self, function: &str) -> Result<Vec<Permission>>;
    /// Ids and names of the pools whose name starts with `prefix`.
    async fn pools_named(&self, prefix: &str) -> Result<Vec<(String, String)>>;
    /// A pool with its resource servers and those of its parts that are asked for.
    async fn pool(&self, id: &str, parts: Parts<'_>) -> Result<Option<LivePool>>;
    /// Whether the pool holds a user that verification did not leave behind.
    async fn has_users(&self, pool_id: &str) -> Result<bool>;
}

/// Asking the function; it changes nothing, but it is no mere look either.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Invoke {
    /// Invokes a version (or alias) with an event and returns what it answered, an error of the function included.
    async fn invoke(&self, function: &str, qualifier: &str, event: &str) -> Result<Invocation>;
}

/// What can be written. Each method returns when its effect can be used by the next call.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Write: Read + Invoke {
    /// Creates the group with its retention and tags.
    async fn create_log_group(&self, group: &LogGroup) -> Result<()>;
    /// Sets retention and our tags.
    async fn update_log_group(&self, group: &LogGroup) -> Result<()>;
    /// Deletes the group and its events.
    async fn delete_log_group(&self, name: &str) -> Result<()>;

    /// Creates the role with its inline policies and tags.
    async fn create_role(&self, role: &Role) -> Result<()>;
    /// Changes the role.
    async fn update_role(&self, name: &str, edit: &RoleEdit) -> Result<()>;
    /// Deletes the role and everything in it.
    async fn delete_role(&self, role: &Role) -> Result<()>;

    /// Creates the function, and waits until it can be invoked; waits for a young role too.
    async fn create_function(&self, function: &Function, zip: &[u8]) -> Result<()>;
    /// Changes the function, and waits until the change is in force.
    async fn update_function(
        &self,
        function: &Function,
        edit: FunctionEdit,
        zip: &[u8],
    ) -> Result<()>;
    /// Removes tags of the function.
    async fn untag_function(&self, name: &str, keys: &[String]) -> Result<()>;
    /// Deletes the function with all versions, aliases and permissions.
    async fn delete_function(&self, name: &str) -> Result<()>;

    /// Freezes `$LATEST`, which must hold just this, and returns the version once it can be invoked.
    async fn publish(&self, function: &str, settings: &Settings) -> Result<String>;
    /// Moves the alias, which must stand as it was seen; creates it if it was not there.
    async fn route(&self, function: &str, from: Option<&Route>, to: &Route) -> Result<()>;
    /// Sets tags of the function; others stay.
    async fn tag_function(&self, name: &str, tags: &Tags) -> Result<()>;

    /// Removes published versions but the newest `keep`, those that an alias names, and those to spare.
    async fn prune(&self, function: &str, keep: u32, spare: &[u64]) -> Result<()>;

    /// Adds a statement to the alias's policy.
    async fn grant(&self, function: &str, permission: &Permission) -> Result<()>;
    /// Removes a statement from the alias's policy.
    async fn revoke(&self, function: &str, statement_id: &str) -> Result<()>;

    /// Creates a pool and returns its id. Never retried: names are not unique.
    async fn create_pool(&self, pool: &Pool) -> Result<String>;
    /// The only way in which a pool is written: everything else in it is carried and compared afterwards.
    async fn edit_pool(&self, id: &str, edit: &PoolEdit) -> Result<()>;
    /// Deletes a pool with everything in it.
    async fn delete_pool(&self, id: &str) -> Result<()>;

    /// Gives a pool a domain of AWS's, by its prefix.
    async fn create_domain(&self, pool_id: &str, domain: &str) -> Result<()>;
    /// Takes a pool's domain away, and waits until it is gone.
    async fn delete_domain(&self, pool_id: &str, domain: &str) -> Result<()>;

    /// Creates a client and returns its id. Never retried: names are not unique.
    async fn create_client(&self, pool_id: &str, client: &Client) -> Result<String>;
    /// Changes a client; everything else in it is carried and compared afterwards.
    async fn edit_client(&self, pool_id: &str, id: &str, edit: &ClientEdit) -> Result<()>;
    /// Deletes a client.
    async fn delete_client(&self, pool_id: &str, id: &str) -> Result<()>;

    /// Creates a resource server.
    async fn create_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()>;
    /// Sets a resource server's name and all its scopes.
    async fn update_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()>;
    /// Deletes a resource server.
    async fn delete_resource_server(&self, pool_id: &str, identifier: &str) -> Result<()>;

    /// Creates a group.
    async fn create_group(&self, pool_id: &str, group: &Group) -> Result<()>;
    /// Sets a group's description.
    async fn update_group(&self, pool_id: &str, group: &Group) -> Result<()>;
    /// Deletes a group; its users stay.
    async fn delete_group(&self, pool_id: &str, name: &str) -> Result<()>;
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Lambda counts from 1 and never uses a number twice.
    pub number: u64,
    /// When it was published (RFC 3339).
    pub published: String,
    /// Lambda's `CodeSha256`.
    pub code_sha256: String,
}

/// What became of invocations. AWS shows them a minute or two late.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// All of them.
    pub invocations: u64,
    /// Those that failed: a sign-in each.
    pub errors: u64,
}

/// What an invocation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invocation {
    /// The function's answer.
    Answer(String),
    /// The function failed: Lambda's description of it.
    Fault(String),
}

/// How the name of every user that verification makes begins, so that one left behind is recognised.
///
/// In a pool that names its users by e-mail address or phone number, AWS invents the name: there the address
/// (`pretoken-verify-…@example.com`), or the attribute `name`, begins with it.
pub const VERIFICATION_PREFIX: &str = "pretoken-verify-";

/// A new user, as verification makes one. Its `Debug` hides the password.
#[derive(Clone)]
pub struct NewUser {
    /// Name to sign in with.
    pub username: String,
    /// Attributes at creation.
    pub attributes: Vec<(String, String)>,
    /// Groups to join.
    pub groups: Vec<String>,
    /// The permanent password.
    pub password: String,
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser")
            .field("username", &self.username)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

/// How to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// `InitiateAuth` with a password; needs no IAM.
    UserPassword,
    /// `AdminInitiateAuth` with a password.
    AdminUserPassword,
    /// `InitiateAuth` with a refresh token.
    RefreshToken,
}

/// A sign-in attempt.
pub struct SignIn<'a> {
    /// The flow.
    pub flow: Flow,
    /// Pool id.
    pub pool_id: &'a str,
    /// Client id.
    pub client_id: &'a str,
    /// User name (for a refresh: whoever the token belongs to).
    pub username: &'a str,
    /// Password, or the refresh token.
    pub secret: &'a str,
    /// `SECRET_HASH` key, for a client with a secret.
    pub client_secret: Option<&'a ClientSecret>,
}

/// A client's secret. It has no `Display`, and its `Debug` hides it.
#[derive(Clone)]
pub struct ClientSecret(pub String);

impl std::fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientSecret(hidden)")
    }
}

/// A machine that asks for a token of its own (client credentials).
pub struct MachineSignIn<'a> {
    /// The token endpoint.
    pub url: &'a str,
    /// Client id.
    pub client_id: &'a str,
    /// Its secret.
    pub client_secret: &'a ClientSecret,
    /// What it asks for.
    pub scopes: &'a BTreeSet<String>,
    /// What it sends along; the trigger sees it.
    pub client_metadata: &'a BTreeMap<String, String>,
}

/// The tokens of a sign-in.
#[derive(Clone)]
pub struct Tokens {
    /// Access token.
    pub access: String,
    /// ID token.
    pub id: String,
    /// Refresh token; a refresh may return none.
    pub refresh: Option<String>,
}

/// What a sign-in came to.
pub enum Signed {
    /// Tokens.
    In(Tokens),
    /// A challenge that this program does not answer, such as `SMS_MFA`.
    Challenge(String),
}

/// What a pool asks of a new user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserRules {
    /// Names of required attributes.
    pub required: Vec<String>,
    /// `email` or `phone_number` when users are named by one of them.
    pub username_attributes: Vec<String>,
    /// Shortest password that the pool accepts.
    pub password_length: usize,
}

/// Users and sign-ins: what a proof needs.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Auth {
    /// What the pool asks of a new user.
    async fn user_rules(&self, pool_id: &str) -> Result<UserRules>;
    /// Creates a user that can sign in at once, without sending a message; returns its `sub`.
    async fn create_user(&self, pool_id: &str, user: &NewUser) -> Result<Option<String>>;
    /// Deletes a user; an absent one is no error.
    async fn delete_user(&self, pool_id: &str, username: &str) -> Result<()>;
    /// Names of the users that an earlier verification left behind.
    async fn leftover_users(&self, pool_id: &str) -> Result<Vec<String>>;
    /// The client's secret, if it has one.
    async fn client_secret(&self, pool_id: &str, client_id: &str) -> Result<Option<ClientSecret>>;
    /// Signs in.
    async fn sign_in(&self, sign_in: &SignIn<'_>) -> Result<Signed>;
    /// Asks the token endpoint for an access token; a refusal is [`CloudError::Refused`] with OAuth's own code.
    async fn machine_token(&self, sign_in: &MachineSignIn<'_>) -> Result<String>;
    /// Reads a document over HTTP(S) with the same trust and proxies as every other call.
    async fn fetch(&self, url: &str) -> Result<String>;
}
