//! `export`: the same stack as a template of another engine. Calls no AWS.

use serde_json::Value;

use crate::cli::args::{ExportArgs, ExportEngine, Global};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::export::{Engine, PackagePlace, ReleaseExport, cloudformation, notes, terraform};
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::build::build;
use crate::ops::export::{from_template, hash_of, holds_all};
use crate::report::documents::ExportDocument;

pub async fn run(ui: &Ui, global: &Global, args: &ExportArgs) -> Outcome {
    if args.engine == ExportEngine::Terraform && args.revision.is_some() {
        let error = anyhow::anyhow!("--revision is for CloudFormation");
        return Err(Failure::new(Exit::Usage, Code::Usage, error)
            .hint("Terraform publishes a version whenever the function changes"));
    }
    let known = known(ui, global)?;
    holds_all(&known)?;
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
            (
                Engine::Terraform,
                text.map_err(|error| Failure::new(Exit::Failed, Code::Internal, error))?.into(),
            )
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
    let document = ExportDocument {
        schema: "pretoken/export/v1",
        engine: engine.word(),
        code_sha256: &release.code_sha256,
        template: &template,
        notes: &notes,
        out: args.out.as_ref().map(|path| path.display().to_string()),
    };
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
