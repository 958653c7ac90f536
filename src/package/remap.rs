//! The paths of this machine that would end up in the executable, and what stands there instead.
//!
//! cargo leaves these flags out of its own hashes, so that symbols are the same on every machine.

use std::fs;
use std::path::{Path, PathBuf};

use super::project::Project;
use super::toolchain::Machine;

/// `--remap-path-prefix` for the workspace, for what cargo downloaded, for what it generates, and for
/// the standard library, whose sources rustc names by their place on this machine if it finds them.
///
/// Of several prefixes that match, rustc takes the last: a cargo home or a target directory within
/// the workspace reads like one elsewhere.
pub(super) fn flags(
    project: &Project,
    machine: &Machine,
    cargo_home: Option<&Path>,
) -> Vec<String> {
    let mut flags = replace(&project.workspace_root, "/workspace");
    if let Some(home) = cargo_home {
        flags.extend(replace(&home.join("git/checkouts"), "/git"));
        for registry in registries(home) {
            flags.extend(replace(&registry, "/registry"));
        }
    }
    for directory in &project.output_directories {
        flags.extend(replace(directory, "/target"));
    }
    if let Some(commit) = &machine.commit {
        let sources = machine.sysroot.join("lib/rustlib/src/rust");
        flags.extend(replace(&sources, &format!("/rustc/{commit}")));
    }
    flags
}

/// Where cargo unpacked what it downloaded. Each registry and each mirror has a directory of its own,
/// with the same crates in it.
pub(super) fn registries(cargo_home: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(cargo_home.join("registry/src"));
    let mut paths: Vec<_> =
        entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Both spellings of a path that leads through a link: which one is written is cargo's choice.
fn replace(path: &Path, with: &str) -> Vec<String> {
    let mut spellings = vec![path.to_owned()];
    spellings.extend(without_links(path).filter(|real| real != path));
    let flag = |path: PathBuf| format!("--remap-path-prefix={}={with}", path.display());
    spellings.into_iter().map(flag).collect()
}

/// Also of a path that cargo has yet to create, as far as it exists.
fn without_links(path: &Path) -> Option<PathBuf> {
    let (existing, real) = path.ancestors().find_map(|a| Some((a, a.canonicalize().ok()?)))?;
    let rest = path.strip_prefix(existing).ok()?;
    Some(real.components().chain(rest.components()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::profile::Profile;
    use super::*;

    #[test]
    fn the_narrower_prefix_comes_later() {
        let project = Project {
            manifest: "/w/trigger/Cargo.toml".into(),
            package_id: String::new(),
            package: String::new(),
            workspace_root: "/w".into(),
            output_directories: vec!["/w/target".into()],
            profile: Profile::default(),
            facts: None,
        };
        let commit = Some("59807616".to_owned());
        let machine = Machine { sysroot: "/w/rust".into(), commit, ..Machine::default() };
        assert_eq!(
            flags(&project, &machine, Some(Path::new("/w/.cargo"))),
            [
                "--remap-path-prefix=/w=/workspace",
                "--remap-path-prefix=/w/.cargo/git/checkouts=/git",
                "--remap-path-prefix=/w/target=/target",
                "--remap-path-prefix=/w/rust/lib/rustlib/src/rust=/rustc/59807616",
            ]
        );
    }

    #[test]
    fn a_link_is_followed_before_its_end_exists() {
        let directory = std::env::temp_dir().join(format!("pretoken-remap-{}", std::process::id()));
        let directory = without_links(&directory).expect("a path");
        fs::create_dir_all(directory.join("real")).expect("creates");
        let connection = directory.join("link");
        std::os::unix::fs::symlink("real", &connection).expect("links");

        let real = format!("--remap-path-prefix={}/real/new=/x", directory.display());
        let linked = format!("--remap-path-prefix={}/link/new=/x", directory.display());
        assert_eq!(replace(&connection.join("new"), "/x"), [linked, real.clone()]);
        assert_eq!(replace(&directory.join("real/new"), "/x"), [real]);
        fs::remove_dir_all(directory).expect("removes");
    }
}
