//! One step of a plan: what is done, to what, and how a person reads it. Data only; `apply` has one arm for each.

use serde_json::Value;

use crate::model::{
    Client, ClientEdit, ClientKey, Function, FunctionEdit, Group, IdentityProvider, LogGroup,
    Permission, Pool, PoolEdit, ResourceServer, Role, RoleEdit, Routing, Settings, Tags, Trigger,
};

use super::change::{Action, Change, Kind};
use super::fields;
use super::fields::FieldChange;

/// Every kind of step there is. Pools are named by their key in `deploy.toml`; ids come from [`crate::model::Ids`].
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants and their fields are the words of the model")]
pub enum Step {
    CreateLogGroup(LogGroup),
    UpdateLogGroup {
        group: LogGroup,
        fields: Vec<FieldChange>,
    },
    DeleteLogGroup {
        name: String,
    },

    CreateRole(Role),
    UpdateRole {
        name: String,
        edit: RoleEdit,
        fields: Vec<FieldChange>,
    },
    DeleteRole(Role),

    CreatePool {
        key: String,
        pool: Pool,
    },
    UpdatePool {
        key: String,
        name: String,
        edit: PoolEdit,
        fields: Vec<FieldChange>,
    },
    DeletePool {
        key: String,
        id: String,
        name: String,
    },

    CreateDomain {
        pool: String,
        domain: String,
    },
    DeleteDomain {
        pool: String,
        domain: String,
    },

    CreateResourceServer {
        pool: String,
        server: ResourceServer,
    },
    UpdateResourceServer {
        pool: String,
        server: ResourceServer,
        fields: Vec<FieldChange>,
    },
    DeleteResourceServer {
        pool: String,
        identifier: String,
    },

    CreateGroup {
        pool: String,
        group: Group,
    },
    UpdateGroup {
        pool: String,
        group: Group,
        fields: Vec<FieldChange>,
    },
    DeleteGroup {
        pool: String,
        name: String,
    },

    /// One that a proof of this stack left in an adopted pool.
    DeleteUser {
        pool: String,
        username: String,
        /// Where its name stands that says whose it is.
        shown: String,
    },

    CreateIdentityProvider {
        pool: String,
        provider: IdentityProvider,
    },
    UpdateIdentityProvider {
        pool: String,
        provider: IdentityProvider,
        fields: Vec<FieldChange>,
    },
    DeleteIdentityProvider {
        pool: String,
        name: String,
    },

    CreateClient {
        at: ClientKey,
        client: Client,
    },
    UpdateClient {
        at: ClientKey,
        id: String,
        edit: ClientEdit,
        fields: Vec<FieldChange>,
    },
    DeleteClient {
        pool: String,
        id: String,
        name: String,
    },

    /// The variable with the ids is added when they are known.
    CreateFunction(Function),
    /// While `$LATEST` is as it was seen.
    UpdateFunction {
        function: Function,
        seen: Box<Settings>,
        edit: FunctionEdit,
        fields: Vec<FieldChange>,
    },
    DeleteFunction {
        name: String,
    },

    /// Publish `$LATEST`, try the new version, and let it serve everything, or a share of it.
    Release {
        function: String,
        /// Where the traffic went when it was looked at; nowhere before the first release.
        from: Option<Routing>,
        /// The share of the new version, in percent; without it everything.
        canary: Option<u8>,
        fields: Vec<FieldChange>,
    },

    Grant {
        function: String,
        pool: String,
    },
    /// `in_the_way`: it has the id of a statement that is about to be added.
    Revoke {
        function: String,
        permission: Permission,
        in_the_way: bool,
    },

    SetTrigger {
        pool: String,
        trigger: Trigger,
        /// The slot of an adopted pool is taken from their function.
        adopts: bool,
        fields: Vec<FieldChange>,
    },
    /// `previous`: what stood there before it was taken over comes back; `withheld` says why it does not.
    ClearTrigger {
        pool: String,
        held: Trigger,
        previous: Option<Trigger>,
        withheld: Option<String>,
    },
    /// What was made in a pool of the stack and is gone is no longer remembered.
    ForgetOnPool {
        key: String,
        tags: Tags,
        fields: Vec<FieldChange>,
    },
    /// The same of adopted pools.
    ForgetOnLogGroup {
        group: LogGroup,
        fields: Vec<FieldChange>,
    },
    /// Tags of our function about slots that were given back.
    Forget {
        function: String,
        tags: Vec<String>,
        fields: Vec<FieldChange>,
    },
}

impl Step {
    /// What this step changes, for people and for JSON.
    #[must_use]
    pub fn change(&self) -> Change {
        use Action::{Create, Delete, Detach, TakeOver, Update};
        let change = |resource, name: &str, action, fields: &[FieldChange]| Change {
            resource,
            name: name.to_owned(),
            action,
            fields: fields.to_vec(),
            withheld: None,
        };
        let inside = |pool: &str, name: &str| format!("{pool}/{name}");
        match self {
            Self::CreateLogGroup(group) => change(
                Kind::LogGroup,
                &group.name,
                Create,
                &fields::created(&fields::log_group(group)),
            ),
            Self::UpdateLogGroup { group, fields } | Self::ForgetOnLogGroup { group, fields } => {
                change(Kind::LogGroup, &group.name, Update, fields)
            }
            Self::DeleteLogGroup { name } => change(Kind::LogGroup, name, Delete, &[]),
            Self::CreateRole(role) => {
                change(Kind::Role, &role.name, Create, &fields::created(&fields::role(role)))
            }
            Self::UpdateRole { name, fields, .. } => change(Kind::Role, name, Update, fields),
            Self::DeleteRole(role) => change(Kind::Role, &role.name, Delete, &[]),
            Self::CreatePool { key, pool } => {
                change(Kind::Pool, key, Create, &fields::created(&fields::pool(pool)))
            }
            Self::UpdatePool { key, fields, .. } | Self::ForgetOnPool { key, fields, .. } => {
                change(Kind::Pool, key, Update, fields)
            }
            Self::DeletePool { key, id, .. } => change(
                Kind::Pool,
                key,
                Delete,
                &[FieldChange::removed("id", Value::from(id.as_str()))],
            ),
            Self::CreateDomain { pool, domain } => {
                change(Kind::Domain, &inside(pool, domain), Create, &[])
            }
            Self::DeleteDomain { pool, domain } => {
                change(Kind::Domain, &inside(pool, domain), Delete, &[])
            }
            Self::CreateResourceServer { pool, server } => {
                let fields = fields::created(&fields::resource_server(server));
                change(Kind::ResourceServer, &inside(pool, &server.identifier), Create, &fields)
            }
            Self::UpdateResourceServer { pool, server, fields } => {
                change(Kind::ResourceServer, &inside(pool, &server.identifier), Update, fields)
            }
            Self::DeleteResourceServer { pool, identifier } => {
                change(Kind::ResourceServer, &inside(pool, identifier), Delete, &[])
            }
            Self::CreateGroup { pool, group } => {
                let fields = fields::created(&fields::group(group));
                change(Kind::Group, &inside(pool, &group.name), Create, &fields)
            }
            Self::UpdateGroup { pool, group, fields } => {
                change(Kind::Group, &inside(pool, &group.name), Update, fields)
            }
            Self::DeleteGroup { pool, name } => {
                change(Kind::Group, &inside(pool, name), Delete, &[])
            }
            Self::CreateIdentityProvider { pool, provider } => {
                let fields = fields::created(&fields::identity_provider(provider));
                change(Kind::IdentityProvider, &inside(pool, &provider.name), Create, &fields)
            }
            Self::UpdateIdentityProvider { pool, provider, fields } => {
                change(Kind::IdentityProvider, &inside(pool, &provider.name), Update, fields)
            }
            Self::DeleteIdentityProvider { pool, name } => {
                change(Kind::IdentityProvider, &inside(pool, name), Delete, &[])
            }
            Self::CreateClient { at, client } => change(
                Kind::Client,
                &at.to_string(),
                Create,
                &fields::created(&fields::client(client)),
            ),
            Self::UpdateClient { at, fields, .. } => {
                change(Kind::Client, &at.to_string(), Update, fields)
            }
            Self::DeleteClient { pool, name, .. } => {
                change(Kind::Client, &inside(pool, name), Delete, &[])
            }
            Self::DeleteUser { pool, shown, .. } => {
                change(Kind::User, &inside(pool, shown), Delete, &[])
            }
            Self::CreateFunction(function) => change(
                Kind::Function,
                &function.name,
                Create,
                &fields::created(&fields::function(function)),
            ),
            Self::UpdateFunction { function, fields, .. } => {
                change(Kind::Function, &function.name, Update, fields)
            }
            Self::DeleteFunction { name } => change(Kind::Function, name, Delete, &[]),
            Self::Release { function, from, fields, .. } => {
                let name = format!("{function}:{}", crate::model::ALIAS);
                let action = if from.is_none() { Create } else { Update };
                change(Kind::Release, &name, action, fields)
            }
            Self::Grant { pool, .. } => change(Kind::Permission, pool, Create, &[]),
            Self::Revoke { permission, .. } => {
                let fields = fields::removed(&fields::permission(permission));
                change(Kind::Permission, &permission.statement_id, Delete, &fields)
            }
            Self::SetTrigger { pool, adopts, fields, .. } => {
                let empty = fields.iter().all(|field| field.before.is_null());
                let action = if *adopts { TakeOver } else { [Update, Create][usize::from(empty)] };
                change(Kind::Trigger, pool, action, fields)
            }
            Self::ClearTrigger { pool, held, previous, withheld } => {
                let after = previous.as_ref().map(fields::trigger).unwrap_or_default();
                let fields = fields::diff(&fields::trigger(held), &after);
                let change = change(Kind::Trigger, pool, Detach, &fields);
                Change { withheld: withheld.clone(), ..change }
            }
            Self::Forget { function, fields, .. } => {
                change(Kind::Function, function, Update, fields)
            }
        }
    }

    /// The pool whose own settings this step writes, triggers included: its key, or its id if it is not declared.
    #[must_use]
    pub fn writes_pool(&self) -> Option<&str> {
        match self {
            Self::UpdatePool { key, .. } | Self::ForgetOnPool { key, .. } => Some(key),
            Self::SetTrigger { pool, .. } | Self::ClearTrigger { pool, .. } => Some(pool),
            _ => None,
        }
    }

    /// Whether the steps of later stages are unsafe or senseless when this one failed.
    ///
    /// Removing goes on with what else can be removed, but never past a trigger that still names our function, nor past a user
    /// in an adopted pool: once the permission is gone, nobody knows that pool any more.
    #[must_use]
    pub fn is_needed_by_later_stages(&self) -> bool {
        !matches!(
            self,
            Self::Revoke { in_the_way: false, .. }
                | Self::Forget { .. }
                | Self::ForgetOnPool { .. }
                | Self::ForgetOnLogGroup { .. }
                | Self::DeleteDomain { .. }
                | Self::DeleteClient { .. }
                | Self::DeleteResourceServer { .. }
                | Self::DeleteGroup { .. }
                | Self::DeleteIdentityProvider { .. }
                | Self::DeletePool { .. }
                | Self::DeleteFunction { .. }
                | Self::DeleteRole(_)
                | Self::DeleteLogGroup { .. }
        )
    }

    /// Whether it forgets what earlier steps of the same plan remove: the log group remembers what is in adopted pools.
    #[must_use]
    pub fn forgets(&self) -> bool {
        matches!(
            self,
            Self::ForgetOnPool { .. } | Self::ForgetOnLogGroup { .. } | Self::DeleteLogGroup { .. }
        )
    }

    /// When this step runs: all steps of one stage run side by side, and a stage starts when the one before is done.
    ///
    /// Coming: what the function needs, then what is in the pools (the function is told their ids), the function, its
    /// release, who may invoke it, and the triggers last of all, since from then on every sign-in runs our code.
    /// Going: the triggers first, the log group last, since a late invocation writes to it.
    #[must_use]
    pub fn stage(&self) -> u8 {
        match self {
            // Its name is unique, and it comes alone: of two first runs one stops here, before there is a second pool.
            Self::ClearTrigger { .. } | Self::CreateLogGroup(_) => 0,
            Self::UpdateLogGroup { .. }
            | Self::CreateRole(_)
            | Self::UpdateRole { .. }
            | Self::CreatePool { .. }
            | Self::UpdatePool { .. } => 1,
            // What a client names in its pool, scopes and identity providers, has to exist.
            Self::CreateClient { client, .. } if client.comes_later() => 3,
            Self::UpdateClient { edit, .. } if edit.comes_later() => 3,
            Self::CreateDomain { .. }
            | Self::CreateResourceServer { .. }
            | Self::UpdateResourceServer { .. }
            | Self::CreateGroup { .. }
            | Self::UpdateGroup { .. }
            | Self::CreateIdentityProvider { .. }
            | Self::UpdateIdentityProvider { .. }
            | Self::CreateClient { .. }
            | Self::UpdateClient { .. } => 2,
            Self::CreateFunction(_) | Self::UpdateFunction { .. } => 4,
            Self::Release { .. } => 5,
            Self::Revoke { in_the_way: true, .. } => 6,
            Self::Grant { .. } => 7,
            Self::SetTrigger { .. } | Self::DeleteUser { .. } => 8,
            Self::Revoke { in_the_way: false, .. }
            | Self::DeleteDomain { .. }
            | Self::DeleteClient { .. }
            | Self::DeleteResourceServer { .. }
            | Self::DeleteGroup { .. }
            | Self::Forget { .. } => 9,
            // A client that goes may still name it.
            Self::DeleteIdentityProvider { .. } => 10,
            Self::DeletePool { .. }
            | Self::DeleteFunction { .. }
            | Self::ForgetOnPool { .. }
            | Self::ForgetOnLogGroup { .. } => 11,
            Self::DeleteRole(_) => 12,
            Self::DeleteLogGroup { .. } => 13,
        }
    }
}
