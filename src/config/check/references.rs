//! Pools and clients by the keys that rules and expectations use, and what was meant by those that do not exist.

use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::{Problem, Span};
use crate::config::types::{Config, Pool};
use crate::model::nearest;

/// The error for a pool that does not exist.
pub(super) fn unknown_pool(config: &Config, key: &str, span: Span) -> Option<Problem> {
    let known = || config.pools.keys().map(String::as_str);
    let problem = || {
        let problem = Problem::error(Code::UnknownPool, span, format!("there is no pool `{key}`"))
            .meant(nearest(key, known()));
        declared(problem, "pools", &known().collect::<Vec<_>>())
    };
    (!config.pools.contains_key(key)).then(problem)
}

/// The error for a client that does not exist; `pool` is where it is looked for, anywhere without one.
pub(super) fn unknown_client(
    config: &Config,
    pool: Option<&str>,
    key: &str,
    span: Span,
) -> Option<Problem> {
    let pools = || config.pools.iter().filter(|(name, _)| pool.is_none_or(|pool| pool == *name));
    if pools().any(|(_, pool)| pool.clients.contains_key(key)) {
        return None;
    }
    let mut known: Vec<_> =
        pools().flat_map(|(_, pool)| pool.clients.keys()).map(String::as_str).collect();
    known.sort_unstable();
    known.dedup();
    let place = pool.map_or(String::new(), |pool| format!(" in pool `{pool}`"));
    let problem =
        Problem::error(Code::UnknownClient, span, format!("there is no client `{key}`{place}"));
    Some(declared(problem.meant(nearest(key, known.iter().copied())), "clients", &known))
}

/// The errors for groups that a pool of the stack does not declare; `at` is the list's place.
pub(super) fn unknown_groups(
    key: &str,
    pool: &Pool,
    groups: &[String],
    at: &Placed,
) -> Vec<Problem> {
    let groups = groups.iter().enumerate();
    let undeclared = groups.filter(|(_, group)| !pool.groups.contains_key(*group));
    let problem = |(index, group): (usize, &String)| {
        let message = format!("pool `{key}` has no group `{group}`");
        let problem = Problem::error(Code::UnknownGroup, at.item(index).value(), message);
        let problem = problem.meant(nearest(group, pool.groups.keys().map(String::as_str)));
        problem.help(format!("groups are declared in `[pools.{key}.groups]`"))
    };
    undeclared.map(problem).collect()
}

/// The names of the pools that have this client.
pub(super) fn pools_of<'c>(config: &'c Config, client: &str) -> Vec<&'c str> {
    let having = config.pools.iter().filter(|(_, pool)| pool.clients.contains_key(client));
    having.map(|(key, _)| key.as_str()).collect()
}

/// Lists what there is, unless the problem says already what was meant.
fn declared(problem: Problem, kind: &str, known: &[&str]) -> Problem {
    match known {
        _ if !problem.label.is_empty() => problem,
        [] => problem.help(format!("no {kind} are declared")),
        _ => problem.help(format!("declared {kind} are `{}`", known.join("`, `"))),
    }
}
