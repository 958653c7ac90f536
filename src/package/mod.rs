//! The zip that Lambda runs: a crate compiled or the prebuilt trigger, its ELF read, the bytes packed; or one that was packed
//! before.
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
mod prebuilt;
mod profile;
mod project;
mod provenance;
mod remap;
mod sbom;
mod target;
mod toolchain;

use std::path::{Path, PathBuf};

pub use crate::model::Architecture;
pub use crate::model::code_sha256;
pub use built::Package;
pub use deployable::{OpenError, PackageFault, PackageMismatch, Requirements, RulesDiffer, open};
pub use elf::{ElfError, GlibcVersion};
pub use error::{DIRECTORY_VARIABLE, PackageError};
pub use manifest::{Attachment, Entry, Manifest, manifest_path, sbom_path};
pub use prebuilt::{Bootstrap, BootstrapManifest, Prebuilt};
pub use provenance::{Programs, Revision};

/// Where `bootstrap` comes from.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The crate in this directory, whose binary it is.
    Crate(&'a Path),
    /// The package that this program came in.
    Prebuilt(&'a Prebuilt),
}

/// What to build and what to put beside it.
#[derive(Debug, Clone, Copy)]
pub struct BuildRequest<'a> {
    /// Where the executable comes from.
    pub source: Source<'a>,
    /// Where it will run. For an emulator on this machine that is [`Architecture::host`].
    pub architecture: Architecture,
    /// The bytes of `rules.json`, which the trigger reads from beside itself.
    pub rules_json: &'a [u8],
    /// The bytes of `facts.json`, if there are facts: then a crate is built with its feature `facts`, and nothing prebuilt will
    /// do.
    pub facts_json: Option<&'a [u8]>,
}

/// Compiles `bootstrap`, or takes the prebuilt one; checks that Lambda can start it, and packs it with its rules.
///
/// `progress` is given a short line for each step of cargo's, such as `compiling serde v1.0.228`.
/// Dropping the future ends cargo. An unchanged second build compiles nothing.
pub async fn build(
    request: &BuildRequest<'_>,
    progress: &mut dyn FnMut(&str),
) -> Result<Package, PackageError> {
    let (architecture, with_facts) = (request.architecture, request.facts_json.is_some());
    let (bootstrap, target, path) = match request.source {
        Source::Crate(crate_dir) => compiled(crate_dir, architecture, with_facts, progress).await?,
        Source::Prebuilt(prebuilt) => {
            let Bootstrap { bytes, manifest, .. } = prebuilt.read(architecture)?;
            (bytes, manifest.target, prebuilt.directory().to_owned())
        }
    };
    let executable = elf::inspect(&bootstrap, architecture)
        .map_err(|source| PackageError::Refused { path, architecture, source })?;
    let bootstrap_bytes = bootstrap.len() as u64;
    let archive = archive::pack(
        bootstrap,
        request.rules_json.to_vec(),
        request.facts_json.map(<[u8]>::to_vec),
    )
    .await?;

    Ok(Package {
        zip: archive.zip,
        code_sha256: archive.hashes.base64,
        sha256_hex: archive.hashes.hex,
        architecture,
        target: Some(target),
        glibc: executable.glibc,
        interpreter: executable.interpreter,
        bootstrap_bytes,
        rules_sha256: archive::sha256_hex(request.rules_json),
        files: archive.files,
    })
}

/// The executable, the target it is for, and where cargo put it.
async fn compiled(
    crate_dir: &Path,
    architecture: Architecture,
    with_facts: bool,
    progress: &mut dyn FnMut(&str),
) -> Result<(Vec<u8>, String, PathBuf), PackageError> {
    let directory = project::directory(crate_dir)?;
    let toolchain = toolchain::Toolchain::from_env(&directory);
    let (project, machine) =
        tokio::try_join!(project::locate(&toolchain, &directory, with_facts), toolchain.machine())?;
    let target = target::choose(architecture, &machine)?;
    let path = compile::bootstrap(&toolchain, &project, &machine, &target, progress).await?;
    let bytes = tokio::fs::read(&path).await;
    let bytes = bytes.map_err(|source| PackageError::Read { path: path.clone(), source })?;
    Ok((bytes, target.triple, path))
}

/// What would compile a crate, and for which target; compiles nothing.
pub async fn rehearse(
    crate_dir: &Path,
    architecture: Architecture,
) -> Result<(String, String), PackageError> {
    let directory = project::directory(crate_dir)?;
    let toolchain = toolchain::Toolchain::from_env(&directory);
    let (_, machine, programs) = tokio::try_join!(
        project::locate(&toolchain, &directory, false),
        toolchain.machine(),
        provenance::programs(&toolchain),
    )?;
    Ok((programs.rustc, target::choose(architecture, &machine)?.triple))
}

/// Compiles `bootstrap` alone, as packages of pretoken carry it.
pub async fn bootstrap(
    crate_dir: &Path,
    architecture: Architecture,
    progress: &mut dyn FnMut(&str),
) -> Result<Bootstrap, PackageError> {
    let (bytes, triple, path) = compiled(crate_dir, architecture, false, progress).await?;
    let executable = elf::inspect(&bytes, architecture)
        .map_err(|source| PackageError::Refused { path, architecture, source })?;
    let libc = executable.glibc.map_or("static".to_owned(), |glibc| format!("glibc {glibc}"));
    let (source, programs, sbom) = origin(crate_dir, architecture, false).await?;
    Ok(Bootstrap::new(bytes, sbom, (architecture, triple, libc), source, programs))
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
    request: &BuildRequest<'_>,
    package: &Package,
    zip: &Path,
) -> Result<BuildMetadata, PackageError> {
    let (source, programs, sbom) = match request.source {
        Source::Crate(crate_dir) => {
            origin(crate_dir, request.architecture, request.facts_json.is_some()).await?
        }
        Source::Prebuilt(prebuilt) => {
            let Bootstrap { manifest, sbom, .. } = prebuilt.read(request.architecture)?;
            (manifest.source, manifest.toolchain, sbom)
        }
    };
    let manifest = Manifest::new(package, source, programs, zip, &sbom);
    Ok(BuildMetadata { manifest, sbom })
}

/// The revision of a crate's sources, the programs that build it, and its SBOM.
async fn origin(
    crate_dir: &Path,
    architecture: Architecture,
    with_facts: bool,
) -> Result<(Option<Revision>, Programs, Vec<u8>), PackageError> {
    let directory = project::directory(crate_dir)?;
    let toolchain = toolchain::Toolchain::from_env(&directory);
    let (project, machine, programs) = tokio::try_join!(
        project::locate(&toolchain, &directory, with_facts),
        toolchain.machine(),
        provenance::programs(&toolchain),
    )?;
    let target = target::choose(architecture, &machine)?;
    let dependencies = dependencies::list(&toolchain, &project, &target).await?;
    let sbom = sbom::write(&dependencies, &target.triple);
    Ok((provenance::source(&directory).await, programs, sbom))
}
