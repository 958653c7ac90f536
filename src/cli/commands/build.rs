//! `build`: the package, and what there is to know about it.

use std::path::Path;

use crate::cli::args::{BuildArgs, Global};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::cli::writer::Writer;
use crate::config::Config;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::build::{Reproduced, bootstrap, build, metadata, reproduce};
use crate::package::{Bootstrap, Package, manifest_path, sbom_path};
use crate::report;
use crate::report::build::Written;

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
    let (document, text) = report::build::package(&package, written.as_ref());
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
    let (ok, document, said) = report::build::reproduced(prebuilt, rebuilt);
    ui.result(&document, &said);
    (!ok).then_some(Exit::Failed)
}

/// The package comes last: a manifest without it does no harm.
async fn write(config: &Config, package: &Package, zip: &Path) -> Result<Written, Failure> {
    let build_metadata = metadata(config, package, zip).await?;
    let written =
        Written { zip: zip.to_owned(), manifest: manifest_path(zip), sbom: sbom_path(zip) };
    Writer::bytes(&written.sbom, &build_metadata.sbom)?;
    Writer::bytes(&written.manifest, &build_metadata.manifest.to_json())?;
    Writer::bytes(zip, &package.zip)?;
    Ok(written)
}
