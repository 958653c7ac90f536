//! Whether a promise is that a sign-in fails on purpose. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// That a rule refuses the sign-in, with any text or with this one; or, with `false`, that none does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RefusedPromise {
    /// Whether one does.
    Is(bool),
    /// With this text.
    Text(String),
}

impl RefusedPromise {
    /// Whether there is to be no token.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        *self != Self::Is(false)
    }

    /// Whether a refusal with this text is the one that is meant.
    #[must_use]
    pub fn is_met_by(&self, text: &str) -> bool {
        match self {
            Self::Is(refused) => *refused,
            Self::Text(wanted) => wanted == text,
        }
    }
}
