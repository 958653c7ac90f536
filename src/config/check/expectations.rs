//! Expectations: whether there is such a subject, and whether the promise can be kept at all.

use super::{references, scopes};
use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::{Problem, Severity};
use crate::config::refused::RefusedPromise;
use crate::config::types::{Config, EventVersion, Expectation, Pool, TriggerSource};

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let each = config.expect.iter().enumerate();
    each.flat_map(|(index, expectation)| {
        check_one(config, expectation, place.at("expect").item(index))
    })
    .collect()
}

fn check_one(config: &Config, expectation: &Expectation, at: &Placed) -> Vec<Problem> {
    let mut problems = Vec::new();
    match subject_pool(config, expectation, at) {
        Ok((key, pool)) => {
            problems.extend(check_groups(key, pool, expectation, at));
            problems.extend(check_scopes(&[pool], expectation, at));
        }
        Err(problem) => {
            problems.push(*problem);
            let anywhere: Vec<_> = config.pools.values().collect();
            problems.extend(check_scopes(&anywhere, expectation, at));
        }
    }
    problems.extend(check_source(config, expectation, at));
    problems.extend(check_refused(expectation, at));
    problems.extend(empty(expectation, at));
    problems
}

/// A promise of nothing.
pub(super) fn empty(expectation: &Expectation, at: &Placed) -> Option<Problem> {
    let Expectation { scopes, not_scopes, access_claims, id_claims, .. } = expectation;
    let Expectation { may_call, may_not_call, calls, .. } = expectation;
    let is_empty = scopes.is_empty()
        && not_scopes.is_empty()
        && access_claims.is_empty()
        && id_claims.is_empty()
        && expectation.refused.is_none()
        && may_call.is_empty()
        && may_not_call.is_empty()
        && calls.is_empty();
    let problem = || {
        Problem::hint(
            Code::EmptyPromise,
            at.value(),
            format!("`{}` promises nothing", expectation.name),
        )
        .help("give it `scopes`, `not_scopes`, `access_claims`, `id_claims` or `refused`")
    };
    is_empty.then(problem)
}

/// The pool in which the subject signs in.
fn subject_pool<'c>(
    config: &'c Config,
    expectation: &'c Expectation,
    at: &Placed,
) -> Result<(&'c str, &'c Pool), Box<Problem>> {
    let (pool, client) = (expectation.pool.as_deref(), &expectation.client);
    let missing =
        pool.and_then(|pool| references::unknown_pool(config, pool, at.at("pool").value()));
    let missing = missing
        .or_else(|| references::unknown_client(config, pool, client, at.at("client").value()));
    match (missing, pool, references::pools_of(config, client).as_slice()) {
        (Some(problem), ..) => Err(Box::new(problem)),
        (None, Some(pool), _) | (None, None, &[pool]) => Ok((pool, &config.pools[pool])),
        (None, None, pools) => {
            let problem = Problem::error(
                Code::AmbiguousReference,
                at.at("client").value(),
                format!("several pools have a client `{client}`"),
            );
            let choice = pools.join("\"` or `pool = \"");
            Err(Box::new(problem.help(format!("say which one: `pool = \"{choice}\"`"))))
        }
    }
}

fn check_groups(
    pool_key: &str,
    pool: &Pool,
    expectation: &Expectation,
    at: &Placed,
) -> Vec<Problem> {
    if pool.id.is_some() {
        return Vec::new(); // an adopted pool may have groups that the file does not declare
    }
    references::unknown_groups(pool_key, pool, &expectation.groups, at.at("groups"))
}

fn check_source(config: &Config, expectation: &Expectation, at: &Placed) -> Vec<Problem> {
    let mut problems = check_machine(expectation, at);
    if expectation.source == TriggerSource::ClientCredentials
        && config.trigger.event_version == EventVersion::V2_0
    {
        let problem = Problem::error(
            Code::MachinePromiseAtV2,
            at.at("source").value(),
            "at V2_0 Cognito does not ask the trigger about machines",
        );
        problems.push(problem.help("machine-to-machine tokens need `event_version = \"V3_0\"`"));
    }
    problems
}

/// What a promise about a machine cannot say.
pub(super) fn check_machine(expectation: &Expectation, at: &Placed) -> Vec<Problem> {
    if expectation.source != TriggerSource::ClientCredentials {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let of_users = ["groups", "attributes"].into_iter().filter(|key| at.has(key));
    problems.extend(of_users.map(|key| {
        let problem = Problem::error(
            Code::PromiseImpossible,
            at.at(key).key(),
            format!("a machine has no {key}"),
        );
        problem.also(at.at("source").value(), "a machine-to-machine token")
    }));
    if at.has("id_claims") {
        let problem = Problem::error(
            Code::PromiseImpossible,
            at.at("id_claims").key(),
            "a machine gets no ID token",
        );
        problems.push(problem.also(at.at("source").value(), "a machine-to-machine token"));
    }
    problems
}

/// Who is refused has no token that could have anything.
pub(super) fn check_refused(expectation: &Expectation, at: &Placed) -> Vec<Problem> {
    if !expectation.refused.as_ref().is_some_and(RefusedPromise::is_refused) {
        return Vec::new();
    }
    let of_tokens = ["scopes", "access_claims", "id_claims", "may_call", "calls"];
    let problem = |key: &str| {
        let problem = Problem::error(
            Code::PromiseImpossible,
            at.at(key).key(),
            "who is refused gets no token",
        );
        problem.also(at.at("refused").key(), "refused here")
    };
    of_tokens.into_iter().filter(|key| at.has(key)).map(problem).collect()
}

/// Only what cannot be right: what is odd about a scope is said of the rule that adds it.
fn check_scopes(pools: &[&Pool], expectation: &Expectation, at: &Placed) -> Vec<Problem> {
    let fits = expectation.scopes.iter().enumerate();
    let fits = fits.filter(|(_, scope)| !expectation.not_scopes.contains(scope));
    let wrong = fits.filter_map(|(index, scope)| {
        scopes::check(scope, pools, at.at("scopes").item(index).value())
            .filter(|problem| problem.severity == Severity::Error)
    });
    contradictions(expectation, at).into_iter().chain(wrong).collect()
}

/// Scopes that are both promised and ruled out.
pub(super) fn contradictions(expectation: &Expectation, at: &Placed) -> Vec<Problem> {
    let promised = expectation.scopes.iter().enumerate().filter_map(|(index, scope)| {
        let span = at.at("scopes").item(index).value();
        let other = expectation.not_scopes.iter().position(|other| other == scope)?;
        let problem = Problem::error(
            Code::PromiseContradicts,
            span,
            format!("`{scope}` cannot be both promised and ruled out"),
        );
        Some(problem.also(at.at("not_scopes").item(other).value(), "ruled out here"))
    });
    promised.collect()
}
