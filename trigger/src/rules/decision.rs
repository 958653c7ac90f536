//! What all rules together say about one token, and what the tokens then look like.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// What is to change in the tokens of one subject.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Decision {
    /// The positions of the rules that apply, in order.
    pub matched: Vec<usize>,
    /// What changes in the access token.
    pub access: AccessEffects,
    /// What changes in the ID token.
    pub id: IdEffects,
    /// The groups that both tokens name, if they differ from the user's own.
    pub groups: Option<Vec<String>>,
    /// The positions of rules for which data said something that is no group, no scope, or a scope
    /// out of bounds. It is left out.
    pub dropped: Vec<usize>,
    /// There are no tokens at all; then nothing else changes.
    pub refusal: Option<RuleRefusal>,
}

/// A sign-in that fails on purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRefusal {
    /// The position of the rule that refuses: the first of those that apply.
    pub rule: usize,
    /// What whoever signs in reads.
    pub text: String,
}

/// Changes to an access token. Nothing is both added and suppressed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AccessEffects {
    /// Scopes to add.
    pub add_scopes: BTreeSet<String>,
    /// Scopes to take away.
    pub suppress_scopes: BTreeSet<String>,
    /// Claims to add or to replace.
    pub claims: BTreeMap<String, Value>,
    /// Claims to take away.
    pub suppress_claims: BTreeSet<String>,
}

/// Changes to an ID token. Nothing is both added and suppressed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IdEffects {
    /// Claims to add or to replace.
    pub claims: BTreeMap<String, Value>,
    /// Claims to take away.
    pub suppress_claims: BTreeSet<String>,
}

impl Decision {
    /// Whether the tokens stay as they are.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.access == AccessEffects::default()
            && self.id == IdEffects::default()
            && self.groups.is_none()
            && self.refusal.is_none()
    }

    /// The scopes of the access token, of which `default` are there without any rule. Without a
    /// token there are none, nor any claims.
    #[must_use]
    pub fn access_scopes<'a>(
        &self,
        default: impl IntoIterator<Item = &'a str>,
    ) -> BTreeSet<String> {
        if self.refusal.is_some() {
            return BTreeSet::new();
        }
        let mut scopes = self.access.add_scopes.clone();
        scopes.extend(default.into_iter().map(str::to_owned));
        scopes.retain(|scope| !self.access.suppress_scopes.contains(scope));
        scopes
    }

    /// The claims of the access token, of which `default` are there without any rule. `scope` stays
    /// as it is in `default`: see [`access_scopes`](Self::access_scopes).
    #[must_use]
    pub fn access_claims(&self, default: &Map<String, Value>) -> Map<String, Value> {
        self.claims(default, &self.access.claims, &self.access.suppress_claims)
    }

    /// The claims of the ID token, of which `default` are there without any rule.
    #[must_use]
    pub fn id_claims(&self, default: &Map<String, Value>) -> Map<String, Value> {
        self.claims(default, &self.id.claims, &self.id.suppress_claims)
    }

    fn claims(
        &self,
        default: &Map<String, Value>,
        added: &BTreeMap<String, Value>,
        suppressed: &BTreeSet<String>,
    ) -> Map<String, Value> {
        if self.refusal.is_some() {
            return Map::new();
        }
        let mut claims = default.clone();
        claims.extend(added.clone());
        match self.groups.as_deref() {
            None => {}
            Some([]) => claims.retain(|name, _| name != GROUPS),
            Some(groups) => {
                claims.insert(GROUPS.to_owned(), groups.into());
            }
        }
        let is_gone = |name: &str| match name {
            // Roles go with groups.
            GROUPS | "cognito:roles" | "cognito:preferred_role" => suppressed.contains(GROUPS),
            _ => suppressed.contains(name),
        };
        claims.retain(|name, _| !is_gone(name.as_str()));
        claims
    }
}

const GROUPS: &str = "cognito:groups";
