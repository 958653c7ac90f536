//! What a file that was read and found right is to everybody else.

use std::sync::Arc;

use trigger::Rules;

use super::place::Placed;
use super::problem::Problem;
use super::source_text::SourceText;
use super::types::Config;

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
}
