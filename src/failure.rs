//! How a run ends: the exit codes, which are a contract, and the one type of failure that `main` prints. Which error has
//! which code and which help is decided here alone.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::cloud::{CloudError, Denial};
use crate::codes::Code;
use crate::config::{ConfigError, Located, Problems};
use crate::local::LocalError;
use crate::package::{OpenError, PackageError};
use crate::reconcile::apply::StepError;
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
    /// The command that was to be run cannot be executed; shells say so too.
    NotExecutable = 126,
    /// There is no such command.
    NoCommand = 127,
    /// Stopped by Ctrl-C.
    Interrupted = 130,
    /// Stopped by a request to terminate.
    Terminated = 143,
}

/// What to do about a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// The words.
    pub text: String,
    /// Whether it says that the same command goes on from here, which is untrue of a plan in a file.
    pub is_about_again: bool,
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), is_about_again: false }
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self { text, is_about_again: false }
    }
}

impl Hint {
    /// Help that only whoever repeats the same command can follow.
    #[must_use]
    pub fn again(text: &str) -> Self {
        Self { text: text.to_owned(), is_about_again: true }
    }
}

/// A failure, and what to do about it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What kind of thing went wrong.
    pub code: Code,
    /// What happened, with its causes.
    pub error: anyhow::Error,
    /// What to do about it.
    pub hints: Vec<Hint>,
    /// Shown in place of `error: …`: what is wrong in `deploy.toml`, with its lines.
    pub problems: Vec<Problems>,
    /// More members of the JSON document.
    pub details: Map<String, Value>,
}

impl Failure {
    /// A failure without a hint.
    pub fn new(exit: Exit, code: Code, error: impl Into<anyhow::Error>) -> Self {
        Self {
            exit,
            code,
            error: error.into(),
            hints: vec![],
            problems: vec![],
            details: Map::new(),
        }
    }

    /// Adds help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What it shows in place of its own words.
    fn showing(mut self, problems: &[Problems]) -> Self {
        self.problems = problems.to_vec();
        self
    }

    /// Promises that the rules do not keep.
    #[must_use]
    pub fn unkept(promises: &Problems) -> Self {
        let code = first_of(std::slice::from_ref(promises));
        Self::new(Exit::Unproven, code, anyhow::anyhow!(promises.summary()))
            .showing(std::slice::from_ref(promises))
    }

    /// What is wrong in files that belong together, such as the documents of APIs.
    #[must_use]
    pub fn of_files(problems: &[Problems]) -> Self {
        let summaries: Vec<_> = problems.iter().map(Problems::summary).collect();
        Self::new(Exit::Usage, first_of(problems), anyhow::anyhow!(summaries.join("; ")))
            .showing(problems)
    }

    /// Only a part of what was asked for is done.
    #[must_use]
    pub fn partly(mut self) -> Self {
        if self.exit == Exit::Failed {
            self.exit = Exit::Partial;
        }
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
        let hints: Vec<&str> = self.hints.iter().map(|hint| hint.text.as_str()).collect();
        let problems: Vec<_> = self.problems.iter().flat_map(Problems::located).collect();
        json!(ErrorDocument {
            schema: "pretoken/error/v1",
            id: self.code.id(),
            code: self.exit as u8,
            message: format!("{:#}", self.error),
            hint: (!hints.is_empty()).then(|| hints.join("; ")),
            problems: (!self.problems.is_empty()).then_some(problems),
            details: &self.details,
        })
    }
}

/// The document `pretoken/error/v1`.
#[derive(Serialize, JsonSchema)]
pub struct ErrorDocument<'a> {
    schema: &'a str,
    /// A code that `pretoken explain` knows.
    id: &'a str,
    /// The exit code.
    code: u8,
    message: String,
    hint: Option<String>,
    /// What is wrong with a file, line by line.
    #[serde(skip_serializing_if = "Option::is_none")]
    problems: Option<Vec<Located>>,
    /// What else there is depends on what went wrong.
    #[serde(flatten)]
    details: &'a Map<String, Value>,
}

impl From<CloudError> for Failure {
    fn from(error: CloudError) -> Self {
        let (exit, code) = (exit_of(&error), code_of(&error));
        let hint = hint_for(&error);
        let failure = Self::new(exit, code, error);
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
        CloudError::NoRegion | CloudError::BadRegion { .. } => Exit::Usage,
        // "Another run is at work" is said by the code of waits: the cure is to wait.
        CloudError::TimedOut { .. } | CloudError::Conflict { .. } => Exit::TimedOut,
        CloudError::Stopped { .. } => Exit::Interrupted,
        CloudError::Unreachable { .. }
        | CloudError::Refused { .. }
        | CloudError::Exists { .. }
        | CloudError::Unanswered { .. }
        | CloudError::Failed { .. }
        | CloudError::UnexpectedChange { .. }
        | CloudError::Unreadable { .. } => Exit::Failed,
    }
}

/// What several problems are called together: what the first one is called.
fn first_of(problems: &[Problems]) -> Code {
    problems.iter().flat_map(Problems::iter).next().map_or(Code::Internal, |problem| problem.code)
}

fn code_of(error: &CloudError) -> Code {
    match error {
        CloudError::Credentials { .. } => Code::NoCredentials,
        CloudError::Denied { .. } => Code::AccessDenied,
        CloudError::NoRegion | CloudError::BadRegion { .. } => Code::NoRegion,
        CloudError::TimedOut { .. } => Code::TimedOut,
        CloudError::Conflict { .. } | CloudError::Exists { .. } => Code::Conflict,
        CloudError::Stopped { .. } => Code::Stopped,
        CloudError::Unreachable { .. } => Code::Unreachable,
        CloudError::Unanswered { .. } => Code::Unanswered,
        CloudError::Refused { .. } | CloudError::Failed { .. } | CloudError::Unreadable { .. } => {
            Code::AwsRefused
        }
        CloudError::UnexpectedChange { .. } => Code::UnexpectedChange,
    }
}

fn hint_for(error: &CloudError) -> Option<Hint> {
    match error {
        CloudError::Credentials { .. } => Some(
            "set AWS_PROFILE, sign in with `aws sso login`, or export AWS_ACCESS_KEY_ID; to try without AWS, use --local"
                .into(),
        ),
        CloudError::Denied { operation, message } => {
            Some(Denial::of(message).hint(operation).into())
        }
        CloudError::BadRegion { help, .. } => help.clone().map(Hint::from),
        CloudError::NoRegion => Some("set `region` in deploy.toml, or AWS_REGION, or --region".into()),
        CloudError::Unreachable { .. } => Some("check --endpoint-url, the network and the proxy".into()),
        CloudError::Unanswered { .. } => Some(Hint::again("run the same command again: it looks first, and goes on from there")),
        CloudError::Conflict { .. } => Some(Hint::again(
            "another run is at work on this stack: wait until it ended and run again, or let `--wait` do that",
        )),
        CloudError::UnexpectedChange { .. } => {
            Some("another writer may have been at work; compare the pool with what you expect before you go on".into())
        }
        _ => None,
    }
}

impl From<Vec<Refusal>> for Failure {
    fn from(refusals: Vec<Refusal>) -> Self {
        let lines: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        let code = refusals.first().map_or(Code::Internal, Refusal::code);
        let mut failure = Self::new(Exit::Refused, code, anyhow::anyhow!(lines.join("\n       ")));
        let each = |refusal: &Refusal| json!({ "id": refusal.code().id(), "severity": "error", "message": refusal.to_string(), "hint": refusal.hint() });
        let all: Vec<_> = refusals.iter().map(each).collect();
        failure = failure.detail("refusals", json!(all));
        failure.hints = refusals.iter().map(|refusal| refusal.hint().into()).collect();
        failure
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Cloud(error) => error.into(),
            StepError::Obstacle(obstacle) => {
                let help = obstacle.help();
                Self::new(Exit::Refused, Code::SlotUnusable, obstacle).hint(help)
            }
            StepError::SmokeTest { .. } => Self::new(Exit::Unproven, Code::SmokeTestFailed, error),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let usage = |code, error: anyhow::Error| Self::new(Exit::Usage, code, error);
        let hint = error.hint();
        let failure = match error {
            ConfigError::Invalid(problems) => {
                let code = first_of(std::slice::from_ref(&problems));
                usage(code, anyhow::anyhow!(problems.summary())).showing(&[problems])
            }
            ConfigError::Unreadable { error: ref source, .. } => usage(
                Code::ConfigUnreadable,
                anyhow::anyhow!("{source}").context(error.to_string()),
            ),
            ConfigError::BadEnvironment { .. } | ConfigError::UnknownEnvironment { .. } => {
                usage(Code::UnknownEnvironment, anyhow::anyhow!(error.to_string()))
            }
        };
        hint.into_iter().fold(failure, Self::hint)
    }
}

impl From<PackageError> for Failure {
    fn from(error: PackageError) -> Self {
        let (hint, code) = (error.hint(), error.code());
        hint.into_iter().fold(Self::new(Exit::Failed, code, error), Self::hint)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let is_refusal = matches!(error, OpenError::Refused { .. });
        let hint = error.hint();
        let (exit, code) = if is_refusal {
            (Exit::Refused, Code::PackageMismatch)
        } else {
            (Exit::Usage, Code::NotRunnable)
        };
        Self::new(exit, code, error).hint(hint)
    }
}

impl From<LocalError> for Failure {
    fn from(error: LocalError) -> Self {
        let (hint, code) = (error.hint(), error.code());
        let failure = Self::new(Exit::Failed, code, error).context("cannot use the local emulator");
        hint.into_iter().fold(failure, Self::hint)
    }
}

/// The result of a command: the exit code 0, or another that is no failure, or a failure.
pub type Outcome = Result<Option<Exit>, Failure>;
