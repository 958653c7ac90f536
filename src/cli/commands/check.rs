//! `check`: everything that can be known without AWS, for the stack and each of its environments.

use std::io;

use serde_json::json;

use crate::cli::args::{By, CheckArgs, Global};
use crate::cli::html::write_page;
use crate::cli::known::explained_row;
use crate::cli::ui::Ui;
use crate::cli::writer::columns;
use crate::config;
use crate::config::Problems;
use crate::config::openapi::{Served, adopted_ids};
use crate::failure::{Failure, Outcome};
use crate::ops::apis::{at_the_door, left_for_later};
use crate::report;
use crate::report::check::{by_operation, sizes, summary};
use crate::report::documents::CheckDocument;
use crate::system::clock::Clock;
use crate::tokens::hints::hints;
use crate::tokens::matrix::Matrix;
use crate::tokens::promises::broken_promises;
use crate::tokens::size::estimates;

pub fn run(ui: &Ui, global: &Global, args: &CheckArgs) -> Outcome {
    let deployments = config::load_every(&global.file, &global.selection().only_to_check())?;
    let (mut shown, now) = (vec![], Clock::system().now());
    for loaded in &deployments {
        show_new(ui, &hints(loaded, now), &mut shown);
    }
    for loaded in &deployments {
        let promises = broken_promises(loaded, now);
        if !promises.is_empty() {
            return Err(Failure::unkept(&promises));
        }
    }
    let mut doors = vec![];
    for loaded in &deployments {
        let door = at_the_door(loaded, (&adopted_ids(loaded), &Served::new()), None, now)?;
        door.hints.iter().for_each(|hints| show_new(ui, hints, &mut shown));
        doors.push(door.impacts);
    }
    let Some(first) = deployments.first() else { return Ok(None) };
    let environments: Vec<_> =
        deployments.iter().filter_map(|loaded| loaded.config.env.clone()).collect();
    let mut text = summary(first, &environments);
    let matrix = Matrix::of(&first.config, &first.rules, now);
    text += &format!("\n{}", report::matrix::what_is(&matrix, columns(io::stdout())));
    let impacts = doors.first().map(Vec::as_slice).unwrap_or_default();
    if let Some(later) = left_for_later(first) {
        ui.say(later);
    }
    let mut document = CheckDocument {
        schema: "pretoken/check/v1",
        ok: true,
        environments: &environments,
        hints: &shown,
        matrix: &matrix,
        apis: Some(impacts).filter(|impacts| !impacts.is_empty()),
        explained: None,
        tokens: None,
    };
    if args.by == Some(By::Operation) {
        text += &by_operation(impacts);
    }
    if let Some(row) = args.explain.as_ref().filter(|row| !row.is_empty()) {
        let explained = explained_row(&matrix, row, &first.rules)?;
        text = report::explanation::text(&explained);
        document.explained = Some(explained);
    }
    if args.explain.as_deref() == Some("") {
        let estimates = estimates(first, now);
        text += &sizes(&estimates);
        document.tokens = Some(estimates);
    }
    let document = json!(document);
    write_page(ui, &args.page, &document, first, None)?;
    ui.result(&document, &text);
    Ok(None)
}

/// The same hint of several environments is shown once.
fn show_new(ui: &Ui, found: &Problems, known: &mut Vec<config::Located>) {
    let new: Vec<_> = found.located().filter(|hint| !known.contains(hint)).collect();
    if !new.is_empty() {
        ui.hints(found);
        known.extend(new);
    }
}
