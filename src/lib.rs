//! pretoken deploys a Cognito pre token generation trigger from `deploy.toml`, and proves it with a sign-in.
//!
//! This page is the table of contents, in the order of a run. ARCHITECTURE.md tells the story.

// The face, and the operations behind it.
pub mod cli;
pub mod ops;

// What is wanted.
pub mod config;
pub mod package;

// What the rules do to tokens, offline; and the proof, by signing in.
pub mod tokens;
pub mod verify;

// From what is wanted and what was seen to what has to be done, and doing it.
pub mod reconcile;

// What a run found out, for its readers.
pub mod report;

// The same stack in other words.
pub mod export;
pub mod permissions;
pub mod scaffold;

// AWS: what there is, the seam, the adapter; and an emulator of it.
pub mod aws;
pub mod cloud;
pub mod local;
pub mod model;

// What all of them share.
pub mod codes;
pub mod failure;
pub mod system;
pub mod user;
