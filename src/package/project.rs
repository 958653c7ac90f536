//! The crate to build: its package, its workspace, and the profile that the workspace has for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::PackageError;
use super::profile::Profile;
use super::toolchain::{Toolchain, cargo_home};

/// The binary that Lambda starts, by a name that is not ours to choose.
pub(super) const BOOTSTRAP: &str = "bootstrap";

/// Where the crate stands, as cargo sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Project {
    pub(super) manifest: PathBuf,
    /// The package's exact id: its name alone could also be a dependency's.
    pub(super) package_id: String,
    pub(super) package: String,
    pub(super) workspace_root: PathBuf,
    /// Where cargo writes: the executable, and the sources that build scripts generate.
    pub(super) output_directories: Vec<PathBuf>,
    pub(super) profile: Profile,
    /// With facts: its feature, and where cargo writes the executable, which a build without them would replace there.
    pub(super) facts: Option<FactsBuild>,
}

/// How a build that can ask for facts is unlike one that cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FactsBuild {
    pub(super) feature: &'static str,
    pub(super) target_directory: PathBuf,
}

/// The feature with which `bootstrap` can ask for facts.
const FACTS: &str = "facts";

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<MetadataPackage>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
    build_directory: Option<PathBuf>,
}

#[derive(Deserialize)]
struct MetadataPackage {
    id: String,
    name: String,
    manifest_path: PathBuf,
    targets: Vec<MetadataTarget>,
    features: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct MetadataTarget {
    name: String,
    kind: Vec<String>,
}

/// The crate's directory without links, so that cargo, rustc and we write its path alike.
pub(super) fn directory(crate_dir: &Path) -> Result<PathBuf, PackageError> {
    let missing = |source| PackageError::NoDirectory { directory: crate_dir.to_owned(), source };
    let directory = crate_dir.canonicalize().map_err(missing)?;
    if directory.join("Cargo.toml").is_file() {
        Ok(directory)
    } else {
        Err(PackageError::NoManifest { directory: crate_dir.to_owned() })
    }
}

/// Asks cargo about the crate. The dependencies are left out: that would need the network.
pub(super) async fn locate(
    toolchain: &Toolchain,
    directory: &Path,
    with_facts: bool,
) -> Result<Project, PackageError> {
    let manifest = directory.join("Cargo.toml");
    let metadata = metadata(toolchain, &manifest).await?;
    let package = metadata.packages.into_iter().find(|package| package.manifest_path == manifest);
    let Some(package) = package else {
        return Err(PackageError::NoBootstrap { manifest, binaries: Vec::new() });
    };
    if with_facts && !package.features.contains_key(FACTS) {
        return Err(PackageError::NoFacts { manifest });
    }
    let binaries = binaries(package.targets);
    if !binaries.iter().any(|name| name == BOOTSTRAP) {
        return Err(PackageError::NoBootstrap { manifest, binaries });
    }
    if !metadata.workspace_root.join("Cargo.lock").is_file() {
        return Err(PackageError::NoLock { workspace_root: metadata.workspace_root });
    }
    let profile = Profile::read(&metadata.workspace_root)?;
    let home = cargo_home();
    profile.check_configurations(directory, &metadata.workspace_root, home.as_deref())?;
    Ok(Project {
        manifest,
        package_id: package.id,
        package: package.name,
        profile,
        facts: with_facts.then(|| FactsBuild {
            feature: FACTS,
            target_directory: metadata.target_directory.join(FACTS),
        }),
        workspace_root: metadata.workspace_root,
        output_directories: metadata
            .build_directory
            .into_iter()
            .chain([metadata.target_directory])
            .collect(),
    })
}

async fn metadata(toolchain: &Toolchain, manifest: &Path) -> Result<Metadata, PackageError> {
    let mut command = toolchain.cargo();
    command.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"]);
    let output = command
        .arg(manifest)
        .output()
        .await
        .map_err(|source| toolchain.cargo_not_started(source))?;
    let parsed = serde_json::from_slice(&output.stdout);
    match (output.status.success(), parsed) {
        (true, Ok(metadata)) => Ok(metadata),
        (true, Err(source)) => Err(PackageError::Metadata { source }),
        (false, _) => Err(PackageError::Manifest {
            manifest: manifest.to_owned(),
            diagnostics: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        }),
    }
}

fn binaries(targets: Vec<MetadataTarget>) -> Vec<String> {
    let is_binary = |target: &MetadataTarget| target.kind.iter().any(|kind| kind == "bin");
    targets.into_iter().filter(is_binary).map(|target| target.name).collect()
}
