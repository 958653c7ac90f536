//! `schema`: the JSON Schema of `deploy.toml`, for editors, or of a document of `-o json`. It comes from the types that read the
//! one and write the others.

use crate::cli::args::SchemaArgs;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::config;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::nearest;
use crate::report::documents::{names, schema};
use crate::system::secrets::TokensShown;

pub fn run(ui: &Ui, args: &SchemaArgs) -> Outcome {
    let schema = match &args.document {
        None => config::schema(),
        Some(name) => schema(name).ok_or_else(|| unknown(name))?,
    };
    ui.writer.print_document(&schema, TokensShown::Hidden);
    Ok(None)
}

fn unknown(name: &str) -> Failure {
    let error = anyhow::anyhow!("no command writes a document `{name}`");
    let hint = match nearest(name, names()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("there are {}", names().collect::<Vec<_>>().join(", ")),
    };
    Failure::new(Exit::Usage, Code::Usage, error).hint(hint)
}
