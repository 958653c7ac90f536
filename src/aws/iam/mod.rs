//! Roles, and what IAM says of a caller.

pub mod roles;
pub mod simulate;
