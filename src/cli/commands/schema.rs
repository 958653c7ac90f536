//! `schema`: the JSON Schema of `deploy.toml`, for editors. It comes from the types that read the file.

use crate::cli::ui::print_document;
use crate::config;
use crate::failure::Outcome;

pub fn run() -> Outcome {
    print_document(&config::schema());
    Ok(None)
}
