//! `rollback`: shifts all invocations back to a version that was verified.

use std::rc::Rc;

use crate::cli::args::{Global, RollbackArgs};
use crate::cli::known::reached;
use crate::cli::ui::Ui;
use crate::failure::Outcome;
use crate::ops::rollback::{RolledBack, rollback};
use crate::report::documents::RollbackDocument;

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &RollbackArgs) -> Outcome {
    let (known, connection) = reached(ui, global).await?;
    let RolledBack { target, from, to, verified, changed, lacks } =
        rollback(&known, &connection, args.to, &**ui).await?;
    let document = RollbackDocument {
        schema: "pretoken/rollback/v1",
        target: &target,
        from: &from,
        to: &to,
        verified: verified.as_deref(),
        unknown: &lacks.unknown,
        unkept: &lacks.promises,
    };
    let verified =
        verified.as_ref().map_or("never verified".to_owned(), |time| format!("verified at {time}"));
    let text = if changed {
        format!(
            "Version {to} ({verified}) serves all invocations; the pool was not touched.\nThe next `up` releases what deploy.toml says again.\n"
        )
    } else {
        format!("Nothing to do: version {to} serves all invocations.\n")
    };
    ui.result(&document, &text);
    Ok(None)
}
