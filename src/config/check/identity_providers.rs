//! Identity providers: what each type needs, that no secret stands in the file, and that whatever names a provider or an
//! attribute names one that exists (`CreateIdentityProvider` in the API reference).

use crate::codes::Code;
use crate::config::place::Placed;
use crate::config::problem::Problem;
use crate::config::{Config, IdentityProvider, Pool, ProviderDetail, ProviderType, UserAttribute};
use crate::model::{SECRET_DETAILS, is_standard, nearest, standard_attributes};

/// Users of the pool itself, in `supported_identity_providers`.
const COGNITO: &str = "COGNITO";

pub(super) fn check(config: &Config, place: &Placed) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (key, pool) in config.pools.iter().filter(|(_, pool)| pool.id.is_none()) {
        let at = place.at("pools").at(key);
        for (name, provider) in &pool.identity_providers {
            let at = at.at("identity_providers").at(name);
            problems.extend(named(name, provider, at));
            problems.extend(details(provider, at));
            problems.extend(mapped(key, pool, provider, at));
        }
        problems.extend(clients(key, pool, at));
    }
    problems
}

/// A social provider has the name of its type (aws-cdk, `UserPoolIdentityProviderGoogle` and its like).
fn named(name: &str, provider: &IdentityProvider, at: &Placed) -> Option<Problem> {
    let kind = provider.kind.as_str();
    let of_its_own = matches!(provider.kind, ProviderType::Oidc | ProviderType::Saml);
    let message = match (of_its_own, name) {
        (true, COGNITO) => "`COGNITO` stands for the pool's own users".to_owned(),
        (false, name) if name != kind => format!("AWS calls a provider of this type `{kind}`"),
        _ => return None,
    };
    let way_out = if of_its_own {
        "choose another name".to_owned()
    } else {
        format!("write `identity_providers.{kind}`")
    };
    Some(Problem::error(Code::ReservedName, at.key(), message).help(way_out))
}

/// What AWS refuses to do without.
fn needed(kind: ProviderType) -> &'static [&'static [&'static str]] {
    match kind {
        ProviderType::Google | ProviderType::Facebook | ProviderType::LoginWithAmazon => {
            &[&["client_id"], &["client_secret"], &["authorize_scopes"]]
        }
        ProviderType::SignInWithApple => {
            &[&["client_id"], &["team_id"], &["key_id"], &["private_key"], &["authorize_scopes"]]
        }
        ProviderType::Oidc => &[
            &["client_id"],
            &["attributes_request_method"],
            &["oidc_issuer"],
            &["authorize_scopes"],
        ],
        ProviderType::Saml => &[&["MetadataURL", "MetadataFile"]],
    }
}

fn details(provider: &IdentityProvider, at: &Placed) -> Vec<Problem> {
    let at = at.at("details");
    let has = |key: &str| provider.details.contains_key(key);
    let missing = needed(provider.kind).iter().filter(|one| !one.iter().any(|key| has(key)));
    let missing = missing.map(|one| {
        let names: Vec<_> = one.iter().map(|key| format!("`{key}`")).collect();
        let kind = provider.kind.as_str();
        let message = format!("a provider of type {kind} needs {}", names.join(" or "));
        Problem::error(Code::ProviderIncomplete, at.key(), message).help("add it to `details`")
    });
    let plain = |key: &&&str| matches!(provider.details.get(**key), Some(ProviderDetail::Text(_)));
    let secret = SECRET_DETAILS.iter().filter(plain).map(|key| {
        let message = format!("`{key}` is a secret, and a file is no place for it");
        Problem::error(Code::SecretInFile, at.at(key).key(), message)
            .help(format!("write `{key} = {{ env = \"NAME\" }}`: read from that variable at plan"))
    });
    missing.chain(secret).collect()
}

/// Only an attribute that exists can be mapped; `username` is the name that AWS makes of a federated user.
fn mapped(key: &str, pool: &Pool, provider: &IdentityProvider, at: &Placed) -> Vec<Problem> {
    let declared: Vec<String> =
        pool.attributes.keys().map(|name| UserAttribute::api_name(name)).collect();
    let exists = |name: &str| {
        name == "username" || is_standard(name) || declared.iter().any(|known| known == name)
    };
    let mut known: Vec<&str> = declared.iter().map(String::as_str).collect();
    standard_attributes().for_each(|name| known.push(name));
    let unknown = provider.attribute_mapping.keys().filter(|name| !exists(name));
    let problem = |name: &String| {
        let message = format!("users of pool `{key}` have no attribute `{name}`");
        let problem = Problem::error(
            Code::UnknownAttribute,
            at.at("attribute_mapping").at(name).key(),
            message,
        );
        match name.strip_prefix("custom:") {
            Some(bare) if nearest(name, declared.iter().map(String::as_str)).is_none() => {
                problem.help(format!("declare it: `[pools.{key}.attributes.{bare}]`"))
            }
            _ => problem.meant(nearest(name, known.iter().copied())),
        }
    };
    unknown.map(problem).collect()
}

/// Clients of a pool of ours name its own users, or a provider that it declares.
fn clients(key: &str, pool: &Pool, at: &Placed) -> Vec<Problem> {
    let known =
        || std::iter::once(COGNITO).chain(pool.identity_providers.keys().map(String::as_str));
    let mut problems = Vec::new();
    for (client_key, client) in &pool.clients {
        let at = at.at("clients").at(client_key).at("supported_identity_providers");
        let named = client.settings.words("supported_identity_providers").enumerate();
        for (index, name) in named.filter(|(_, name)| !known().any(|known| known == *name)) {
            let message = format!("pool `{key}` declares no identity provider `{name}`");
            let problem =
                Problem::error(Code::UnknownIdentityProvider, at.item(index).value(), message);
            problems.push(match nearest(name, known()) {
                Some(meant) => problem.meant(Some(meant)),
                None => {
                    problem.help(format!("declare it: `[pools.{key}.identity_providers.{name}]`"))
                }
            });
        }
    }
    problems
}
