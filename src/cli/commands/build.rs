//! `build`: the package, and what there is to know about it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::args::{BuildArgs, Global};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::cli::writer::Writer;
use crate::config::Config;
use crate::failure::{Failure, Outcome};
use crate::ops::build::{build, metadata};
use crate::package::{Package, manifest_path, sbom_path};

pub async fn run(ui: &Ui, global: &Global, args: &BuildArgs) -> Outcome {
    let known = known(ui, global)?;
    let package = build(&known.config, ui).await?;
    let written = match &args.out {
        Some(zip) => Some(write(&known.config, &package, zip).await?),
        None => None,
    };
    let document = json!({
        "schema": "pretoken/build/v1",
        "architecture": package.architecture,
        "target": package.target,
        "glibc": package.glibc.as_ref().map(ToString::to_string),
        "zip_bytes": package.zip.len(),
        "bootstrap_bytes": package.bootstrap_bytes,
        "sha256": package.sha256_hex,
        "code_sha256": package.code_sha256,
        "out": args.out.as_ref().map(|path| path.display().to_string()),
        "manifest": written.as_ref().map(|written| written.manifest.display().to_string()),
        "sbom": written.as_ref().map(|written| written.sbom.display().to_string()),
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
    if let (Some(zip), Some(Written { manifest, sbom })) = (&args.out, &written) {
        let _ = writeln!(text, "written to    {}", zip.display());
        let _ = writeln!(text, "manifest      {}", manifest.display());
        let _ = writeln!(text, "SBOM          {}", sbom.display());
    }
    ui.result(&document, &text);
    Ok(None)
}

/// Where the files beside the package are.
struct Written {
    manifest: PathBuf,
    sbom: PathBuf,
}

/// The package comes last: a manifest without it does no harm.
async fn write(config: &Config, package: &Package, zip: &Path) -> Result<Written, Failure> {
    let build_metadata = metadata(config, package, zip).await?;
    let written = Written { manifest: manifest_path(zip), sbom: sbom_path(zip) };
    Writer::bytes(&written.sbom, &build_metadata.sbom)?;
    Writer::bytes(&written.manifest, &build_metadata.manifest.to_json())?;
    Writer::bytes(zip, &package.zip)?;
    Ok(written)
}
