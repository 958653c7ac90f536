//! Scopes in rules and expectations, against the resource servers that are declared. Cognito lets a trigger add scopes
//! that no resource server has, so one that is unknown is a hint; one that is nearly a declared one is an error.

use crate::codes::Code;
use crate::config::problem::{Problem, Span};
use crate::config::types::Pool;
use crate::model::{STANDARD_SCOPES, nearest};

/// What is wrong with a scope of a token that one of `pools` issues.
pub(super) fn check(scope: &str, pools: &[&Pool], span: Span) -> Option<Problem> {
    // An identifier may have slashes, a scope's name has none.
    let (server, name) = scope.rsplit_once('/').unwrap_or(("", scope));
    let has = |pool: &&Pool| {
        pool.resource_servers.get(server).is_some_and(|server| server.scopes.contains_key(name))
    };
    if STANDARD_SCOPES.contains(&scope) || pools.iter().any(has) {
        return None;
    }
    if pools.iter().any(|pool| pool.resource_servers.contains_key(server)) {
        let problem = Problem::error(
            Code::UnknownScope,
            span,
            format!("resource server `{server}` has no scope `{name}`"),
        );
        let scopes = pools
            .iter()
            .filter_map(|pool| pool.resource_servers.get(server))
            .flat_map(|server| server.scopes.keys());
        let scopes: Vec<_> = scopes.map(String::as_str).collect();
        let list = if scopes.is_empty() {
            "it has none".to_owned()
        } else {
            format!("it has `{}`", scopes.join("`, `"))
        };
        return Some(problem.meant(nearest(name, scopes)).help(list));
    }
    let identifiers: Vec<_> =
        pools.iter().flat_map(|pool| pool.resource_servers.keys()).map(String::as_str).collect();
    if let Some(meant) = identifiers
        .iter()
        .map(|id| format!("{id}/{name}"))
        .find(|meant| is_typo(scope, meant, pools))
    {
        let problem = Problem::error(
            Code::UnknownResourceServer,
            span,
            format!("there is no resource server `{server}`"),
        );
        return Some(
            problem.meant(Some(&meant)).help("declare the resource server if it is another one"),
        );
    }
    if pools.iter().any(|pool| pool.id.is_some()) {
        return None; // an adopted pool may have resource servers that the file does not declare
    }
    let problem = Problem::hint(
        Code::UndeclaredScope,
        span,
        format!("no resource server that is declared has the scope `{scope}`"),
    );
    Some(problem.help("Cognito takes it all the same; a client cannot ask for it"))
}

fn is_typo(scope: &str, meant: &str, pools: &[&Pool]) -> bool {
    strsim::damerau_levenshtein(scope, meant) <= 2
        && scope.contains('/')
        && pools.iter().flat_map(|pool| pool.scopes()).any(|declared| declared == meant)
}
