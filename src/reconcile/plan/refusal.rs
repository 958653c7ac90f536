//! What a plan refuses to do. All refusals are found at once, before any effect.

use super::change::Kind;
use super::strangers;
use crate::codes::Code;
use crate::model::Obstacle;

/// A reason not to go on, and the help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A resource of our name without our tag.
    #[error("the {} `{name}` exists and does not belong to this stack", kind.word())]
    NotOurs {
        /// Its kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// The stack that its tags name, if any.
        owner: Option<String>,
        /// The tag that would make it ours.
        tag: String,
    },
    /// Pools of our name, none with our tag.
    #[error("a pool named `{name}` exists and does not belong to this stack: {}", ids.join(", "))]
    PoolOfOurName {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<String>,
        /// The tag that would make one ours.
        tag: String,
    },
    /// More than one pool with our name and tag.
    #[error("{} pools are named `{name}` and carry this stack's tag: {}", ids.len(), ids.join(", "))]
    SeveralPools {
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// A pool that `deploy.toml` names by id does not exist.
    #[error("pools.{key}: there is no pool `{id}` in this account and region")]
    NoSuchPool {
        /// Its key.
        key: String,
        /// The id.
        id: String,
    },
    /// A setting that AWS decides when the pool is made is not as declared.
    #[error(
        "pools.{key}.{path} is {before}, is to be {after}, and cannot change once the pool is made"
    )]
    Fixed {
        /// Key of the pool.
        key: String,
        /// The setting.
        path: String,
        /// What it is.
        before: String,
        /// What is declared.
        after: String,
    },
    /// A client that `deploy.toml` names by id does not exist.
    #[error("pools.{pool}.clients.{key}: there is no client `{id}` in this pool")]
    NoSuchClient {
        /// Key of the pool.
        pool: String,
        /// Key of the client.
        key: String,
        /// The id.
        id: String,
    },
    /// A client of our name that this stack did not make.
    #[error("the client `{name}` ({id}) exists, and this stack did not make it")]
    UnmanagedClient {
        /// `pool/client`.
        at: String,
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// More than one client of our name.
    #[error("{} clients of the pool `{pool}` are named `{name}`: {}", ids.len(), ids.join(", "))]
    SeveralClients {
        /// Key of the pool.
        pool: String,
        /// The name.
        name: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// A client's secret is decided when it is created.
    #[error("the client `{at}` has {} secret, and that cannot be changed", if *.has { "a" } else { "no" })]
    ClientSecret {
        /// `pool/client`.
        at: String,
        /// Whether the live client has one.
        has: bool,
    },
    /// Another function is in the slot of a pool that others own.
    #[error("the pool `{id}` already has a pre token generation trigger: {arn} ({version})")]
    SlotTaken {
        /// The pool.
        id: String,
        /// What is there.
        arn: String,
        /// Its event version.
        version: String,
    },
    /// The feature plan of a pool that others own does not carry this event version.
    #[error("the pool `{id}` is on the LITE plan, which has no {version} triggers")]
    LitePool {
        /// The pool.
        id: String,
        /// The event version.
        version: String,
    },
    /// A resource server that this stack did not make lacks declared scopes.
    #[error("the resource server `{identifier}` of the pool `{pool}` is not this stack's, and has no {}", missing.join(", "))]
    UnmanagedServer {
        /// Key of the pool.
        pool: String,
        /// Its identifier.
        identifier: String,
        /// The scopes that it lacks.
        missing: Vec<String>,
    },
    /// An identity provider of a declared name that this stack did not make.
    #[error(
        "the identity provider `{name}` of the pool `{pool}` exists, and this stack did not make it"
    )]
    UnmanagedIdentityProvider {
        /// Key of the pool.
        pool: String,
        /// Its name.
        name: String,
    },
    /// AWS changes no type.
    #[error(
        "the identity provider `{name}` of the pool `{pool}` is of type {has}, and deploy.toml wants {wanted}: its type never changes"
    )]
    IdentityProviderType {
        /// Key of the pool.
        pool: String,
        /// Its name.
        name: String,
        /// What it is.
        has: String,
        /// What is declared.
        wanted: String,
    },
    /// What a slot is to hold cannot be invoked, or nobody can tell.
    #[error("the slot of the pool `{id}` cannot be written: {obstacle}")]
    Unusable {
        /// The pool.
        id: String,
        /// What is in the way.
        obstacle: Obstacle,
    },
    /// A pool that this stack does not know may name its function.
    #[error(
        "the statement `{statement}` lets {whom} invoke {function}: a pool that this stack does not know may need it to sign in"
    )]
    Relied {
        /// The function.
        function: String,
        /// The statement's id.
        statement: String,
        /// Whom it lets in.
        whom: String,
    },
    /// Deleting a pool needs its id when it is protected or holds users.
    #[error("the pool `{name}` ({id}) {reason}")]
    PoolNeedsConfirmation {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
        /// `is protected from deletion`, `holds users`.
        reason: String,
    },
    /// A pool has one domain with AWS, and this one is not ours to remove.
    #[error("the pool `{id}` has the domain `{domain}` already, and deploy.toml wants `{wanted}`")]
    OtherDomain {
        /// The pool.
        id: String,
        /// Its domain.
        domain: String,
        /// What `deploy.toml` makes of `domain`.
        wanted: String,
    },
    /// A domain keeps a pool from being deleted, and it is not ours to remove.
    #[error("the pool `{id}` has the domain `{domain}`, and AWS deletes no pool with a domain")]
    PoolHasDomain {
        /// The pool.
        id: String,
        /// Its domain.
        domain: String,
    },
}

impl Refusal {
    /// What kind of thing is refused.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NotOurs { .. }
            | Self::PoolOfOurName { .. }
            | Self::UnmanagedClient { .. }
            | Self::UnmanagedServer { .. }
            | Self::UnmanagedIdentityProvider { .. } => Code::NotOurs,
            Self::SeveralPools { .. } | Self::SeveralClients { .. } => Code::SeveralOfOurName,
            Self::NoSuchPool { .. } | Self::NoSuchClient { .. } => Code::NoSuchId,
            Self::Fixed { .. } | Self::ClientSecret { .. } | Self::IdentityProviderType { .. } => {
                Code::FixedSetting
            }
            Self::SlotTaken { .. } => Code::SlotTaken,
            Self::LitePool { .. } => Code::LitePool,
            Self::Unusable { .. } => Code::SlotUnusable,
            Self::Relied { .. } => Code::PermissionReliedOn,
            Self::PoolNeedsConfirmation { .. } => Code::PoolNeedsConfirmation,
            Self::OtherDomain { .. } | Self::PoolHasDomain { .. } => Code::DomainInTheWay,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotOurs { kind, name, owner: Some(owner), .. } => {
                format!("the {} `{name}` belongs to the stack `{owner}`; choose another `name` in deploy.toml", kind.word())
            }
            Self::NotOurs { kind, owner: None, tag, .. } => format!(
                "choose another `name` in deploy.toml; or, if the {} is a leftover of this stack, tag it {tag}",
                kind.word()
            ),
            Self::PoolOfOurName { tag, .. } => format!(
                "to attach to it, set `id` in deploy.toml; if it is this stack's, tag it {tag}; or choose another `name`"
            ),
            Self::SeveralPools { .. } => {
                "names of pools are not unique; keep one, and remove the tag `pretoken:stack` from the others, or delete them".to_owned()
            }
            Self::NoSuchPool { .. } => "check the id, --region and --profile".to_owned(),
            Self::Fixed { key, path, before, .. } if path.starts_with("attributes.") => format!(
                "declare the attribute under another name; or leave it as the pool has it ({before}); or declare the pool under another key than `{key}`: a new pool, without the users of this one"
            ),
            Self::Fixed { key, before, .. } => format!(
                "leave it as it is ({before}); or declare the pool under another key than `{key}`: a new pool, without the users of this one"
            ),
            Self::NoSuchClient { .. } => "check the id; a client without `id` is created by pretoken".to_owned(),
            Self::UnmanagedIdentityProvider { name, .. } => format!(
                "take it out of deploy.toml and it stays as it is; or delete it, if nobody signs in by it, and `{name}` is made anew"
            ),
            Self::IdentityProviderType { has, .. } => format!(
                "leave it as it is (`type = \"{has}\"`), or declare the provider under another name"
            ),
            Self::UnmanagedClient { at, id, .. } => format!(
                "to use it as it is, say `id = \"{id}\"` for the client {at} (in a pool that is adopted); or declare the client under another key"
            ),
            Self::SeveralClients { .. } => "delete those that no application uses, and run again".to_owned(),
            Self::ClientSecret { has, .. } => format!(
                "set `generate_secret = {has}`, or declare the client under another key: it gets a new id then"
            ),
            Self::SlotTaken { .. } => {
                "a pool has one such trigger; --take-over replaces it, remembers it, and lets `destroy` give it back".to_owned()
            }
            Self::LitePool { .. } => {
                "only ESSENTIALS and PLUS let a trigger change access tokens; --change-tier moves the pool to ESSENTIALS, which bills every monthly active user at a higher price than LITE".to_owned()
            }
            Self::UnmanagedServer { .. } => {
                "add them where it is managed, or leave them out: a trigger may add scopes that no resource server has".to_owned()
            }
            Self::Unusable { obstacle, .. } => obstacle.help(),
            Self::Relied { function, statement, .. } => format!(
                "take the function out of that pool's slot, and then the statement: `{}`",
                strangers::removal(function, statement)
            ),
            Self::PoolNeedsConfirmation { id, .. } => format!("to delete it with its users, add --confirm {id}"),
            Self::OtherDomain { .. } => {
                "remove that domain first, if nobody uses its addresses; or leave `domain` out, and it stays".to_owned()
            }
            Self::PoolHasDomain { .. } => "remove the domain first, then run again".to_owned(),
        }
    }
}
