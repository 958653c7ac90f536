//! Pools: what belongs to an owned one and what to an adopted one, and whether ids, regions and accounts agree.

use std::collections::BTreeMap;

use crate::codes::Code;
use crate::config::limits::RESOURCE_SERVERS;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::{Client, Config, Pool};
use crate::model::{aws_api, region_of_pool};

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut ids = BTreeMap::new();
    for (key, pool) in &config.pools {
        let at = place.at("pools").at(key);
        match pool.pool_id() {
            Some(id) => {
                problems.extend(adopted(at));
                problems.extend(elsewhere(config, pool, place, at));
                problems.extend(again(&mut ids, id, at));
            }
            None if pool.clients.is_empty() => {
                problems.push(Problem::hint(
                    Code::PoolWithoutClient,
                    at.value(),
                    format!("pool `{key}` has no client, so nobody can sign in"),
                ));
            }
            None => {}
        }
        for (client_key, client) in &pool.clients {
            let at = at.at("clients").at(client_key);
            problems.extend(check_client(pool, client, at));
            if let Some(id) = &client.id {
                problems.extend(again(&mut ids, id, at));
            }
        }
        problems.extend(many_servers(pool, at));
    }
    problems
}

/// The settings of an adopted pool are its owner's.
fn adopted(at: &Placed) -> Vec<Problem> {
    let settings =
        ["tier", "deletion_protection", "domain", "attributes", "identity_providers", "ignore"];
    let sections = aws_api::PoolSection::ALL.into_iter().map(aws_api::PoolSection::key);
    let declared = aws_api::POOL.keys().chain(sections).chain(settings);
    let settings = declared.filter(|setting| at.has(setting));
    let problem = |setting: &str| {
        Problem::error(
            Code::AdoptedSetting,
            at.at(setting).key(),
            format!("`{setting}` of an adopted pool is its owner's to decide"),
        )
        .also(at.at("id").value(), "adopted by this id")
        .help("leave it out, or put it into the environments whose pool is created")
    };
    settings.map(problem).collect()
}

/// Whether an adopted pool is in the region and in an account that the file names.
fn elsewhere(config: &Config, pool: &Pool, place: &Placed, at: &Placed) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some((region, id)) = pool.pool_id().and_then(|id| Some((region_of_pool(id)?, id))) else {
        return problems;
    };
    let at = at.at("id").value();
    let mut parts = pool
        .id
        .as_deref()
        .filter(|id| id.starts_with("arn:"))
        .unwrap_or_default()
        .split(':')
        .skip(3);
    if let Some(other) = parts.next().filter(|other| *other != region) {
        problems.push(Problem::error(
            Code::AdoptedElsewhere,
            at.clone(),
            format!("the ARN is of {other}, but the id `{id}` is of {region}"),
        ));
    }
    if let Some(account) =
        parts.next().filter(|account| !config.allowed_account_ids.iter().any(|id| id == account))
        && !config.allowed_account_ids.is_empty()
    {
        let message =
            format!("the pool is in account {account}, which `allowed_account_ids` does not name");
        problems.push(
            Problem::error(Code::AdoptedElsewhere, at.clone(), message)
                .also(place.at("allowed_account_ids").value(), ""),
        );
    }
    let others = config.pools.values().filter_map(|pool| region_of_pool(pool.pool_id()?));
    match config.region.as_deref() {
        Some(other) if other != region => {
            let problem = Problem::error(
                Code::AdoptedElsewhere,
                at,
                format!("the pool is in {region}, but the stack is in {other}"),
            );
            problems.push(problem.also(place.at("region").value(), "the region of the stack"));
        }
        None if others.clone().next() != Some(region) => {
            let other = others.clone().next().unwrap_or_default();
            let problem = Problem::error(
                Code::AdoptedElsewhere,
                at,
                format!("the pool is in {region}, but another pool is in {other}"),
            );
            problems.push(
                problem.help("a trigger serves the pools of its own region; make it two stacks"),
            );
        }
        _ => {}
    }
    problems
}

fn check_client(pool: &Pool, client: &Client, at: &Placed) -> Vec<Problem> {
    if client.id.is_none() {
        return Vec::new();
    }
    if pool.id.is_none() {
        let problem = Problem::error(
            Code::AdoptedClientInOwnPool,
            at.at("id").key(),
            "a client can be adopted only in a pool that is adopted",
        );
        return vec![problem.help("leave out `id`, or give the pool its `id`, too")];
    }
    let own = [
        "auth_flows",
        "generate_secret",
        "access_token_minutes",
        "id_token_minutes",
        "refresh_token_days",
        "refresh_token_minutes",
    ];
    let settings = own.into_iter().chain(aws_api::CLIENT.keys());
    let problem = |setting: &str| {
        Problem::error(
            Code::AdoptedSetting,
            at.at(setting).key(),
            format!("`{setting}` of an adopted client is its owner's to decide"),
        )
        .also(at.at("id").value(), "adopted by this id")
        .help("leave it out")
    };
    settings.filter(|setting| at.has(setting)).map(problem).collect()
}

/// Remembers an id, unless it was named before.
fn again<'p>(ids: &mut BTreeMap<String, &'p Placed>, id: &str, at: &'p Placed) -> Option<Problem> {
    let first = ids.insert(id.to_owned(), at)?;
    let problem =
        Problem::error(Code::AdoptedTwice, at.at("id").value(), format!("`{id}` is adopted twice"));
    Some(problem.also(first.at("id").value(), "the first time"))
}

fn many_servers(pool: &Pool, at: &Placed) -> Option<Problem> {
    let count = pool.resource_servers.len();
    let message = format!(
        "{count} resource servers are more than the usual quota of {RESOURCE_SERVERS} in a pool"
    );
    (count > RESOURCE_SERVERS).then(|| {
        Problem::hint(Code::ManyResourceServers, at.at("resource_servers").key(), message)
            .help("the quota can be raised, to 300 at most")
    })
}
