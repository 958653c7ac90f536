//! How a run ends: the exit codes, which are a contract, and the one type of failure that `main` prints.

use serde_json::{Map, Value};

use crate::cloud::CloudError;
use crate::reconcile::plan::Refusal;

/// Exit codes. Clap's own 2 is mapped to [`Exit::Usage`], so that 2 means "changes pending" alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Failed, nothing or unknown applied.
    Failed = 1,
    /// Changes are pending (only with `--detailed-exitcode`).
    Pending = 2,
    /// Some of it was done: run again.
    Partial = 3,
    /// The command line or `deploy.toml` is wrong.
    Usage = 4,
    /// No credentials, or AWS denied access.
    Access = 5,
    /// Would destroy, is not ours, is stale, or was not confirmed.
    Refused = 6,
    /// A token, or a promise about tokens, is wrong.
    Unproven = 7,
    /// A wait ended without what was waited for, or another run is at work.
    TimedOut = 8,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
    /// Stopped by a request to terminate.
    Terminated = 143,
}

/// A failure with its way out.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, with its causes.
    pub error: anyhow::Error,
    /// What to do about it.
    pub hints: Vec<String>,
    /// Printed in place of `error: …`: text that was laid out already, such as carets under a line of `deploy.toml`.
    pub rendered: Option<String>,
    /// More members of the JSON document.
    pub details: Map<String, Value>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into(), hints: vec![], rendered: None, details: Map::new() }
    }

    /// Adds a way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Adds a member to the JSON document.
    #[must_use]
    pub fn detail(mut self, key: &str, value: Value) -> Self {
        self.details.insert(key.to_owned(), value);
        self
    }

    /// Says what was being done.
    #[must_use]
    pub fn context(mut self, context: impl std::fmt::Display + Send + Sync + 'static) -> Self {
        self.error = self.error.context(context);
        self
    }

    /// Whether another run is at work on the same stack.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self.error.downcast_ref(), Some(CloudError::Conflict { .. }))
    }

    /// The document `pretoken/error/v1`.
    #[must_use]
    pub fn document(&self) -> Value {
        let mut document = Map::new();
        document.insert("schema".to_owned(), "pretoken/error/v1".into());
        document.insert("code".to_owned(), (self.exit as u8).into());
        document.insert("message".to_owned(), format!("{:#}", self.error).into());
        let hint = (!self.hints.is_empty()).then(|| self.hints.join("; "));
        document.insert("hint".to_owned(), hint.into());
        document.extend(self.details.clone());
        document.into()
    }
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        let exit = exit_of(&error);
        let hint = hint_for(&error);
        let failure = Self::new(exit, error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }
}

/// The exit code of an error from AWS.
#[must_use]
pub fn exit_of(error: &CloudError) -> Exit {
    match error {
        CloudError::Credentials { .. } | CloudError::Denied { .. } => Exit::Access,
        CloudError::NoRegion => Exit::Usage,
        // "Another run is at work" is said by the code of waits: the cure is to wait.
        CloudError::TimedOut { .. } | CloudError::Conflict { .. } => Exit::TimedOut,
        CloudError::Stopped { .. } => Exit::Interrupted,
        CloudError::Unreachable { .. }
        | CloudError::Refused { .. }
        | CloudError::Unanswered { .. }
        | CloudError::Failed { .. }
        | CloudError::UnexpectedChange { .. }
        | CloudError::Unreadable { .. } => Exit::Failed,
    }
}

fn hint_for(error: &CloudError) -> Option<String> {
    match error {
        CloudError::Credentials { .. } => Some(
            "set AWS_PROFILE, sign in with `aws sso login`, or export AWS_ACCESS_KEY_ID; to try without AWS, use --local"
                .to_owned(),
        ),
        CloudError::Denied { operation, .. } => Some(format!(
            "the caller needs {operation}; `pretoken permissions deploy` (or `plan`, `verify`, `destroy`) prints the policy with all that the command needs"
        )),
        CloudError::NoRegion => Some("set `region` in deploy.toml, or AWS_REGION, or --region".to_owned()),
        CloudError::Unreachable { .. } => Some("check --endpoint-url, the network and the proxy".to_owned()),
        CloudError::Unanswered { .. } => Some("run the same command again: it looks first, and goes on from there".to_owned()),
        CloudError::Conflict { .. } => Some(
            "another run is at work on this stack: wait until it ended and run again, or let `--wait` do that".to_owned(),
        ),
        CloudError::UnexpectedChange { .. } => {
            Some("another writer may have been at work; compare the pool with what you expect before you go on".to_owned())
        }
        _ => None,
    }
}

impl From<Vec<Refusal>> for Failure {
    fn from(refusals: Vec<Refusal>) -> Self {
        let lines: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let mut failure = Self::new(Exit::Refused, anyhow::anyhow!(lines.join("\n       ")));
        failure.hints = refusals.iter().map(Refusal::hint).collect();
        failure
    }
}

/// The result of a command: the exit code 0, or another that is no failure, or a failure.
pub type Outcome = Result<Option<Exit>, Failure>;
