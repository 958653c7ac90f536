//! The trigger that packages of pretoken carry: `bootstrap` for each architecture, with its manifest and its SBOM.
//!
//! Decides where it is looked for and what must be true of it before it is used. Its rules are data, so that the same bytes
//! serve everybody who has no code of their own. It compiles nothing.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::archive::sha256_hex;
use super::elf;
use super::error::DIRECTORY_VARIABLE;
use super::manifest::Attachment;
use super::project::BOOTSTRAP;
use super::provenance::{Programs, Revision};
use super::{Architecture, PackageError};

/// The directory, from that of the program: where a wheel, npm, Homebrew, Nix and an archive put what belongs to `bin/`.
const BESIDE: &str = "../share/pretoken/bootstrap";

/// The form of a manifest.
const SCHEMA: &str = "pretoken/bootstrap/v1";

const MANIFEST: &str = "bootstrap.manifest.json";
const SBOM: &str = "bootstrap.cdx.json";

/// A directory with a directory for each architecture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prebuilt {
    directory: PathBuf,
}

/// The document `pretoken/bootstrap/v1`: what an executable is, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BootstrapManifest {
    schema: String,
    /// Its hash, as `sha256sum` prints it.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
    /// What it runs on.
    pub architecture: Architecture,
    /// The Rust target that it was compiled for.
    pub target: String,
    /// The newest glibc that it needs, or `static`.
    pub glibc: String,
    /// The revision of the sources; none outside of a repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Revision>,
    /// The programs that built it.
    pub toolchain: Programs,
    /// The version of pretoken whose sources they are.
    pub pretoken: String,
    /// The SBOM.
    pub sbom: Attachment,
}

/// An executable and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bootstrap {
    /// The executable.
    pub bytes: Vec<u8>,
    /// What it is.
    pub manifest: BootstrapManifest,
    /// What is linked into it: `CycloneDX` 1.6, as JSON.
    pub sbom: Vec<u8>,
}

impl Prebuilt {
    /// The directory that the variable names, or the one of the package that this program came in; none if it came in none.
    #[must_use]
    pub fn find() -> Option<Self> {
        let named = env::var_os(DIRECTORY_VARIABLE).filter(|value| !value.is_empty());
        if let Some(directory) = named {
            return Some(Self::at(directory));
        }
        // A link to the program, as `uv tool install` makes one, leads to the package.
        let program = env::current_exe().and_then(fs::canonicalize).ok()?;
        let directory = program.parent()?.join(BESIDE);
        directory.is_dir().then(|| Self::at(fs::canonicalize(&directory).unwrap_or(directory)))
    }

    /// This directory.
    #[must_use]
    pub fn at(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The executable for an architecture, if everything is as its manifest says and Lambda can start it.
    pub fn read(&self, architecture: Architecture) -> Result<Bootstrap, PackageError> {
        let file = |name| self.file(architecture, name);
        let manifest = self.manifest(architecture)?;
        let (bytes, sbom) = (content(&file(BOOTSTRAP))?, content(&file(SBOM))?);
        for (name, found, claimed) in [
            (BOOTSTRAP, sha256_hex(&bytes), &manifest.sha256),
            (SBOM, sha256_hex(&sbom), &manifest.sbom.sha256),
        ] {
            if found != *claimed {
                let claimed = claimed.clone();
                return Err(PackageError::PrebuiltChanged { path: file(name), found, claimed });
            }
        }
        elf::inspect(&bytes, architecture).map_err(|source| PackageError::Refused {
            path: file(BOOTSTRAP),
            architecture,
            source,
        })?;
        Ok(Bootstrap { bytes, manifest, sbom })
    }

    fn manifest(&self, architecture: Architecture) -> Result<BootstrapManifest, PackageError> {
        let path = self.file(architecture, MANIFEST);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let directory = self.directory.clone();
                return Err(PackageError::NoPrebuilt { directory, architecture });
            }
            text => text.map_err(|source| PackageError::Read { path: path.clone(), source })?,
        };
        let manifest = serde_json::from_slice::<BootstrapManifest>(&text);
        let manifest = manifest.map_err(|error| error.to_string()).and_then(|manifest| {
            if manifest.schema == SCHEMA {
                return Ok(manifest);
            }
            Err(format!("its schema is `{}`, and this version knows `{SCHEMA}`", manifest.schema))
        });
        manifest.map_err(|reason| PackageError::PrebuiltManifest { path, reason })
    }

    fn file(&self, architecture: Architecture, name: &str) -> PathBuf {
        self.directory.join(architecture.as_str()).join(name)
    }
}

impl Bootstrap {
    /// What is known of an executable that was just built.
    pub(super) fn new(
        bytes: Vec<u8>,
        sbom: Vec<u8>,
        (architecture, target, glibc): (Architecture, String, String),
        source: Option<Revision>,
        toolchain: Programs,
    ) -> Self {
        let manifest = BootstrapManifest {
            schema: SCHEMA.to_owned(),
            sha256: sha256_hex(&bytes),
            size: bytes.len() as u64,
            architecture,
            target,
            glibc,
            source,
            toolchain,
            pretoken: env!("CARGO_PKG_VERSION").to_owned(),
            sbom: Attachment { file: SBOM.to_owned(), sha256: sha256_hex(&sbom) },
        };
        Self { bytes, manifest, sbom }
    }

    /// Its files, by their paths in a directory of such executables.
    #[must_use]
    pub fn files(&self) -> [(PathBuf, Vec<u8>); 3] {
        // Nothing but texts and numbers: it cannot fail.
        let mut manifest = serde_json::to_vec_pretty(&self.manifest).unwrap_or_default();
        manifest.push(b'\n');
        let directory = Path::new(self.manifest.architecture.as_str());
        [
            (directory.join(SBOM), self.sbom.clone()),
            (directory.join(BOOTSTRAP), self.bytes.clone()),
            (directory.join(MANIFEST), manifest),
        ]
    }
}

impl BootstrapManifest {
    /// In what another one is not alike, a line each: first the cause, then what follows from it.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let pairs = [
            ("version of pretoken", &self.pretoken, &other.pretoken),
            ("rustc", &self.toolchain.rustc, &other.toolchain.rustc),
            ("cargo", &self.toolchain.cargo, &other.toolchain.cargo),
            ("target", &self.target, &other.target),
            ("libc", &self.glibc, &other.glibc),
            ("SBOM", &self.sbom.sha256, &other.sbom.sha256),
            ("size", &self.size.to_string(), &other.size.to_string()),
            ("SHA-256", &self.sha256, &other.sha256),
        ];
        let differs = |(what, one, other): &(&str, &String, &String)| {
            (one != other).then(|| format!("{what}: {one}, rebuilt {other}"))
        };
        pairs.iter().filter_map(differs).collect()
    }
}

fn content(path: &Path) -> Result<Vec<u8>, PackageError> {
    fs::read(path).map_err(|source| PackageError::Read { path: path.to_owned(), source })
}
