//! `plan`: what would change. Writes nothing.

use super::args::PlanArgs;
use super::exit::{Exit, Outcome};
use super::session::Session;
use crate::plan::converge;

pub async fn run(session: &Session, args: &PlanArgs) -> Outcome {
    let (link, actual, _, desired) = session.prepare(args.allow).await?;
    let plan = converge(&desired, &actual)?;
    session.ui.say(session.header(&link));
    let document = plan.document(&link.target, &[]);
    session.ui.result(&document, &document.text(session.ui.verbose));
    let pending = args.detailed_exitcode && !plan.is_empty();
    Ok(pending.then_some(Exit::Pending))
}
