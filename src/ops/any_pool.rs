//! The proof of a pool that others look after: nothing is known of its trigger, and no `deploy.toml` is needed.
//!
//! Pool and client are named by their ids, which stand in place of keys.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::connection::Connection;
use super::options::Proving;
use super::verify::{cut_off, signing_in};
use crate::cloud::{Auth, ClientsRead, Parts, Read};
use crate::codes::Code;
use crate::config::Promises;
use crate::failure::{Exit, Failure};
use crate::model::{Client, ClientKey, Ids, LivePool, MachineToMachine, VERIFICATION_PREFIX};
use crate::tokens::persona::Persona;
use crate::tokens::prospect::{self, SignInGround};
use crate::user::User;
use crate::verify::{Proof, Report, Tally, foreseen};

/// Signs in at this client by every flow that it allows, and compares the tokens with what is promised.
pub async fn prove_any<C: Read + Auth>(
    connection: &Connection<C>,
    at: &ClientKey,
    promises: Promises,
    proving: &Proving,
    user: &impl User,
) -> Result<Report, Failure> {
    let (live, client) = found(&connection.cloud, at).await?;
    let authority = connection.authority(proving.jwks_url.as_ref());
    let ground = ground(at, &live, &client, authority.token_url(None).is_none());
    let Promises { expect, verify } = promises;
    let subjects = expect.iter().map(|promise| Persona::of(at.clone(), promise)).collect();
    let everyone = if expect.is_empty() { anybody(at, &client) } else { subjects };
    user.say(&signing_in(proving.test_user.as_ref()));
    let proof = Proof {
        verify: &verify,
        user_prefix: VERIFICATION_PREFIX,
        apis: &[],
        rules: None,
        test_user: proving.test_user.as_ref(),
        ids: &Ids {
            pools: [(at.pool.clone(), at.pool.clone())].into(),
            clients: [(at.clone(), at.client.clone())].into(),
        },
        prospect: &foreseen(
            prospect::of(everyone, &verify, &ground),
            &ground.pools,
            &verify,
            VERIFICATION_PREFIX,
        ),
        machines: &ground.machines,
        cloud: &connection.cloud,
        authority: &authority,
        progress: user,
        clock: connection.clock,
        patience: Duration::ZERO,
        tally: Tally::default(),
    };
    let report = match proving.load {
        Some(load) => proof.under_load(load, async || None).await,
        None => proof.run().await,
    };
    report.map_err(cut_off)
}

async fn found(cloud: &impl Read, at: &ClientKey) -> Result<(LivePool, Client), Failure> {
    let ClientKey { pool, client } = at;
    let ids = [client.clone()];
    let parts = Parts { clients: ClientsRead::Called(&ids), ..Parts::default() };
    let refused = |what: String| {
        Failure::new(Exit::Refused, Code::NoSuchId, anyhow::anyhow!(what))
            .hint("check the ids, --region and --profile")
    };
    let live = cloud
        .pool(pool, parts)
        .await?
        .ok_or_else(|| refused(format!("there is no pool `{pool}` in this account and region")))?;
    let found = live.clients.get(client).cloned();
    let found =
        found.ok_or_else(|| refused(format!("the pool {pool} has no client `{client}`")))?;
    Ok((live, found))
}

fn ground(at: &ClientKey, live: &LivePool, client: &Client, needs_domain: bool) -> SignInGround {
    let machine = client.machine.clone();
    let machine = machine.map(|scopes| MachineToMachine { scopes, domain: live.domain.clone() });
    let only = |those: &BTreeSet<String>| {
        those.contains(&at.client).then(|| at.clone()).into_iter().collect()
    };
    SignInGround {
        flows: [(at.clone(), client.auth_flows.clone())].into(),
        rotating: only(&live.sign_in.rotating),
        secrets_elsewhere: only(&live.sign_in.secrets_elsewhere),
        machines: machine
            .map(|machine| (at.clone(), machine))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
        pools: [(at.pool.clone(), live.sign_in.clone())].into(),
        needs_domain,
    }
}

/// A user, a machine, or both, as the client lets them in.
fn anybody(at: &ClientKey, client: &Client) -> Vec<Persona> {
    let serves_machines = client.machine.is_some();
    let serves_users = !serves_machines || !client.auth_flows.is_empty();
    let user = serves_users.then(|| Persona::user(at.clone()));
    user.into_iter().chain(serves_machines.then(|| Persona::machine(at.clone()))).collect()
}
