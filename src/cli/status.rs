//! `status`: what is deployed, and what is not as `deploy.toml` says. Needs no build: the code is not compared.

use std::fmt::Write as _;

use serde_json::json;

use super::exit::Outcome;
use super::outputs::Outputs;
use super::session::Session;
use crate::desired::Desired;
use crate::expiry;
use crate::observe::For;
use crate::plan::converge;
use crate::verify::now;

pub async fn run(session: &Session) -> Outcome {
    let (link, actual) = session.survey(For::Converging).await?;
    // Without a build there is no other code to compare with: what is live counts as wanted.
    let live = actual.release.as_ref().map(|release| release.settings.code_sha256.as_str());
    let desired = Desired::new(session.config(), link.target.clone(), live.unwrap_or_default());
    let expires = expiry::known(&desired, &actual);
    let desired = expires.iter().fold(desired, |desired, end| desired.expiring(end));
    let deployed = actual.release.is_some();
    let drift = if actual.is_empty() { vec![] } else { converge(&desired, &actual)?.changes() };
    let outputs = Outputs::new(&desired, &actual);
    let weights =
        actual.release.as_ref().map(|release| release.weights.clone()).unwrap_or_default();
    let mut text = if deployed { outputs.text() } else { "Nothing is deployed.\n".to_owned() };
    for (version, percent) in &weights {
        let _ = writeln!(text, "  version {version} takes {percent} % of the traffic");
    }
    if let Some(end) = &expires {
        let over = if expiry::is_over(end, now()) { ", which is over" } else { "" };
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
        "target": link.target,
        "deployed": deployed,
        "outputs": outputs,
        "weights": weights,
        "drift": drift,
        "expires": expires,
    });
    session.ui.say(session.header(&link));
    session.ui.result(&document, &text);
    Ok(None)
}
