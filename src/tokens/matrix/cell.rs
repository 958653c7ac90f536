//! What a kind of subject has of one scope. Pure.

use schemars::JsonSchema;
use serde::Serialize;
use trigger::rules::{Rule, Rules, Subject, is_computed};

/// What a kind of subject has of one scope, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// It has it, before and after.
    Has,
    /// It did not have it.
    Gains,
    /// It had it.
    Loses,
    /// A rule withholds it, or the whole sign-in, whatever another rule or the client says.
    Refused,
    /// It has it not.
    #[serde(rename = "")]
    None,
}

/// One side of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    Absent,
    Has,
    Refused,
}

impl Cell {
    /// From before and after.
    pub(super) fn of([before, after]: [State; 2]) -> Self {
        match (before, after) {
            (State::Has, State::Has) => Self::Has,
            (_, State::Has) => Self::Gains,
            (State::Has, _) => Self::Loses,
            (_, State::Refused) => Self::Refused,
            (_, State::Absent) => Self::None,
        }
    }

    /// Whether it is another than before.
    #[must_use]
    pub fn is_change(self) -> bool {
        matches!(self, Self::Gains | Self::Loses)
    }

    /// The word of the document.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Has => "has",
            Self::Gains => "gains",
            Self::Loses => "loses",
            Self::Refused => "refused",
            Self::None => "",
        }
    }
}

/// What the token has of each column; without rules, what it has by itself: its `own`. What a client's settings let a user
/// ask for beside that is no matter of rules.
pub(super) fn states(
    rules: Option<&Rules>,
    subject: &Subject,
    own: &[String],
    columns: &[String],
) -> Vec<State> {
    let decision = rules.map(|rules| rules.decide(subject)).unwrap_or_default();
    let scopes = decision.access_scopes(own.iter().map(String::as_str));
    let refused = decision.refusal.is_some();
    // What data says is known by its template.
    let places = decision.matched.iter();
    let matched: Vec<_> =
        places.filter_map(|place| rules.and_then(|all| all.get(*place))).collect();
    let computed = |list: fn(&Rule) -> &Vec<String>, column: &String| {
        is_computed(column) && matched.iter().any(|rule| list(rule).contains(column))
    };
    let state = |column: &String| match column {
        _ if refused => State::Refused,
        column if computed(|rule| &rule.suppress_scopes, column) => State::Refused,
        column if computed(|rule| &rule.add_scopes, column) => State::Has,
        column if scopes.contains(column) => State::Has,
        column if decision.access.suppress_scopes.contains(column) => State::Refused,
        _ => State::Absent,
    };
    columns.iter().map(state).collect()
}
