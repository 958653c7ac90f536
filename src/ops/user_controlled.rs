//! Rules that decide about scopes or groups by what users or callers set themselves. Every client of a pool is looked at: a user
//! who signs in by any of them may write there what decides about tokens of another.

use crate::cloud::{self, AttributeWriter, CloudError, Read};
use crate::codes::Code;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::reconcile::actual::Actual;
use crate::tokens::trust::{WriteAccess, reaches, said, trusts, ways_in_own_pools};

/// What is known without looking at anything, a sentence each.
#[must_use]
pub fn in_own_pools(config: &Config) -> Vec<String> {
    let found = ways_in_own_pools(config).into_iter();
    found.map(|(trust, way)| format!("{}: {way}", said(&config.rules, trust))).collect()
}

/// The same of the unmanaged pools that are there.
pub(super) async fn in_adopted_pools(
    config: &Config,
    cloud: &impl Read,
    actual: &Actual,
) -> cloud::Result<Vec<String>> {
    let mut found = vec![];
    for (key, pool) in config.pools.iter().filter(|(_, pool)| pool.id.is_some()) {
        let Some(live) = actual.pool(key) else { continue };
        let mut here = trusts(&config.rules);
        here.retain(|trust| reaches(&config.rules[trust.rule], key, pool));
        if here.is_empty() {
            continue;
        }
        let clients = cloud.writers(&live.id).await?.into_iter().map(shown).collect();
        let ground = WriteAccess::seen(key, &live.pool, clients);
        found.extend(here.into_iter().filter_map(|trust| {
            let way = ground.way(trust.what)?;
            Some(format!("{}: {way}", said(&config.rules, trust)))
        }));
    }
    Ok(found)
}

/// Names are not unique.
fn shown(client: AttributeWriter) -> (String, Vec<String>) {
    (format!("{} ({})", client.name, client.id), client.write_attributes)
}

/// Refuses what was found.
pub(super) fn forbid(found: &[String]) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    let error = anyhow::anyhow!("rules decide by what users set themselves: {}", found.join("; "));
    Err(Failure::new(Exit::Refused, Code::UserControlled, error).hint(
        "let a group decide, or an attribute that no client lets its users write; without --forbid-user-controlled this is a note",
    ))
}

/// Nobody may be able to look at unmanaged clients.
pub(super) fn unknown(error: &CloudError) -> String {
    format!("whether rules decide by what users write themselves is not known: {error}")
}
