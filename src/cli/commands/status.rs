//! `status`: what is deployed, and what is not as `deploy.toml` says.

use std::fmt::Write as _;
use std::rc::Rc;

use serde_json::json;

use crate::cli::args::{Global, PageArgs};
use crate::cli::html::write_page;
use crate::cli::known::reached;
use crate::cli::ui::Ui;
use crate::failure::Outcome;
use crate::ops::status::{PublishedVersion, Status, status};
use crate::report::documents::StatusDocument;

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &PageArgs) -> Outcome {
    let (known, connection) = reached(ui, global).await?;
    let status = status(&known, &connection).await?;
    let document = json!(StatusDocument {
        schema: "pretoken/status/v1",
        target: &status.target,
        broken: &status.broken,
        deployed: status.deployed,
        outputs: &status.outputs,
        versions: &status.versions,
        drift: &status.drift,
        left_users: status.left_users.as_deref(),
        expires: status.expires.as_deref(),
    });
    ui.say(connection.header(known.path()));
    write_page(ui, args, &document, &known, Some(&status.target))?;
    ui.result(&document, &text(&status));
    Ok(None)
}

fn text(status: &Status) -> String {
    let Status { broken, deployed, outputs, versions, drift, expires, is_over, .. } = status;
    let left_users = &status.left_users;
    let mut text = String::new();
    for broken in broken {
        let _ = writeln!(text, "{}\n  help: {}", broken.text(), broken.help);
    }
    text += &if *deployed { outputs.text() } else { "Nothing is deployed.\n".to_owned() };
    for version in versions.iter().rev() {
        let _ = writeln!(text, "  {}", line(version));
    }
    for left in left_users.iter().flatten() {
        let _ = writeln!(text, "note: {}\n  help: {}", left.text(), left.help());
    }
    if left_users.is_none() {
        text += "note: whether verifications left users is not known: cognito-idp:ListUsers is not allowed\n";
    }
    if let Some(end) = expires {
        let over = if *is_over { ", which is over" } else { "" };
        let _ = writeln!(text, "  expires {end}{over}");
    }
    if *deployed {
        let verdict =
            if drift.is_empty() { "No drift.\n" } else { "Drift (see `pretoken plan`):\n" };
        text.push('\n');
        text.push_str(verdict);
    }
    let width = drift.iter().map(|change| change.name.len()).max().unwrap_or(0);
    for change in drift {
        let _ = writeln!(text, "  {}", change.line(width));
    }
    text
}

fn line(version: &PublishedVersion) -> String {
    let PublishedVersion { version, verified, percent, .. } = version;
    let verified =
        verified.as_ref().map_or("not verified".to_owned(), |time| format!("verified {time}"));
    let share = match percent {
        0 => String::new(),
        percent => format!("  serves {percent} %"),
    };
    format!("version {version:<4}  {verified}{share}")
}
