//! `--html`: what a command found out, as a page in a file.

use std::time::Duration;

use serde::Serialize;
use serde_json::json;

use super::args::PageArgs;
use super::ui::Ui;
use crate::codes::Code;
use crate::config::{Loaded, Located};
use crate::failure::{Exit, Failure};
use crate::model::Target;
use crate::model::dates::end;
use crate::report::html::{About, page};
use crate::system::clock::Clock;
use crate::system::secrets::TokensShown;
use crate::tokens::hints::hints;
use crate::tokens::matrix::Matrix;

/// Writes the page of a document, if one was asked for.
pub fn write_page(
    ui: &Ui,
    args: &PageArgs,
    document: &impl Serialize,
    known: &Loaded,
    target: Option<&Target>,
) -> Result<(), Failure> {
    let Some(path) = &args.html else { return Ok(()) };
    let now = Clock::system().now();
    let mut document = ui.writer.document(document, TokensShown::Hidden);
    if document["matrix"].is_null() {
        document["matrix"] = json!(Matrix::of(&known.config, &known.rules, now));
    }
    // `check` has more hints than the file alone gives: those about APIs.
    let hints: Vec<Located> = match serde_json::from_value(document["hints"].clone()) {
        Ok(hints) => hints,
        Err(_) => hints(known, now).located().collect(),
    };
    let made = end(Duration::ZERO, now);
    let page = page(&document, &About { loaded: known, hints: &hints, target, made }).map_err(
        |error| {
            Failure::new(Exit::Failed, Code::Internal, error).context("cannot fill in the page")
        },
    )?;
    ui.writer.file(path, &page)?;
    ui.say(format!("The page: {}", path.display()));
    Ok(())
}
