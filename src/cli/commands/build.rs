//! `build`: the package, and what there is to know about it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::args::BuildArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::session::{Session, libc_of};
use crate::package::{Package, manifest_path, sbom_path};

pub async fn run(session: &Session, args: &BuildArgs) -> Outcome {
    let package = session.package().await?;
    let written = match &args.out {
        Some(zip) => Some(write(session, &package, zip).await?),
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
        "out": args.out,
        "manifest": written.as_ref().map(|written| &written.manifest),
        "sbom": written.as_ref().map(|written| &written.sbom),
    });
    let mut text = format!(
        "architecture  {}\ntarget        {}\nlibc          {}\nzip           {} bytes\nbootstrap     {} bytes\nsha256        {}\nCodeSha256    {}\n",
        package.architecture,
        package.target.as_deref().unwrap_or_default(),
        libc_of(&package),
        package.zip.len(),
        package.bootstrap_bytes,
        package.sha256_hex,
        package.code_sha256,
    );
    if let (Some(zip), Some(Written { manifest, sbom })) = (&args.out, &written) {
        let _ = writeln!(text, "written to    {}", zip.display());
        let _ = writeln!(text, "manifest      {}", manifest.display());
        let _ = writeln!(text, "materials     {}", sbom.display());
    }
    session.ui.result(&document, &text);
    Ok(None)
}

/// Where the files beside the package are.
struct Written {
    manifest: PathBuf,
    sbom: PathBuf,
}

/// The package comes last: a manifest without it does no harm.
async fn write(session: &Session, package: &Package, zip: &Path) -> Result<Written, Failure> {
    let build_metadata = session.build_metadata(package, zip).await?;
    let written = Written { manifest: manifest_path(zip), sbom: sbom_path(zip) };
    file(&written.sbom, &build_metadata.sbom)?;
    file(&written.manifest, &build_metadata.manifest.to_json())?;
    file(zip, &package.zip)?;
    Ok(written)
}

fn file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes).map_err(|error| {
        Failure::new(Exit::Failed, error).context(format!("cannot write `{}`", path.display()))
    })
}
