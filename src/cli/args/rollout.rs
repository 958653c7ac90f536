//! What is deployed, what is allowed, and how a new version comes to its traffic.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{FleetArgs, PageArgs, ProvingArgs};
use crate::model::dates::LONGEST;
use crate::ops::options;

#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// Save the plan here, for `up FILE`
    #[arg(long, value_name = "FILE", conflicts_with = "ttl")]
    pub out: Option<PathBuf>,
    /// Say which rules make a row of the matrix (its number, or part of its words), and why others do not
    #[arg(long, value_name = "ROW")]
    pub explain: Option<String>,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    #[command(flatten)]
    pub page: PageArgs,
    #[command(flatten)]
    pub guard: Guard,
    #[command(flatten)]
    pub deploy: Deploy,
    #[command(flatten)]
    pub allow: AllowFlags,
}

/// What is made sure of before anything is done.
#[derive(Debug, Clone, Copy, Args)]
pub struct Guard {
    /// Ask IAM first whether the caller may do all that `up` needs; exit with 5 when not
    #[arg(long)]
    pub check_iam: bool,
    /// Refuse (exit 6) when the new rules take a scope from anybody
    #[arg(long)]
    pub forbid_scope_loss: bool,
    /// Refuse (exit 6) rules that decide about scopes or groups by what users or callers set themselves
    #[arg(long)]
    pub forbid_user_controlled: bool,
}

/// What is deployed.
#[derive(Debug, Clone, Args)]
pub struct Deploy {
    /// Deploy this file, which `build --out` wrote, and build nothing
    #[arg(long, value_name = "FILE")]
    pub package: Option<PathBuf>,
}

/// What is only done when it is asked for.
#[derive(Debug, Clone, Copy, Args)]
pub struct AllowFlags {
    /// Take the slot of an adopted pool from the function in it; `destroy` gives it back
    #[arg(long)]
    pub take_over: bool,
    /// Move an adopted LITE pool to ESSENTIALS, which changes its bill
    #[arg(long)]
    pub change_tier: bool,
    /// This environment may be removed after so long (30m, 24h, 7d), users included: see `sweep`
    #[arg(long, value_name = "TIME", value_parser = lifetime)]
    pub ttl: Option<Duration>,
}

impl From<AllowFlags> for options::Allow {
    fn from(AllowFlags { take_over, change_tier, ttl }: AllowFlags) -> Self {
        Self { take_over, change_tier, ttl }
    }
}

/// How a new version comes into service.
#[derive(Debug, Clone, Copy, Args)]
pub struct GradualFlags {
    /// Give a new version only this share of the traffic at first, and watch it
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub canary: Option<u8>,
    /// How long the canary is watched before it serves all invocations
    #[arg(long, value_name = "TIME", requires = "canary", default_value = "10m", value_parser = humantime::parse_duration)]
    pub bake: Duration,
    /// Leave the canary as it is: `promote` or `rollback` ends it
    #[arg(long, requires = "canary", conflicts_with = "bake")]
    pub hold: bool,
}

impl From<GradualFlags> for options::Gradual {
    fn from(GradualFlags { canary, bake, hold }: GradualFlags) -> Self {
        Self { canary, bake, hold }
    }
}

#[derive(Debug, Clone, Args)]
pub struct UpArgs {
    /// Do exactly this plan, which `plan --out` saved; refuse (exit 6) if anything moved since
    #[arg(value_name = "PLAN", conflicts_with_all = ["take_over", "change_tier", "ttl"])]
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub gradual: GradualFlags,
    #[command(flatten)]
    pub fleet: FleetArgs,
    /// When another run is at work on the stack, wait for its end, at most so long
    #[arg(long, value_name = "TIME", conflicts_with = "plan", num_args = 0..=1, default_missing_value = "10m", value_parser = humantime::parse_duration)]
    pub wait: Option<Duration>,
    /// Write the checks as JUnit XML
    #[arg(long, value_name = "FILE", conflicts_with = "no_verify")]
    pub junit: Option<PathBuf>,
    /// Do not sign in afterwards
    #[arg(long)]
    pub no_verify: bool,
    #[command(flatten)]
    pub guard: Guard,
    #[command(flatten)]
    pub deploy: Deploy,
    #[command(flatten)]
    pub allow: AllowFlags,
    #[command(flatten)]
    pub proving: ProvingArgs,
}

#[derive(Debug, Args)]
pub struct RollbackArgs {
    /// This version, verified or not
    #[arg(long, value_name = "VERSION")]
    pub to: Option<u64>,
}

#[derive(Debug, Args)]
pub struct PromoteArgs {
    /// Do not sign in afterwards
    #[arg(long)]
    pub no_verify: bool,
    #[command(flatten)]
    pub proving: ProvingArgs,
}

/// A share of the traffic: `10%` or `10`.
fn percent(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse().ok();
    number
        .filter(|number| (1..=99).contains(number))
        .ok_or_else(|| "it is a whole percentage from 1% to 99%".to_owned())
}

/// A lifetime of a test environment: what is to live longer is none.
fn lifetime(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time > LONGEST {
        return Err(format!("it is at most {}", humantime::format_duration(LONGEST)));
    }
    Ok(time)
}
