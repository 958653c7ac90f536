//! `sweep`: removes the test environments whose time is over.

use std::rc::Rc;

use crate::cli::args::{Global, SweepArgs};
use crate::cli::ui::Ui;
use crate::failure::{Exit, Outcome};
use crate::ops::connection::{Destination, connect};
use crate::ops::consent::{answerable, ask};
use crate::ops::sweep::Sweep;
use crate::report::sweep::{SweepDocument, text};

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &SweepArgs) -> Outcome {
    if !args.dry_run {
        answerable(&**ui)?;
    }
    let connection = &connect(ui, &global.place(), Destination::default()).await?;
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
