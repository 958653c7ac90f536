//! Flags about several environments.

use clap::Args;

/// How several environments are done, which `-e` or `--all` names.
#[derive(Debug, Clone, Default, Args)]
pub struct FleetArgs {
    /// Of several environments, so many first, then so many, then the rest; a wave begins when all before it are right
    #[arg(long, value_name = "1,5,rest")]
    pub waves: Option<String>,
    /// Of several environments, stop all in good order as soon as one fails
    #[arg(long)]
    pub fail_fast: bool,
}

impl FleetArgs {
    /// Whether nothing is said about several environments.
    pub fn is_empty(&self) -> bool {
        self.waves.is_none() && !self.fail_fast
    }
}
