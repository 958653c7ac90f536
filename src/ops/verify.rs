//! The proof of what is deployed.

use std::time::Duration;

use trigger::Rules;

use super::apis::{at_the_door, served};
use super::connection::Connection;
use super::options::Proving;
use super::prospects;
use crate::cloud::{Auth, Read};
use crate::codes::Code;
use crate::config::{EventVersion, Loaded};
use crate::failure::{Exit, Failure};
use crate::reconcile::actual::Actual;
use crate::reconcile::observe::pools;
use crate::user::User;
use crate::verify::{Interrupted, Proof, Report, RulesInForce, Tally, TestUser};

/// The pools that exist; a failure if there is none at all.
pub async fn deployed<C: Read>(
    known: &Loaded,
    connection: &Connection<C>,
) -> Result<Actual, Failure> {
    let identity = connection.identity(&known.config);
    let actual = pools(&connection.cloud, &identity).await?;
    if identity.pools.keys().all(|key| actual.pool(key).is_none()) {
        return Err(Failure::new(
            Exit::Failed,
            Code::NotDeployed,
            anyhow::anyhow!("nothing is deployed"),
        )
        .hint("run `pretoken up` first"));
    }
    Ok(actual)
}

/// What is said of it beforehand.
#[must_use]
pub fn signing_in(test_user: Option<&TestUser>) -> String {
    let who = test_user.map_or("temporary users", |user| &user.username);
    format!("Signing in as {who} …")
}

/// Signs in and checks.
pub async fn prove<C: Read + Auth>(
    known: &Loaded,
    connection: &Connection<C>,
    actual: &Actual,
    proving: &Proving,
    patience: Duration,
    user: &impl User,
) -> Result<Report, Failure> {
    user.say(&signing_in(proving.test_user.as_ref()));
    let ids = actual.ids(&connection.identity(&known.config));
    let now = connection.clock.now();
    let none = Rules::default();
    let asked = known.config.trigger.event_version == EventVersion::V3_0;
    let for_machines = if asked { &known.rules } else { &none };
    let apis = if proving.no_calls {
        vec![]
    } else {
        at_the_door(known, (&ids, &served(known, connection).await?), None, now)?.apis
    };
    let proof = Proof {
        apis: &apis,
        verify: &known.config.verify,
        user_prefix: &known.config.stack().temporary_user_prefix(),
        rules: Some(RulesInForce { for_users: &known.rules, for_machines }),
        prospect: &prospects::existing(known, connection, actual),
        machines: &actual.machines(&ids),
        test_user: proving.test_user.as_ref(),
        ids: &ids,
        cloud: &connection.cloud,
        authority: &connection.authority(proving.jwks_url.as_ref()),
        progress: user,
        patience,
        tally: Tally::default(),
        clock: connection.clock,
    };
    let report = match proving.load {
        Some(load) => {
            let function = known.config.stack().function_name();
            proof.under_load(load, async || serving(&connection.cloud, &function).await).await
        }
        None => proof.run().await,
    };
    report.map_err(cut_off)
}

/// What the alias serves, if that can be seen.
async fn serving(cloud: &impl Read, function: &str) -> Option<String> {
    let release = cloud.release(function).await.ok()??;
    Some(match release.canary {
        Some(canary) => {
            format!("{}, and {} for {} %", release.version, canary.version, canary.percent)
        }
        None => release.version,
    })
}

/// A proof that came to no end, and which users stay.
pub fn cut_off(Interrupted { error, notes }: Interrupted) -> Failure {
    notes.into_iter().fold(Failure::from(error).context("cannot verify"), Failure::hint)
}
