//! The command line, as clap reads it. No decision is taken here.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::completions::CompletionsArgs;
use super::logs::LogsArgs;
use super::man::ManArgs;
use super::permissions::PermissionsArgs;
use crate::config::TriggerSource;
use crate::expiry::Ttl;
use crate::stacks::StackName;

/// Deploys a Cognito pre token generation trigger, and proves it with a sign-in.
///
/// One command takes deploy.toml to a user pool whose access tokens carry your scopes; another takes it away without a trace.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, after_help = EXAMPLES, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "\
Examples:
  pretoken up --local                 Everything, on an emulator that needs no AWS account
  pretoken plan -e prod               What would change in the environment `prod`
  pretoken up -e prod --yes           Build, apply and verify, without a question
  pretoken token --local --username alice --client web
  pretoken destroy -e pr-123 --yes    Remove a test environment

Exit codes:
  0 done, or nothing to do    3 partly applied, run again   6 refused
  1 failed                    4 usage or deploy.toml        7 a token or a promise is wrong
  2 changes pending           5 credentials or access       8 timed out
  (2 only with --detailed-exitcode; 130 and 143: stopped by a signal)";

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The stack's description
    #[arg(short, long, global = true, value_name = "PATH", default_value = "deploy.toml")]
    pub file: PathBuf,
    /// The environment: an `[env.NAME]` of deploy.toml, or a name that its pattern matches
    #[arg(short, long, global = true, value_name = "NAME", env = "PRETOKEN_ENV")]
    pub env: Option<String>,
    /// Use the embedded emulator instead of AWS
    #[arg(long, global = true, conflicts_with_all = ["profile", "endpoint_url"])]
    pub local: bool,
    /// AWS region; overrides deploy.toml
    #[arg(long, global = true)]
    pub region: Option<String>,
    /// AWS profile
    #[arg(long, global = true)]
    pub profile: Option<String>,
    /// Send every call to this address
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Form of the output
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Text)]
    pub output: Output,
    /// Write the JSON document into this file too, whatever `-o` says
    #[arg(long, global = true, value_name = "FILE")]
    pub json_into: Option<PathBuf>,
    /// Write the outputs into this file as KEY=VALUE, for GitLab's `artifacts:reports:dotenv`
    #[arg(long, global = true, value_name = "FILE")]
    pub dotenv: Option<PathBuf>,
    /// Do not ask
    #[arg(short, long, global = true)]
    pub yes: bool,
    /// Say only what went wrong
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// Form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// One JSON document on stdout, whatever happens
    Json,
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a deploy.toml for a pool that exists, from what is in it
    Init(InitArgs),
    /// Check deploy.toml, its rules and its promises, offline
    Check,
    /// Build and package the trigger
    Build(BuildArgs),
    /// Say what would change, and what it does to tokens; write nothing
    Plan(PlanArgs),
    /// Build, plan, confirm, apply, verify
    Up(UpArgs),
    /// Sign in as temporary users and check their tokens
    Verify(VerifyArgs),
    /// Sign a user in and print the decoded token
    Token(TokenArgs),
    /// Apply the rules to an event, offline: token before, token after, which rule did it
    Simulate(SimulateArgs),
    /// Say what is deployed, and what drifted
    Status,
    /// Give the traffic back to the last version that was verified
    Rollback(RollbackArgs),
    /// End a canary: it takes all the traffic
    Promote(PromoteArgs),
    /// Remove what this stack owns
    Destroy(DestroyArgs),
    /// Print what the function wrote
    Logs(LogsArgs),
    /// Print the least IAM policy that a command needs for this deploy.toml
    Permissions(PermissionsArgs),
    /// Remove the test environments of this account and region whose time is over
    Sweep(SweepArgs),
    /// Print the JSON Schema of deploy.toml
    Schema,
    /// Print what a shell needs to complete this command line
    Completions(CompletionsArgs),
    /// Print a manual page, or write all of them
    Man(ManArgs),
    /// The saved settings of a pool of other people: compare them, put them back
    Pool(PoolArgs),
    /// The embedded emulator that `--local` starts
    Local(LocalArgs),
}

#[derive(Debug, Args)]
pub struct InitArgs {
    /// Id or ARN of the pool
    #[arg(long, value_name = "POOL_ID")]
    pub from_pool: String,
}

#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Write the package here, its manifest and its bill of materials beside it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct PlanArgs {
    /// Save the plan here, for `up FILE`
    #[arg(long, value_name = "FILE", conflicts_with = "ttl")]
    pub out: Option<PathBuf>,
    /// Exit with 2 when there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Ask IAM first whether the caller may do all that `up` needs; exit with 5 when not
    #[arg(long)]
    pub check_iam: bool,
    /// Refuse (exit 6) when the new rules take a scope from anybody
    #[arg(long)]
    pub forbid_scope_loss: bool,
    #[command(flatten)]
    pub deploy: Deploy,
    #[command(flatten)]
    pub allow: Allow,
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
pub struct Allow {
    /// Take the slot of an adopted pool from the function in it; `destroy` gives it back
    #[arg(long)]
    pub take_over: bool,
    /// Move an adopted LITE pool to ESSENTIALS, which changes its bill
    #[arg(long)]
    pub change_tier: bool,
    /// This environment may be removed after so long (30m, 24h, 7d), users included: see `sweep`
    #[arg(long, value_name = "DURATION")]
    pub ttl: Option<Ttl>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct UpArgs {
    /// Do exactly this plan, which `plan --out` saved; refuse (exit 6) if anything moved since
    #[arg(value_name = "PLAN", conflicts_with_all = ["take_over", "change_tier", "ttl"])]
    pub plan: Option<PathBuf>,
    /// Give a new version only this share of the traffic at first, and watch it
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub canary: Option<u8>,
    /// How long the canary is watched before it takes all the traffic
    #[arg(long, value_name = "TIME", requires = "canary", default_value = "10m", value_parser = humantime::parse_duration)]
    pub bake: Duration,
    /// Leave the canary as it is: `promote` or `rollback` ends it
    #[arg(long, requires = "canary", conflicts_with = "bake")]
    pub hold: bool,
    /// When another run is at work on the stack, wait for its end, at most so long
    #[arg(long, value_name = "TIME", num_args = 0..=1, default_missing_value = "10m", value_parser = humantime::parse_duration)]
    pub wait: Option<Duration>,
    /// Write the checks as JUnit XML
    #[arg(long, value_name = "FILE", conflicts_with = "no_verify")]
    pub junit: Option<PathBuf>,
    /// Do not sign in afterwards
    #[arg(long)]
    pub no_verify: bool,
    /// Ask IAM first whether the caller may do all that `up` needs; exit with 5 when not
    #[arg(long)]
    pub check_iam: bool,
    /// Refuse (exit 6) when the new rules take a scope from anybody
    #[arg(long)]
    pub forbid_scope_loss: bool,
    #[command(flatten)]
    pub deploy: Deploy,
    #[command(flatten)]
    pub allow: Allow,
    #[command(flatten)]
    pub keys: Keys,
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
    pub keys: Keys,
}

/// A share of the traffic: `10%` or `10`.
fn percent(text: &str) -> Result<u8, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse().ok();
    number
        .filter(|number| (1..=99).contains(number))
        .ok_or_else(|| "it is a whole percentage from 1% to 99%".to_owned())
}

/// Where a pool's public keys are.
#[derive(Debug, Clone, Args)]
pub struct Keys {
    /// Read public keys here; `{pool}` stands for the pool's id
    #[arg(long, value_name = "URL")]
    pub jwks_url: Option<String>,
}

#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Write the checks as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    #[command(flatten)]
    pub keys: Keys,
}

#[derive(Debug, Args)]
pub struct TokenArgs {
    /// Who signs in
    #[arg(long)]
    pub username: String,
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
    /// Key of the client, if there are several
    #[arg(long, value_name = "KEY")]
    pub client: Option<String>,
    /// Key of the pool, if there are several
    #[arg(long, value_name = "KEY")]
    pub pool: Option<String>,
    /// Print the tokens themselves too: whoever reads them can use them
    #[arg(long)]
    pub raw: bool,
    #[command(flatten)]
    pub keys: Keys,
}

#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// Read the event here; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["group", "attribute", "metadata", "source", "scope", "sample"])]
    pub event: Option<PathBuf>,
    /// Key of the client; without it the first one
    #[arg(long, value_name = "KEY")]
    pub client: Option<String>,
    /// Key of the pool
    #[arg(long, value_name = "KEY")]
    pub pool: Option<String>,
    /// A group of the user; may be repeated
    #[arg(long, value_name = "NAME")]
    pub group: Vec<String>,
    /// An attribute of the user; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub attribute: Vec<(String, String)>,
    /// Metadata that the caller sends; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub metadata: Vec<(String, String)>,
    /// A scope that the token has before the rules, instead of the source's own; may be repeated
    #[arg(long, value_name = "SCOPE")]
    pub scope: Vec<String>,
    /// How the token comes about, such as `RefreshTokens`
    #[arg(long, value_name = "SOURCE", value_parser = source)]
    pub source: Option<TriggerSource>,
    /// Print a sample event of this source instead
    #[arg(long, value_name = "SOURCE", value_parser = source, conflicts_with_all = ["source", "expect", "deployed"])]
    pub sample: Option<TriggerSource>,
    /// Check every promise; exit with 7 when one is broken
    #[arg(long)]
    pub expect: bool,
    /// Ask the live version too, and compare; exit with 7 when it answers something else
    #[arg(long, conflicts_with = "expect")]
    pub deployed: bool,
}

impl SimulateArgs {
    /// Whether any flag says whom the token is for.
    pub fn describes(&self) -> bool {
        self.event.is_some()
            || self.client.is_some()
            || self.pool.is_some()
            || !self.group.is_empty()
            || !self.attribute.is_empty()
            || !self.metadata.is_empty()
            || !self.scope.is_empty()
            || self.source.is_some()
    }
}

/// `name=value`.
fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// A trigger source, with or without what all of them begin with.
fn source(text: &str) -> Result<TriggerSource, String> {
    const PREFIX: &str = "TokenGeneration_";
    let short = |source: &TriggerSource| source.as_str().trim_start_matches(PREFIX);
    let wanted = text.strip_prefix(PREFIX).unwrap_or(text);
    TriggerSource::ALL
        .into_iter()
        .find(|source| short(source).eq_ignore_ascii_case(wanted))
        .ok_or_else(|| {
            let known: Vec<_> = TriggerSource::ALL.iter().map(short).collect();
            format!("it is one of {}", known.join(", "))
        })
}

#[derive(Debug, Args)]
pub struct DestroyArgs {
    /// Delete this pool although it is protected or holds users; may be repeated
    #[arg(long, value_name = "POOL_ID")]
    pub confirm: Vec<String>,
    /// Remove this stack by its tags, without deploy.toml; `-e ENV` alone does if only one stack has that environment
    #[arg(long, value_name = "NAME[/ENV]")]
    pub stack: Option<StackName>,
}

#[derive(Debug, Args)]
pub struct SweepArgs {
    /// Only say what would be removed
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Debug, Args)]
pub struct PoolArgs {
    #[command(subcommand)]
    pub command: PoolCommand,
}

#[derive(Debug, Subcommand)]
pub enum PoolCommand {
    /// Say what is not as it was saved; write nothing
    Diff {
        /// A description that `up` or `destroy` saved, or that `aws cognito-idp describe-user-pool` printed
        #[arg(value_name = "FILE")]
        saved: PathBuf,
        /// Exit with 2 when something differs
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Put the saved settings back, its triggers too
    Restore {
        /// A description that `up` or `destroy` saved, or that `aws cognito-idp describe-user-pool` printed
        #[arg(value_name = "FILE")]
        saved: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct LocalArgs {
    #[command(subcommand)]
    pub command: LocalCommand,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub enum LocalCommand {
    /// Say whether it runs, and where
    Status,
    /// End it
    Stop,
    /// Forget everything in it
    Reset,
}
