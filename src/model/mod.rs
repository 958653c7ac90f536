//! What a stack is made of, as plain data: the floor that everything else stands on.
//!
//! Nothing here knows AWS's SDK, a file or the network, nor any other module of this program. What AWS invents (ids)
//! stands in [`Ids`], beside the resources, so that "nothing to do" is `==`.

mod api_stage;
mod app_client;
mod architecture;
mod attributes;
pub mod aws_api;
mod counted;
pub mod dates;
mod digest;
mod edits;
mod flow;
mod identity_provider;
mod ids;
mod invisible;
mod invocation;
mod log_writer;
mod names;
mod nearest;
mod region;
mod resources;
mod sign_in_settings;
pub mod stack;
pub mod tags;
mod target;
mod temporary_user;
mod toml_text;
mod user_rules;
mod verdict;
mod version;

pub use api_stage::ApiStage;
pub use app_client::{Client, ClientEdit, ID_LIFETIME, REFRESH_LIFETIME, validity};
pub use architecture::Architecture;
pub use attributes::{Attribute, Attributes, is_standard, standard_attributes, usual_kind};
pub(crate) use counted::counted;
pub use digest::{code_sha256, sha256};
pub use edits::{FunctionEdit, PoolEdit, RoleEdit};
pub use flow::{Flow, todays_names};
pub use identity_provider::{IdentityProvider, SECRET_DETAILS, SecretDetail};
pub use ids::{ClientKey, Ids};
pub(crate) use invisible::is_invisible;
pub use invocation::{ACTIVE, InvocationTarget, Obstacle, Seen, obstacle};
pub use log_writer::{LOGS_POLICY, log_writer};
pub(crate) use nearest::nearest;
pub use region::{KNOWN_REGIONS, REGION_PATTERN, help_for_region, is_region};
pub use resources::{
    Canary, DEFAULT_SCOPE, Function, Group, LivePool, LogGroup, MachineToMachine, Permission, Pool,
    Preserved, Release, ResourceServer, Role, Routing, STANDARD_SCOPES, Settings, Trigger, Vpc,
};
pub use sign_in_settings::SignInSettings;
pub use tags::Tags;
pub use target::{ALIAS, Target, dns_suffix, partition, pool_id_in, region_of_pool};
pub use temporary_user::{LEASE, TemporaryUser, VERIFICATION_PREFIX};
pub(crate) use toml_text::{toml_text, toml_value};
pub use user_rules::{Mfa, RequiredAttribute, SecondFactors, UserRules};
pub use verdict::Verdict;
pub use version::Version;
