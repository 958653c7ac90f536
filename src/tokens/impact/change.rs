//! What a change of rules does to the tokens of one kind of subject, and how people read it.

use serde::Serialize;
use serde_json::Value;

/// A claim that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClaimImpact {
    /// `access` or `id`.
    pub token: &'static str,
    /// Its name.
    pub claim: String,
    /// What it was; absent if it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it becomes; absent if it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Scopes and claims that a kind of subject gains and loses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TokenImpact {
    /// The promise that describes the subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expectation: Option<String>,
    /// Or the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Scopes that come.
    pub gained: Vec<String>,
    /// Scopes that go.
    pub lost: Vec<String>,
    /// Whom it concerns, in words; a promise says so itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Claims that come, go or change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimImpact>,
}

impl TokenImpact {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gained.is_empty() && self.lost.is_empty() && self.claims.is_empty()
    }
}

impl ClaimImpact {
    /// The change in words.
    pub(crate) fn text(&self) -> String {
        let Self { token, claim, before, after } = self;
        let claim = format!("{} claim {claim}", if *token == "id" { "ID" } else { token });
        match (before, after) {
            (None, Some(after)) => format!("gains {claim} = {}", value(after)),
            (Some(before), Some(after)) => format!("{claim} {} -> {}", value(before), value(after)),
            (Some(before), None) => format!("loses {claim} (was {})", value(before)),
            (None, None) => format!("{claim} may change"),
        }
    }
}

/// A value as people read it.
pub(crate) fn value(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(self::value).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}
