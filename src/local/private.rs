//! Directories that nobody else can change: the emulator runs what lies in them, and keeps its key there.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::Path;

use super::LocalError;

const OWNERS_ALONE: u32 = 0o700;
const WRITABLE_BY_OTHERS: u32 = 0o022;
const WRITABLE_BY_ALL: u32 = 0o002;
/// In such a directory, as `/tmp` is one, nobody can rename what belongs to another.
const STICKY: u32 = 0o1000;

/// Makes the directory unless it is there, and sees to it that only its owner can enter it.
pub(super) fn directory(path: &Path) -> Result<(), LocalError> {
    let make = DirBuilder::new().recursive(true).mode(OWNERS_ALONE).create(path);
    make.map_err(LocalError::io("create", path))?;
    let path = fs::canonicalize(path).map_err(LocalError::io("read", path))?;
    check(&path)?;
    for parent in path.ancestors().skip(1) {
        check_parent(parent)?;
    }
    let close = fs::set_permissions(&path, Permissions::from_mode(OWNERS_ALONE));
    close.map_err(LocalError::io("close to others", path))
}

fn check(path: &Path) -> Result<(), LocalError> {
    let (owner, mode) = owner_and_mode(path).map_err(LocalError::io("read", path))?;
    match (owner == me(), mode & WRITABLE_BY_OTHERS) {
        (false, _) => Err(LocalError::NotOurs { path: path.to_owned(), owner }),
        (true, 0) => Ok(()),
        (true, _) => Err(LocalError::OpenToOthers { path: path.to_owned(), mode }),
    }
}

/// Whoever can write to a parent can put another directory in our place.
fn check_parent(path: &Path) -> Result<(), LocalError> {
    let (owner, mode) = owner_and_mode(path).map_err(LocalError::io("read", path))?;
    if owner != me() && owner != 0 {
        return Err(LocalError::NotOurs { path: path.to_owned(), owner });
    }
    if mode & WRITABLE_BY_ALL != 0 && mode & STICKY == 0 {
        return Err(LocalError::OpenToOthers { path: path.to_owned(), mode });
    }
    Ok(())
}

fn owner_and_mode(path: &Path) -> io::Result<(u32, u32)> {
    fs::metadata(path).map(|found| (found.uid(), found.mode() & 0o7777))
}

fn me() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        owner_and_mode(path).expect("it is there").1
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("its mode");
    }

    #[test]
    fn what_is_made_and_what_was_readable_is_the_owners_alone() {
        let home = tempfile::tempdir().expect("a directory");
        let (parent, path) = (home.path().join("state"), home.path().join("state/local"));
        directory(&path).expect("made");
        assert_eq!((mode(&parent), mode(&path)), (0o700, 0o700));
        chmod(&path, 0o755);
        directory(&path).expect("closed");
        assert_eq!(mode(&path), 0o700);
    }

    #[test]
    fn what_others_may_write_to_is_refused_with_help() {
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("state");
        directory(&path).expect("made");
        chmod(&path, 0o770);
        let error = directory(&path).expect_err("open to the group");
        assert!(matches!(error, LocalError::OpenToOthers { mode: 0o770, .. }), "{error}");
        assert!(error.hint().is_some_and(|hint| hint.contains("chmod go-w")));

        chmod(&path, 0o700);
        chmod(home.path(), 0o777);
        let error = directory(&path).expect_err("below what is open to all");
        assert!(matches!(error, LocalError::OpenToOthers { mode: 0o777, .. }), "{error}");
        chmod(home.path(), 0o1777);
        directory(&path).expect("sticky, as /tmp is");
    }

    #[test]
    fn a_directory_of_somebody_else_is_refused() {
        // Root may do anything, and the directories of root are somebody else's to everybody but root.
        let home = tempfile::tempdir().expect("a directory");
        let path = home.path().join("theirs");
        fs::create_dir(&path).expect("made");
        let theirs = if me() == 0 {
            std::os::unix::fs::chown(&path, Some(12345), None).expect("given away");
            path
        } else {
            "/usr".into()
        };
        let error = directory(&theirs).expect_err("not ours");
        assert!(matches!(error, LocalError::NotOurs { .. }), "{error}");
    }
}
