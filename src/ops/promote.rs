//! The end of a canary: it serves everything, and is then proven like every release.

use super::connection::Connection;
use super::consent::ask;
use super::options::Proving;
use super::rollback::ours;
use super::rollout::{Rollout, Undone, running};
use super::up::PATIENCE;
use crate::cloud::{Auth, Write};
use crate::config::Loaded;
use crate::failure::Failure;
use crate::model::Canary;
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::For;
use crate::user::User;
use crate::verify::Report;

/// What became of a canary.
pub struct Promoted {
    /// The version that served before.
    pub from: String,
    /// The canary.
    pub to: String,
    /// The proof; none if it was left out.
    pub report: Option<Report>,
    /// What was taken back.
    pub undone: Undone,
}

/// Promotes the canary, if there is one.
pub async fn promote<C: Write + Auth, U: User>(
    known: &Loaded,
    connection: &Connection<C>,
    proving: &Proving,
    user: &U,
) -> Result<Option<Promoted>, Failure> {
    let mut actual = connection.observe(&known.config, For::Converging).await?;
    let desired = &Desired::as_deployed(&known.config, connection.target.clone(), &actual);
    ours(&desired.identity, &actual)?;
    user.say(&connection.header(known.path()));
    let Some((live, canary)) = running(&actual) else { return Ok(None) };
    let Canary { version, percent, .. } = &canary;
    ask(user, &format!("Shift all invocations to version {version} ({percent} % now)?")).await?;
    let before = Some(live.routing());
    let rollout = Rollout { known, connection, desired, proving, user, before, attached: vec![] };
    let promoted = async {
        rollout.promote(&live, &canary).await?;
        Ok(connection.cloud.release(&desired.function.name).await?)
    };
    actual.release = match promoted.await {
        Err(failure) if !proving.skip => return Err(rollout.abandon(failure).await),
        promoted => promoted?,
    };
    let (from, to) = (live.version, canary.version);
    if proving.skip {
        return Ok(Some(Promoted { from, to, report: None, undone: Undone::default() }));
    }
    let (report, undone) = rollout.prove(&mut actual, PATIENCE).await?;
    Ok(Some(Promoted { from, to, report: Some(report), undone }))
}
