//! Flags of `explore`.

use clap::Args;

#[derive(Debug, Args)]
pub struct ExploreArgs {
    /// Listen there, on 127.0.0.1; any free port without it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Print the address alone, and open no browser
    #[arg(long)]
    pub no_browser: bool,
}
