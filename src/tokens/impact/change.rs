//! What a change of rules does to the tokens of one kind of subject, and how people read it.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// A claim that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
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
    /// What becomes of the right to sign in: whoever loses it loses everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignInImpact>,
    /// Claims that come, go or change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<ClaimImpact>,
}

impl TokenImpact {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sign_in.is_none()
            && self.gained.is_empty()
            && self.lost.is_empty()
            && self.claims.is_empty()
    }

    /// Whether somebody can sign in no more: the gravest loss.
    #[must_use]
    pub fn loses_sign_in(&self) -> bool {
        self.sign_in.is_some_and(|change| change != SignInImpact::Gained)
    }

    /// The worst first.
    pub(super) fn rank(&self) -> u8 {
        match self {
            _ if self.loses_sign_in() => 0,
            _ if !self.lost.is_empty() => 1,
            _ => 2,
        }
    }
}

/// What becomes of the right to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignInImpact {
    /// A rule refused them, and none does any more.
    Gained,
    /// A rule refuses them.
    Lost,
    /// Some of them gain it, others lose it.
    Both,
}

impl SignInImpact {
    /// From whether it is allowed before and after.
    pub(super) fn of(before: bool, after: bool) -> Option<Self> {
        match (before, after) {
            (false, true) => Some(Self::Gained),
            (true, false) => Some(Self::Lost),
            _ => None,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::Both }
    }

    /// The change in words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Gained => "can sign in now",
            Self::Lost => "CANNOT SIGN IN any more",
            Self::Both => "CANNOT SIGN IN any more, or can now",
        }
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
