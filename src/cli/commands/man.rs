//! `man`: the manual pages, made of the same words as `--help`.

use crate::cli::args::{Cli, ManArgs};
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::failure::{Exit, Failure, Outcome};
use crate::report::documents::ManDocument;
use clap::CommandFactory as _;
use clap_mangen::{Man, generate_to};

/// Prints the page of a command, or that of the whole; with `--out` writes them all.
const SCHEMA: &str = "pretoken/man/v1";

pub fn run(ui: &Ui, args: &ManArgs) -> Outcome {
    if let Some(directory) = &args.out {
        let written = std::fs::create_dir_all(directory)
            .and_then(|()| generate_to(Cli::command(), directory));
        written.map_err(|error| {
            Failure::new(Exit::Failed, Code::CannotWrite, error)
                .context(format!("cannot write manual pages to `{}`", directory.display()))
        })?;
        let text = format!("Wrote the manual pages to {}.\n", directory.display());
        ui.result(
            &ManDocument { schema: SCHEMA, page: None, out: Some(directory.display().to_string()) },
            &text,
        );
        return Ok(None);
    }
    let page = page(args.command.as_deref())?;
    ui.result(&ManDocument { schema: SCHEMA, page: Some(&page), out: None }, &page);
    Ok(None)
}

fn page(of: Option<&str>) -> Result<String, Failure> {
    let mut whole = Cli::command();
    // Flags that every command takes are on its page too.
    whole.build();
    let command = match of {
        None => Some(&whole),
        Some(name) => whole.find_subcommand(name),
    };
    let Some(command) = command else {
        let error = anyhow::anyhow!("there is no command `{}`", of.unwrap_or_default());
        return Err(Failure::new(Exit::Usage, Code::Usage, error).hint("see --help"));
    };
    let mut page = vec![];
    let rendered = Man::new(command.clone()).render(&mut page);
    rendered.map_err(|error| Failure::new(Exit::Failed, Code::Internal, error))?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
