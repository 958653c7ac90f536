//! `sweep`: removes the test environments whose time is over.

use std::fmt::Write as _;
use std::rc::Rc;

use serde::Serialize;

use crate::cli::args::{Global, SweepArgs};
use crate::cli::ui::Ui;
use crate::failure::{Exit, Outcome};
use crate::model::Target;
use crate::ops::connection::connect;
use crate::ops::consent::{answerable, ask};
use crate::ops::sweep::{Sweep, Swept};

/// The document `pretoken/sweep/v1`.
#[derive(Serialize)]
struct SweepDocument<'a> {
    schema: &'static str,
    target: &'a Target,
    dry_run: bool,
    stacks: &'a [Swept],
    notes: &'a [String],
}

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &SweepArgs) -> Outcome {
    if !args.dry_run {
        answerable(&**ui)?;
    }
    let connection = &connect(ui, &global.place(), None, None).await?;
    ui.say(connection.header("sweep"));
    let sweep = Sweep { user: &**ui, connection };
    let (mut stacks, mut notes) = sweep.find().await?;
    let removable = stacks.iter().filter(|one| one.error.is_none()).count();
    if !args.dry_run && removable > 0 {
        ui.say(text(&stacks, &notes, "to remove"));
        let what = if removable == 1 { "this stack" } else { "these stacks" };
        ask(&**ui, &format!("Remove {what} ({removable})?")).await?;
        for one in stacks.iter_mut().filter(|one| one.error.is_none()) {
            sweep.remove(one, &mut notes).await;
        }
    }
    let failed = stacks.iter().any(|one| one.error.is_some());
    let text = text(&stacks, &notes, if args.dry_run { "would be removed" } else { "removed" });
    let (schema, target, dry_run) = ("pretoken/sweep/v1", &connection.target, args.dry_run);
    ui.result(&SweepDocument { schema, target, dry_run, stacks: &stacks, notes: &notes }, &text);
    Ok((failed && !dry_run).then(|| ui.signal().unwrap_or(Exit::Partial)))
}

fn text(stacks: &[Swept], notes: &[String], what: &str) -> String {
    let mut text = String::new();
    for one in stacks {
        let _ = writeln!(text, "{}  expired {}", one.stack, one.expired);
        if let Some(error) = &one.error {
            let _ = writeln!(text, "  not removed: {error}");
            continue;
        }
        let width = one.changes.iter().map(|change| change.name.len()).max().unwrap_or(0);
        for change in &one.changes {
            let _ = writeln!(text, "  {}", change.line(width));
        }
    }
    for note in notes {
        let _ = writeln!(text, "Note: {note}.");
    }
    let removed = stacks.iter().filter(|one| one.error.is_none()).count();
    let _ = match (stacks.len(), removed) {
        (0, _) => writeln!(text, "Nothing has expired."),
        (all, removed) if all == removed => writeln!(text, "{removed} {what}."),
        (all, removed) => writeln!(text, "{removed} of {all} {what}."),
    };
    text
}
