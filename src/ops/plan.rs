//! What would change, and what that does to tokens. Writes nothing to AWS; `up` carries it out.

use std::future::Future;
use std::time::Duration;

use futures_util::try_join;

use super::apis::{at_the_door, served};
use super::connection::Connection;
use super::left_users::{LeftUser, beside, left_elsewhere};
use super::options::Allow;
use super::planned::Planned;
use super::prospects;
use super::provider_secrets;
use super::saved_plan::SavedPlan;
use super::token_impact::impact_of;
use super::user_controlled;
use crate::cloud::{CloudError, Read};
use crate::codes::Code;
use crate::config::openapi::{Served, adopted_ids};
use crate::config::{Config, Loaded, Pool};
use crate::failure::{Exit, Failure};
use crate::model::dates;
use crate::package::Package;
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Consents, Desired};
use crate::reconcile::lifetime;
use crate::reconcile::observe::For;
use crate::reconcile::plan::{Plan, converge};
use crate::system::clock::Clock;
use crate::tokens::promises::broken_promises;
use crate::user::User;

/// What a plan is made for.
#[derive(Clone, Copy)]
pub struct Intent<'a> {
    /// The configuration and its rules.
    pub known: &'a Loaded,
    /// What the user allows.
    pub allow: Allow,
    /// The share that a new version serves at first.
    pub canary: Option<u8>,
    /// Whether a lost scope is a refusal.
    pub forbid_scope_loss: bool,
    /// Whether a rule that decides by what users set themselves is one.
    pub forbid_user_controlled: bool,
    /// The plan in a file that this one must be equal to.
    pub saved: Option<&'a SavedPlan>,
    /// Whether this is the emulator.
    pub local: bool,
}

/// Plans: building goes on while the network is slow, and the other way round.
pub async fn plan<C: Read>(
    intent: Intent<'_>,
    clock: Clock,
    package: impl Future<Output = Result<Package, Failure>>,
    connecting: impl Future<Output = Result<Connection<C>, Failure>>,
    user: &impl User,
) -> Result<Planned<C>, Failure> {
    let Intent { known, allow, saved, local, .. } = intent;
    let config = &known.config;
    if let Some(saved) = saved {
        saved.is_of(config, local)?;
    }
    keeps_its_promises(known, clock)?;
    if intent.forbid_user_controlled {
        user_controlled::forbid(&user_controlled::in_own_pools(config))?;
    }
    at_the_door(known, (&adopted_ids(known), &Served::new()), None, clock.now())?;
    let end = allow.ttl.map(|ttl| end(config, ttl, clock, user)).transpose()?;
    let look = async {
        let connection = connecting.await?;
        if let Some(saved) = saved {
            saved.is_for(&connection.target)?;
        }
        let seen = async { Ok::<_, Failure>(connection.observe(config, For::Converging).await?) };
        let (actual, stages) = try_join!(seen, served(known, &connection))?;
        Ok((connection, actual, stages))
    };
    let (package, (connection, actual, stages)) = try_join!(package, look)?;
    let desired = wanted(intent, &package, &connection, (&actual, end), user)?;
    let left = match left_elsewhere(&connection, &desired.identity, &actual).await {
        Ok(left) => left,
        // Whoever plans need not be allowed to list people.
        Err(CloudError::Denied { .. }) => vec![],
        Err(error) => return Err(error.into()),
    };
    let converged = converged(intent, desired, &connection, &actual).await;
    let (mut plan, desired) = converged.map_err(|failure| beside(failure, &left))?;
    plan.notes.extend(left.iter().map(LeftUser::text));
    let prospect = prospects::planned(known, &connection, &desired, &actual);
    let mut planned = Planned {
        connection,
        actual,
        desired,
        zip: package.zip,
        plan,
        tokens: vec![],
        matrix: None,
        apis: vec![],
        prospect,
    };
    impact_of(known, &stages, intent.forbid_scope_loss, &mut planned).await?;
    let trusting =
        user_controlled::in_adopted_pools(config, &planned.connection.cloud, &planned.actual);
    match trusting.await {
        Ok(found) if intent.forbid_user_controlled => user_controlled::forbid(&found)?,
        Ok(found) => planned.plan.notes.extend(found),
        Err(error) if intent.forbid_user_controlled => return Err(error.into()),
        Err(error) => planned.plan.notes.push(user_controlled::unknown(&error)),
    }
    Ok(planned)
}

/// What `deploy.toml`, the package and the user's consent make together. A saved plan must hold still.
fn wanted<C>(
    intent: Intent<'_>,
    package: &Package,
    connection: &Connection<C>,
    (actual, end): (&Actual, Option<String>),
    user: &impl User,
) -> Result<Desired, Failure> {
    let Intent { known, allow, saved, .. } = intent;
    let mut desired = Desired::new(&known.config, connection.target.clone(), &package.code_sha256);
    // Whoever says nothing about the end leaves it as it is, on what is new too.
    match end.or_else(|| lifetime::known(&desired.identity, actual)) {
        Some(end) => desired = desired.expiring(&end),
        None if !known.config.seed.is_empty() && !intent.local => return Err(seeds_would_stay()),
        None => {}
    }
    provider_secrets::tell_all(&mut desired, user)?;
    desired.consent = Consents { take_over: allow.take_over, change_tier: allow.change_tier };
    if let Some(saved) = saved {
        desired.consent = saved.consent();
        saved.holds(&known.config, &desired, actual)?;
    }
    Ok(desired)
}

/// Users with passwords that a file says are for what does not last.
fn seeds_would_stay() -> Failure {
    let error = anyhow::anyhow!("deploy.toml has seeds, and this environment does not expire");
    Failure::new(Exit::Refused, Code::SeedsWouldStay, error)
        .hint("let it expire with `--ttl 24h`, or move `[[seed]]` into an `[env]` of tests; `--local` takes them always")
}

/// What is released was planned and perhaps saved; by which shares it comes into service is this run's own.
async fn converged<C: Read>(
    intent: Intent<'_>,
    mut desired: Desired,
    connection: &Connection<C>,
    actual: &Actual,
) -> Result<(Plan, Desired), Failure> {
    if intent.canary.is_some() {
        // Whoever may not watch finds out before there is anything to watch.
        connection.cloud.health(&desired.function.name, "0", connection.clock.now()).await?;
    }
    let plan = converge(&desired, actual)?;
    if let Some(saved) = intent.saved {
        saved.says(&plan)?;
    }
    if intent.canary.is_none() {
        return Ok((plan, desired));
    }
    desired.canary = intent.canary;
    Ok((converge(&desired, actual)?, desired))
}

/// Rules that break a promise on paper break it in every token: nothing is built for them.
fn keeps_its_promises(known: &Loaded, clock: Clock) -> Result<(), Failure> {
    let broken = broken_promises(known, clock.now());
    if broken.is_empty() { Ok(()) } else { Err(Failure::unkept(&broken)) }
}

/// When this environment may be removed.
fn end(config: &Config, ttl: Duration, clock: Clock, user: &impl User) -> Result<String, Failure> {
    if config.env.is_none() {
        let error = anyhow::anyhow!("only an environment can expire");
        let hint = "name one with -e, or leave out --ttl";
        return Err(Failure::new(Exit::Usage, Code::Usage, error).hint(hint));
    }
    let end = dates::end(ttl, clock.now());
    user.say(&format!("This environment may be removed from {end} on: see `pretoken sweep`."));
    let protected = |pool: &Pool| pool.id.is_none() && pool.deletion_protection;
    for (key, _) in config.pools.iter().filter(|(_, pool)| protected(pool)) {
        user.say(&format!(
            "Note: `sweep` will not remove the pool {key}: it is protected from deletion."
        ));
    }
    Ok(end)
}
