//! Which deployment of a file is meant, as the command line says it.

use super::reference::Values;

/// The environment, and what is otherwise than the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The environment whose overlays apply.
    pub env: Option<String>,
    /// Values that count instead of the file's, as flags say them: `trigger.memory_mb=256`. They come after the overlays.
    pub overrides: Vec<String>,
    /// What is known of values that the file says are elsewhere.
    pub values: Values,
}

impl Selection {
    /// An environment, as the file has it.
    #[must_use]
    pub fn of(env: Option<&str>) -> Self {
        Self { env: env.map(str::to_owned), ..Self::default() }
    }

    /// For whoever only checks the file: a value that is not known is a hint.
    #[must_use]
    pub fn only_to_check(mut self) -> Self {
        self.values.may_be_unset = true;
        self
    }
}
