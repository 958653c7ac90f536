//! `export`: the same stack as a template of another engine. Calls no AWS.

use std::path::{Component, Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::args::{ExportArgs, ExportEngine, Global};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::export::{Engine, PackagePlace, ReleaseExport, cloudformation, notes, terraform};
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::build::build;
use crate::package::code_sha256;

pub async fn run(ui: &Ui, global: &Global, args: &ExportArgs) -> Outcome {
    if args.engine == ExportEngine::Terraform && args.revision.is_some() {
        let error = anyhow::anyhow!("--revision is for CloudFormation");
        return Err(Failure::new(Exit::Usage, error)
            .hint("Terraform publishes a version whenever the function changes"));
    }
    let known = known(ui, global)?;
    let config = &known.config;
    let release = ReleaseExport {
        place: place(args)?,
        code_sha256: match &args.package {
            Some(path) => hash_of(path)?,
            None => build(config, ui).await?.code_sha256,
        },
        revision: args.revision.clone(),
    };
    let (engine, template): (_, Value) = match args.engine {
        ExportEngine::Cloudformation => (Engine::CloudFormation, cloudformation(config, &release)),
        ExportEngine::Terraform => {
            let text = terraform(config, &release);
            (Engine::Terraform, text.map_err(|error| Failure::new(Exit::Failed, error))?.into())
        }
    };
    let notes = notes(config, engine);
    for note in &notes {
        ui.say(format!("Note: {note}."));
    }
    let text = match &template {
        Value::String(text) => text.clone(),
        document => format!("{document:#}\n"),
    };
    let shown = match &args.out {
        Some(path) => {
            ui.writer.file(path, &text)?;
            format!("written to {}\n", path.display())
        }
        None => text,
    };
    let document = json!({
        "schema": "pretoken/export/v1",
        "engine": engine.word(),
        "code_sha256": release.code_sha256,
        "template": template,
        "notes": notes,
        "out": args.out.as_ref().map(|path| path.display().to_string()),
    });
    ui.result(&document, &shown);
    Ok(None)
}

/// A package in S3 is there for everybody; only without one does the template name the file.
fn place(args: &ExportArgs) -> Result<PackagePlace, Failure> {
    let place = match (&args.s3_bucket, &args.s3_key, &args.package) {
        (Some(bucket), Some(key), _) => {
            let (bucket, key, version) = (bucket.clone(), key.clone(), args.s3_version.clone());
            PackagePlace::Object { bucket, key, version }
        }
        (_, _, Some(package)) => PackagePlace::File(from_template(package, args.out.as_deref())?),
        _ => PackagePlace::Asked,
    };
    Ok(place)
}

fn hash_of(path: &Path) -> Result<String, Failure> {
    let zip = std::fs::read(path).map_err(|error| cannot("read", path, error))?;
    if !zip.starts_with(b"PK") {
        let error = anyhow::anyhow!("`{}` is no package: it is not a zip file", path.display());
        return Err(Failure::new(Exit::Usage, error).hint("`pretoken build --out FILE` makes one"));
    }
    Ok(code_sha256(&zip))
}

/// The way to the package from the directory of the template, where the engines look for it.
fn from_template(package: &Path, out: Option<&Path>) -> Result<String, Failure> {
    let directory = out.and_then(Path::parent).unwrap_or(Path::new(""));
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let absolute = |path: &Path| path.canonicalize().map_err(|error| cannot("find", path, error));
    let way = if package.is_absolute() {
        package.to_owned()
    } else {
        relative(&absolute(directory)?, &absolute(package)?)
    };
    Ok(way.display().to_string())
}

/// From one absolute directory to an absolute path.
fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from.components().zip(to.components()).take_while(|(one, two)| one == two).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(to.components().skip(shared)).collect()
}

fn cannot(verb: &str, path: &Path, error: std::io::Error) -> Failure {
    Failure::new(Exit::Failed, error).context(format!("cannot {verb} `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::relative;

    #[test]
    fn the_way_from_one_directory_to_a_file() {
        for (from, to, way) in [
            ("/a", "/a/trigger.zip", "trigger.zip"),
            ("/a/infra", "/a/trigger.zip", "../trigger.zip"),
            ("/a/x/y", "/a/b/trigger.zip", "../../b/trigger.zip"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way));
        }
    }
}
