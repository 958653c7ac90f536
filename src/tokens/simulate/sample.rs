//! Sample events of every source, in the form of AWS's own, with ids that stand for what AWS has not invented yet. Pure.

use std::collections::BTreeMap;

use serde_json::Value;
use trigger::Ids;

use crate::config::{Config, TriggerSource};
use crate::model::region_of_pool;
use crate::tokens::event::SampleEvent;
use crate::tokens::persona::Persona;

/// Ids for the pools and clients of a file: those of adopted ones, and invented ones for the others.
#[must_use]
pub fn ids(config: &Config) -> Ids {
    let region = config.region.as_deref().unwrap_or("us-east-1");
    let mut ids = Ids::default();
    for (number, (key, pool)) in (1..).zip(&config.pools) {
        let id = pool.pool_id().map_or(format!("{region}_Example{number}"), str::to_owned);
        ids.pools.insert(id, key.clone());
        for (place, (client, settings)) in (1..).zip(&pool.clients) {
            let id = settings.id.clone().unwrap_or(format!("{number}example{place}"));
            ids.clients.insert(id, format!("{key}/{client}"));
        }
    }
    ids
}

/// The event that Cognito would send for this subject. `scopes` is what the token has before any rule; without it, what
/// the source gives by itself.
#[must_use]
pub fn sample(config: &Config, ids: &Ids, who: &Persona, scopes: Option<&[String]>) -> Value {
    let id_of = |ids: &BTreeMap<String, String>, wanted: &str| {
        ids.iter().find(|(_, key)| *key == wanted).map(|(id, _)| id.clone())
    };
    let machine = who.source == TriggerSource::ClientCredentials;
    let (pool_id, client_id) =
        (id_of(&ids.pools, &who.at.pool), id_of(&ids.clients, &who.at.to_string()));
    let user = if machine { client_id.as_deref() } else { Some("simulated-user") };
    let default = who.subject(who.source, 0).scopes;
    SampleEvent {
        version: config.trigger.event_version,
        region: pool_id.as_deref().and_then(region_of_pool),
        pool_id: pool_id.as_deref(),
        client_id: client_id.as_deref(),
        username: user,
        scopes: scopes.unwrap_or(&default),
        facts: !config.facts.is_empty(),
    }
    .of(who)
}
