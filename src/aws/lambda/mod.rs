//! The function, its versions, alias and resource policy.

pub mod alias;
pub mod deployed_code;
pub mod function;
pub mod resource_policy;
pub mod settings;
pub mod update;
pub mod versions;
