//! What is known beside the rules.

use crate::model::ClientKey;

/// What is known beside the rules.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Every client of the stack: no other one has a key that a rule could name.
    pub clients: Vec<ClientKey>,
    /// Whether Cognito asks the trigger about machines, too (`V3_0`).
    pub machines: bool,
    /// Seconds since 1970: what is over does not come back.
    pub now: i64,
}
