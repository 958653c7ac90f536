//! What a plan does to tokens: the situation that is live beside the one that the plan leaves.

use std::collections::BTreeSet;

use trigger::Rules;

use super::apis::{at_the_door, listed_calls};
use super::planned::Planned;
use crate::cloud::Read;
use crate::codes::Code;
use crate::config::openapi::Served;
use crate::config::{Loaded, Problems};
use crate::failure::{Exit, Failure};
use crate::model::{ALIAS, Client, LivePool};
use crate::reconcile::actual::{Actual, Found};
use crate::reconcile::desired::Desired;
use crate::reconcile::plan::{Plan, Step};
use crate::tokens::impact::{ApiImpact, LiveClient, Situation, TokenImpact, impact};
use crate::tokens::matrix::Matrix;

/// Finds out who gains and loses what. A live situation that cannot be read is a note of the plan, or a refusal if a loss is
/// forbidden.
pub async fn impact_of<C: Read>(
    known: &Loaded,
    served: &Served,
    forbid_scope_loss: bool,
    planned: &mut Planned<C>,
) -> Result<(), Failure> {
    let now = planned.connection.clock.now();
    match before(known, planned).await {
        Ok(before) => {
            let Planned { desired, actual, plan, .. } = planned;
            let after = after(known, desired, actual);
            let clients = clients(actual, plan, [&before, &after]);
            let tokens = impact(&known.config, &before, &after, &clients, now);
            let Loaded { config, rules, .. } = known;
            planned.matrix = Some(Matrix::of_change(config, &before, rules, &tokens, now));
            planned.tokens = tokens;
            let ids = actual.ids(&desired.identity);
            let door = at_the_door(known, (&ids, served), Some(&before.rules), now)?;
            let odd = door.hints.iter().flat_map(Problems::located);
            let odd = odd.map(|one| format!("{}:{}: {}", one.file, one.line, one.message));
            plan.notes.extend(odd.chain(calls_note(known)));
            planned.apis = door.impacts;
        }
        Err(reason) if forbid_scope_loss => {
            let error = anyhow::anyhow!("nobody can tell whether scopes are lost: {reason}");
            let failure = Failure::new(Exit::Refused, Code::ScopeLoss, error);
            return Err(failure.hint("leave out --forbid-scope-loss to go on without knowing"));
        }
        Err(reason) => {
            planned.plan.notes.push(format!("what changes in tokens is not known: {reason}"));
        }
    }
    let Planned { tokens, apis, .. } = planned;
    let lost = apis.iter().flat_map(ApiImpact::losses);
    let lost: Vec<_> = tokens.iter().filter_map(lost_scopes).chain(lost).collect();
    if forbid_scope_loss && !lost.is_empty() { Err(loss(tokens, apis, &lost)) } else { Ok(()) }
}

/// What is live: the rules and the ids of the version that serves, and the slots that call it.
async fn before<C: Read>(known: &Loaded, planned: &Planned<C>) -> Result<Situation, String> {
    let Planned { connection, desired, actual, .. } = planned;
    let Some(release) = &actual.release else { return Ok(Situation::default()) };
    let settings = &release.settings;
    // The same package: the same rules.
    let rules = if settings.code_sha256 == desired.function.settings.code_sha256 {
        known.rules.clone()
    } else {
        live_rules(&connection.cloud, &desired.function.name).await?
    };
    let ids = settings.ids().map_err(|error| format!("the live ids cannot be read ({error})"))?;
    let slots = pools(actual).filter_map(|live| {
        let held = live.trigger.as_ref()?;
        desired.identity.is_our_function(&held.arn).then(|| (live.id.clone(), held.version.clone()))
    });
    Ok(Situation { rules, ids, slots: slots.collect() })
}

/// What the plan leaves: every declared pool that exists calls the new rules. No token was issued by one that does not.
fn after(known: &Loaded, desired: &Desired, actual: &Actual) -> Situation {
    let ids = actual.ids(&desired.identity);
    let slots = ids.pools.values().map(|id| (id.clone(), desired.event_version.clone())).collect();
    Situation { rules: known.rules.clone(), ids: ids.as_trigger_sees_them(), slots }
}

fn pools(actual: &Actual) -> impl Iterator<Item = &LivePool> {
    actual.pools.values().filter_map(Found::pool).chain(actual.undeclared.values())
}

/// Every client that either situation knows, and for each pool those that neither does.
fn clients(actual: &Actual, plan: &Plan, situations: [&Situation; 2]) -> Vec<LiveClient> {
    let goes = |step: &Step| match step {
        Step::DeleteClient { id, .. } => Some(id.clone()),
        _ => None,
    };
    let deleted: BTreeSet<_> = plan.steps.iter().filter_map(goes).collect();
    let of_pool = |live: &LivePool| {
        let known = situations.into_iter().flat_map(|situation| {
            let of = move |(id, _): &(&String, &String)| {
                let (pool, _) = situation.ids.keys(Some(&live.id), None);
                pool.is_some() && situation.ids.client(id).map(|(pool, _)| pool) == pool
            };
            situation.ids.clients.iter().filter(of).map(|(id, _)| id)
        });
        let ids: BTreeSet<&String> = known.chain(live.clients.keys()).collect();
        let one = |id: &String| client(live, id, situations, deleted.contains(id));
        ids.into_iter().map(one).chain([others(live, situations)]).collect::<Vec<_>>()
    };
    pools(actual).flat_map(of_pool).collect()
}

fn client(live: &LivePool, id: &str, situations: [&Situation; 2], deleted: bool) -> LiveClient {
    let key = situations.into_iter().find_map(|situation| situation.ids.clients.get(id));
    let seen = live.clients.get(id);
    LiveClient {
        name: key.map_or_else(|| format!("client {id}"), |key| format!("client {key} ({id})")),
        pool_id: live.id.clone(),
        id: Some(id.to_owned()),
        users: seen.is_none_or(is_for_users),
        machine: seen.is_none_or(|client| client.machine.is_some()),
        deleted,
    }
}

/// A client that can do nothing but refresh lets nobody in.
fn is_for_users(client: &Client) -> bool {
    client.machine.is_none()
        || client.auth_flows.iter().any(|flow| flow != "ALLOW_REFRESH_TOKEN_AUTH")
}

/// The clients of a pool that no configuration ever named.
fn others(live: &LivePool, situations: [&Situation; 2]) -> LiveClient {
    let key = situations.into_iter().find_map(|situation| situation.ids.pool(&live.id));
    let pool = key.unwrap_or(&live.id);
    LiveClient {
        name: format!("another client of pool {pool}"),
        pool_id: live.id.clone(),
        id: None,
        users: true,
        machine: true,
        deleted: false,
    }
}

async fn live_rules(cloud: &impl Read, function: &str) -> Result<Rules, String> {
    let read = cloud.deployed_rules(function, ALIAS).await;
    let bytes = read.map_err(|error| format!("the live rules cannot be read ({error})"))?;
    let text = String::from_utf8(bytes.unwrap_or_else(|| b"[]".to_vec()));
    let text = text.map_err(|_| "the live rules are no text".to_owned())?;
    Rules::from_json(&text)
        .map_err(|error| format!("the live rules are of another version ({error})"))
}

fn lost_scopes(row: &TokenImpact) -> Option<String> {
    let who = row.expectation.as_ref().or(row.subject.as_ref()).map_or("", String::as_str);
    if row.loses_sign_in() {
        return Some(format!("{who} cannot sign in any more"));
    }
    (!row.lost.is_empty()).then(|| format!("{who} loses {}", row.lost.join(", ")))
}

fn loss(tokens: &[TokenImpact], apis: &[ApiImpact], lost: &[String]) -> Failure {
    let error = anyhow::anyhow!("scopes would be lost: {}", lost.join("; "));
    let failure = Failure::new(Exit::Refused, Code::ScopeLoss, error)
        .detail("tokens", serde_json::json!(tokens));
    let failure =
        if apis.is_empty() { failure } else { failure.detail("apis", serde_json::json!(apis)) };
    failure.hint("if that is meant, leave out --forbid-scope-loss")
}

/// What a proof will ask of live APIs.
fn calls_note(known: &Loaded) -> Option<String> {
    let calls = listed_calls(known);
    (!calls.is_empty()).then(|| format!("verifying calls {}", calls.join(", ")))
}
