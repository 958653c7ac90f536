//! A fingerprint of an installation: cheap enough for every start, so it reads no contents.
//!
//! It finds what was left half made, upgraded by hand or cleaned away. Against other users the directory's owner and
//! mode stand, not this.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use ring::digest::{SHA256, digest};

/// Of every file below `root`, but one: path, size, mode, time of the last change, and where a link leads.
pub(super) fn of(root: &Path, but: &str) -> io::Result<String> {
    let mut lines = vec![];
    walk(root, root, &mut lines)?;
    lines.retain(|line| !line.starts_with(&format!("{but}\0")));
    lines.sort_unstable();
    let hash = digest(&SHA256, lines.concat().as_bytes());
    Ok(hash.as_ref().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

fn walk(root: &Path, directory: &Path, lines: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let found = fs::symlink_metadata(&path)?;
        if found.is_dir() {
            walk(root, &path, lines)?;
            continue;
        }
        let target = if found.is_symlink() { fs::read_link(&path)? } else { "".into() };
        lines.push(format!(
            "{}\0{}\0{:o}\0{}.{}\0{}\n",
            path.strip_prefix(root).unwrap_or(&path).display(),
            found.size(),
            found.mode(),
            found.mtime(),
            found.mtime_nsec(),
            target.display(),
        ));
    }
    Ok(())
}
