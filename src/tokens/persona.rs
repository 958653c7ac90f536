//! A subject whose tokens are looked at, and what its token must hold. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use trigger::{Rules, Subject};

use crate::config::{Config, Expectation, RefusedPromise, TriggerSource};
use crate::model::{ClientKey, DEFAULT_SCOPE};

/// A subject to try, and what was promised about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Persona {
    /// For reports.
    pub name: String,
    /// The client that it signs in with.
    pub at: ClientKey,
    /// Its groups.
    pub groups: Vec<String>,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// What the caller sends along.
    pub client_metadata: BTreeMap<String, String>,
    /// What is gathered about it.
    pub facts: BTreeMap<String, Value>,
    /// How the token comes about.
    pub source: TriggerSource,
    /// The promise.
    pub promise: Option<Expectation>,
}

/// The subjects of the promises.
#[must_use]
pub fn promised(config: &Config) -> Vec<Persona> {
    let persona = |expectation: &Expectation| {
        let holds = |pool: &&String| config.pools[*pool].clients.contains_key(&expectation.client);
        let pool = expectation.pool.as_ref().or_else(|| config.pools.keys().find(holds))?;
        Some(Persona::of(ClientKey::new(pool, &expectation.client), expectation))
    };
    config.expect.iter().filter_map(persona).collect()
}

impl Persona {
    /// The machine that uses this client, without any promise.
    #[must_use]
    pub fn machine(at: ClientKey) -> Self {
        Self::anybody(at, "machine", TriggerSource::ClientCredentials)
    }

    /// A user of this client of whom nothing is special, without any promise.
    #[must_use]
    pub fn user(at: ClientKey) -> Self {
        Self::anybody(at, "user", TriggerSource::Authentication)
    }

    fn anybody(at: ClientKey, who: &str, source: TriggerSource) -> Self {
        Self {
            name: format!("{at}, {who}"),
            at,
            groups: vec![],
            attributes: BTreeMap::new(),
            client_metadata: BTreeMap::new(),
            facts: BTreeMap::new(),
            source,
            promise: None,
        }
    }

    /// Who is promised something at this client.
    #[must_use]
    pub fn of(at: ClientKey, promise: &Expectation) -> Self {
        Self {
            name: promise.name.clone(),
            at,
            groups: promise.groups.clone(),
            attributes: promise.attributes.clone(),
            client_metadata: promise.client_metadata.clone(),
            facts: promise.facts.clone(),
            source: promise.source,
            promise: Some(promise.clone()),
        }
    }
}

/// What rules and promise say that a token must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Expected {
    /// That there is none: the trigger refuses the sign-in.
    pub refused: Option<RefusedPromise>,
    /// These scopes: no others, unless nobody knows the rules.
    pub scopes: BTreeSet<String>,
    /// Whether others are nobody's business, since nobody knows the rules.
    pub may_have_others: bool,
    /// Scopes that the promise forbids.
    pub not_scopes: BTreeSet<String>,
    /// Claims of the access token.
    pub access_claims: Map<String, Value>,
    /// Claims of the ID token.
    pub id_claims: Map<String, Value>,
}

impl Persona {
    /// The subject as the rules will see it when it gets a token by `source`.
    #[must_use]
    pub fn subject(&self, source: TriggerSource, now: i64) -> Subject {
        let user = source != TriggerSource::ClientCredentials;
        Subject {
            pool: Some(self.at.pool.clone()),
            client: Some(self.at.client.clone()),
            groups: self.groups.clone(),
            attributes: self.attributes.clone(),
            client_metadata: self.client_metadata.clone(),
            facts: self.facts.clone(),
            scopes: user.then(|| DEFAULT_SCOPE.to_owned()).into_iter().collect(),
            trigger_source: Some(source.as_str().to_owned()),
            now,
            ..Subject::default()
        }
    }

    /// What a token of this subject must hold; the promise counts where it was given for this source.
    #[must_use]
    pub fn expected(&self, rules: &Rules, subject: &Subject, source: TriggerSource) -> Expected {
        let decision = rules.decide(subject);
        let mut expected = Expected {
            scopes: decision.access_scopes(subject.scopes.iter().map(String::as_str)),
            access_claims: decision.access.claims.into_iter().collect(),
            id_claims: decision.id.claims.into_iter().collect(),
            refused: decision.refusal.map(|refusal| RefusedPromise::Text(refusal.text)),
            ..Expected::default()
        };
        if let Some(promise) = self.promise.as_ref().filter(|promise| promise.source == source) {
            expected.promise(promise);
        }
        expected
    }

    /// What a token of this subject must hold where nobody knows the rules: what was promised. A promise about a sign-in
    /// is one about what follows from it, too: no rule is known that would make a difference.
    #[must_use]
    pub fn promised(&self, source: TriggerSource) -> Expected {
        let follows =
            [TriggerSource::RefreshTokens, TriggerSource::AuthenticateDevice].contains(&source);
        let mut expected = Expected { may_have_others: true, ..Expected::default() };
        let counts = |promise: &&Expectation| {
            promise.source == source || follows && promise.source == TriggerSource::Authentication
        };
        if let Some(promise) = self.promise.as_ref().filter(counts) {
            expected.promise(promise);
        }
        expected
    }
}

impl Expected {
    fn promise(&mut self, promise: &Expectation) {
        if let Some(refused) = &promise.refused {
            self.refused = Some(refused.clone()).filter(RefusedPromise::is_refused);
        }
        self.scopes.extend(promise.scopes.iter().cloned());
        self.not_scopes.extend(promise.not_scopes.iter().cloned());
        self.access_claims.extend(promise.access_claims.clone());
        self.id_claims.extend(promise.id_claims.clone());
    }
}
