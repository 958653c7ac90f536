//! What only the emulator's owner is to know of its seeds: passwords that were made, and secrets of one-time codes. Kept
//! beside the emulator's key, and gone with it.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use serde::{Deserialize, Serialize};

use super::{LocalError, Running};

/// The secrets of one seed. It has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedSecrets {
    /// Its password.
    pub password: String,
    /// What makes its one-time codes (Base32), if it has any.
    pub totp: Option<String>,
}

/// Of all seeds of an emulator, by pool id and username.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Seeds(BTreeMap<String, BTreeMap<String, SeedSecrets>>);

impl Seeds {
    /// Those that are kept; none if nothing is.
    pub fn read(running: &Running) -> Result<Self, LocalError> {
        match fs::read(&running.seeds) {
            Ok(text) => Ok(serde_json::from_slice(&text).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(LocalError::io("read", &running.seeds)(error)),
        }
    }

    /// Keeps them.
    pub fn write(&self, running: &Running) -> Result<(), LocalError> {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(true).write(true).mode(0o600).open(&running.seeds);
        let written = file.and_then(|mut file| file.write_all(&text));
        written.map_err(LocalError::io("write", &running.seeds))
    }

    /// Of this seed.
    #[must_use]
    pub fn get(&self, pool_id: &str, username: &str) -> Option<&SeedSecrets> {
        self.0.get(pool_id)?.get(username)
    }

    /// Remembers those of a seed.
    pub fn set(&mut self, pool_id: &str, username: &str, secrets: SeedSecrets) {
        self.0.entry(pool_id.to_owned()).or_default().insert(username.to_owned(), secrets);
    }

    /// The names of the seeds of a pool.
    #[must_use]
    pub fn usernames(&self, pool_id: &str) -> Vec<String> {
        self.0.get(pool_id).into_iter().flatten().map(|(username, _)| username.clone()).collect()
    }

    /// Forgets a seed.
    pub fn remove(&mut self, pool_id: &str, username: &str) {
        if let Some(seeds) = self.0.get_mut(pool_id) {
            seeds.remove(username);
        }
    }
}
