//! `plan`: what would change. Writes nothing but the file that it was asked for.

use crate::cli::args::PlanArgs;
use crate::failure::{Exit, Outcome};
use crate::ops::preflight;
use crate::ops::saved_plan;
use crate::ops::session::Session;
use crate::ops::token_impact::impact_of;
use crate::reconcile::plan::converge;

pub async fn run(session: &Session, args: &PlanArgs) -> Outcome {
    if args.guard.check_iam {
        preflight::check(session, true).await?;
    }
    let (connection, actual, _, desired) = session.prepare(&args.deploy, args.allow, None).await?;
    let mut plan = converge(&desired, &actual)?;
    let pair = (&desired, &actual);
    let tokens =
        impact_of(session, &connection, pair, &mut plan, args.guard.forbid_scope_loss).await?;
    session.ui.say(session.header(&connection));
    let document = plan.document(&connection.target, &tokens);
    if let Some(path) = &args.out {
        saved_plan::write(path, session, &document, pair)?;
    }
    session.ui.result(&document, &document.text(session.ui.verbose));
    let pending = args.detailed_exitcode && !plan.is_empty();
    Ok(pending.then_some(Exit::Pending))
}
