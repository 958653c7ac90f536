//! What the APIs that `deploy.toml` names ask for, by their own OpenAPI documents.

mod documents;
mod operation;
mod operations;
mod read;
mod schemes;
mod served;
mod tree;
mod yaml;

pub(crate) use documents::PlacedProblem;
pub use operation::{Api, Operation, Requirement, Security};
pub(crate) use operation::{Door, Location, Scope};
pub(crate) use read::grouped;
pub use read::{adopted_ids, read};
pub use served::{Served, ServedApi};
