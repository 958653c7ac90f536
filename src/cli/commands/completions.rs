//! `completions`: what a shell needs to complete this command line.

use crate::cli::args::Cli;
use crate::cli::ui::Ui;
use crate::report::documents::CompletionsDocument;
use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

/// Prints the script.
pub fn run(ui: &Ui, shell: Shell) {
    let mut script = vec![];
    generate(shell, &mut Cli::command(), env!("CARGO_PKG_NAME"), &mut script);
    let script = String::from_utf8_lossy(&script);
    let (schema, name) = ("pretoken/completions/v1", shell.to_string());
    let document = CompletionsDocument { schema, shell: name, script: &script };
    ui.result(&document, &script);
}
