//! What a command does.

pub mod backup;
pub mod canary;
pub mod destroy;
pub mod discover;
pub mod outputs;
pub mod preflight;
pub mod rollout;
pub mod saved_plan;
pub mod session;
pub mod token_impact;
