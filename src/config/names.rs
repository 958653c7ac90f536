//! The words of `deploy.toml` as text, and the stack that it names.

use std::fmt;

use super::types::{Config, EventVersion, Tier, TriggerSource};
use crate::model::stack::StackName;

impl Config {
    /// The stack, in the environment that was chosen; its names are computed from it.
    #[must_use]
    pub fn stack(&self) -> StackName {
        StackName { name: self.name.clone(), env: self.env.clone() }
    }
}

impl fmt::Display for EventVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for TriggerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
