//! What a proof will come to, of what is planned and of what exists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::connection::Connection;
use crate::codes::Code;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};
use crate::model::aws_api::POOL;
use crate::model::{ClientKey, MachineToMachine, Pool, SignInSettings};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Desired, Holder, WantedPool};
use crate::tokens::prospect::{Prospect, SignInGround, prospect};
use crate::verify::foreseen;

/// Of what exists.
#[must_use]
pub fn existing<C>(known: &Loaded, connection: &Connection<C>, actual: &Actual) -> Prospect {
    of(known, connection, &ground(known, connection, actual))
}

/// Of what there will be: as it exists, and as it is planned where the stack decides.
#[must_use]
pub fn planned<C>(
    known: &Loaded,
    connection: &Connection<C>,
    desired: &Desired,
    actual: &Actual,
) -> Prospect {
    let mut ground = ground(known, connection, actual);
    for (key, pool) in &desired.pools {
        if let Holder::Owned(wanted) = &pool.holder {
            let there = ground.pools.remove(key);
            let once_made = pool.once_made().filter(|_| there.is_some());
            let written = document(once_made.as_ref().unwrap_or(wanted));
            ground.pools.insert(key.clone(), there.unwrap_or_default().with(&written));
        }
        let domain = domain(key, pool, actual);
        for (client, wanted) in pool.clients.iter().filter(|(_, wanted)| wanted.id.is_none()) {
            let at = ClientKey::new(key, client);
            ground.flows.insert(at.clone(), wanted.client.auth_flows.clone());
            ground.machines.remove(&at);
            if let Some(scopes) = wanted.client.machine.clone() {
                let domain = domain.clone();
                ground.machines.insert(at, MachineToMachine { scopes, domain });
            }
        }
    }
    of(known, connection, &ground)
}

fn of<C>(known: &Loaded, connection: &Connection<C>, ground: &SignInGround) -> Prospect {
    let prospect = prospect(&known.config, &known.rules, ground, connection.clock.now());
    let prefix = known.config.stack().temporary_user_prefix();
    foreseen(prospect, &ground.pools, &known.config.verify, &prefix)
}

fn ground<C>(known: &Loaded, connection: &Connection<C>, actual: &Actual) -> SignInGround {
    let ids = actual.ids(&connection.identity(&known.config));
    let settings =
        |key: &String| Some((key.clone(), actual.pool(key).map(|live| live.sign_in.clone())?));
    let pools: BTreeMap<_, _> = known.config.pools.keys().filter_map(settings).collect();
    let which = |those: fn(&SignInSettings) -> &BTreeSet<String>| {
        let is_one = |(at, id): (&ClientKey, &String)| {
            let those = those(&actual.pool(&at.pool)?.sign_in);
            those.contains(id).then(|| at.clone())
        };
        ids.clients.iter().filter_map(is_one).collect()
    };
    SignInGround {
        rotating: which(|settings| &settings.rotating),
        secrets_elsewhere: which(|settings| &settings.secrets_elsewhere),
        flows: actual.flows(&ids),
        machines: actual.machines(&ids),
        pools,
        needs_domain: connection.authority(None).token_url(None).is_none(),
    }
}

/// What is to be written to it.
fn document(pool: &Pool) -> Value {
    let mut document = POOL.to_api(&pool.settings);
    // A pool that exists gains attributes that nobody has to have.
    if pool.attributes.values().any(|attribute| attribute.required) {
        let schema = pool.attributes.iter().map(|(name, it)| it.to_api(name)).collect();
        document.insert("Schema".to_owned(), schema);
    }
    Value::Object(document)
}

fn domain(key: &str, pool: &WantedPool, actual: &Actual) -> Option<String> {
    pool.domain.clone().or_else(|| actual.pool(key)?.domain.clone())
}

/// Writes nothing that nobody could prove.
pub fn provable(prospect: &Prospect) -> Result<(), Failure> {
    if prospect.sign_ins() > 0 {
        return Ok(());
    }
    let mut failure = Failure::new(
        Exit::Refused,
        Code::NothingProvable,
        anyhow::anyhow!("no token could be proven by a sign-in; nothing was changed"),
    );
    for (persona, reason) in prospect.unproven() {
        failure = failure.hint(format!("\"{}\" cannot be tried: {reason}", persona.name));
    }
    Err(failure.hint(
        "let a client sign in by a password (`auth_flows`), name a user that can (`user` in [verify]), or go on by the smoke test alone with --no-verify",
    ))
}
