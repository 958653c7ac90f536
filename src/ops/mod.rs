//! What a command does, over the seam and for a [`User`](crate::user::User): no flags, no terminal, no SDK type.
//!
//! An operation takes plain [`options`], what is known (the configuration and its rules) and what was reached (a
//! [`Connection`](connection::Connection)), and returns a plain result, which the command prints.

pub mod any_pool;
pub mod apis;
pub mod backup;
pub mod build;
pub mod canary;
pub mod connection;
pub mod consent;
pub mod describe;
pub mod destroy;
pub mod discover;
pub mod doctor;
pub mod explore;
pub mod export;
pub mod fleet;
pub mod ledger;
pub mod left_users;
pub mod live;
pub mod local;
pub mod logs;
pub mod options;
pub mod outputs;
pub mod plan;
pub mod planned;
pub mod pool_settings;
pub mod preflight;
pub mod promote;
pub mod prospects;
mod provider_secrets;
pub mod remembered;
pub mod resolve;
pub mod rollback;
pub mod rollout;
pub mod saved_plan;
pub mod simulate;
pub mod status;
pub mod sweep;
pub mod token;
pub mod token_impact;
pub mod up;
pub mod user_controlled;
pub mod verify;
pub mod watch;
