//! pretoken deploys a Cognito pre token generation trigger from `deploy.toml`, and proves it with a sign-in.
//!
//! `config` and `package` say what is wanted, `observe` looks, `plan` compares (pure), `apply` does what the plan says, and
//! `verify` signs in. See ARCHITECTURE.md.

pub mod actual;
pub mod apply;
pub mod aws;
pub mod cli;
pub mod cloud;
pub mod config;
pub mod desired;
pub mod expiry;
pub mod export;
pub mod former;
pub mod impact;
pub mod lint;
pub mod local;
pub mod marks;
pub mod model;
pub mod observe;
pub mod package;
pub mod permissions;
pub mod persona;
pub mod plan;
pub mod poll;
pub mod probe;
pub mod progress;

pub mod recall;
pub mod rollout;
pub mod simulate;
pub mod stacks;
pub mod verify;
