//! Sample events of every source, in the form of AWS's own, with ids that stand for what AWS has not invented yet. Pure.

use serde_json::{Value, json};
use trigger::Ids;

use crate::config::{Config, EventVersion, TriggerSource};
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
    let id_of = |ids: &std::collections::BTreeMap<String, String>, wanted: &str| {
        ids.iter().find(|(_, key)| *key == wanted).map(|(id, _)| id.clone())
    };
    let machine = who.source == TriggerSource::ClientCredentials;
    let client_id = id_of(&ids.clients, &who.at.to_string());
    let user = if machine { client_id.clone() } else { Some("simulated-user".to_owned()) };
    let default = || who.subject(who.source, 0).scopes;
    let pool_id = id_of(&ids.pools, &who.at.pool);
    let region =
        pool_id.as_deref().and_then(|id| id.split_once('_')).map(|(region, _)| region.to_owned());
    json!({
        "version": match config.trigger.event_version {
            EventVersion::V2_0 => "2",
            EventVersion::V3_0 => "3",
        },
        "triggerSource": who.source.as_str(),
        "region": region,
        "userPoolId": pool_id,
        "userName": user,
        "callerContext": { "awsSdkVersion": "pretoken", "clientId": client_id },
        "request": {
            "userAttributes": who.attributes,
            "groupConfiguration": {
                "groupsToOverride": who.groups,
                "iamRolesToOverride": [],
                "preferredRole": null,
            },
            "clientMetadata": who.client_metadata,
            "scopes": scopes.map_or_else(default, <[String]>::to_vec),
        },
        "response": { "claimsAndScopeOverrideDetails": null },
    })
}
