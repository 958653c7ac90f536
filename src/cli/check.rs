//! `check`: everything that can be known without AWS, for the stack and each of its environments.

use serde_json::json;

use super::args::Global;
use super::exit::{Exit, Failure, Outcome};
use super::session::broken;
use super::ui::Ui;
use crate::config::{self, Loaded, Problems};
use crate::verify::now;

pub fn run(ui: &Ui, global: &Global) -> Outcome {
    let deployments = match &global.env {
        Some(env) => config::load(&global.file, Some(env)).map(|loaded| vec![loaded]),
        None => config::load_every(&global.file),
    };
    let deployments = deployments.map_err(|error| broken(&error, ui))?;
    let mut hints: Vec<_> = vec![];
    for loaded in &deployments {
        show_new(ui, &loaded.hints, &mut hints);
    }
    for loaded in &deployments {
        let promises = loaded.broken_promises(now());
        if !promises.is_empty() {
            return Err(unkept(ui, &promises));
        }
    }
    let Some(first) = deployments.first() else { return Ok(None) };
    let environments: Vec<_> =
        deployments.iter().filter_map(|loaded| loaded.config.env.clone()).collect();
    let document = json!({
        "schema": "pretoken/check/v1",
        "ok": true,
        "environments": environments,
        "hints": hints,
    });
    ui.result(&document, &summary(global, first, &environments));
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

/// Promises that the rules do not keep.
pub fn unkept(ui: &Ui, promises: &Problems) -> Failure {
    let mut failure = Failure::new(Exit::Unproven, anyhow::anyhow!(promises.summary()));
    failure.rendered = Some(promises.render(ui.colors_errors()));
    let located: Vec<_> = promises.located().collect();
    failure.detail("problems", json!(located))
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
    format!("{} is sound: {}{environments}\n", global.file.display(), parts.join(", "))
}
