//! What a file that was read and found right is to everybody else.

use std::collections::BTreeSet;
use std::sync::Arc;

use trigger::Rules;

use super::place::Placed;
use super::problem::{Problem, Problems, Span};
use super::reference::Reference;
use super::seed::Password;
use super::shape::Sought;
use super::source_text::SourceText;
use super::types::Config;
use crate::codes::Code;

/// A configuration, and the file that it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What the file says, in the environment that was asked for.
    pub config: Config,
    /// Its rules, compiled: this is the only place where rules of the file are.
    pub rules: Rules,
    /// What is odd about it at any time.
    pub(crate) odd: Vec<Problem>,
    pub(crate) source: Arc<SourceText>,
    pub(crate) place: Placed,
    /// Values that the file does not hold.
    pub(super) elsewhere: Vec<NotInTheFile>,
    /// What is known of them, and secret.
    pub(super) secrets: Vec<String>,
}

/// A value that is elsewhere.
#[derive(Debug, Clone)]
pub(super) struct NotInTheFile {
    /// Its key.
    pub(super) path: String,
    pub(super) span: Span,
    pub(super) reference: Reference,
    pub(super) state: Sought,
}

/// What is needed to reach AWS, where other values are.
const NEEDED_FIRST: [&str; 2] = ["region", "allowed_account_ids"];

/// The keys of an identity provider: the emulator does without its secrets, and templates ask for them.
const OF_PROVIDERS: &str = ".identity_providers.";
/// Variables of the function and seeds: nothing that asks nothing of AWS depends on their values.
const ONLY_WRITTEN: [&str; 2] = ["trigger.environment.", "seed."];

impl NotInTheFile {
    pub(super) fn missing(&self) -> Option<Problem> {
        let Self { path, reference, .. } = self;
        if reference.is_in_aws() && NEEDED_FIRST.contains(&path.as_str()) {
            let message = format!("`{path}` is needed to reach AWS, and cannot be in AWS");
            let problem = Problem::error(Code::NoValue, self.span.clone(), message);
            return Some(
                problem.help("write it here, or take it from a variable: `{ env = \"NAME\" }`"),
            );
        }
        let Sought::Missing(why) = &self.state else { return None };
        let message = format!("`{path}` is {reference}, and has no value");
        Some(Problem::error(Code::NoValue, self.span.clone(), message).label(why))
    }

    pub(super) fn unknown(&self) -> Option<Problem> {
        let Self { path, reference, .. } = self;
        let hint = || {
            let message = format!("`{path}` is {reference}, and not known here");
            let problem = Problem::hint(Code::ValueUnknown, self.span.clone(), message);
            problem.help("the commands that need it read it; everything else is checked")
        };
        (self.state == Sought::NotYet).then(hint)
    }

    fn is_only_written(&self) -> bool {
        self.is_of_provider() || ONLY_WRITTEN.iter().any(|parent| self.path.starts_with(parent))
    }

    fn is_of_provider(&self) -> bool {
        self.path.contains(OF_PROVIDERS)
    }

    /// The same, for a command that cannot do without and does not connect.
    fn refused(&self) -> Option<Problem> {
        let Self { path, .. } = self;
        let mut problem = self.unknown()?;
        problem.severity = super::problem::Severity::Error;
        Some(problem.help(format!(
            "give this command, which asks nothing of AWS, the value: `--set '{path}=…'`"
        )))
    }
}

impl Loaded {
    /// The file, as the user named it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.source.path
    }

    /// Its text as it may be shown: what may be secret is replaced.
    #[must_use]
    pub(crate) fn shown(&self) -> &str {
        &self.source.text
    }

    /// What no output may show: variables, passwords, secrets from elsewhere.
    pub fn hidden(&self) -> impl Iterator<Item = &String> {
        // A value that stands in the file in the open, too, such as the stack's own name, would only be missed elsewhere.
        let is_open = |value: &&String| !self.shown().contains(value.as_str());
        let values = self.config.trigger.environment.values().chain(&self.secrets).filter(is_open);
        let passwords = self.config.seed.iter().filter_map(|seed| match &seed.password {
            Some(Password::Text(password)) => Some(password),
            _ => None,
        });
        values.chain(passwords)
    }

    /// Values that are in AWS, and were not looked for.
    #[must_use]
    pub fn sought(&self) -> BTreeSet<Reference> {
        let unknown = self.elsewhere.iter().filter(|value| value.state == Sought::NotYet);
        unknown.map(|value| value.reference.clone()).collect()
    }

    /// What is not known, as errors of a command that does not look: what it only would write counts if it `writes`.
    #[must_use]
    pub fn unknown(&self, writes: bool) -> Problems {
        let counts = |value: &&NotInTheFile| {
            if writes { !value.is_of_provider() } else { !value.is_only_written() }
        };
        let refused = self.elsewhere.iter().filter(counts).filter_map(NotInTheFile::refused);
        Problems::new(Arc::clone(&self.source), refused.collect())
    }

    /// What a template would have to hold, and is not in the file: it may be secret, and another one tomorrow.
    #[must_use]
    pub fn only_at_plan(&self) -> Problems {
        let held = self.elsewhere.iter().filter(|value| !value.is_only_written());
        let problem = |value: &NotInTheFile| {
            let message = format!(
                "`{}` is {}, and a template would hold its value",
                value.path, value.reference
            );
            Problem::error(Code::ValueInTemplate, value.span.clone(), message)
                .help(format!("say the value for the template: `--set '{}=…'`", value.path))
        };
        Problems::new(Arc::clone(&self.source), held.map(problem).collect())
    }
}
