//! `promote`: ends a canary.

use std::rc::Rc;

use crate::cli::args::{Global, PromoteArgs};
use crate::cli::known::{proving, resolved};
use crate::cli::ui::Ui;
use crate::failure::{Exit, Outcome};
use crate::ops::connection::connect_for;
use crate::ops::promote::{Promoted, promote};
use crate::report::documents::PromoteDocument;
use crate::report::proof;

const SCHEMA: &str = "pretoken/promote/v1";

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &PromoteArgs) -> Outcome {
    let known = resolved(ui, global).await?;
    let proving = proving(ui, &args.proving, &known.config.verify, args.no_verify)?;
    let connection = connect_for(ui, &global.place(), &known.config).await?;
    let target = &connection.target;
    let Some(promoted) = promote(&known, &connection, &proving, &**ui).await? else {
        let document = PromoteDocument {
            schema: SCHEMA,
            target,
            from: None,
            to: None,
            verify: None,
            rolled_back: None,
        };
        ui.result(&document, "Nothing to do: no canary is running.\n");
        return Ok(None);
    };
    let Promoted { from, to, report, undone } = promoted;
    let document = PromoteDocument {
        schema: SCHEMA,
        target,
        from: Some(&from),
        to: Some(&to),
        verify: report.as_ref(),
        rolled_back: undone.rolled_back.as_ref(),
    };
    let proof = report.as_ref().map(proof::text).unwrap_or_default();
    let end = undone.lines().next().unwrap_or(format!("Version {to} serves all invocations."));
    ui.result(&document, &format!("{proof}{end}\n"));
    Ok(report.filter(|report| !report.ok).map(|_| Exit::Unproven))
}
