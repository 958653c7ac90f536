//! `deploy.toml`: what it may say, and everything that is wrong with one, with line, caret and the help.
//!
//! Decides what can be known offline, and nothing else: it reads one file, and knows no network and no AWS SDK.

mod apis;
mod attribute;
mod check;
mod checked;
mod client;
mod environment;
mod facts;
mod function;
mod group;
mod identity_provider;
mod limits;
mod lines;
mod load;
mod loaded;
mod names;
pub mod openapi;
mod overrides;
mod place;
mod problem;
mod promises;
mod published;
mod reference;
mod refused;
mod required_version;
mod resource_server;
mod schema;
mod secret;
mod seed;
mod selection;
mod settings;
mod shape;
mod source_text;
mod syntax;
mod types;
mod verify;

pub use apis::{ApiSettings, Call, METHODS, Needs, OperationRef, Statuses, refused_url};
pub use attribute::{AttributeKind, UserAttribute};
pub use client::{AuthFlow, Client};
pub use function::{LogFormat, Permission, Retention, Role, Tracing, Vpc};
pub use group::Group;
pub use identity_provider::{IdentityProvider, ProviderDetail, ProviderType};
pub use load::{
    ConfigError, environments, is_declared, load, load_every, load_promises, load_selected, parse,
    parse_selected,
};
pub use loaded::Loaded;
pub(crate) use place::Placed;
pub use problem::{Located, Problem, Problems, Severity, Span};
pub use promises::Promises;
pub use published::published as schema;
pub use reference::{FoundValue, Reference, Values};
pub use refused::RefusedPromise;
pub use resource_server::ResourceServer;
pub use seed::{Password, Seed, Variable};
pub use selection::Selection;
pub use settings::{ClientSettings, PoolSettings};
pub use source_text::SourceText;
pub use types::{Config, EventVersion, Expectation, Pool, Tier, Trigger, TriggerSource};
pub use verify::Verify;
