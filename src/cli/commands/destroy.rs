//! `destroy`: removes what a stack owns, triggers first, and says what is left. Which stack, `deploy.toml` says, or its tags.

use std::path::Path;
use std::rc::Rc;

use serde_json::json;

use super::up::{agreed, answerable};
use crate::cli::args::{DestroyArgs, Global};
use crate::cli::by_tag;
use crate::cli::by_tag::DiscoveredStack;
use crate::cli::ui::Ui;
use crate::failure::Outcome;
use crate::model::Target;
use crate::ops::destroy::Removal;
use crate::ops::session::Session;
use crate::reconcile::plan::{Change, Confirmed, Plan};

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &DestroyArgs) -> Outcome {
    let confirmed = if global.local {
        Confirmed::Everything
    } else {
        Confirmed::Pools(args.confirm.iter().cloned().collect())
    };
    if args.stack.is_none() && !(global.env.is_some() && is_absent(&global.file)) {
        let session = Session::open(ui.clone(), global)?;
        answerable(global)?;
        let connection = session.connect().await?;
        let config = session.config();
        let removal = Removal { ui, connection: &connection, config, confirmed: &confirmed };
        return remove(&removal, global, &session.header(&connection), vec![]).await;
    }
    answerable(global)?;
    let DiscoveredStack { connection, stack, discovered } =
        by_tag::find(ui, global, args.stack.as_ref()).await?;
    let removal =
        Removal { ui, connection: &connection, config: &discovered.config, confirmed: &confirmed };
    remove(&removal, global, &connection.header(&format!("stack {stack}")), discovered.notes).await
}

/// The usual file, and not there: whoever names another one means it.
fn is_absent(file: &Path) -> bool {
    file == Path::new("deploy.toml") && !file.exists()
}

async fn remove(
    removal: &Removal<'_>,
    global: &Global,
    header: &str,
    mut notes: Vec<String>,
) -> Outcome {
    let Removal { ui, connection, .. } = removal;
    let seen = removal.see().await?;
    let plan = &removal.plan(&seen)?;
    ui.say(header);
    let mut changes = vec![];
    if !plan.is_empty() {
        ui.say(plan.document(&connection.target, &[]).text(ui.verbose));
        agreed(ui, global, &format!("Remove these {} resources?", plan.steps.len()))?;
        changes = removal.apply(&seen, plan).await?;
    }
    notes.splice(0..0, plan.notes.iter().cloned());
    finish(ui, &connection.target, plan, &changes, &notes);
    Ok(None)
}

fn finish(ui: &Ui, target: &Target, plan: &Plan, changes: &[Change], notes: &[String]) {
    let mut text = match (plan.is_empty(), notes) {
        (false, []) => "Everything is removed.\n".to_owned(),
        (true, []) => "Nothing is there.\n".to_owned(),
        _ => String::new(),
    };
    text.extend(notes.iter().map(|note| format!("Note: {note}.\n")));
    let document = json!({
        "schema": "pretoken/destroy/v1",
        "target": target,
        "changes": changes,
        "notes": notes,
    });
    ui.result(&document, &text);
}
