//! Promises, checked offline: what the rules say about the subject of each expectation, beside what it expects.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value};
use trigger::rules::{Decision, Rules, Subject};

use super::load::Loaded;
use super::place::Place;
use super::problem::{Problem, Problems};
use super::types::{Config, Expectation, TriggerSource};

/// What the access token of every sign-in through the API has.
pub const DEFAULT_SCOPE: &str = "aws.cognito.signin.user.admin";

impl Loaded {
    /// The promises that the rules do not keep, at `now` (seconds since 1970, for rules that are limited in time).
    #[must_use]
    pub fn broken_promises(&self, now: i64) -> Problems {
        // The rules were compiled when the file was checked.
        let rules = Rules::compile(self.config.rules.clone()).unwrap_or_default();
        let expectations = self.config.expect.iter().enumerate();
        let broken = expectations.flat_map(|(index, expectation)| {
            let subject = self.config.subject(expectation, now);
            let decision = rules.decide(&subject);
            broken(expectation, &subject, &decision, self.place.at("expect").item(index))
        });
        Problems::new(Arc::clone(&self.source), broken.collect())
    }
}

impl Config {
    /// The subject of an expectation as the rules see it.
    #[must_use]
    pub fn subject(&self, expectation: &Expectation, now: i64) -> Subject {
        let machine = expectation.source == TriggerSource::ClientCredentials;
        Subject {
            pool: self.pool_of(expectation).map(str::to_owned),
            client: Some(expectation.client.clone()),
            client_id: None,
            user_name: (!machine).then(|| "somebody".to_owned()),
            groups: expectation.groups.clone(),
            attributes: expectation.attributes.clone(),
            client_metadata: expectation.client_metadata.clone(),
            scopes: if machine { Vec::new() } else { vec![DEFAULT_SCOPE.to_owned()] },
            trigger_source: Some(expectation.source.to_string()),
            now,
        }
    }

    /// The key of the pool in which an expectation's subject signs in.
    #[must_use]
    pub fn pool_of<'c>(&'c self, expectation: &'c Expectation) -> Option<&'c str> {
        let having =
            || self.pools.iter().find(|(_, pool)| pool.clients.contains_key(&expectation.client));
        expectation.pool.as_deref().or_else(|| having().map(|(key, _)| key.as_str()))
    }
}

fn broken(
    expectation: &Expectation,
    subject: &Subject,
    decision: &Decision,
    at: &Place,
) -> Vec<Problem> {
    let scopes = decision.access_scopes(subject.scopes.iter().map(String::as_str));
    let access = decision.access_claims(&Map::new());
    let attributes =
        subject.attributes.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
    let id = decision.id_claims(&attributes.collect());
    let name = &expectation.name;
    let missing =
        expectation.scopes.iter().enumerate().filter(|(_, scope)| !scopes.contains(*scope)).map(
            |(index, scope)| {
                Problem::error(
                    at.at("scopes").item(index).value(),
                    format!("`{name}`: no rule gives the scope `{scope}`"),
                )
                .help(has("the access token has", &scopes))
            },
        );
    let unwanted =
        expectation.not_scopes.iter().enumerate().filter(|(_, scope)| scopes.contains(*scope));
    let unwanted = unwanted.map(|(index, scope)| {
        Problem::error(
            at.at("not_scopes").item(index).value(),
            format!("`{name}`: the access token has the scope `{scope}`"),
        )
    });
    let access_claims = expectation.access_claims.iter().filter_map(|(claim, value)| {
        different(name, claim, value, access.get(claim), at.at("access_claims").at(claim))
    });
    let id_claims = expectation.id_claims.iter().filter_map(|(claim, value)| {
        different(name, claim, value, id.get(claim), at.at("id_claims").at(claim))
    });
    missing.chain(unwanted).chain(access_claims).chain(id_claims).collect()
}

fn different(
    name: &str,
    claim: &str,
    wanted: &Value,
    found: Option<&Value>,
    at: &Place,
) -> Option<Problem> {
    let label = match found {
        Some(found) if found == wanted => return None,
        Some(found) => format!("the rules make it {found}"),
        None => "no rule sets it".to_owned(),
    };
    Some(
        Problem::error(at.value(), format!("`{name}`: the claim `{claim}` is not {wanted}"))
            .label(label),
    )
}

fn has(what: &str, scopes: &BTreeSet<String>) -> String {
    let scopes: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    if scopes.is_empty() { format!("{what} none") } else { format!("{what} {}", scopes.join(", ")) }
}
