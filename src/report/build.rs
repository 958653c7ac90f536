//! A package, and a trigger that was built again: documents and texts. Pure.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::documents::{BuildDocument, ReproduceDocument};
use crate::package::{BootstrapManifest, Package};

/// A package in a file, and the files beside it.
#[derive(Debug)]
pub struct Written {
    /// The package.
    pub zip: PathBuf,
    /// Its manifest.
    pub manifest: PathBuf,
    /// What it is made of.
    pub sbom: PathBuf,
}

/// The document `pretoken/build/v1`, and the text.
#[must_use]
pub fn package(package: &Package, written: Option<&Written>) -> (Value, String) {
    let path = |of: fn(&Written) -> &Path| written.map(|it| of(it).display().to_string());
    let document = json!(BuildDocument {
        schema: "pretoken/build/v1",
        architecture: package.architecture,
        target: package.target.as_deref(),
        glibc: package.glibc.as_ref().map(ToString::to_string),
        zip_bytes: package.zip.len(),
        bootstrap_bytes: package.bootstrap_bytes,
        sha256: &package.sha256_hex,
        code_sha256: &package.code_sha256,
        out: path(|it| &it.zip),
        manifest: path(|it| &it.manifest),
        sbom: path(|it| &it.sbom),
    });
    let mut text = format!(
        "architecture  {}\ntarget        {}\nlibc          {}\nzip           {} bytes\nbootstrap     {} bytes\nsha256        {}\nCodeSha256    {}\n",
        package.architecture,
        package.target.as_deref().unwrap_or_default(),
        package.libc(),
        package.zip.len(),
        package.bootstrap_bytes,
        package.sha256_hex,
        package.code_sha256,
    );
    if let Some(Written { zip, manifest, sbom }) = written {
        let _ = writeln!(text, "written to    {}", zip.display());
        let _ = writeln!(text, "manifest      {}", manifest.display());
        let _ = writeln!(text, "SBOM          {}", sbom.display());
    }
    (document, text)
}

/// Whether the bytes are the same, the document `pretoken/reproduce/v1`, and the text.
#[must_use]
pub fn reproduced(
    prebuilt: &BootstrapManifest,
    rebuilt: &BootstrapManifest,
) -> (bool, Value, String) {
    let (ok, differences) = (prebuilt.sha256 == rebuilt.sha256, prebuilt.differences(rebuilt));
    let document = json!(ReproduceDocument {
        schema: "pretoken/reproduce/v1",
        ok,
        prebuilt,
        rebuilt,
        differences: &differences,
    });
    let mut said = if ok {
        format!(
            "ok: the sources of {} make the prebuilt trigger again, sha256 {}\n",
            prebuilt.pretoken, prebuilt.sha256
        )
    } else {
        "The sources do not make the prebuilt trigger here:\n".to_owned()
    };
    for one in &differences {
        said += &format!("  {one}\n");
    }
    (ok, document, said)
}
