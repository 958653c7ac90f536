//! `explain`: what a code means, and what to do.

use crate::cli::args::ExplainArgs;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::failure::{Exit, Failure, Outcome};
use crate::report::explain::{Explained, meant};

pub fn run(ui: &Ui, args: &ExplainArgs) -> Outcome {
    let codes = match &args.code {
        None => Code::ALL.to_vec(),
        Some(word) => vec![Code::of(word).ok_or_else(|| unknown(word))?],
    };
    let explained = Explained::of(&codes);
    ui.result(&explained, &explained.text());
    Ok(None)
}

fn unknown(word: &str) -> Failure {
    let error = anyhow::anyhow!("there is no code `{word}`");
    let hint = match meant(word) {
        Some(code) => format!("did you mean `{code}`?"),
        None => "`pretoken explain` lists all of them".to_owned(),
    };
    Failure::new(Exit::Usage, Code::Usage, error).hint(hint)
}
