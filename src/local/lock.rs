//! Advisory file locks: they end with the process that holds them, however it ends.
//!
//! Two uses: one installation or start at a time, and telling whether the process that wrote a record still lives.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::time::Duration;

use super::LocalError;

const POLL: Duration = Duration::from_millis(50);

/// Waits for the lock of `path` (created when missing) and holds it until the file is dropped.
pub(super) async fn exclusive(path: &Path, waiting: impl Fn()) -> Result<File, LocalError> {
    let file = open(path).map_err(LocalError::io("open", path))?;
    let mut told = false;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {
                if !std::mem::replace(&mut told, true) {
                    waiting();
                }
                crate::system::clock::pause(POLL).await;
            }
            Err(TryLockError::Error(source)) => return Err(LocalError::io("lock", path)(source)),
        }
    }
}

/// Whether some process holds the lock of `path`.
pub(super) fn is_held(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    // Shared, so that two that ask at the same time do not take each other for the holder.
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}
