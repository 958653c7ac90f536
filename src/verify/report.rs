//! What a proof found: the document `pretoken/verify/v1`.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::decision::Decided;
use super::pace::{Tally, Timing};
use super::{CallCheck, Fared};
use crate::codes::Code;
use crate::config::RefusedPromise;
use crate::model::{ClientKey, Verdict};

/// All checks.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// `pretoken/verify/v1`.
    pub schema: &'static str,
    /// Whether no token was wrong, and at least one was right.
    pub ok: bool,
    /// When it was proven, if that was in an earlier run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proven_at: Option<String>,
    /// One a sign-in.
    pub checks: Vec<Check>,
    /// How many times somebody signed in, refreshed or asked for a machine's token.
    pub sign_ins: usize,
    /// How many temporary users were made for it.
    pub users: usize,
    /// How long that took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
    /// How sign-ins at a steady pace fared, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load: Option<Fared>,
    /// What could not be tried, and why.
    pub notes: Vec<String>,
    /// Whether a temporary user may be left, which only another proof removes.
    #[serde(skip)]
    pub leaves_users: bool,
    /// What a right token is right in.
    #[serde(skip)]
    pub compared: &'static str,
}

/// Where rules or promises say what tokens must hold.
const EVERYTHING: &str = "signature, issuer, client, scopes and claims";
/// Where nobody does.
pub(super) const IDENTITY: &str =
    "signature, issuer, client and expiry (nothing is promised about scopes and claims)";

impl Default for Report {
    fn default() -> Self {
        Self {
            schema: "pretoken/verify/v1",
            ok: false,
            proven_at: None,
            checks: vec![],
            sign_ins: 0,
            users: 0,
            timing: None,
            load: None,
            notes: vec![],
            leaves_users: false,
            compared: EVERYTHING,
        }
    }
}

impl Report {
    /// Of a proof that an earlier run made; `open` is how much could not be proven then.
    #[must_use]
    pub fn remembered(time: &str, open: usize) -> Self {
        let note = || format!("{open} of what was to be proven could not be proven then");
        Self {
            ok: true,
            proven_at: Some(time.to_owned()),
            notes: (open > 0).then(note).into_iter().collect(),
            ..Self::default()
        }
    }

    /// How many checks came to this.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks.iter().filter(|check| check.verdict == verdict).count()
    }

    /// Whether a token was seen to be wrong, which is more than that none could be proven.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.count(Verdict::Failed) > 0
    }

    /// All is tried: what it comes to.
    pub(super) fn conclude(&mut self, tally: &Tally) {
        let times = tally.times();
        (self.sign_ins, self.users) = (times.len(), tally.users());
        self.timing = Timing::of(&times);
        self.notes.extend(self.timing.and_then(|timing| timing.warning()));
        for check in &mut self.checks {
            check.id = id_of(check.verdict);
        }
        self.ok = !self.is_wrong() && self.count(Verdict::Ok) > 0;
    }
}

fn id_of(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Ok => None,
        Verdict::Failed => Some(Code::TokenWrong.id()),
        Verdict::NotProven => Some(Code::NotProven.id()),
    }
}

/// One sign-in and its tokens.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Check {
    /// What it is called that it is not right, for `pretoken explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'static str>,
    /// The promise, or who signed in.
    pub name: String,
    /// Key of the pool.
    pub pool: String,
    /// Key of the client.
    pub client: String,
    /// `USER_PASSWORD_AUTH`, `ADMIN_USER_PASSWORD_AUTH`, `USER_SRP_AUTH`, `USER_AUTH`, `REFRESH_TOKEN`,
    /// `GET_TOKENS_FROM_REFRESH_TOKEN` or `CLIENT_CREDENTIALS`.
    pub flow: &'static str,
    /// What it came to.
    pub verdict: Verdict,
    /// Whether everything was as it must be.
    pub ok: bool,
    /// The scopes of the access token.
    pub scopes: Vec<String>,
    /// Scopes that it should have had.
    pub missing: Vec<String>,
    /// Scopes that it should not have had.
    pub unexpected: Vec<String>,
    /// What else was wrong, or why nothing could be proven.
    pub error: Option<String>,
    /// What live APIs answered to the token.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<CallCheck>,
}

impl Check {
    pub(super) fn new(name: &str, at: &ClientKey, flow: &'static str) -> Self {
        Self {
            id: None,
            name: name.to_owned(),
            pool: at.pool.clone(),
            client: at.client.clone(),
            flow,
            verdict: Verdict::NotProven,
            ok: false,
            scopes: vec![],
            missing: vec![],
            unexpected: vec![],
            error: None,
            calls: vec![],
        }
    }

    pub(super) fn failed(mut self, error: String) -> Self {
        self.fail(error);
        self
    }

    pub(super) fn fail(&mut self, error: String) {
        (self.verdict, self.ok, self.error) = (Verdict::Failed, false, Some(error));
    }

    pub(super) fn not_proven(self, reason: String) -> Self {
        Self { verdict: Verdict::NotProven, ok: false, error: Some(reason), ..self }
    }

    /// There is no token, as it must be.
    pub(super) fn refused(self) -> Self {
        Self { verdict: Verdict::Ok, ok: true, error: None, ..self }
    }

    pub(super) fn compare(
        &mut self,
        decided: &Decided,
        access: &Map<String, Value>,
        id: &Map<String, Value>,
    ) {
        let expected = &decided.expected;
        if let Some(refused) = &expected.refused {
            let with = match refused {
                RefusedPromise::Text(text) => format!(" with \"{text}\""),
                RefusedPromise::Is(_) => String::new(),
            };
            return self
                .fail(format!("there is a token, and the trigger should have refused{with}"));
        }
        let scope = access.get("scope").and_then(Value::as_str).unwrap_or_default();
        // AWS lists scopes in the order of a hash: only the set matters.
        let scopes: std::collections::BTreeSet<String> =
            scope.split_whitespace().map(str::to_owned).collect();
        self.missing = expected.scopes.difference(&scopes).cloned().collect();
        let unexpected = scopes.iter().filter(|scope| {
            let is_other = !expected.may_have_others && !expected.scopes.contains(*scope);
            is_other || expected.not_scopes.contains(*scope)
        });
        self.unexpected = unexpected.cloned().collect();
        self.scopes = scopes.into_iter().collect();
        let wrong = decided.wrong(access, id);
        self.error = (!wrong.is_empty()).then(|| wrong.join("; "));
        self.ok = self.missing.is_empty() && self.unexpected.is_empty() && self.error.is_none();
        self.verdict = if self.ok { Verdict::Ok } else { Verdict::Failed };
    }
}
