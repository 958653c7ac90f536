//! `promote`: ends a canary. The new version takes all the traffic, and is then proven like every release.

use serde_json::json;

use super::rollback::ours;
use super::up::{PATIENCE, confirm};
use super::verify;
use crate::cli::args::PromoteArgs;
use crate::cloud::Read as _;
use crate::failure::{Exit, Outcome};
use crate::model::Canary;
use crate::ops::rollout::{Rollout, Undone, running};
use crate::ops::session::Session;
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::For;

pub async fn run(session: &Session, args: &PromoteArgs) -> Outcome {
    let (connection, mut actual) = session.survey(For::Converging).await?;
    let live = actual.release.as_ref().map(|release| release.settings.code_sha256.clone());
    let desired =
        Desired::new(session.config(), connection.target.clone(), &live.unwrap_or_default());
    ours(&desired, &actual)?;
    session.ui.say(session.header(&connection));
    let Some((live, canary)) = running(&actual) else {
        let document = json!({
            "schema": "pretoken/promote/v1", "target": connection.target, "from": null, "to": null, "verify": null,
        });
        session.ui.result(&document, "Nothing to do: no canary takes a share of the traffic.\n");
        return Ok(None);
    };
    let Canary { version, percent, .. } = &canary;
    confirm(session, &format!("Give all the traffic to version {version} ({percent} % now)?"))?;
    let before = Some(live.version.clone());
    let rollout = Rollout {
        session,
        connection: &connection,
        desired: &desired,
        keys: &args.keys,
        before,
        attached: vec![],
    };
    rollout.promote(&live, &canary).await?;
    actual.release = connection.aws.release(&desired.function.name).await?;
    let (report, undone) = if args.no_verify {
        (None, Undone::default())
    } else {
        let (report, undone) = rollout.prove(&mut actual, PATIENCE).await?;
        (Some(report), undone)
    };
    let document = json!({
        "schema": "pretoken/promote/v1",
        "target": connection.target,
        "from": live.version,
        "to": version,
        "verify": report,
        "rolled_back": undone.rolled_back,
    });
    let proof = report.as_ref().map(verify::text).unwrap_or_default();
    let taken = format!("Version {version} takes all the traffic.");
    let end = undone.lines().next().unwrap_or(taken);
    session.ui.result(&document, &format!("{proof}{end}\n"));
    Ok(report.filter(|report| !report.ok).map(|_| Exit::Unproven))
}
