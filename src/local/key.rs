//! The key of one emulator: whoever knows it is the emulator's owner.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Random for each start, and kept in the record that only the owner can read.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// For `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// For `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter
            .debug_struct("Key")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}
