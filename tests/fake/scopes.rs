//! What clients name in their pool, scopes and identity providers, and whether there are such.

use std::collections::BTreeSet;

use pretoken::cloud::Result;
use pretoken::model::LivePool;
use pretoken::model::aws_api::DeclaredSettings;
use serde_json::Value;

use super::identity_providers::providers_exist;
use super::refused;

/// The scopes of resource servers that a client asks for.
fn asked(machine: Option<&BTreeSet<String>>, settings: &DeclaredSettings) -> Vec<String> {
    let of_people = settings.get("oauth_scopes").and_then(Value::as_array).into_iter().flatten();
    let of_people = of_people.filter_map(Value::as_str).filter(|scope| scope.contains('/'));
    machine.into_iter().flatten().cloned().chain(of_people.map(str::to_owned)).collect()
}

/// Cognito lets no client ask for a scope that no resource server has.
fn scopes_exist(pool: &LivePool, wanted: &[String]) -> Result<()> {
    let exists = |scope: &String| {
        let (server, name) = scope.rsplit_once('/').unwrap_or_default();
        pool.resource_servers.get(server).is_some_and(|server| server.scopes.contains_key(name))
    };
    if wanted.iter().all(exists) {
        return Ok(());
    }
    Err(refused("cognito-idp:CreateUserPoolClient", "ScopeDoesNotExistException"))
}

/// Cognito lets no client name what is not there.
pub(super) fn names_exist(
    pool: &LivePool,
    machine: Option<&BTreeSet<String>>,
    settings: &DeclaredSettings,
) -> Result<()> {
    providers_exist(pool, settings)?;
    scopes_exist(pool, &asked(machine, settings))
}
