//! pretoken deploys a Cognito pre token generation trigger from `deploy.toml`, and proves it with a sign-in.
//!
//! This page is the table of contents, in the order of a run. ARCHITECTURE.md tells the story.

pub mod aws;
mod child;
pub mod cli;
pub mod cloud;
pub mod config;
pub mod export;
pub mod failure;
pub mod local;
pub mod model;
pub mod ops;
pub mod package;
pub mod permissions;
pub mod poll;
pub mod reconcile;
pub mod scaffold;
pub mod time;
pub mod tokens;
pub mod user;
pub mod verify;
pub mod wait;
