//! The zip that Lambda runs: the crate compiled, its ELF read, the bytes packed; or one that was packed before.
//!
//! Decides which target serves an architecture on this machine, and what Lambda could not start.
//! The bytes depend on sources, rules and toolchain alone, so that "nothing changed" can be seen from a hash.
//! It must not know of AWS calls, and it must not print.

mod archive;
mod built;
mod compile;
mod dependencies;
mod deployable;
pub mod elf;
mod error;
mod manifest;
mod project;
mod provenance;
mod remap;
mod sbom;
mod target;
mod toolchain;

use std::path::Path;

pub use crate::model::Architecture;
pub use crate::model::code_sha256;
pub use built::Package;
pub use deployable::{Fault, Mismatch, OpenError, RulesDiffer, Wanted, open};
pub use elf::{ElfError, GlibcVersion};
pub use error::PackageError;
pub use manifest::{Attachment, Entry, Manifest, manifest_path, sbom_path};
pub use provenance::{Programs, Revision};

/// What to build and what to put beside it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The directory of the crate whose binary `bootstrap` is deployed.
    pub crate_dir: &'a Path,
    /// Where it will run. For an emulator on this machine that is [`Architecture::host`].
    pub architecture: Architecture,
    /// The bytes of `rules.json`, which the trigger reads from beside itself.
    pub rules_json: &'a [u8],
}

/// Compiles `bootstrap`, checks that Lambda can start it, and packs it with its rules.
///
/// `progress` is given a short line for each step of cargo's, such as `compiling serde v1.0.228`.
/// Dropping the future ends cargo. An unchanged second build compiles nothing.
pub async fn build(
    request: &Request<'_>,
    progress: &mut dyn FnMut(&str),
) -> Result<Package, PackageError> {
    let directory = project::directory(request.crate_dir)?;
    let toolchain = toolchain::Toolchain::from_env(&directory);
    let (project, machine) =
        tokio::try_join!(project::locate(&toolchain, &directory), toolchain.machine())?;
    let architecture = request.architecture;
    let target = target::choose(architecture, &machine)?;
    let path = compile::bootstrap(&toolchain, &project, &machine, &target, progress).await?;

    let bootstrap = tokio::fs::read(&path)
        .await
        .map_err(|source| PackageError::Read { path: path.clone(), source })?;
    let executable = elf::inspect(&bootstrap, architecture)
        .map_err(|source| PackageError::Refused { path, architecture, source })?;
    let bootstrap_bytes = bootstrap.len() as u64;
    let archive = archive::pack(bootstrap, request.rules_json.to_vec()).await?;

    Ok(Package {
        zip: archive.zip,
        code_sha256: archive.hashes.base64,
        sha256_hex: archive.hashes.hex,
        architecture,
        target: Some(target.triple),
        glibc: executable.glibc,
        interpreter: executable.interpreter,
        bootstrap_bytes,
        rules_sha256: archive::sha256_hex(request.rules_json),
        files: archive.files,
    })
}

/// What lies beside a package in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildMetadata {
    /// What it is, and where it comes from.
    pub manifest: Manifest,
    /// What is linked into `bootstrap`: `CycloneDX` 1.6, as JSON.
    pub sbom: Vec<u8>,
}

/// Describes the package that was built for this request and is to be written to `zip`. Compiles nothing.
pub async fn build_metadata(
    request: &Request<'_>,
    package: &Package,
    zip: &Path,
) -> Result<BuildMetadata, PackageError> {
    let directory = project::directory(request.crate_dir)?;
    let toolchain = toolchain::Toolchain::from_env(&directory);
    let (project, machine, programs) = tokio::try_join!(
        project::locate(&toolchain, &directory),
        toolchain.machine(),
        provenance::programs(&toolchain),
    )?;
    let target = target::choose(request.architecture, &machine)?;
    let dependencies = dependencies::list(&toolchain, &project, &target).await?;
    let sbom = sbom::write(&dependencies, &target.triple);
    let source = provenance::source(&directory).await;
    let manifest = Manifest::new(package, source, programs, zip, &sbom);
    Ok(BuildMetadata { manifest, sbom })
}
