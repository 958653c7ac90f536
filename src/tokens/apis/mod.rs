//! Who may call what: the operations that tokens open, what is odd between an API and the rules, and promises by operation.

mod callers;
mod findings;
mod promises;

pub use callers::callers;
pub use findings::findings;
pub(crate) use promises::called;
pub use promises::{broken_by_operation, unknown_operations};
