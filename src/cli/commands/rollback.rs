//! `rollback`: gives the traffic back to a version that was good, in seconds. The pool is not touched, nothing is built.

use serde_json::json;

use super::up::confirm;
use crate::cli::args::RollbackArgs;
use crate::cloud::{Read as _, Write as _};
use crate::failure::{Exit, Failure, Outcome};
use crate::model::tags::verified_versions::VerifiedVersions;
use crate::model::{Release, Routing, Version};
use crate::ops::session::{Connection, Session};
use crate::reconcile::actual::Actual;
use crate::reconcile::apply::try_version;
use crate::reconcile::desired::Desired;
use crate::reconcile::observe::For;
use trigger::Rules;

pub async fn run(session: &Session, args: &RollbackArgs) -> Outcome {
    let (connection, actual) = session.survey(For::Converging).await?;
    let desired = Desired::new(session.config(), connection.target.clone(), "");
    let (live, marks) = ours(&desired, &actual)?;
    let function = &desired.function.name;
    let versions = connection.aws.versions(function).await?;
    let to = chosen(args.to, &live, &marks, &versions)?;
    let (from, route) = (live.route(), Routing::all_to(&to));
    session.ui.say(session.header(&connection));
    if from != route {
        check(session, &connection, function, &to, &actual, &desired).await?;
        confirm(session, &format!("Give all the traffic to version {to}?"))?;
        connection.aws.route(function, Some(&from), &route).await?;
    }
    let document = json!({
        "schema": "pretoken/rollback/v1",
        "target": connection.target,
        "from": from,
        "to": to,
        "verified": marks.at(&to),
    });
    let verified =
        marks.at(&to).map_or("never verified".to_owned(), |time| format!("verified at {time}"));
    let text = if from == route {
        format!("Nothing to do: version {to} takes all the traffic.\n")
    } else {
        format!(
            "Version {to} ({verified}) takes all the traffic; the pool was not touched.\nThe next `up` releases what deploy.toml says again.\n"
        )
    };
    session.ui.result(&document, &text);
    Ok(None)
}

/// What is live and which versions are good, of a function that is this stack's.
pub fn ours(desired: &Desired, actual: &Actual) -> Result<(Release, VerifiedVersions), Failure> {
    let Some((function, live)) = actual.function.as_ref().zip(actual.release.as_ref()) else {
        return Err(Failure::new(Exit::Failed, anyhow::anyhow!("nothing is deployed"))
            .hint("run `pretoken up` first"));
    };
    if !function.tags.same_stack(&desired.tags) {
        let error = anyhow::anyhow!("the function {} is not of this stack", function.name);
        return Err(Failure::new(Exit::Refused, error)
            .hint("`pretoken plan` says whose it is and what can be done"));
    }
    Ok((live.clone(), VerifiedVersions::of(&function.tags)))
}

fn chosen(
    wanted: Option<u64>,
    live: &Release,
    marks: &VerifiedVersions,
    versions: &[Version],
) -> Result<String, Failure> {
    let refused = |text: String| {
        let all: Vec<_> = versions.iter().map(|version| version.number.to_string()).collect();
        let hint =
            format!("there are the versions {}; `pretoken status` says more", all.join(", "));
        Failure::new(Exit::Refused, anyhow::anyhow!(text)).hint(hint)
    };
    match wanted {
        Some(number) if versions.iter().any(|version| version.number == number) => {
            Ok(number.to_string())
        }
        Some(number) => Err(refused(format!("there is no version {number}"))),
        None => marks.last_good(&live.route(), versions).ok_or_else(|| {
            let text = "no version before it was verified; nothing was changed";
            refused(text.to_owned()).hint("name one with --to")
        }),
    }
}

/// A version that does not even do what its own rules say is no way out.
async fn check(
    session: &Session,
    connection: &Connection,
    function: &str,
    version: &str,
    actual: &Actual,
    desired: &Desired,
) -> Result<(), Failure> {
    let bytes = connection.aws.deployed_rules(function, version).await?.unwrap_or_default();
    let rules = String::from_utf8(bytes).ok().and_then(|text| Rules::from_json(&text).ok());
    let Some(rules) = rules else {
        session.ui.say(format!(
            "The rules of version {version} cannot be read, so it is not tried beforehand"
        ));
        return Ok(());
    };
    let smoke_tests = session.smoke_tests_of(&rules, &connection.target);
    let ids = actual.ids(desired);
    try_version(&connection.aws, function, version, &smoke_tests, &ids).await.map_err(|error| {
        Failure::new(Exit::Unproven, error)
            .context("nothing was changed")
            .hint("choose another version with --to")
    })
}
