//! All that the tool remembers on AWS.

pub mod previous_trigger;
pub mod verified_versions;
