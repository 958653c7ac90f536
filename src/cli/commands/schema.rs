//! `schema`: the JSON Schema of `deploy.toml`, for editors. It comes from the types that read the file.

use crate::cli::ui::print_document;
use crate::config;

pub fn run() {
    print_document(&config::schema());
}
