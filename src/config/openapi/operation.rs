//! What an API asks of whoever calls it, operation by operation. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::documents::PlacedProblem;
use super::tree::YamlNode;
use crate::config::{Needs, Problem, SourceText, Span};

/// An API, as its document describes it.
#[derive(Debug, Clone)]
pub struct Api {
    /// Its key in `deploy.toml`.
    pub name: String,
    /// Key of the pool whose tokens it takes.
    pub pool: String,
    /// Whether one of an operation's scopes is enough.
    pub needs: Needs,
    /// Where it is, without a slash at the end, if that is known.
    pub url: Option<String>,
    /// What can be asked of it.
    pub operations: Vec<Operation>,
    /// Whether what is found about it is an error.
    pub(crate) strict: bool,
    /// Whether a stage of API Gateway serves it, and no document can say more about it.
    pub(crate) is_served: bool,
    /// The schemes that stand for the pool.
    pub(crate) schemes: Vec<Scheme>,
    pub(crate) sources: Vec<Arc<SourceText>>,
}

/// A method of a path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// In capitals; `ANY` is API Gateway's `x-amazon-apigateway-any-method`.
    pub method: String,
    /// As the document writes it: `/orders/{id}`.
    pub path: String,
    /// What it asks for.
    pub security: Security,
    pub(crate) at: Location,
}

/// What an operation asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// Nothing.
    Public {
        /// Whether it says so, rather than saying nothing.
        stated: bool,
    },
    /// Known only once the document is deployed.
    Unknown,
    /// Nothing that a token of this pool could be: keys, signatures, another pool.
    Elsewhere,
    /// A token of this pool, in one of these ways.
    Token(Vec<Requirement>),
}

/// One way to be let in with a token of this pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// Who looks at the token.
    pub(crate) door: Door,
    /// Scopes that are asked for.
    pub(crate) scopes: Vec<Scope>,
    /// Whether there are more, which are known only once the document is deployed.
    pub(crate) more: bool,
    /// What is asked for beside the token: it is taken as given.
    pub beside: Vec<String>,
    pub(crate) at: Location,
}

/// A scope, and where it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) name: String,
    pub(crate) at: Location,
}

/// Who looks at the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    /// A REST API's Cognito authorizer: without scopes it takes ID tokens only.
    Rest,
    /// An HTTP API's JWT authorizer: without scopes it takes every token of the pool.
    Http,
    /// Something else that reads tokens.
    Other,
}

/// A scheme that stands for the pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scheme {
    pub(crate) name: String,
    pub(crate) door: Door,
    /// The clients whose tokens it takes, if it says so and all of them are known.
    pub(crate) audience: Option<Vec<Scope>>,
}

/// A place in one of the document's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    pub(crate) file: usize,
    pub(crate) span: Span,
}

impl Location {
    pub(super) fn of(node: &YamlNode) -> Self {
        Self { file: node.file, span: node.span.clone() }
    }
}

impl Api {
    pub(crate) fn fault(&self, at: &Location, problem: Problem) -> PlacedProblem {
        (Arc::clone(&self.sources[at.file]), problem)
    }

    /// The clients whose tokens the API takes, by id, if it says so.
    pub(crate) fn audience(&self) -> Option<BTreeSet<&str>> {
        let audiences: Option<Vec<&Vec<Scope>>> =
            self.schemes.iter().map(|scheme| scheme.audience.as_ref()).collect();
        let clients = audiences?.into_iter().flatten().map(|client| client.name.as_str());
        Some(clients.collect()).filter(|clients: &BTreeSet<_>| !clients.is_empty())
    }
}

impl Operation {
    /// As people write it: `GET /orders/{id}`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether anybody may call it, without any token.
    #[must_use]
    pub fn is_public(&self) -> bool {
        matches!(self.security, Security::Public { .. })
    }

    pub(crate) fn requirements(&self) -> &[Requirement] {
        if let Security::Token(ways) = &self.security { ways } else { &[] }
    }

    /// The scopes that it asks for, in any of its ways.
    #[must_use]
    pub fn scopes(&self) -> BTreeSet<&str> {
        let scopes = self.requirements().iter().flat_map(|way| &way.scopes);
        scopes.map(|scope| scope.name.as_str()).collect()
    }

    /// Whether something about it is known only once the document is deployed.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        self.security == Security::Unknown || self.requirements().iter().any(|way| way.more)
    }

    /// The sets of scopes each of which opens it for an access token. The empty set is every token of the pool; no set is
    /// no access token at all.
    ///
    /// "Control access to HTTP APIs with JWT authorizers" and "Control access to REST APIs using Amazon Cognito user pools
    /// as an authorizer", API Gateway Developer Guide.
    #[must_use]
    pub fn keys(&self, needs: Needs) -> Vec<BTreeSet<String>> {
        self.requirements().iter().flat_map(|way| way.keys(needs)).collect()
    }

    /// Whether a token with these scopes opens it; `None` if that is not known.
    #[must_use]
    pub fn opens(&self, needs: Needs, scopes: &BTreeSet<String>) -> Option<bool> {
        let open = self.is_public() || self.keys(needs).iter().any(|key| key.is_subset(scopes));
        (open || !self.is_unknown()).then_some(open)
    }
}

impl Requirement {
    fn keys(&self, needs: Needs) -> Vec<BTreeSet<String>> {
        let names = self.scopes.iter().map(|scope| scope.name.clone());
        match (needs, self.door) {
            (_, Door::Rest) if self.scopes.is_empty() => vec![],
            // What more is needed is not known.
            (Needs::All, _) if self.more => vec![],
            (Needs::Any, _) if self.scopes.is_empty() && self.more => vec![],
            (Needs::All, _) => vec![names.collect()],
            (Needs::Any, _) if self.scopes.is_empty() => vec![BTreeSet::new()],
            (Needs::Any, _) => names.map(|name| BTreeSet::from([name])).collect(),
        }
    }
}
