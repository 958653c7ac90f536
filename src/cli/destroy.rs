//! `destroy`: removes what this stack owns, triggers first, and says what is left.

use serde_json::json;

use super::args::DestroyArgs;
use super::backup;
use super::exit::{Exit, Failure, Outcome};
use super::session::Session;
use super::up::{confirm, finished, nothing_left, shown};
use crate::apply::{Materials, apply};
use crate::desired::Desired;
use crate::observe::For;
use crate::plan::{Confirmed, destroy};

pub async fn run(session: &Session, args: &DestroyArgs) -> Outcome {
    let (link, actual) = session.survey(For::Removing).await?;
    let desired = Desired::new(session.config(), link.target.clone(), "");
    let confirmed = if session.global.local {
        Confirmed::Everything
    } else {
        Confirmed::Pools(args.confirm.iter().cloned().collect())
    };
    let plan = destroy(&desired, &actual, &confirmed)?;
    session.ui.say(session.header(&link));
    let mut changes = vec![];
    if !plan.is_empty() {
        session.ui.say(plan.document(&link.target, &[]).text(session.ui.verbose));
        confirm(session, &format!("Remove these {} resources?", plan.steps.len()))?;
        let saved = backup::save(&session.ui, &link, &plan, &desired, &actual).await?;
        session.ui.align(&plan.changes());
        let materials = Materials { desired: &desired, zip: &[], probes: &[] };
        let applied = apply(&plan, materials, actual.ids(&desired), &link.aws, &*session.ui).await;
        let failed = |failure| backup::point_to(&saved, partly(failure));
        changes = finished(applied).map_err(failed)?.done;
        let poll = shown(session);
        loop {
            let actual = link.observe(session.config(), For::Removing).await?;
            let left = destroy(&desired, &actual, &confirmed)?;
            if left.is_empty() || !poll.again().await {
                nothing_left(&left).map_err(partly)?;
                break;
            }
        }
    }
    let text = match (plan.is_empty(), plan.notes.as_slice()) {
        (false, []) => "Everything is removed.\n".to_owned(),
        (true, []) => "Nothing is there.\n".to_owned(),
        (_, notes) => notes.iter().map(|note| format!("Note: {note}.\n")).collect(),
    };
    let document = json!({
        "schema": "pretoken/destroy/v1",
        "target": link.target,
        "changes": changes,
        "notes": plan.notes,
    });
    session.ui.result(&document, &text);
    Ok(None)
}

/// Something could not be removed: the rest was.
fn partly(mut failure: Failure) -> Failure {
    if failure.exit == Exit::Failed {
        failure.exit = Exit::Partial;
    }
    failure
}
