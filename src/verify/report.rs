//! What a proof found: the document `pretoken/verify/v1`.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::apis::CallCheck;
use crate::cloud::Flow;
use crate::model::ClientKey;
use crate::tokens::persona::Expected;

/// All checks.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// `pretoken/verify/v1`.
    pub schema: &'static str,
    /// Whether every token was right, and at least one was tried.
    pub ok: bool,
    /// One a sign-in.
    pub checks: Vec<Check>,
    /// What could not be tried, and why.
    pub notes: Vec<String>,
}

impl Default for Report {
    fn default() -> Self {
        Self { schema: "pretoken/verify/v1", ok: false, checks: vec![], notes: vec![] }
    }
}

/// One sign-in and its tokens.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// The promise, or who signed in.
    pub name: String,
    /// Key of the pool.
    pub pool: String,
    /// Key of the client.
    pub client: String,
    /// `USER_PASSWORD_AUTH`, `ADMIN_USER_PASSWORD_AUTH`, `REFRESH_TOKEN` or `CLIENT_CREDENTIALS`.
    pub flow: &'static str,
    /// Whether everything was as it must be.
    pub ok: bool,
    /// The scopes of the access token.
    pub scopes: Vec<String>,
    /// Scopes that it should have had.
    pub missing: Vec<String>,
    /// Scopes that it should not have had.
    pub unexpected: Vec<String>,
    /// What else was wrong.
    pub error: Option<String>,
    /// What live APIs answered to the token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallCheck>,
}

impl Check {
    pub(super) fn new(name: &str, at: &ClientKey, flow: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            pool: at.pool.clone(),
            client: at.client.clone(),
            flow,
            ok: false,
            scopes: vec![],
            missing: vec![],
            unexpected: vec![],
            error: None,
            calls: vec![],
        }
    }

    pub(super) fn failed(self, error: String) -> Self {
        Self { ok: false, error: Some(error), ..self }
    }

    pub(super) fn compare(
        &mut self,
        expected: &Expected,
        access: &Map<String, Value>,
        id: &Map<String, Value>,
    ) {
        let scope = access.get("scope").and_then(Value::as_str).unwrap_or_default();
        // AWS lists scopes in the order of a hash: only the set matters.
        let scopes: std::collections::BTreeSet<String> =
            scope.split_whitespace().map(str::to_owned).collect();
        self.missing = expected.scopes.difference(&scopes).cloned().collect();
        let unexpected = scopes.iter().filter(|scope| {
            !expected.scopes.contains(*scope) || expected.not_scopes.contains(*scope)
        });
        self.unexpected = unexpected.cloned().collect();
        self.scopes = scopes.into_iter().collect();
        let mut wrong = differing("access", &expected.access_claims, access);
        wrong.extend(differing("ID", &expected.id_claims, id));
        self.error = (!wrong.is_empty()).then(|| wrong.join("; "));
        self.ok = self.missing.is_empty() && self.unexpected.is_empty() && self.error.is_none();
    }
}

fn differing(
    token: &str,
    expected: &Map<String, Value>,
    found: &Map<String, Value>,
) -> Vec<String> {
    let wrong = expected.iter().filter(|(claim, value)| found.get(*claim) != Some(value));
    wrong
        .map(|(claim, value)| {
            let found = found.get(claim).map_or("absent".to_owned(), ToString::to_string);
            format!("the claim `{claim}` of the {token} token is {found}, not {value}")
        })
        .collect()
}

/// What reports call a flow.
pub(super) fn name_of(flow: Flow) -> &'static str {
    match flow {
        Flow::UserPassword => "USER_PASSWORD_AUTH",
        Flow::AdminUserPassword => "ADMIN_USER_PASSWORD_AUTH",
        Flow::RefreshToken => "REFRESH_TOKEN",
    }
}
