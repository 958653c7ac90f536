//! `schema`: the JSON Schema of `deploy.toml`, for editors. It comes from the types that read the file.

use crate::cli::ui::Ui;
use crate::config;
use crate::system::secrets::TokensShown;

pub fn run(ui: &Ui) {
    ui.writer.print_document(&config::schema(), TokensShown::Hidden);
}
