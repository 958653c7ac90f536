//! What a proof will come to, of what is planned and of what exists.

use std::collections::BTreeMap;

use super::connection::Connection;
use crate::config::Loaded;
use crate::failure::{Exit, Failure};
use crate::model::{ClientKey, MachineToMachine};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Desired, WantedPool};
use crate::tokens::prospect::{Prospect, SignInGround, prospect};

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
    prospect(&known.config, &known.rules, ground, connection.clock.now())
}

fn ground<C>(known: &Loaded, connection: &Connection<C>, actual: &Actual) -> SignInGround {
    let ids = actual.ids(&connection.identity(&known.config));
    let settings =
        |key: &String| Some((key.clone(), actual.pool(key).map(|live| live.sign_in.clone())?));
    let pools: BTreeMap<_, _> = known.config.pools.keys().filter_map(settings).collect();
    let rotates = |(at, id): (&ClientKey, &String)| {
        let rotating = &actual.pool(&at.pool)?.sign_in.rotating;
        rotating.contains(id).then(|| at.clone())
    };
    SignInGround {
        rotating: ids.clients.iter().filter_map(rotates).collect(),
        flows: actual.flows(&ids),
        machines: actual.machines(&ids),
        pools,
        needs_domain: connection.authority(None).token_url(None).is_none(),
    }
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
        anyhow::anyhow!("no token could be proven by a sign-in; nothing was changed"),
    );
    for (persona, reason) in prospect.unproven() {
        failure = failure.hint(format!("\"{}\" cannot be tried: {reason}", persona.name));
    }
    Err(failure.hint(
        "let a client sign in by a password (`auth_flows`), or go on by the smoke test alone with --no-verify",
    ))
}
