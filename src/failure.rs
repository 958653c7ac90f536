//! How a run ends: the exit codes, which are a contract, and the one type of failure that `main` prints. Which error has
//! which code and which help is decided here alone.

use serde_json::{Map, Value, json};

use crate::cloud::{CloudError, Denial};
use crate::config::{ConfigError, Problems};
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
    pub fn new(exit: Exit, error: impl Into<anyhow::Error>) -> Self {
        Self { exit, error: error.into(), hints: vec![], problems: vec![], details: Map::new() }
    }

    /// Adds help.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What it shows in place of its own words.
    fn showing(mut self, problems: &[Problems]) -> Self {
        let located: Vec<_> = problems.iter().flat_map(Problems::located).collect();
        self.problems = problems.to_vec();
        self.detail("problems", json!(located))
    }

    /// Promises that the rules do not keep.
    #[must_use]
    pub fn unkept(promises: &Problems) -> Self {
        Self::new(Exit::Unproven, anyhow::anyhow!(promises.summary()))
            .showing(std::slice::from_ref(promises))
    }

    /// What is wrong in files that belong together, such as the documents of APIs.
    #[must_use]
    pub fn of_files(problems: &[Problems]) -> Self {
        let summaries: Vec<_> = problems.iter().map(Problems::summary).collect();
        Self::new(Exit::Usage, anyhow::anyhow!(summaries.join("; "))).showing(problems)
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
        let mut document = Map::new();
        document.insert("schema".to_owned(), "pretoken/error/v1".into());
        document.insert("code".to_owned(), (self.exit as u8).into());
        document.insert("message".to_owned(), format!("{:#}", self.error).into());
        let hints: Vec<&str> = self.hints.iter().map(|hint| hint.text.as_str()).collect();
        let hint = (!hints.is_empty()).then(|| hints.join("; "));
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
        let mut failure = Self::new(Exit::Refused, anyhow::anyhow!(lines.join("\n       ")));
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
                Self::new(Exit::Refused, obstacle).hint(help)
            }
            StepError::SmokeTest { .. } => Self::new(Exit::Unproven, error),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        let usage = |error: anyhow::Error| Self::new(Exit::Usage, error);
        let hint = error.hint();
        let failure = match error {
            ConfigError::Invalid(problems) => {
                usage(anyhow::anyhow!(problems.summary())).showing(&[problems])
            }
            ConfigError::Unreadable { error: ref source, .. } => {
                usage(anyhow::anyhow!("{source}").context(error.to_string()))
            }
            ConfigError::BadEnvironment { .. } | ConfigError::UnknownEnvironment { .. } => {
                usage(anyhow::anyhow!(error.to_string()))
            }
        };
        hint.into_iter().fold(failure, Self::hint)
    }
}

impl From<PackageError> for Failure {
    fn from(error: PackageError) -> Self {
        let hint = error.hint();
        hint.into_iter().fold(Self::new(Exit::Failed, error), Self::hint)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        let is_refusal = matches!(error, OpenError::Refused { .. });
        let hint = error.hint();
        Self::new(if is_refusal { Exit::Refused } else { Exit::Usage }, error).hint(hint)
    }
}

impl From<LocalError> for Failure {
    fn from(error: LocalError) -> Self {
        let hint = error.hint();
        let failure = Self::new(Exit::Failed, error).context("cannot use the local emulator");
        hint.into_iter().fold(failure, Self::hint)
    }
}

/// The result of a command: the exit code 0, or another that is no failure, or a failure.
pub type Outcome = Result<Option<Exit>, Failure>;
