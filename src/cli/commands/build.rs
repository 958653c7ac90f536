//! `build`: the package, and what there is to know about it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cli::args::{BuildArgs, Global};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::cli::writer::Writer;
use crate::config::Config;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::build::{Reproduced, bootstrap, build, metadata, reproduce};
use crate::package::{Bootstrap, Package, manifest_path, sbom_path};

pub async fn run(ui: &Ui, global: &Global, args: &BuildArgs) -> Outcome {
    let known = known(ui, global)?;
    let architecture = known.config.trigger.architecture;
    if args.reproduce {
        return Ok(reproduced(ui, &reproduce(architecture, ui).await?));
    }
    if let Some(directory) = &args.bootstrap {
        return alone(ui, &bootstrap(architecture, ui).await?, directory);
    }
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

/// Writes the executable, the manifest last: what it describes is there.
fn alone(ui: &Ui, bootstrap: &Bootstrap, directory: &Path) -> Outcome {
    for (path, bytes) in bootstrap.files() {
        Writer::program(&directory.join(path), &bytes)?;
    }
    let manifest = &bootstrap.manifest;
    let said = format!(
        "{} for {}, {}: {} bytes, sha256 {}\n",
        directory.join(manifest.architecture.as_str()).display(),
        manifest.target,
        manifest.glibc,
        manifest.size,
        manifest.sha256
    );
    ui.result(manifest, &said);
    Ok(None)
}

fn reproduced(ui: &Ui, reproduced: &Reproduced) -> Option<Exit> {
    let Reproduced { prebuilt, rebuilt } = reproduced;
    let (ok, differences) = (prebuilt.sha256 == rebuilt.sha256, prebuilt.differences(rebuilt));
    let document = json!({
        "schema": "pretoken/reproduce/v1",
        "ok": ok,
        "prebuilt": prebuilt,
        "rebuilt": rebuilt,
        "differences": differences,
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
    ui.result(&document, &said);
    (!ok).then_some(Exit::Failed)
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
