//! What is deployed, and what is not as `deploy.toml` says. Needs no build: the code is not compared.

use schemars::JsonSchema;
use serde::Serialize;

use super::connection::Connection;
use super::left_users::{LeftUser, beside, left_users};
use super::outputs::Outputs;
use super::provider_secrets;
use crate::cloud::{CloudError, Read};
use crate::config::Loaded;
use crate::failure::Failure;
use crate::model::dates;
use crate::model::tags::verified_versions::VerifiedVersions;
use crate::model::{Release, Target, Version};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Desired;
use crate::reconcile::lifetime;
use crate::reconcile::observe::For;
use crate::reconcile::plan::{Broken, Change, broken, converge};

/// A published version.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PublishedVersion {
    /// Its number.
    pub version: String,
    /// When it was published.
    pub published: String,
    /// When its tokens were proven; never, if that is not known.
    pub verified: Option<String>,
    /// Its share of the invocations.
    pub percent: u8,
    /// Lambda's `CodeSha256`.
    pub code_sha256: String,
}

/// What was seen.
pub struct Status {
    /// Where.
    pub target: Target,
    /// Pools in which nobody can sign in.
    pub broken: Vec<Broken>,
    /// Whether anything of the stack exists.
    pub deployed: bool,
    /// What exists.
    pub outputs: Outputs,
    /// Its versions, oldest first.
    pub versions: Vec<PublishedVersion>,
    /// What a plan would change.
    pub drift: Vec<Change>,
    /// Users of proofs that are still there; nothing if the caller may not look.
    pub left_users: Option<Vec<LeftUser>>,
    /// When the environment may be removed.
    pub expires: Option<String>,
    /// Whether that time is over.
    pub is_over: bool,
}

/// Looks.
pub async fn status<C: Read>(
    known: &Loaded,
    connection: &Connection<C>,
) -> Result<Status, Failure> {
    let actual = connection.observe(&known.config, For::Converging).await?;
    let target = connection.target.clone();
    let mut desired = Desired::as_deployed(&known.config, target.clone(), &actual);
    provider_secrets::tell(&mut desired);
    let expires = lifetime::known(&desired.identity, &actual);
    let desired = expires.iter().fold(desired, |desired, end| desired.expiring(end));
    let left_users = match left_users(connection, &desired.identity, &actual).await {
        Ok(found) => Some(found),
        Err(CloudError::Denied { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let drift = if actual.is_empty(&desired.identity) {
        vec![]
    } else {
        let plan = converge(&desired, &actual).map_err(Failure::from);
        plan.map_err(|failure| beside(failure, left_users.as_deref().unwrap_or_default()))?
            .changes()
    };
    let now = connection.clock.now();
    Ok(Status {
        target,
        broken: broken(&desired.identity, &actual),
        deployed: !actual.is_empty(&desired.identity),
        outputs: Outputs::new(&desired.identity, &actual),
        versions: versions(&connection.cloud, &desired, &actual).await?,
        left_users,
        drift,
        is_over: expires.as_ref().is_some_and(|end| dates::is_over(end, now)),
        expires,
    })
}

async fn versions(
    cloud: &impl Read,
    desired: &Desired,
    actual: &Actual,
) -> Result<Vec<PublishedVersion>, Failure> {
    let Some(function) = &actual.function else { return Ok(vec![]) };
    let verified = VerifiedVersions::of(&function.tags);
    let routing = actual.release.as_ref().map(Release::routing);
    let listed = |found: Version| {
        let version = found.number.to_string();
        PublishedVersion {
            published: found.published,
            verified: verified.at(&version).map(ToOwned::to_owned),
            percent: routing.as_ref().map_or(0, |routing| routing.share(&version)),
            code_sha256: found.code_sha256,
            version,
        }
    };
    let versions = cloud.versions(&desired.function.name).await?;
    Ok(versions.into_iter().map(listed).collect())
}
