//! What lies beside a package that was written to a file: its manifest, and its SBOM.
//!
//! Decides their names and the manifest's form. Deterministic: no time, no path of this machine.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::archive::sha256_hex;
use super::built::Package;
use super::provenance::{Programs, Revision};
use crate::model::Architecture;
use crate::system::text_file;

/// The form of a manifest.
const SCHEMA: &str = "pretoken/manifest/v1";

/// The document `pretoken/manifest/v1`: what a package is, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    schema: &'static str,
    /// The zip's hash, as `sha256sum` prints it.
    pub sha256: String,
    /// The same, as Lambda's `CodeSha256`.
    pub code_sha256: String,
    /// The zip's size in bytes.
    pub size: u64,
    /// What it runs on.
    pub architecture: Architecture,
    /// The Rust target that it was compiled for.
    pub target: Option<String>,
    /// The newest glibc that it needs, or `static`.
    pub glibc: String,
    /// The hash of the rules in it, in hexadecimal.
    pub rules_sha256: String,
    /// What is in the zip.
    pub files: Vec<Entry>,
    /// The revision of the sources; none outside of a repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Revision>,
    /// The programs that built it.
    pub toolchain: Programs,
    /// The version of this program.
    pub pretoken: &'static str,
    /// The SBOM.
    pub sbom: Attachment,
}

/// A file in the zip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// Its unpacked size.
    pub bytes: u64,
}

/// A file beside the zip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attachment {
    /// Its name, without a directory.
    pub file: String,
    /// Its hash, in hexadecimal.
    pub sha256: String,
}

/// What deploying reads of a manifest.
#[derive(Deserialize)]
struct Claim {
    schema: String,
    sha256: String,
}

/// Where the manifest of this package lies.
#[must_use]
pub fn manifest_path(zip: &Path) -> PathBuf {
    beside(zip, ".manifest.json")
}

/// Where the SBOM of this package lies.
#[must_use]
pub fn sbom_path(zip: &Path) -> PathBuf {
    beside(zip, ".cdx.json")
}

fn beside(zip: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(zip);
    path.push(suffix);
    path.into()
}

impl Manifest {
    /// The manifest of a package that is written to `zip`, with this SBOM.
    pub(super) fn new(
        package: &Package,
        source: Option<Revision>,
        toolchain: Programs,
        zip: &Path,
        sbom: &[u8],
    ) -> Self {
        let entry = |(name, bytes): &(String, u64)| Entry { name: name.clone(), bytes: *bytes };
        let file = sbom_path(zip).file_name().map(|name| name.to_string_lossy().into_owned());
        Self {
            schema: SCHEMA,
            sha256: package.sha256_hex.clone(),
            code_sha256: package.code_sha256.clone(),
            size: package.zip.len() as u64,
            architecture: package.architecture,
            target: package.target.clone(),
            glibc: package.glibc.map_or("static".to_owned(), |glibc| glibc.to_string()),
            rules_sha256: package.rules_sha256.clone(),
            files: package.files.iter().map(entry).collect(),
            source,
            toolchain,
            pretoken: env!("CARGO_PKG_VERSION"),
            sbom: Attachment { file: file.unwrap_or_default(), sha256: sha256_hex(sbom) },
        }
    }

    /// As it is written to a file.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        // Nothing but texts, numbers and lists: it cannot fail.
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }
}

/// The hash that the manifest beside this package claims for it; none without a manifest.
pub(super) fn claimed_sha256(zip: &Path) -> Result<Option<String>, String> {
    let text = match text_file::read(&manifest_path(zip)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let claim: Claim = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if claim.schema == SCHEMA {
        Ok(Some(claim.sha256))
    } else {
        Err(format!("its schema is `{}`, and this version knows `{SCHEMA}`", claim.schema))
    }
}
