//! A step as its readers see it: which resource, what is done, which of its fields change.

use schemars::JsonSchema;
use serde::Serialize;

use super::fields::FieldChange;

/// What kind of resource a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are the words of the JSON documents")]
pub enum Kind {
    Pool,
    Domain,
    ResourceServer,
    Client,
    Group,
    IdentityProvider,
    User,
    LogGroup,
    Role,
    Function,
    Release,
    Permission,
    Trigger,
}

impl Kind {
    /// As in the JSON documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pool => "pool",
            Self::Domain => "domain",
            Self::ResourceServer => "resource-server",
            Self::Client => "client",
            Self::Group => "group",
            Self::IdentityProvider => "identity-provider",
            Self::User => "user",
            Self::LogGroup => "log-group",
            Self::Role => "role",
            Self::Function => "function",
            Self::Release => "release",
            Self::Permission => "permission",
            Self::Trigger => "trigger",
        }
    }
}

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the variants are the words of the JSON documents")]
pub enum Action {
    Create,
    Update,
    Delete,
    TakeOver,
    Detach,
}

impl Action {
    /// As in the JSON documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::TakeOver => "take-over",
            Self::Detach => "detach",
        }
    }
}

/// A step as its readers see it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Change {
    /// The kind of resource.
    pub resource: Kind,
    /// Its name, or the key of its pool.
    pub name: String,
    /// What is done.
    pub action: Action,
    /// Which of its fields change.
    pub fields: Vec<FieldChange>,
    /// What should have come back, and why it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub withheld: Option<String>,
}
