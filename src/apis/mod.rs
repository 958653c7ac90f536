//! The APIs that ask for scopes: what their documents say, and who may call what. Reads files, and calls nothing
//! but, in `knock`, the API itself.

mod callers;
mod documents;
mod findings;
mod knock;
mod openapi;
mod operation;
mod promises;
mod read;
mod schemes;
mod tree;
mod yaml;

pub use callers::callers;
pub use findings::findings;
pub use knock::{CallCheck, knock};
pub use operation::{Api, Operation, Requirement, Security};
pub use promises::{broken_by_operation, unknown_operations};
pub use read::{adopted_ids, read};
