//! `schema`: the JSON Schema of `deploy.toml`, for editors. It comes from the types that read the file.

use crate::cli::secrets::Tokens;
use crate::cli::ui::Ui;
use crate::config;
use crate::failure::Outcome;

pub fn run(ui: &Ui) -> Outcome {
    ui.writer.print_document(&config::schema(), Tokens::Hidden);
    Ok(None)
}
