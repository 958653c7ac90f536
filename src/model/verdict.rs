//! What a check of a proof came to: one of three, since what could not be asked is no wrong answer.

use schemars::JsonSchema;
use serde::Serialize;

/// What a check came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Tokens came, and they are right.
    Ok,
    /// The tokens are wrong, or the trigger kept them from coming.
    Failed,
    /// Nobody could tell: others refused, or asked for what no program can answer.
    NotProven,
}

impl Verdict {
    /// As people read it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "FAILED",
            Self::NotProven => "not proven",
        }
    }
}
