//! What is odd between an API and the rules: a scope that only one of the two sides knows, an operation that stands open,
//! or one that is closed to everybody. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use trigger::rules::{Rule, is_computed};

use super::callers::let_in;
use crate::codes::Code;
use crate::config::openapi::PlacedProblem;
use crate::config::openapi::grouped;
use crate::config::openapi::{Api, Door, Location, Operation, Requirement, Scope, Security};
use crate::config::{Loaded, Problem, Problems, Severity};
use crate::model::{ClientKey, Ids, STANDARD_SCOPES, nearest};
use crate::tokens::impact::ApiImpact;

/// Everything that is odd, file by file: hints, or errors of an API that is `strict`. `impacts` is who may call what.
#[must_use]
pub fn findings(apis: &[Api], impacts: &[ApiImpact], loaded: &Loaded, ids: &Ids) -> Vec<Problems> {
    let mut faults = asked_nowhere(apis, loaded);
    for (api, impact) in apis.iter().zip(impacts) {
        let look = Look { api, loaded, ids, given: given(api, loaded, ids) };
        faults.extend(look.all(impact));
    }
    grouped(faults)
}

/// Every scope that a token of the API's pool can have.
fn given(api: &Api, loaded: &Loaded, ids: &Ids) -> BTreeSet<String> {
    let (_, machines) = let_in(api, &loaded.config, ids);
    let by_rules = loaded.config.rules.iter().flat_map(|rule| rule.add_scopes.iter().cloned());
    let by_clients = machines.into_iter().flat_map(|machine| machine.scopes);
    let by_data = api
        .operations
        .iter()
        .flat_map(Operation::scopes)
        .filter(|scope| is_from_data(loaded, scope));
    let by_data = by_data.map(str::to_owned).collect::<Vec<_>>();
    by_rules.chain(by_data).chain(by_clients).chain(STANDARD_SCOPES.map(str::to_owned)).collect()
}

/// Whether data may say this scope: then nobody knows who has it.
fn is_from_data(loaded: &Loaded, scope: &str) -> bool {
    let adds = |rule: &Rule| rule.add_scopes.iter().any(|entry| is_computed(entry));
    loaded.config.rules.iter().any(|rule| adds(rule) && rule.admits(scope))
}

struct Look<'a> {
    api: &'a Api,
    loaded: &'a Loaded,
    ids: &'a Ids,
    given: BTreeSet<String>,
}

impl Look<'_> {
    fn all(&self, impact: &ApiImpact) -> Vec<PlacedProblem> {
        let secured = |one: &Operation| !matches!(one.security, Security::Public { .. });
        let others = self.api.operations.iter().any(secured);
        let mut faults = self.audience();
        for (operation, impact) in self.api.operations.iter().zip(&impact.operations) {
            match &operation.security {
                // Browsers ask beforehand, without a token (Fetch, CORS-preflight request).
                Security::Public { stated: false } if others && operation.method != "OPTIONS" => {
                    faults.push(self.open(operation));
                }
                Security::Token(ways) => {
                    let found: Vec<_> =
                        ways.iter().flat_map(|way| self.way(operation, way)).collect();
                    let by_data = operation
                        .scopes()
                        .into_iter()
                        .any(|scope| is_from_data(self.loaded, scope));
                    let known = !(operation.is_unknown() || by_data);
                    if found.is_empty() && impact.callers.is_empty() && known {
                        faults.push(self.closed(operation));
                    }
                    faults.extend(found);
                }
                _ => {}
            }
        }
        faults
    }

    fn odd(&self, code: Code, at: &Location, message: String, help: &str) -> PlacedProblem {
        self.api
            .fault(at, graded(self.api, Problem::hint(code, at.span.clone(), message).help(help)))
    }

    fn open(&self, operation: &Operation) -> PlacedProblem {
        let message =
            format!("{} asks for no token, although other operations do", operation.name());
        if self.api.is_served {
            // A stage cannot say that an operation is to be public: that is never an error.
            let problem = Problem::hint(Code::OperationOpen, operation.at.span.clone(), message);
            return self.api.fault(
                &operation.at,
                problem.help("give it the authorizer, unless it is to be public"),
            );
        }
        let help = "give it `security`; if it is to be public, say so: `security: []`";
        self.odd(Code::OperationOpen, &operation.at, message, help)
    }

    fn closed(&self, operation: &Operation) -> PlacedProblem {
        let message =
            format!("nobody may call {}: no token has what it asks for", operation.name());
        let help = "give somebody its scopes by a rule, or ask for others";
        self.odd(Code::OperationClosed, &operation.at, message, help)
    }

    fn way(&self, operation: &Operation, way: &Requirement) -> Vec<PlacedProblem> {
        if way.scopes.is_empty() && !way.more {
            return self.without_scopes(operation, way).into_iter().collect();
        }
        let unknown = way.scopes.iter().filter(|scope| !self.given.contains(&scope.name));
        unknown.map(|scope| self.given_by_nobody(scope)).collect()
    }

    fn without_scopes(&self, operation: &Operation, way: &Requirement) -> Option<PlacedProblem> {
        let name = operation.name();
        match way.door {
            Door::Rest => Some(self.odd(
                Code::OperationWithoutScope,
                &way.at,
                format!("{name} takes no access token: a REST API's authorizer without scopes wants ID tokens"),
                "name the scopes that it asks for; scopes are in access tokens only",
            )),
            Door::Http => Some(self.odd(
                Code::OperationWithoutScope,
                &way.at,
                format!("{name} asks for no scope: every user of the pool may call it, with an ID token, too"),
                "name the scopes that it asks for",
            )),
            Door::Other => None,
        }
    }

    fn given_by_nobody(&self, scope: &Scope) -> PlacedProblem {
        let message = format!("no rule and no client gives the scope `{}`", scope.name);
        let problem = Problem::hint(Code::ScopeGivenByNobody, scope.at.span.clone(), message);
        let known =
            self.given.iter().map(String::as_str).filter(|one| !STANDARD_SCOPES.contains(one));
        let problem = problem
            .meant(nearest(&scope.name, known))
            .help(format!("add it by a rule of {}: `add_scopes`", self.loaded.path()));
        self.api.fault(&scope.at, graded(self.api, problem))
    }

    /// Clients that the API's audience leaves out.
    fn audience(&self) -> Vec<PlacedProblem> {
        let Some(audience) = self.api.audience() else { return vec![] };
        let listed = self.api.schemes.iter().filter_map(|scheme| scheme.audience.as_ref());
        let Some(last) = listed.flatten().last() else { return vec![] };
        let clients = self.loaded.config.pools.get(&self.api.pool).map(|pool| pool.clients.keys());
        let left_out = clients.into_iter().flatten().filter(|client| {
            let id = self.ids.clients.get(&ClientKey::new(&self.api.pool, client));
            id.is_some_and(|id| !audience.contains(id.as_str()))
        });
        let fault = |client: &String| {
            let message =
                format!("tokens of the client `{client}` are refused: it is not in the audience");
            self.odd(
                Code::ClientNotInAudience,
                &last.at,
                message,
                "add its id to the audience, if it is to be let in",
            )
        };
        left_out.map(fault).collect()
    }
}

/// Scopes that rules give and no operation asks for, where the API of their resource server is known.
fn asked_nowhere(apis: &[Api], loaded: &Loaded) -> Vec<PlacedProblem> {
    let operations = || apis.iter().flat_map(|api| &api.operations);
    // Of API Gateway nothing is known offline.
    let all_are_read = apis.len() == loaded.config.apis.len();
    if !all_are_read || operations().any(Operation::is_unknown) {
        return vec![];
    }
    let asked: BTreeSet<&str> = operations().flat_map(Operation::scopes).collect();
    let server = |scope: &str| scope.rsplit_once('/').map(|(server, _)| server.to_owned());
    let of_server = |api: &&Api, scope: &str| {
        let mut scopes = api.operations.iter().flat_map(Operation::scopes);
        scopes.any(|one| server(one).is_some() && server(one) == server(scope))
    };
    let mut faults = vec![];
    for (rule, index) in loaded.config.rules.iter().zip(0..) {
        for (scope, item) in rule.add_scopes.iter().zip(0..) {
            let Some(api) = apis.iter().find(|api| of_server(api, scope)) else { continue };
            if asked.contains(scope.as_str()) {
                continue;
            }
            let place = loaded.place.at("rules").item(index).at("add_scopes").item(item);
            let message = format!("no operation of `{}` asks for the scope `{scope}`", api.name);
            let problem = Problem::hint(Code::ScopeAskedByNobody, place.value(), message);
            let problem = problem.meant(nearest(scope, asked.iter().copied()));
            let problem = problem.help("leave it out, or have an operation ask for it");
            faults.push((Arc::clone(&loaded.source), graded(api, problem)));
        }
    }
    faults
}

fn graded(api: &Api, problem: Problem) -> Problem {
    let severity = if api.strict { Severity::Error } else { Severity::Hint };
    Problem { severity, ..problem }
}
