//! `destroy`: removes what a stack owns, triggers first, and says what is left. Which stack, `deploy.toml` says, or its tags.

use std::path::Path;
use std::rc::Rc;

use crate::cli::args::{DestroyArgs, Global};
use crate::cli::known::resolved;
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::failure::{Exit, Failure, Outcome};
use crate::model::Target;
use crate::model::stack::StackName;
use crate::ops::connection::{Destination, Reached, connect, connect_for};
use crate::ops::consent::{answerable, ask};
use crate::ops::destroy::Removal;
use crate::ops::discover::{Discovered, discover, which};
use crate::reconcile::plan::{Change, Confirmed, Plan};
use crate::report::documents::DestroyDocument;

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &DestroyArgs) -> Outcome {
    let confirmed = &if global.local {
        Confirmed::Everything
    } else {
        Confirmed::Pools(args.confirm.iter().cloned().collect())
    };
    let user = &**ui;
    if args.stack.is_none() && !(global.env.is_some() && is_absent(&global.file)) {
        let known = resolved(ui, global).await?;
        answerable(user)?;
        let connection = &connect_for(ui, &global.place(), &known.config).await?;
        let header = connection.header(known.path());
        let identity = &connection.identity(&known.config);
        let removal = Removal { user, connection, identity, confirmed };
        return remove(&removal, &header, vec![]).await;
    }
    answerable(user)?;
    let named = args.stack.as_ref();
    let env = environment(named, global.env.as_ref())?;
    let connection =
        &connect(ui, &global.place(), Destination { env: env.clone(), ..Destination::default() })
            .await?;
    let stack = which(connection, named, &env.unwrap_or_default()).await?;
    let discovered = discover(connection, &stack).await?;
    let Discovered { identity, notes } = &discovered;
    let removal = Removal { user, connection, identity, confirmed };
    remove(&removal, &connection.header(&format!("stack {stack}")), notes.clone()).await
}

/// The usual file, and not there: whoever names another one means it.
fn is_absent(file: &Path) -> bool {
    file == Path::new("deploy.toml") && !file.exists()
}

/// The environment that `--stack` or `-e` names; both must mean the same.
fn environment(named: Option<&StackName>, env: Option<&String>) -> Result<Option<String>, Failure> {
    match (named, env) {
        (Some(stack), Some(other)) if stack.env.as_ref() != Some(other) => {
            let error = anyhow::anyhow!("--stack {stack} is not in the environment `{other}`");
            Err(Failure::new(Exit::Usage, Code::Usage, error)
                .hint("leave out -e: --stack says it all"))
        }
        (Some(stack), _) => Ok(stack.env.clone()),
        (None, env) => Ok(env.cloned()),
    }
}

async fn remove(
    removal: &Removal<'_, Reached, Ui>,
    header: &str,
    mut notes: Vec<String>,
) -> Outcome {
    let Removal { user: ui, connection, .. } = removal;
    let seen = removal.see().await?;
    let plan = &removal.plan(&seen)?;
    ui.say(header);
    let mut changes = vec![];
    if !plan.is_empty() {
        ui.say(plan.document(&connection.target, &[]).text("", ui.verbose));
        ask(*ui, &format!("Remove these {} resources?", plan.steps.len())).await?;
        changes = removal.apply(&seen, plan).await?;
    }
    let withheld = changes.iter().filter_map(|change| change.withheld.clone());
    notes.extend(withheld.filter(|why| !plan.notes.contains(why)));
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
    let document = DestroyDocument { schema: "pretoken/destroy/v1", target, changes, notes };
    ui.result(&document, &text);
}
