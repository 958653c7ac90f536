//! `plan`: what would change. Writes nothing but the file that it was asked for.

use super::args::PlanArgs;
use super::exit::{Exit, Outcome};
use super::preflight;
use super::saved;
use super::session::Session;
use super::tokens::impact_of;
use crate::plan::converge;

pub async fn run(session: &Session, args: &PlanArgs) -> Outcome {
    if args.guard.check_iam {
        preflight::check(session, true).await?;
    }
    let (link, actual, _, desired) = session.prepare(&args.deploy, args.allow, None).await?;
    let mut plan = converge(&desired, &actual)?;
    let pair = (&desired, &actual);
    let tokens = impact_of(session, &link, pair, &mut plan, args.guard.forbid_scope_loss).await?;
    session.ui.say(session.header(&link));
    let document = plan.document(&link.target, &tokens);
    if let Some(path) = &args.out {
        saved::write(path, session, &document, pair)?;
    }
    session.ui.result(&document, &document.text(session.ui.verbose));
    let pending = args.detailed_exitcode && !plan.is_empty();
    Ok(pending.then_some(Exit::Pending))
}
