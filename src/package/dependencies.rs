//! What is linked into `bootstrap`: the packages that cargo compiles for the target, with their licences and checksums.
//!
//! From `cargo tree` and `Cargo.lock`: `cargo metadata` unites the features of the whole workspace, and so names packages
//! that the executable does not hold. It must not decide how a list is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::PackageError;
use super::project::Project;
use super::target::BuildTarget;
use super::toolchain::Toolchain;

/// Name and version: what tells the packages of one executable apart.
pub(super) type PackageId = (String, String);

/// The packages of an executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dependencies {
    /// The package of the executable itself.
    pub(super) root: PackageId,
    /// All of them, the root too.
    pub(super) packages: BTreeMap<PackageId, Dependency>,
}

/// One package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dependency {
    /// Where its sources come from.
    pub(super) origin: Origin,
    /// As its author wrote it; none if the author did not.
    pub(super) licence: Option<String>,
    /// The SHA-256 of what was downloaded, in hexadecimal.
    pub(super) checksum: Option<String>,
    /// The packages that it uses.
    pub(super) needs: BTreeSet<PackageId>,
}

/// Where sources come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Origin {
    /// The registry that everybody uses.
    #[default]
    Registry,
    /// Another registry, by its address.
    OtherRegistry(String),
    /// A repository, as `git+URL#revision`.
    Git(String),
    /// A directory, from the workspace's root if it is below that.
    Directory(String),
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
}

/// Asks cargo, and reads the lock file. Compiles nothing.
pub(super) async fn list(
    toolchain: &Toolchain,
    project: &Project,
    target: &BuildTarget,
) -> Result<Dependencies, PackageError> {
    let path = project.workspace_root.join("Cargo.lock");
    let lock = std::fs::read_to_string(&path).map_err(|source| PackageError::Read { path, source });
    // cargo has built with this file: it is TOML of this form.
    let lock = toml::from_str(&lock?).unwrap_or(Lock { package: vec![] });
    let tree = tree(toolchain, project, target).await?;
    let unknown = || PackageError::Dependencies {
        package: project.package.clone(),
        diagnostics: format!("its output begins with `{}`", tree.lines().next().unwrap_or("")),
    };
    let mut found = parse(&tree, &project.workspace_root).ok_or_else(unknown)?;
    found.complete(&lock.package);
    Ok(found)
}

/// `cargo tree` of the one package, with the flags of its build: dependencies that are compiled for the target, no procedural
/// macros, nothing that only builds or tests need.
async fn tree(
    toolchain: &Toolchain,
    project: &Project,
    target: &BuildTarget,
) -> Result<String, PackageError> {
    let mut command = toolchain.cargo();
    command
        .args(["tree", "--locked", "--manifest-path"])
        .arg(&project.manifest)
        .args(["--package", &project.package_id, "--target", &target.triple])
        .args(project.facts.iter().flat_map(|facts| ["--features", facts.feature]))
        .args(["--edges", "normal,no-proc-macro", "--prefix", "depth", "--format", "{p}\t{l}"])
        .env("CARGO_ENCODED_RUSTFLAGS", target.flags.join("\u{1f}"));
    let output = command.output().await.map_err(|source| toolchain.cargo_not_started(source))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let (package, diagnostics) = (project.package.clone(), text(&output.stderr));
    Err(PackageError::Dependencies { package, diagnostics })
}

/// Reads lines such as `2serde v1.0.228\tMIT OR Apache-2.0`; what was shown before ends with ` (*)`. None if they are others.
fn parse(tree: &str, workspace_root: &Path) -> Option<Dependencies> {
    let mut packages = BTreeMap::<PackageId, Dependency>::new();
    let mut above: Vec<PackageId> = vec![];
    for line in tree.lines() {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let depth: usize = line[..digits].parse().ok()?;
        let (package, licence) = line[digits..].split_once('\t')?;
        let (name, version) = package.split_once(" v")?;
        let (version, place) = version.split_once(' ').unwrap_or((version, ""));
        let key = (name.to_owned(), version.to_owned());
        above.truncate(depth);
        if let Some(user) = above.last().and_then(|user| packages.get_mut(user)) {
            user.needs.insert(key.clone());
        }
        let licence = licence.strip_suffix("(*)").unwrap_or(licence).trim();
        packages.entry(key.clone()).or_insert_with(|| Dependency {
            origin: origin(place, workspace_root),
            licence: Some(licence.to_owned()).filter(|licence| !licence.is_empty()),
            ..Dependency::default()
        });
        above.push(key);
    }
    Some(Dependencies { root: above.into_iter().next()?, packages })
}

/// What cargo puts in parentheses behind a package: a directory, a repository, or the name of a registry.
fn origin(place: &str, workspace_root: &Path) -> Origin {
    let place = place.strip_prefix('(').and_then(|place| place.strip_suffix(')')).unwrap_or(place);
    if place.is_empty() {
        Origin::Registry
    } else if let Some(name) = place.strip_prefix("registry ") {
        Origin::OtherRegistry(name.trim_matches('`').to_owned())
    } else if place.contains("://") {
        Origin::Git(format!("git+{place}"))
    } else {
        let path = Path::new(place);
        let below = path.strip_prefix(workspace_root).ok();
        let shown = below.or_else(|| path.file_name().map(Path::new)).unwrap_or(path);
        Origin::Directory(shown.display().to_string())
    }
}

impl Dependencies {
    /// Adds what the lock file knows: checksums, and the exact address of a source.
    fn complete(&mut self, lock: &[Locked]) {
        for Locked { name, version, source, checksum } in lock {
            let Some(package) = self.packages.get_mut(&(name.clone(), version.clone())) else {
                continue;
            };
            package.checksum.clone_from(checksum);
            let address = source.as_deref().and_then(|source| source.split_once('+'));
            match (&mut package.origin, source, address) {
                (Origin::OtherRegistry(place), _, Some((_, address))) => address.clone_into(place),
                (Origin::Git(place), Some(source), _) => place.clone_from(source),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "\
0trigger v0.1.0 (/w/trigger)\tMIT
1runtime v1.5.0\tMIT/Apache-2.0
2bytes v1.0.0+build\tMIT
1bytes v1.0.0+build\tMIT
1ours v0.2.0 (registry `company`)\t
1forked v0.3.0 (https://git.example/forked?branch=main#0123abcd)\tMIT
1runtime v1.5.0\tMIT/Apache-2.0 (*)
1shared v0.1.0 (/elsewhere/shared)\t (*)";

    fn key(name: &str, version: &str) -> PackageId {
        (name.to_owned(), version.to_owned())
    }

    #[test]
    fn a_tree_becomes_a_graph() {
        let found = parse(TREE, Path::new("/w")).expect("a tree");
        assert_eq!(found.root, key("trigger", "0.1.0"));
        let root = &found.packages[&found.root];
        assert_eq!(root.origin, Origin::Directory("trigger".to_owned()));
        assert_eq!(root.needs.len(), 5);
        let runtime = &found.packages[&key("runtime", "1.5.0")];
        assert_eq!(runtime.needs, BTreeSet::from([key("bytes", "1.0.0+build")]));
        assert_eq!(runtime.licence.as_deref(), Some("MIT/Apache-2.0"));
        assert_eq!(found.packages[&key("ours", "0.2.0")].licence, None);
        let shared = &found.packages[&key("shared", "0.1.0")].origin;
        assert_eq!(*shared, Origin::Directory("shared".to_owned()), "no path of this machine");
    }

    #[test]
    fn the_lock_file_has_the_addresses() {
        let mut found = parse(TREE, Path::new("/w")).expect("a tree");
        let lock: Lock = toml::from_str(
            "[[package]]\nname = \"ours\"\nversion = \"0.2.0\"\nsource = \"sparse+https://crates.example/\"\nchecksum = \"0a\"\n\
             [[package]]\nname = \"forked\"\nversion = \"0.3.0\"\nsource = \"git+https://git.example/forked?branch=main#0123abcd4567\"\n\
             [[package]]\nname = \"other\"\nversion = \"1.0.0\"\n",
        )
        .expect("a lock file");
        found.complete(&lock.package);
        let ours = &found.packages[&key("ours", "0.2.0")];
        assert_eq!(ours.origin, Origin::OtherRegistry("https://crates.example/".to_owned()));
        assert_eq!(ours.checksum.as_deref(), Some("0a"));
        let forked = &found.packages[&key("forked", "0.3.0")].origin;
        let exact = "git+https://git.example/forked?branch=main#0123abcd4567";
        assert_eq!(*forked, Origin::Git(exact.to_owned()));
        assert_eq!(found.packages.len(), 6, "what is not linked is not added");
    }

    #[test]
    fn another_output_is_not_guessed_at() {
        for other in ["", "trigger v0.1.0\tMIT", "0trigger v0.1.0", "0trigger\tMIT"] {
            assert_eq!(parse(other, Path::new("/w")), None, "{other:?}");
        }
    }
}
