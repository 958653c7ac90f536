//! `plan`: what would change. Writes nothing but the file that it was asked for.

use std::io;
use std::rc::Rc;

use serde_json::json;

use crate::cli::args::{Global, PlanArgs};
use crate::cli::html::write_page;
use crate::cli::known::{explained_row, resolved};
use crate::cli::ui::Ui;
use crate::cli::writer::{Writer, columns};
use crate::failure::{Exit, Outcome};
use crate::ops::build::deployable;
use crate::ops::connection::connect_for;
use crate::ops::plan::{Intent, plan};
use crate::ops::{preflight, saved_plan};
use crate::report;
use crate::system::clock::Clock;

pub async fn run(ui: &Rc<Ui>, global: &Global, args: &PlanArgs) -> Outcome {
    let known = &resolved(ui, global).await?;
    let (config, place) = (&known.config, &global.place());
    if args.guard.check_iam {
        let connection = connect_for(ui, place, config).await?;
        ui.say(preflight::check(config, &connection, true).await?);
    }
    let intent = Intent {
        known,
        allow: args.allow.into(),
        canary: None,
        forbid_scope_loss: args.guard.forbid_scope_loss,
        forbid_user_controlled: args.guard.forbid_user_controlled,
        saved: None,
        local: global.local,
    };
    let package = deployable(config, args.deploy.package.as_deref(), &**ui);
    let connecting = connect_for(ui, place, config);
    let planned = plan(intent, Clock::system(), package, connecting, &**ui).await?;
    ui.say(planned.connection.header(known.path()));
    let document = planned.document();
    if let Some(path) = &args.out {
        let text = saved_plan::text(config, &document, (&planned.desired, &planned.actual))?;
        Writer::private_file(path, &text)?;
        ui.say(format!("Saved the plan: {}", path.display()));
    }
    let matrix = planned.matrix.as_ref();
    let tokens = report::tokens(&planned.tokens, matrix, &planned.apis, columns(io::stdout()));
    let mut text = document.text(&tokens, ui.verbose);
    let mut shown = json!(document);
    if let (Some(row), Some(matrix)) = (&args.explain, matrix) {
        let explained = explained_row(matrix, row, &known.rules)?;
        shown["explained"] = json!(explained);
        text = report::explanation::text(&explained);
    }
    write_page(ui, &args.page, &shown, known, Some(&planned.connection.target))?;
    ui.result(&shown, &text);
    let pending = args.detailed_exitcode && !planned.plan.is_empty();
    Ok(pending.then_some(Exit::Pending))
}
