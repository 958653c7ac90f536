//! What `check` is told, and where a page goes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Say which rules make a row of the matrix (its number, or part of its words), and why others do not; without a row,
    /// how long the tokens of every promise will be
    #[arg(long, value_name = "ROW", num_args = 0..=1, default_missing_value = "")]
    pub explain: Option<String>,
    /// Say, too, who may call which operation of the APIs
    #[arg(long, value_enum, value_name = "WHAT")]
    pub by: Option<By>,
    #[command(flatten)]
    pub page: PageArgs,
}

/// The page that a command can write beside its output.
#[derive(Debug, Clone, Args)]
pub struct PageArgs {
    /// Write a page of HTML for those who approve and audit: who gets what, the rules in words, what was found
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// What a check lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// The operations of the APIs.
    Operation,
}
