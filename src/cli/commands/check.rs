//! `check`: everything that can be known without AWS, for the stack and each of its environments.

use std::fmt::Write as _;
use std::io;

use serde_json::json;

use crate::cli::args::{By, CheckArgs, Global};
use crate::cli::known::explained_row;
use crate::cli::ui::Ui;
use crate::cli::writer::columns;
use crate::config;
use crate::config::openapi::adopted_ids;
use crate::config::{Loaded, Problems};
use crate::failure::{Failure, Outcome};
use crate::ops::apis::at_the_door;
use crate::report;
use crate::system::clock::Clock;
use crate::tokens::hints::hints;
use crate::tokens::impact::ApiImpact;
use crate::tokens::matrix::Matrix;
use crate::tokens::promises::broken_promises;
use crate::tokens::size::{Estimate, LIMIT, Size, estimates};

pub fn run(ui: &Ui, global: &Global, args: &CheckArgs) -> Outcome {
    let deployments = match &global.env {
        Some(env) => config::load(&global.file, Some(env)).map(|loaded| vec![loaded]),
        None => config::load_every(&global.file),
    };
    let deployments = deployments?;
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
        let door = at_the_door(loaded, &adopted_ids(loaded), None, now)?;
        door.hints.iter().for_each(|hints| show_new(ui, hints, &mut shown));
        doors.push(door.impacts);
    }
    let Some(first) = deployments.first() else { return Ok(None) };
    let environments: Vec<_> =
        deployments.iter().filter_map(|loaded| loaded.config.env.clone()).collect();
    let mut document = json!({
        "schema": "pretoken/check/v1",
        "ok": true,
        "environments": environments,
        "hints": shown,
    });
    let mut text = summary(global, first, &environments);
    let matrix = Matrix::of(&first.config, &first.rules, now);
    document["matrix"] = json!(matrix);
    text += &format!("\n{}", report::matrix::what_is(&matrix, columns(io::stdout())));
    let impacts = doors.first().map(Vec::as_slice).unwrap_or_default();
    if !impacts.is_empty() {
        document["apis"] = json!(impacts);
    }
    if args.by == Some(By::Operation) {
        text += &by_operation(impacts);
    }
    if let Some(row) = args.explain.as_ref().filter(|row| !row.is_empty()) {
        let explained = explained_row(&matrix, row, &first.rules)?;
        document["explained"] = json!(explained);
        text = report::explanation::text(&explained);
    }
    if args.explain.as_deref() == Some("") {
        let estimates = estimates(first, now);
        document["tokens"] = json!(estimates);
        text += &explained(&estimates);
    }
    ui.result(&document, &text);
    Ok(None)
}

/// Who may call what.
fn by_operation(impacts: &[ApiImpact]) -> String {
    if impacts.is_empty() {
        return "\nNo API is declared: `[apis.NAME]` with `openapi = \"…\"` names one.\n"
            .to_owned();
    }
    report::operations::what_is(impacts)
}

/// How long the tokens will be.
fn explained(estimates: &[Estimate]) -> String {
    let mut text = format!(
        "\nTokens, in bytes as they are sent (an estimate; a cookie holds {LIMIT} with its name):\n"
    );
    for Estimate { name, pool, client, access, id } in estimates {
        let _ = writeln!(text, "{name}  ({pool}/{client})");
        for (token, size) in [("access", Some(access)), ("ID", id.as_ref())] {
            let Some(Size { bytes, largest }) = size else { continue };
            let largest: Vec<_> =
                largest.iter().map(|part| format!("{} {}", part.claim, part.bytes)).collect();
            let _ = writeln!(text, "  {token:<6}  {bytes:>5}  most of it: {}", largest.join(", "));
        }
    }
    text
}

/// The same hint of several environments is shown once.
fn show_new(ui: &Ui, found: &Problems, known: &mut Vec<config::Located>) {
    let new: Vec<_> = found.located().filter(|hint| !known.contains(hint)).collect();
    if !new.is_empty() {
        ui.hints(found);
        known.extend(new);
    }
}

fn summary(global: &Global, loaded: &Loaded, environments: &[String]) -> String {
    let config = &loaded.config;
    let clients: usize = config.pools.values().map(|pool| pool.clients.len()).sum();
    let count = |number: usize, what: &str| {
        format!("{number} {what}{}", if number == 1 { "" } else { "s" })
    };
    let parts = [
        count(config.pools.len(), "pool"),
        count(clients, "client"),
        count(config.rules.len(), "rule"),
        count(config.expect.len(), "promise") + " kept",
    ];
    let environments = match environments {
        [] => String::new(),
        names => format!("; environments: {}", names.join(", ")),
    };
    format!("{} is valid: {}{environments}\n", global.file.display(), parts.join(", "))
}
