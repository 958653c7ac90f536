//! `completions`: what a shell needs to complete this command line.

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};
use serde_json::json;

use crate::cli::args::Cli;
use crate::cli::ui::Ui;

/// Prints the script.
pub fn run(ui: &Ui, shell: Shell) {
    let mut script = vec![];
    generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    let script = String::from_utf8_lossy(&script);
    let document = json!({
        "schema": "pretoken/completions/v1",
        "shell": shell.to_string(),
        "script": script,
    });
    ui.result(&document, &script);
}
