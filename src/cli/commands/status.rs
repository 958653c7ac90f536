//! `status`: what is deployed, and what is not as `deploy.toml` says. Needs no build: the code is not compared.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use crate::cloud::Read as _;
use crate::failure::{Failure, Outcome};
use crate::model::tags::verified_versions::VerifiedVersions;
use crate::model::{Release, Version};
use crate::ops::outputs::Outputs;
use crate::ops::session::{Connection, Session};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Desired;
use crate::reconcile::lifetime;
use crate::reconcile::observe::For;
use crate::reconcile::plan::converge;
use crate::time::Clock;

/// A published version.
#[derive(Debug, Serialize)]
struct Listed {
    version: String,
    published: String,
    /// When its tokens were proven; never, if that is not known.
    verified: Option<String>,
    /// Its share of the traffic.
    percent: u8,
    code_sha256: String,
}

impl Listed {
    fn line(&self) -> String {
        let verified = self
            .verified
            .as_ref()
            .map_or("not verified".to_owned(), |time| format!("verified {time}"));
        let share = match self.percent {
            0 => String::new(),
            percent => format!("  {percent} % of the traffic"),
        };
        format!("version {:<4}  {verified}{share}", self.version)
    }
}

async fn versions(
    connection: &Connection,
    desired: &Desired,
    actual: &Actual,
) -> Result<Vec<Listed>, Failure> {
    let Some(function) = &actual.function else { return Ok(vec![]) };
    let marks = VerifiedVersions::of(&function.tags);
    let route = actual.release.as_ref().map(Release::route);
    let listed = |found: Version| {
        let version = found.number.to_string();
        Listed {
            published: found.published,
            verified: marks.at(&version).map(ToOwned::to_owned),
            percent: route.as_ref().map_or(0, |route| route.share(&version)),
            code_sha256: found.code_sha256,
            version,
        }
    };
    let versions = connection.aws.versions(&desired.function.name).await?;
    Ok(versions.into_iter().map(listed).collect())
}

pub async fn run(session: &Session) -> Outcome {
    let (connection, actual) = session.survey(For::Converging).await?;
    // Without a build there is no other code to compare with: what is live counts as wanted.
    let live = actual.release.as_ref().map(|release| release.settings.code_sha256.as_str());
    let desired =
        Desired::new(session.config(), connection.target.clone(), live.unwrap_or_default());
    let expires = lifetime::known(&desired, &actual);
    let desired = expires.iter().fold(desired, |desired, end| desired.expiring(end));
    let deployed = actual.release.is_some();
    let drift = if actual.is_empty() { vec![] } else { converge(&desired, &actual)?.changes() };
    let outputs = Outputs::new(&desired, &actual);
    let versions = versions(&connection, &desired, &actual).await?;
    let mut text = if deployed { outputs.text() } else { "Nothing is deployed.\n".to_owned() };
    for version in versions.iter().rev() {
        let _ = writeln!(text, "  {}", version.line());
    }
    if let Some(end) = &expires {
        let over =
            if crate::time::is_over(end, Clock::system().now()) { ", which is over" } else { "" };
        let _ = writeln!(text, "  expires {end}{over}");
    }
    if deployed {
        let verdict =
            if drift.is_empty() { "No drift.\n" } else { "Drift (see `pretoken plan`):\n" };
        text.push('\n');
        text.push_str(verdict);
    }
    let width = drift.iter().map(|change| change.name.len()).max().unwrap_or(0);
    for change in &drift {
        let _ = writeln!(text, "  {}", change.line(width));
    }
    let document = json!({
        "schema": "pretoken/status/v1",
        "target": connection.target,
        "deployed": deployed,
        "outputs": outputs,
        "versions": versions,
        "drift": drift,
        "expires": expires,
    });
    session.ui.say(session.header(&connection));
    session.ui.result(&document, &text);
    Ok(None)
}
