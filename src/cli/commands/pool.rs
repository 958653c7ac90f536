//! `pool diff` and `pool restore`: a saved description against the live pool. They need no `deploy.toml`.

use std::path::Path;
use std::rc::Rc;

use crate::cli::args::{Global, PoolCommand};
use crate::cli::ui::Ui;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::backup;
use crate::ops::connection::{Connection, Destination, Reached, connect};
use crate::ops::consent::answerable;
use crate::ops::pool_settings;
use crate::report::documents::{PoolDiffDocument, PoolRestoreDocument};

pub async fn run(ui: &Rc<Ui>, global: &Global, command: &PoolCommand) -> Outcome {
    match command {
        PoolCommand::Diff { saved, detailed_exitcode } => {
            let differences = diff(ui, global, saved).await?;
            Ok((*detailed_exitcode && !differences.is_empty()).then_some(Exit::Pending))
        }
        PoolCommand::Restore { saved } => restore(ui, global, saved).await,
    }
}

async fn diff(ui: &Rc<Ui>, global: &Global, file: &Path) -> Result<Vec<String>, Failure> {
    let (id, saved) = backup::read(file)?;
    let connection = connection(ui, global, &id).await?;
    let differences = pool_settings::differences(&connection, &id, &saved).await?;
    let schema = "pretoken/pool-diff/v1";
    let document = PoolDiffDocument { schema, pool: &id, differences: &differences };
    ui.result(&document, &text(&id, &differences));
    Ok(differences)
}

async fn restore(ui: &Rc<Ui>, global: &Global, file: &Path) -> Outcome {
    let (id, saved) = backup::read(file)?;
    answerable(&**ui)?;
    let connection = connection(ui, global, &id).await?;
    let restored = pool_settings::differences(&connection, &id, &saved).await?;
    let mut withheld = None;
    if !restored.is_empty() {
        ui.say(text(&id, &restored));
        withheld = pool_settings::restore(&connection, &id, &saved, &**ui).await?;
    }
    let text = if restored.is_empty() {
        format!("Nothing to do: the pool {id} has the saved settings.\n")
    } else if let Some(why) = &withheld {
        format!(
            "Restored: the pool {id} has the saved settings again, but for its slot.\nNote: {why}.\n"
        )
    } else {
        format!("Restored: the pool {id} has the saved settings again.\n")
    };
    let document = PoolRestoreDocument {
        schema: "pretoken/pool-restore/v1",
        pool: &id,
        differences: &restored,
        withheld: withheld.as_deref(),
    };
    ui.result(&document, &text);
    Ok(None)
}

async fn connection(
    ui: &Rc<Ui>,
    global: &Global,
    pool_id: &str,
) -> Result<Connection<Reached>, Failure> {
    let region = pool_id.split_once('_').map(|(region, _)| region.to_owned());
    connect(ui, &global.place(), Destination { region, ..Destination::default() }).await
}

fn text(id: &str, differences: &[String]) -> String {
    if differences.is_empty() {
        return format!("The pool {id} is as it was saved.\n");
    }
    let lines: String = differences.iter().map(|line| format!("  {line}\n")).collect();
    format!("The pool {id}, saved -> now:\n{lines}")
}
