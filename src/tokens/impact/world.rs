//! What distinguishes subjects beside the rules.

use crate::model::ClientKey;

/// What distinguishes subjects beside the rules: the clients that exist, and the time.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Every client that can sign in; empty is any.
    pub clients: Vec<ClientKey>,
    /// Seconds since 1970; what only concerned the past is left out.
    pub now: i64,
}
