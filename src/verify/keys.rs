//! The public keys of a pool, read once a proof.

use std::cell::{Cell, RefCell};

use super::firewall::Firewall;
use super::jwt::Keys;
use crate::cloud::{Auth, CloudError};

/// A pool and its keys, read when the first token is there.
pub(super) struct PoolKeys {
    pub(super) name: String,
    pub(super) id: String,
    /// What stands before it, as far as it was met.
    pub(super) firewall: Cell<Firewall>,
    keys: RefCell<Option<Keys>>,
}

impl PoolKeys {
    pub(super) fn new(name: String, id: &str) -> Self {
        Self { name, id: id.to_owned(), firewall: Cell::default(), keys: RefCell::default() }
    }

    pub(super) async fn keys(&self, cloud: &impl Auth, url: &str) -> Result<Keys, CloudError> {
        if let Some(keys) = &*self.keys.borrow() {
            return Ok(keys.clone());
        }
        let document = cloud.fetch(url).await?;
        let keys = Keys::parse(&document).map_err(|error| CloudError::Unreadable {
            operation: url.to_owned(),
            detail: error.to_string(),
        })?;
        self.keys.replace(Some(keys.clone()));
        Ok(keys)
    }
}
