//! Whom a token is for, in the words of the rules.

use std::collections::BTreeMap;

use serde_json::Value;

/// Everything that rules may look at: the user, the client and the moment of one token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The key of the pool in `[pools]`; `None` if it is none of ours.
    pub pool: Option<String>,
    /// The key of the app client in its pool; `None` if it is none of ours.
    pub client: Option<String>,
    /// The id that Cognito gave the client.
    pub client_id: Option<String>,
    /// The user's name; a machine-to-machine token has none.
    pub user_name: Option<String>,
    /// The user's groups.
    pub groups: Vec<String>,
    /// The user's attributes.
    pub attributes: BTreeMap<String, String>,
    /// What the caller sent along.
    pub client_metadata: BTreeMap<String, String>,
    /// What was gathered about the user beforehand, by the name of each fact. One that was looked for and is not
    /// there is absent.
    pub facts: BTreeMap<String, Value>,
    /// The scopes that the access token has before any rule.
    pub scopes: Vec<String>,
    /// Why there is a token, such as `TokenGeneration_Authentication`. New ones appear now and
    /// then.
    pub trigger_source: Option<String>,
    /// The current time in seconds since 1970 (UTC).
    pub now: i64,
}
