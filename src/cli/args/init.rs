//! The flags of `init`.

use clap::Args;

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Describe this pool, by its id or ARN, instead of an example
    #[arg(long, value_name = "POOL_ID")]
    pub from_pool: Option<String>,
    /// Describe a pool of one's own with the same settings, rather than this one
    #[arg(long, requires = "from_pool")]
    pub twin: bool,
    /// With these clients alone, by their names or ids; without it, with all
    #[arg(long, value_name = "NAME", num_args = 1.., requires = "from_pool")]
    pub client: Vec<String>,
    /// Write the trigger's crate too, for code of one's own
    #[arg(long)]
    pub own_code: bool,
}
