//! The log group and its events.

pub mod events;
pub mod groups;
