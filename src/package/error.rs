//! Why there is no package, in the user's words, and the help.

use std::io;
use std::path::{Path, PathBuf};

use super::{Architecture, ElfError};
use crate::codes::Code;

/// The variable that names the directory of prebuilt triggers, whatever lies beside the program.
pub const DIRECTORY_VARIABLE: &str = "PRETOKEN_BOOTSTRAP_DIR";

/// Why there is no package. What to do about it is in [`hint`](Self::hint).
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The crate's directory is missing, or cannot be entered.
    #[error("there is no crate directory `{}`", directory.display())]
    NoDirectory {
        /// As it was asked for.
        directory: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The directory holds no crate.
    #[error("there is no `Cargo.toml` in `{}`", directory.display())]
    NoManifest {
        /// As it was asked for.
        directory: PathBuf,
    },
    /// cargo cannot read the manifest or its workspace.
    #[error("cargo cannot read `{}`\n{diagnostics}", manifest.display())]
    Manifest {
        /// The crate's manifest.
        manifest: PathBuf,
        /// cargo's own words.
        diagnostics: String,
    },
    /// The crate has no binary of the name that Lambda starts.
    #[error("`{}` has no binary named `bootstrap`{}", manifest.display(), named(binaries))]
    NoBootstrap {
        /// The crate's manifest.
        manifest: PathBuf,
        /// The binaries that it has.
        binaries: Vec<String>,
    },
    /// The crate cannot ask for facts, and the rules need some.
    #[error("`{}` has no feature `facts`, and deploy.toml declares facts", manifest.display())]
    NoFacts {
        /// The crate's manifest.
        manifest: PathBuf,
    },
    /// Without a lock file the sources of the dependencies are not determined.
    #[error("there is no `Cargo.lock` in `{}`", workspace_root.display())]
    NoLock {
        /// Where it belongs.
        workspace_root: PathBuf,
    },
    /// A cargo configuration outside of the sources sets how single packages are compiled.
    #[error("`{}` sets how single packages are compiled (`[profile.{profile}.package]`): the same sources would make other bytes elsewhere", path.display())]
    ProfileAbove {
        /// The configuration.
        path: PathBuf,
        /// The profile.
        profile: String,
    },
    /// cargo or rustc is not installed, or may not be started.
    #[error("`{}` cannot be started", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// rustc does not say where its libraries are.
    #[error("`{}` does not work\n{output}", program.display())]
    Toolchain {
        /// The program.
        program: PathBuf,
        /// Its own words.
        output: String,
    },
    /// cargo describes the workspace in a form that is not known here.
    #[error("the output of `cargo metadata` cannot be read")]
    Metadata {
        /// Where it differs.
        source: serde_json::Error,
    },
    /// Nothing here can link for the architecture.
    #[error("this machine ({host}) cannot build for {architecture}")]
    NoTarget {
        /// What was asked for.
        architecture: Architecture,
        /// rustc's own target.
        host: String,
    },
    /// cargo failed: the code does not compile, or the dependencies cannot be had.
    #[error("cargo cannot build `{package}` for {target}\n{diagnostics}")]
    Build {
        /// The package.
        package: String,
        /// What it was to run on.
        architecture: Architecture,
        /// The target that stands for it on this machine.
        target: String,
        /// The workspace that it belongs to.
        workspace_root: PathBuf,
        /// Everything that cargo and the compiler say about it.
        diagnostics: String,
    },
    /// cargo says that all went well, and names no executable.
    #[error("cargo built `{package}` but no executable `bootstrap`")]
    NoExecutable {
        /// The package.
        package: String,
    },
    /// cargo does not say what the executable is made of.
    #[error("cargo cannot list what `{package}` is linked from\n{diagnostics}")]
    Dependencies {
        /// The package.
        package: String,
        /// cargo's own words.
        diagnostics: String,
    },
    /// The package that this program came in has no trigger for the architecture.
    #[error("there is no prebuilt trigger for {architecture} in `{}`", directory.display())]
    NoPrebuilt {
        /// Where it was looked for.
        directory: PathBuf,
        /// What was asked for.
        architecture: Architecture,
    },
    /// The manifest of a prebuilt trigger is none.
    #[error("`{}` cannot be read: {reason}", path.display())]
    PrebuiltManifest {
        /// The manifest.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A prebuilt trigger is not what its manifest describes.
    #[error("`{}` is not what its manifest says: its hash is {found}, and the manifest says {claimed}", path.display())]
    PrebuiltChanged {
        /// The file.
        path: PathBuf,
        /// In hexadecimal.
        found: String,
        /// The same.
        claimed: String,
    },
    /// A file that was just there cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Lambda could not start the executable.
    #[error("Lambda could not start `{}`", path.display())]
    Refused {
        /// The executable.
        path: PathBuf,
        /// What it was to run on.
        architecture: Architecture,
        /// Why.
        source: ElfError,
    },
    /// The package exceeds a limit of Lambda's.
    #[error("the package is {bytes} bytes {state}, and Lambda takes {limit}")]
    TooLarge {
        /// Zipped or unpacked.
        state: &'static str,
        /// Its size.
        bytes: u64,
        /// Lambda's limit.
        limit: u64,
    },
    /// The zip cannot be written.
    #[error("cannot write the zip")]
    Zip {
        /// Why.
        source: zip::result::ZipError,
    },
    /// The thread that packs did not finish.
    #[error("packing was interrupted")]
    Interrupted {
        /// Why.
        source: tokio::task::JoinError,
    },
}

impl PackageError {
    /// What kind of thing is wrong.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoDirectory { .. }
            | Self::NoManifest { .. }
            | Self::Manifest { .. }
            | Self::NoBootstrap { .. }
            | Self::NoLock { .. }
            | Self::NoFacts { .. }
            | Self::ProfileAbove { .. } => Code::CrateInvalid,
            Self::NotStarted { .. }
            | Self::Toolchain { .. }
            | Self::Metadata { .. }
            | Self::NoTarget { .. } => Code::NoToolchain,
            Self::Build { .. } | Self::NoExecutable { .. } | Self::Dependencies { .. } => {
                Code::BuildFailed
            }
            Self::NoPrebuilt { .. }
            | Self::PrebuiltManifest { .. }
            | Self::PrebuiltChanged { .. } => Code::NoPrebuilt,
            Self::Read { .. }
            | Self::Refused { .. }
            | Self::TooLarge { .. }
            | Self::Zip { .. }
            | Self::Interrupted { .. } => Code::NotRunnable,
        }
    }

    /// What the user can do about it, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NoDirectory { .. } | Self::NoManifest { .. } => Some(
                "`trigger.crate` in deploy.toml is the crate's directory, seen from that file"
                    .into(),
            ),
            Self::NoBootstrap { .. } => Some(
                "Lambda starts a file of that name: add `[[bin]]` with `name = \"bootstrap\"`"
                    .into(),
            ),
            Self::NoFacts { .. } => Some(
                "leave `trigger.crate` out, or take over what `pretoken init --own-code` writes into a new directory".into(),
            ),
            Self::NoLock { workspace_root } => Some(format!(
                "`cargo generate-lockfile --manifest-path {}` writes it; commit it",
                workspace_root.join("Cargo.toml").display()
            )),
            Self::NotStarted { .. } | Self::Toolchain { .. } => Some(
                "install Rust with rustup, or set CARGO (and RUSTC) to the programs to use; without `trigger.crate`, a pretoken from PyPI, npm or its releases needs no Rust".into(),
            ),
            Self::ProfileAbove { .. } => {
                Some("move it into the workspace's Cargo.toml, or take it out for this build".into())
            }
            Self::NoPrebuilt { .. }
            | Self::PrebuiltManifest { .. }
            | Self::PrebuiltChanged { .. } => Some(format!(
                "install pretoken again, or correct {DIRECTORY_VARIABLE} if it is set; `trigger.crate` in deploy.toml builds a crate of your own"
            )),
            Self::Build { diagnostics, architecture, workspace_root, .. } => {
                build_hint(diagnostics, *architecture, &workspace_root.join("Cargo.toml"))
            }
            Self::NoTarget { architecture, .. }
            | Self::Refused {
                architecture,
                source:
                    ElfError::NoSections | ElfError::Interpreter { .. } | ElfError::GlibcTooNew { .. },
                ..
            } => Some(install(*architecture)),
            Self::TooLarge { .. } => Some(
                "a profile `lambda` with `strip = true` and `lto = \"fat\"` makes it small".into(),
            ),
            _ => None,
        }
    }
}

/// Both ways to link for an architecture that need nothing of this machine.
fn install(architecture: Architecture) -> String {
    let name = architecture.rust_name();
    format!(
        "`rustup target add {name}-unknown-linux-musl` is enough; \
         if C code is involved: `rustup target add {name}-unknown-linux-gnu`, \
         `cargo install cargo-zigbuild` and `pip install ziglang`"
    )
}

/// cargo and linkers have no error codes: their English is all there is to go by.
fn build_hint(diagnostics: &str, architecture: Architecture, manifest: &Path) -> Option<String> {
    let says = |text| diagnostics.contains(text);
    if says("--locked was passed") {
        let manifest = manifest.display();
        let bring = format!("`cargo update --workspace --manifest-path {manifest}`");
        Some(format!("{bring} brings Cargo.lock up to date; commit it"))
    } else if says("cannot find -lc") || says("unable to find library -lc") {
        Some(format!("the static C library is missing; {}", install(architecture)))
    } else {
        None
    }
}

fn named(binaries: &[String]) -> String {
    match binaries {
        [] => String::new(),
        binaries => format!(" (but `{}`)", binaries.join("`, `")),
    }
}
