//! AWS in this program's own words: what can be read, what can be written, and how either can fail.
//!
//! `plan` and `status` take [`Read`] alone, so that the compiler checks that they change nothing. No type of the AWS
//! SDK appears here. Reads return "absent" as `None` or an empty list, never as an error.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;

use crate::model::aws_api::PoolSection;
use crate::model::tags::made::Memory;
use crate::model::tags::tagged::Tagged;
use crate::model::{
    ApiStage, Client, ClientEdit, Function, FunctionEdit, Group, LivePool, LogGroup, Permission,
    Pool, PoolEdit, Release, ResourceServer, Role, RoleEdit, Routing, Settings, Tags, Trigger,
    Version,
};

mod access;
mod denial;
mod error;
pub mod gate;
mod identity_providers;
mod logs;
mod sign_in;
mod values;
pub mod wait;

pub use access::{Access, AccessQuestion};
pub(crate) use denial::Denial;
pub use error::CloudError;
pub use gate::{InvocationTargets, Slot};
pub use identity_providers::WriteIdentityProviders;
pub use logs::{LogEvent, Logs};
pub use sign_in::{
    AppClient, Auth, Challenge, ClientCredentialsSignIn, ClientSecret, DeviceVerifier,
    ExistingUser, FindUsers, Knock, NewDevice, NewUser, Parameters, Refresh, Secret, Seeding,
    SignIn, Signed, SoftwareToken, Tokens, Users,
};
pub use values::{Parameter, ReadValues};

/// How many things are read or written side by side, of those that are as many as the user declares.
pub const AT_ONCE: usize = 8;

/// Does the same to each, a few side by side, and gives the results in the order of the items.
pub async fn each<T, R>(
    items: impl IntoIterator<Item = T>,
    work: impl AsyncFn(T) -> Result<R>,
) -> Result<Vec<R>> {
    stream::iter(items).map(|item| work(item)).buffered(AT_ONCE).try_collect().await
}

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

/// Which parts of a pool to read: each costs a call, and an adopted pool may have a thousand clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts<'a> {
    /// Its groups.
    pub groups: bool,
    /// Its identity providers; those that the stack remembers on the pool itself are always read.
    pub providers: bool,
    /// Settings that have calls of their own.
    pub sections: &'a [PoolSection],
    /// Which of its clients.
    pub clients: ClientsRead<'a>,
}

/// Which clients of a pool to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientsRead<'a> {
    /// None of them.
    #[default]
    None,
    /// All of them.
    All,
    /// Those whose name begins with the prefix, and those with these ids, whatever their name.
    Ours {
        /// The prefix.
        prefix: &'a str,
        /// The ids.
        ids: &'a [String],
    },
    /// Those with one of these names or ids.
    Called(&'a [String]),
}

impl Parts<'_> {
    /// Whether the identity providers of a pool with these tags are to be read.
    #[must_use]
    pub fn include_providers(&self, tags: &Tags) -> bool {
        self.providers || Memory::of_own(tags).knows_providers()
    }

    /// Whether this client is to be read.
    #[must_use]
    pub fn include(&self, id: &str, name: &str) -> bool {
        match self.clients {
            ClientsRead::None => false,
            ClientsRead::All => true,
            ClientsRead::Ours { prefix, ids } => {
                name.starts_with(prefix) || ids.iter().any(|wanted| wanted == id)
            }
            ClientsRead::Called(called) => called.iter().any(|one| one == id || one == name),
        }
    }
}

/// A client, and the attributes that its users may write of themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributeWriter {
    /// Its id.
    pub id: String,
    /// Its name, which is not unique.
    pub name: String,
    /// `WriteAttributes`; empty when they are AWS's default: all standard ones.
    pub write_attributes: Vec<String>,
}

/// What can be read.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Read: FindUsers + InvocationTargets {
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
    /// What a version froze.
    async fn version_settings(&self, function: &str, version: &str) -> Result<Option<Settings>>;
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
    /// Every client of a pool, whoever made it, and what its users may write of themselves.
    async fn writers(&self, pool_id: &str) -> Result<Vec<AttributeWriter>>;
    /// Whether the pool holds a user that no proof made.
    async fn has_users(&self, pool_id: &str) -> Result<bool>;
    /// A pool's description as AWS gives it, whole: members that nothing here knows included.
    async fn pool_description(&self, id: &str) -> Result<Value>;
    /// What an earlier description of a pool has in the slot.
    fn saved_trigger(&self, saved: &Value) -> Option<Trigger>;
    /// What of a pool is not as in an earlier description, a line each.
    async fn pool_differences(&self, id: &str, saved: &Value) -> Result<Vec<String>>;
    /// What a stage of API Gateway serves, as OpenAPI in JSON; nothing if there is none.
    async fn api_export(&self, stage: &ApiStage) -> Result<Option<Vec<u8>>>;
    /// Everything in this account and region that carries a tag of this key.
    async fn tagged(&self, key: &str) -> Result<Vec<Tagged>>;
}

/// Asking the function; it changes nothing, but it is no mere look either.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Invoke {
    /// Invokes a version (or alias) with an event and returns what it answered, an error of the function included.
    async fn invoke(&self, function: &str, qualifier: &str, event: &str) -> Result<Invocation>;
}

/// What can be written. Each method returns when its effect can be used by the next call.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Write: Read + Invoke + Users + WriteIdentityProviders {
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
    /// Changes the function while it is as it was `seen`, and waits until the change is in force.
    async fn update_function(
        &self,
        function: &Function,
        seen: &Settings,
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
    async fn route(&self, function: &str, from: Option<&Routing>, to: &Routing) -> Result<()>;
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
    /// Changes a pool's settings; everything else in it is preserved and compared afterwards.
    async fn edit_pool(&self, id: &str, edit: &PoolEdit) -> Result<()>;
    /// Sets or empties a pool's pre token generation slot, in the same way. Only what passed the gate can be put there.
    async fn write_slot(&self, slot: &Slot) -> Result<()>;
    /// Puts the settings of an earlier description back, in the same way, all but the slot, which is as the gate lets it be.
    async fn restore_pool(&self, saved: &Value, slot: &Slot) -> Result<()>;
    /// Deletes a pool with everything in it.
    async fn delete_pool(&self, id: &str) -> Result<()>;

    /// Gives a pool a domain of AWS's, by its prefix.
    async fn create_domain(&self, pool_id: &str, domain: &str) -> Result<()>;
    /// Takes a pool's domain away, and waits until it is gone.
    async fn delete_domain(&self, pool_id: &str, domain: &str) -> Result<()>;

    /// Creates a client and returns its id. Never retried: names are not unique.
    async fn create_client(&self, pool_id: &str, client: &Client) -> Result<String>;
    /// Changes a client; everything else in it is preserved and compared afterwards.
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
