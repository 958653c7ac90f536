//! Which of a document's security schemes stand for the pool, and how each of them looks at a token. Pure.

use std::sync::Arc;

use super::operation::{Door, Location, Scheme, Scope};
use super::tree::YamlNode;

/// How sure it is that a scheme stands for the pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// It is something else: a key, a signature, another pool.
    Other,
    /// It takes tokens, whoever issues them.
    Possible,
    /// It names Cognito, or an authorizer that only Cognito's tokens pass.
    Sure,
}

/// What a scheme says about itself.
#[derive(Debug, Clone)]
pub(super) struct Described {
    pub(super) scheme: Scheme,
    pub(super) likeness: Likeness,
    /// The pool that it names although it is not this one, and where.
    pub(super) stranger: Option<(String, Location)>,
}

/// What the scheme `name` says; `pool_id` is this pool's id, if that is known.
pub(super) fn describe(name: &str, node: &YamlNode, pool_id: Option<&str>) -> Described {
    let authorizer = node.get("x-amazon-apigateway-authorizer");
    let authtype = node.text_of("x-amazon-apigateway-authtype");
    let kind = authorizer.and_then(|one| one.text_of("type")).or(authtype);
    let door = match kind {
        Some("cognito_user_pools") => Door::Rest,
        Some("jwt") => Door::Http,
        _ => Door::Other,
    };
    let named = names(node, authorizer);
    let stranger = stranger(&named, pool_id);
    let likeness = match (node.text_of("type"), door) {
        _ if stranger.is_some() => Likeness::Other,
        _ if named.iter().any(|one| is_cognito(one)) => Likeness::Sure,
        // It names an issuer, and that is not Cognito.
        (_, Door::Http) if named.iter().any(|one| one.text().is_some()) => Likeness::Other,
        (_, Door::Rest | Door::Http) => Likeness::Sure,
        _ if kind.is_some() => Likeness::Other,
        (Some("oauth2" | "openIdConnect"), _) => Likeness::Possible,
        (Some("http"), _) => if_so(node.text_of("scheme").is_some_and(is_bearer)),
        // API Gateway's documents without the authorizer's extension.
        (Some("apiKey"), _) => if_so(node.text_of("name").is_some_and(is_authorization)),
        _ => Likeness::Other,
    };
    let audience = authorizer.and_then(|one| one.get("jwtConfiguration")).and_then(audience);
    let scheme = Scheme { name: name.to_owned(), door, audience };
    Described { scheme, likeness, stranger }
}

fn if_so(possible: bool) -> Likeness {
    if possible { Likeness::Possible } else { Likeness::Other }
}

fn is_bearer(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("bearer")
}

fn is_authorization(name: &str) -> bool {
    name.eq_ignore_ascii_case("authorization")
}

/// Everything that may name a pool: issuers, `providerARNs`, addresses of OAuth and OpenID Connect.
fn names(node: &YamlNode, authorizer: Option<&Arc<YamlNode>>) -> Vec<Arc<YamlNode>> {
    let jwt = authorizer.and_then(|one| one.get("jwtConfiguration"));
    let issuer = jwt.and_then(|one| one.get("issuer")).cloned();
    let arns = authorizer.and_then(|one| one.get("providerARNs"));
    let flows = node.get("flows").into_iter().flat_map(|flows| flows.entries());
    let of_flow = |flow: &YamlNode| {
        let addresses = ["authorizationUrl", "tokenUrl"].into_iter();
        addresses.filter_map(|key| flow.get(key).cloned()).collect::<Vec<_>>()
    };
    let mut names: Vec<Arc<YamlNode>> = issuer.into_iter().collect();
    names.extend(arns.into_iter().flat_map(|arns| arns.items().iter().cloned()));
    names.extend(node.get("openIdConnectUrl").cloned());
    names.extend(of_flow(node));
    names.extend(flows.flat_map(|flow| of_flow(&flow.value)));
    names
}

/// Whether this is an issuer, an ARN or an address of Cognito.
fn is_cognito(node: &YamlNode) -> bool {
    node.text().is_some_and(|text| text.contains("cognito"))
}

/// The id of the pool that it names: a domain's address names none.
fn pool_of(node: &YamlNode) -> Option<&str> {
    let is_id = |part: &&str| {
        let (region, id) = part.split_once('_').unwrap_or((part, ""));
        region.matches('-').count() >= 2
            && !id.is_empty()
            && part.bytes().all(|one| one.is_ascii_alphanumeric() || one == b'-' || one == b'_')
    };
    node.text().filter(|_| is_cognito(node))?.split('/').find(is_id)
}

/// A pool is named, none of those that are named is this one, and all of them are known.
fn stranger(named: &[Arc<YamlNode>], pool_id: Option<&str>) -> Option<(String, Location)> {
    let pool_id = pool_id?;
    if named.iter().any(|node| node.is_unknown()) {
        return None;
    }
    let ids: Vec<_> = named.iter().filter_map(|node| Some((pool_of(node)?, node))).collect();
    if ids.iter().any(|(id, _)| *id == pool_id) {
        return None;
    }
    ids.first().map(|(id, node)| ((*id).to_owned(), Location::of(node)))
}

fn audience(jwt: &Arc<YamlNode>) -> Option<Vec<Scope>> {
    let audience = jwt.get("audience")?;
    let single = std::slice::from_ref(audience);
    let clients = if audience.text().is_some() { single } else { audience.items() };
    let known = |node: &Arc<YamlNode>| {
        Some(Scope { name: node.text()?.to_owned(), at: Location::of(node) })
    };
    let all: Option<Vec<_>> = clients.iter().map(known).collect();
    all.filter(|all| !all.is_empty())
}
