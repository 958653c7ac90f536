//! The zip that Lambda runs: the crate compiled, its ELF read, the bytes packed.
//!
//! Decides which target serves an architecture on this machine, and what Lambda could not start.
//! The bytes depend on sources, rules and toolchain alone, so that "nothing changed" can be seen from a hash.
//! It must not know of AWS calls, and it must not print.

mod architecture;
mod archive;
mod compile;
pub mod elf;
mod error;
mod project;
mod remap;
mod target;
mod toolchain;

use std::path::Path;

pub use architecture::Architecture;
pub use elf::{ElfError, GlibcVersion};
pub use error::PackageError;

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

/// A deployment package, whole in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The zip file.
    pub zip: Vec<u8>,
    /// Base64 of the zip's SHA-256, as Lambda's `CodeSha256`.
    pub code_sha256: String,
    /// The same hash in hexadecimal, as `sha256sum` prints it.
    pub sha256_hex: String,
    /// What the executable runs on; read from the ELF.
    pub architecture: Architecture,
    /// The target it was compiled for, such as `aarch64-unknown-linux-musl`.
    pub target: String,
    /// The newest glibc that the executable needs; none when it is static.
    pub glibc: Option<GlibcVersion>,
    /// The loader that the executable names (`PT_INTERP`); none when it is static.
    pub interpreter: Option<String>,
    /// The size of `bootstrap`, unpacked, in bytes.
    pub bootstrap_bytes: u64,
    /// The zip's entries in order, with their unpacked sizes in bytes.
    pub files: Vec<(String, u64)>,
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
        code_sha256: archive.code_sha256,
        sha256_hex: archive.sha256_hex,
        architecture,
        target: target.triple,
        glibc: executable.glibc,
        interpreter: executable.interpreter,
        bootstrap_bytes,
        files: archive.files,
    })
}
