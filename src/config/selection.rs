//! Which deployment of a file is meant, as the command line says it.

/// The environment, and what is otherwise than the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The environment whose overlays apply.
    pub env: Option<String>,
    /// Values that count instead of the file's, as flags say them: `trigger.memory_mb=256`. They come after the overlays.
    pub overrides: Vec<String>,
}

impl Selection {
    /// An environment, as the file has it.
    #[must_use]
    pub fn of(env: Option<&str>) -> Self {
        Self { env: env.map(str::to_owned), ..Self::default() }
    }
}
