//! Back to a version that was verified, in seconds. The pool is not touched, nothing is built.

use trigger::{Rules, Subject};

use super::connection::Connection;
use super::consent::ask;
use super::rollout::{frozen_ids, smoke_tests};
use crate::cloud::Write;
use crate::codes::Code;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};
use crate::model::tags::verified_versions::VerifiedVersions;
use crate::model::{Ids, Release, Routing, Target, Version};
use crate::reconcile::actual::Actual;
use crate::reconcile::apply::try_version;
use crate::reconcile::identity::Identity;
use crate::reconcile::observe::For;
use crate::tokens::promises::unkept;
use crate::tokens::smoke_test::IdsAround;
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
    /// What of that version is not as `deploy.toml` says today; nothing if it served already.
    pub lacks: Lacks,
}

/// What holds with a version that is older than `deploy.toml`: said before anybody is asked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lacks {
    /// Pools (by their keys) and clients (as `pool/client`) of which it knows nothing.
    pub unknown: Vec<String>,
    /// The names of promises that its rules do not keep.
    pub promises: Vec<String>,
}

impl Lacks {
    fn lines(&self, version: &str) -> impl Iterator<Item = String> {
        let unknown = self.unknown.iter().map(move |key| {
            let kind = if key.contains('/') { "client" } else { "pool" };
            format!("Version {version} does not know the {kind} {key}: no rule that names it applies there.")
        });
        let promises = self.promises.iter();
        unknown.chain(promises.map(move |it| format!("Version {version} does not keep `{it}`.")))
    }
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
    let mut lacks = Lacks::default();
    if changed {
        lacks = check(known, connection, &to, &actual.ids(&identity), user).await?;
        lacks.lines(&to).for_each(|line| user.say(&line));
        ask(user, &format!("Shift all invocations to version {to}?")).await?;
        connection.cloud.route(function, Some(&from), &routing).await?;
    }
    let verified = verified.at(&to).map(ToOwned::to_owned);
    Ok(RolledBack { target: connection.target.clone(), from, to, verified, changed, lacks })
}

/// What is live and which versions were verified, of a function that is this stack's.
pub fn ours(identity: &Identity, actual: &Actual) -> Result<(Release, VerifiedVersions), Failure> {
    let Some((function, live)) = actual.function.as_ref().zip(actual.release.as_ref()) else {
        return Err(Failure::new(
            Exit::Failed,
            Code::NotDeployed,
            anyhow::anyhow!("nothing is deployed"),
        )
        .hint("run `pretoken up` first"));
    };
    if !function.tags.same_stack(&identity.tags) {
        let error = anyhow::anyhow!("the function {} is not of this stack", function.name);
        return Err(Failure::new(Exit::Refused, Code::NotOurs, error)
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
        Failure::new(Exit::Refused, Code::UnknownVersion, anyhow::anyhow!(text)).hint(hint)
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

/// A version that does not even do what its own rules say must not serve. It is judged by what it froze, rules and ids:
/// what came later it cannot know, and that is said rather than held against it.
async fn check<C: Write>(
    known: &Loaded,
    connection: &Connection<C>,
    version: &str,
    now: &Ids,
    user: &impl User,
) -> Result<Lacks, Failure> {
    let (cloud, function) = (&connection.cloud, &known.config.stack().function_name());
    let (bytes, frozen) = futures_util::try_join!(
        cloud.deployed_rules(function, version),
        cloud.version_settings(function, version)
    )?;
    let frozen = frozen.map(|settings| frozen_ids(version, &settings)).transpose()?;
    let ids = IdsAround { now, frozen: &frozen.unwrap_or_default() };
    let unknown = ids.unknown();
    let text = String::from_utf8(bytes.unwrap_or_default()).ok();
    let Some(rules) = text.and_then(|text| Rules::from_json(&text).ok()) else {
        user.say(&format!(
            "The rules of version {version} cannot be read, so it is not tried beforehand"
        ));
        return Ok(Lacks { unknown, promises: vec![] });
    };
    let tests = smoke_tests(known, &rules, connection);
    try_version(cloud, function, version, &tests, ids).await.map_err(|error| {
        Failure::new(Exit::Unproven, Code::SmokeTestFailed, error)
            .context("nothing was changed")
            .hint("choose another version with --to")
    })?;
    let seen = |subject: Subject| ids.seen(subject);
    Ok(Lacks { unknown, promises: unkept(known, &rules, seen, connection.clock.now()) })
}
