//! `pool diff` and `pool restore`: a saved description against the live pool. They need no `deploy.toml`.

use std::path::Path;
use std::rc::Rc;

use serde_json::{Value, json};

use super::up::{agreed, answerable};
use crate::aws::cognito::pool_document;
use crate::cli::args::{Global, PoolCommand};
use crate::cli::ui::Ui;
use crate::cloud::{Read as _, Write as _};
use crate::failure::{Exit, Failure, Outcome};
use crate::model::region_of_pool;
use crate::ops::backup;
use crate::ops::session::Connection;

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
    let differences = differences(&connection, &id, &saved).await?;
    ui.result(&document("pretoken/pool-diff/v1", &id, &differences), &text(&id, &differences));
    Ok(differences)
}

async fn restore(ui: &Rc<Ui>, global: &Global, file: &Path) -> Outcome {
    let (id, saved) = backup::read(file)?;
    answerable(global)?;
    let connection = connection(ui, global, &id).await?;
    let restored = differences(&connection, &id, &saved).await?;
    if !restored.is_empty() {
        ui.say(text(&id, &restored));
        agreed(ui, global, "Put the saved settings back?")?;
        connection.aws.restore_pool(&id, &saved).await?;
    }
    let text = if restored.is_empty() {
        format!("Nothing to do: the pool {id} has the saved settings.\n")
    } else {
        format!("Restored: the pool {id} has the saved settings again.\n")
    };
    ui.result(&document("pretoken/pool-restore/v1", &id, &restored), &text);
    Ok(None)
}

async fn connection(ui: &Rc<Ui>, global: &Global, pool_id: &str) -> Result<Connection, Failure> {
    Connection::connect(ui, global, region_of_pool(pool_id).map(ToOwned::to_owned), None).await
}

async fn differences(
    connection: &Connection,
    id: &str,
    saved: &Value,
) -> Result<Vec<String>, Failure> {
    let live = connection.aws.pool_description(id).await?;
    Ok(pool_document::since(saved, &live))
}

fn document(schema: &str, id: &str, differences: &[String]) -> Value {
    json!({ "schema": schema, "pool": id, "differences": differences })
}

fn text(id: &str, differences: &[String]) -> String {
    if differences.is_empty() {
        return format!("The pool {id} is as it was saved.\n");
    }
    let lines: String = differences.iter().map(|line| format!("  {line}\n")).collect();
    format!("The pool {id}, saved -> now:\n{lines}")
}
