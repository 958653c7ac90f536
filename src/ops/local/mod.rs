//! The local pool: an emulator with the stack and its users, for whoever builds on it.

pub mod deploy;
pub mod exec;
pub mod seeds;
pub mod stage;
pub mod variables;
