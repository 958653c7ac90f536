//! Where a package comes from: the revision of its sources, and the programs that built it.
//!
//! It asks git, rustc and cargo. It must not decide what an answer means for a deployment.

use std::path::Path;
use std::process::Stdio;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PackageError;
use super::toolchain::Toolchain;

/// The sources' place in their history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Revision {
    /// The commit, in full.
    pub revision: String,
    /// Whether a file of that commit was changed and not committed, as `git describe --dirty` sees it: files that git does not
    /// know do not count.
    pub dirty: bool,
}

/// The programs that built a package, in their own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Programs {
    /// Such as `rustc 1.95.0 (59807616e 2026-04-14)`.
    pub rustc: String,
    /// Such as `cargo 1.95.0 (f2d3ce0bd 2026-03-21)`.
    pub cargo: String,
}

/// The revision of the crate in this directory; none without git, or if the crate is in no repository.
pub(super) async fn source(directory: &Path) -> Option<Revision> {
    // Within a repository, but not of it: a directory that it ignores.
    git(directory, &["ls-files", "--error-unmatch", "Cargo.toml"]).await?;
    let revision = git(directory, &["rev-parse", "--verify", "HEAD"]).await?;
    let changes = git(directory, &["status", "--porcelain", "--untracked-files=no", ":/"]).await?;
    Some(Revision { revision, dirty: !changes.is_empty() })
}

/// What git prints; none if it fails or is not there.
async fn git(directory: &Path, arguments: &[&str]) -> Option<String> {
    let mut command = crate::system::child::command("git");
    command.current_dir(directory).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
    let output = command.env("GIT_OPTIONAL_LOCKS", "0").output().await.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What cargo and rustc call themselves.
pub(super) async fn programs(toolchain: &Toolchain) -> Result<Programs, PackageError> {
    let cargo = async {
        let output = toolchain.cargo().arg("-V").output().await;
        output.map_err(|source| toolchain.cargo_not_started(source))
    };
    let (rustc, cargo) = tokio::try_join!(toolchain.rustc("-V"), cargo)?;
    let cargo = String::from_utf8_lossy(&cargo.stdout).trim().to_owned();
    Ok(Programs { rustc: rustc.trim().to_owned(), cargo })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;

    fn ask(directory: &Path) -> Option<Revision> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(source(directory))
    }

    fn run(directory: &Path, arguments: &[&str]) {
        let mut command = std::process::Command::new("git");
        command.current_dir(directory).args(["-c", "user.name=a", "-c", "user.email=a@b.c"]);
        let output = command.args(arguments).output().expect("git is installed");
        assert!(output.status.success(), "{output:?}");
    }

    fn repository(name: &str) -> PathBuf {
        let root =
            std::env::temp_dir().join(format!("pretoken-source-{}-{name}", std::process::id()));
        fs::create_dir_all(root.join("trigger")).expect("creates");
        fs::write(root.join("trigger/Cargo.toml"), "[package]\n").expect("writes");
        run(&root, &["init", "--quiet"]);
        root
    }

    #[test]
    fn a_commit_and_what_is_not_in_it() {
        let root = repository("clean");
        let trigger = root.join("trigger");
        assert_eq!(ask(&trigger), None, "nothing is committed");
        run(&root, &["add", "."]);
        run(&root, &["commit", "--quiet", "--message", "one"]);
        let clean = ask(&trigger).expect("a commit");
        assert_eq!((clean.revision.len(), clean.dirty), (40, false));
        fs::write(trigger.join("trigger.zip"), "made").expect("writes");
        assert_eq!(ask(&trigger), Some(clean.clone()), "what is built is no change");
        fs::write(trigger.join("Cargo.toml"), "[package] # changed\n").expect("writes");
        assert_eq!(ask(&trigger), Some(Revision { dirty: true, ..clean }));
        fs::remove_dir_all(root).expect("removes");
    }

    #[test]
    fn a_crate_in_no_repository_has_no_revision() {
        let root = repository("ignored");
        run(&root, &["commit", "--quiet", "--allow-empty", "--message", "one"]);
        assert_eq!(ask(&root.join("trigger")), None, "git does not know the crate");
        assert_eq!(ask(Path::new("/")), None);
        fs::remove_dir_all(root).expect("removes");
    }
}
