//! Back to a version that was verified, in seconds. The pool is not touched, nothing is built.

use trigger::Rules;

use super::connection::Connection;
use super::consent::ask;
use super::rollout::smoke_tests;
use crate::cloud::Write;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};
use crate::model::tags::verified_versions::VerifiedVersions;
use crate::model::{Release, Routing, Target, Version};
use crate::reconcile::actual::Actual;
use crate::reconcile::apply::try_version;
use crate::reconcile::identity::Identity;
use crate::reconcile::observe::For;
use crate::user::User;

/// What became of it.
pub struct RolledBack {
    /// Where.
    pub target: Target,
    /// The routing before.
    pub from: Routing,
    /// The version that serves everything.
    pub to: String,
    /// When that version was verified.
    pub verified: Option<String>,
    /// Whether anything was changed.
    pub changed: bool,
}

/// Routes everything to the version that was asked for, or to the last one that was verified.
pub async fn rollback<C: Write>(
    known: &Loaded,
    connection: &Connection<C>,
    to: Option<u64>,
    user: &impl User,
) -> Result<RolledBack, Failure> {
    let actual = connection.observe(&known.config, For::Converging).await?;
    let identity = connection.identity(&known.config);
    let (live, verified) = ours(&identity, &actual)?;
    let function = &identity.stack.function_name();
    let versions = connection.cloud.versions(function).await?;
    let to = chosen(to, &live, &verified, &versions)?;
    let (from, routing) = (live.routing(), Routing::all_to(&to));
    user.say(&connection.header(known.path()));
    let changed = from != routing;
    if changed {
        check(known, connection, &to, &actual, &identity, user).await?;
        ask(user, &format!("Shift all invocations to version {to}?")).await?;
        connection.cloud.route(function, Some(&from), &routing).await?;
    }
    let verified = verified.at(&to).map(ToOwned::to_owned);
    Ok(RolledBack { target: connection.target.clone(), from, to, verified, changed })
}

/// What is live and which versions were verified, of a function that is this stack's.
pub fn ours(identity: &Identity, actual: &Actual) -> Result<(Release, VerifiedVersions), Failure> {
    let Some((function, live)) = actual.function.as_ref().zip(actual.release.as_ref()) else {
        return Err(Failure::new(Exit::Failed, anyhow::anyhow!("nothing is deployed"))
            .hint("run `pretoken up` first"));
    };
    if !function.tags.same_stack(&identity.tags) {
        let error = anyhow::anyhow!("the function {} is not of this stack", function.name);
        return Err(Failure::new(Exit::Refused, error)
            .hint("`pretoken plan` says whose it is and what can be done"));
    }
    Ok((live.clone(), VerifiedVersions::of(&function.tags)))
}

fn chosen(
    wanted: Option<u64>,
    live: &Release,
    verified: &VerifiedVersions,
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
        None => verified.last_good(&live.routing(), versions).ok_or_else(|| {
            let text = "no version before it was verified; nothing was changed";
            refused(text.to_owned()).hint("name one with --to")
        }),
    }
}

/// A version that does not even do what its own rules say must not serve.
async fn check<C: Write>(
    known: &Loaded,
    connection: &Connection<C>,
    version: &str,
    actual: &Actual,
    identity: &Identity,
    user: &impl User,
) -> Result<(), Failure> {
    let function = &identity.stack.function_name();
    let bytes = connection.cloud.deployed_rules(function, version).await?.unwrap_or_default();
    let rules = String::from_utf8(bytes).ok().and_then(|text| Rules::from_json(&text).ok());
    let Some(rules) = rules else {
        user.say(&format!(
            "The rules of version {version} cannot be read, so it is not tried beforehand"
        ));
        return Ok(());
    };
    let tests = smoke_tests(known, &rules, connection);
    let ids = actual.ids(identity);
    try_version(&connection.cloud, function, version, &tests, &ids).await.map_err(|error| {
        Failure::new(Exit::Unproven, error)
            .context("nothing was changed")
            .hint("choose another version with --to")
    })
}
