//! The command line, as clap reads it. No decision is taken here.

mod any_pool;
mod check;
mod explore;
mod fleet;
mod in_env;
mod init;
mod local;
mod permissions;
mod rollout;
mod simulate;
mod verify;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use any_pool::AnyPoolArgs;
pub use check::{By, CheckArgs, PageArgs};
pub use explore::ExploreArgs;
pub use fleet::FleetArgs;
pub use init::InitArgs;
pub use local::{EnvFormat, ExecArgs, LocalArgs, LocalCommand, LocalTokenArgs, ServeArgs};
pub use permissions::{Allowed, PermissionsArgs};
pub use rollout::{PlanArgs, PromoteArgs, RollbackArgs, UpArgs};
pub use simulate::SimulateArgs;
pub use verify::VerifyArgs;

use crate::config::Selection;
use crate::model::stack::StackName;
use crate::model::{help_for_region, is_region};
use crate::ops::options::Place;

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
  pretoken up --all --waves 1,rest    Every environment: the first one by itself, then the others
  pretoken token --local --username alice --client web
  pretoken destroy -e pr-123 --yes    Remove a test environment

Exit codes:
  0 done, or nothing to do    3 partly applied, run again   6 refused
  1 failed                    4 usage or deploy.toml        7 a token or a promise is wrong
  2 changes pending           5 credentials or access       8 timed out
  (2 only with --detailed-exitcode; 130 and 143: stopped by a signal)";

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
pub struct Global {
    /// The stack's description
    #[arg(short, long, global = true, value_name = "PATH", default_value = "deploy.toml")]
    pub file: PathBuf,
    /// The environment: an `[env.NAME]` of deploy.toml, or a name that its pattern matches; several side by side: `eu,us`
    #[arg(short, long, global = true, value_name = "NAME", env = "PRETOKEN_ENV")]
    pub env: Option<String>,
    /// Every environment of deploy.toml, side by side
    #[arg(long, global = true)]
    pub all: bool,
    /// Set one value of deploy.toml, after the overlay of the environment, such as `trigger.memory_mb=256`; may be repeated
    #[arg(long, global = true, value_name = "PATH=VALUE")]
    pub set: Vec<String>,
    /// Use the embedded emulator instead of AWS
    #[arg(long, global = true, conflicts_with_all = ["profile", "endpoint_url"])]
    pub local: bool,
    /// AWS region; overrides deploy.toml
    #[arg(long, global = true, value_parser = region)]
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
    /// Stop after so long, such as 30m, in good order (exit 8) [default: 15m, and what --bake and --wait add, for each wave]
    #[arg(long, global = true, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub timeout: Option<Duration>,
    /// Say more; twice, every call to AWS; three times, their bodies without secrets
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Form of what is said on stderr
    #[arg(long, global = true, value_enum, default_value_t = StderrFormat::Text)]
    pub log_format: StderrFormat,
    /// Colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// How long a run may take when nobody says so.
const TIMEOUT: Duration = Duration::from_mins(15);

impl Cli {
    /// The command line of this process; `local` is always about the emulator.
    pub fn read() -> Result<Self, clap::Error> {
        let mut cli = Self::try_parse()?;
        cli.global.local |= matches!(cli.command, Command::Local(_));
        Ok(cli)
    }

    /// How long the run may take; `None` if it is to go on until it is stopped.
    pub fn time_limit(&self) -> Option<Duration> {
        let added = match &self.command {
            Command::Up(up) => {
                let baking = up.gradual.canary.map(|_| up.gradual.bake);
                let each = up.wait.unwrap_or_default() + baking.unwrap_or_default();
                let later = up.fleet.waves.iter().flat_map(|waves| waves.split(',').skip(1));
                later.fold(each, |added, _| added + TIMEOUT + each)
            }
            Command::Logs(logs) if logs.follow => return self.global.timeout,
            Command::Local(local) if local.goes_on() => return self.global.timeout,
            Command::Explore(_) => return self.global.timeout,
            _ => Duration::ZERO,
        };
        Some(self.global.timeout.unwrap_or(TIMEOUT + added))
    }
}

impl Global {
    /// Which deployment of `deploy.toml` is meant.
    pub fn selection(&self) -> Selection {
        Selection { overrides: self.set.clone(), ..Selection::of(self.env.as_deref()) }
    }

    /// Where to work.
    pub fn place(&self) -> Place {
        Place {
            local: self.local,
            emulator: None,
            region: self.region.clone(),
            profile: self.profile.clone(),
            endpoint_url: self.endpoint_url.clone(),
        }
    }
}

/// Form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// One JSON document on stdout, whatever happens
    Json,
    /// A JSON object a line: started, waiting, done, failed, and at the end a summary with the document
    Jsonl,
    /// A page for a comment: at most as long as GitHub takes, with a marker to find it again
    Markdown,
    /// What `check` finds, for code hosts (SARIF 2.1.0)
    Sarif,
}

/// Form of what is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StderrFormat {
    /// For people
    Text,
    /// A JSON object a line
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
    /// Write a commented deploy.toml, or one from a pool that exists
    Init(InitArgs),
    /// Say what this machine and this account can do, before anything is begun
    Doctor(DoctorArgs),
    /// Check deploy.toml, its rules and its promises, offline
    Check(CheckArgs),
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
    /// Who gets what, and what a token will be, as a page on this machine that follows deploy.toml
    Explore(ExploreArgs),
    /// Say what is deployed, and what drifted
    Status(PageArgs),
    /// Shift all traffic back to the last version that was verified
    Rollback(RollbackArgs),
    /// End a canary: it serves all invocations
    Promote(PromoteArgs),
    /// Remove what this stack owns
    Destroy(DestroyArgs),
    /// Print what the function wrote
    Logs(LogsArgs),
    /// Print the least IAM policy that a command needs for this deploy.toml
    Permissions(PermissionsArgs),
    /// Remove the test environments of this account and region whose time is over
    Sweep(SweepArgs),
    /// The same stack as a template for CloudFormation or Terraform, offline
    Export(ExportArgs),
    /// What a code means (`error[unknown-key]`), and what to do; all codes without one
    Explain(ExplainArgs),
    /// Print the JSON Schema of deploy.toml, or of a document that `-o json` writes: plan, up, verify, …
    Schema(SchemaArgs),
    /// Print what a shell needs to complete this command line
    Completions(CompletionsArgs),
    /// Print a manual page, or write all of them
    Man(ManArgs),
    /// The saved settings of an adopted pool: compare them, put them back
    Pool(PoolArgs),
    /// The embedded emulator that `--local` starts
    Local(LocalArgs),
}

#[derive(Debug, Args)]
pub struct BuildArgs {
    /// Write the package here, its manifest and its SBOM beside it
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Compile the executable alone and write it here, as packages of pretoken carry it
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub bootstrap: Option<PathBuf>,
    /// Build the prebuilt trigger again from its sources, and compare
    #[arg(long, conflicts_with_all = ["out", "bootstrap"])]
    pub reproduce: bool,
}

#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Try it: deploy a stack of its own, prove it, release, roll back, remove it, and print a ledger that can be passed on.
    /// Needs --yes, and the account in `allowed_account_ids`
    #[arg(long)]
    pub live: bool,
}

/// Where a pool's public keys are.
#[derive(Debug, Clone, Args)]
pub struct KeysArgs {
    /// Read public keys here; `{pool}` stands for the pool's id
    #[arg(long, value_name = "URL")]
    pub jwks_url: Option<String>,
}

/// How tokens are proven.
#[derive(Debug, Clone, Args)]
pub struct ProvingArgs {
    /// Do not call the live APIs
    #[arg(long)]
    pub no_calls: bool,
    #[command(flatten)]
    pub keys: KeysArgs,
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
    pub keys: KeysArgs,
}

#[derive(Debug, Clone, Args)]
pub struct DestroyArgs {
    #[command(flatten)]
    pub fleet: FleetArgs,
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
pub struct ExportArgs {
    /// Who is to deploy it
    #[arg(value_enum)]
    pub engine: ExportEngine,
    /// The package; without it the trigger is built, for its hash
    #[arg(long, value_name = "FILE")]
    pub package: Option<PathBuf>,
    /// Bucket of the package; without it, and without --package, the template asks for it
    #[arg(long, value_name = "BUCKET", requires = "s3_key")]
    pub s3_bucket: Option<String>,
    /// Key of the package in its bucket
    #[arg(long, value_name = "KEY", requires = "s3_bucket")]
    pub s3_key: Option<String>,
    /// Version of the object
    #[arg(long, value_name = "ID", requires = "s3_bucket")]
    pub s3_version: Option<String>,
    /// Anything that makes CloudFormation publish a version, such as the number of a secret's rotation
    #[arg(long, value_name = "TEXT")]
    pub revision: Option<String>,
    /// Write the template here
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// An engine that deploys templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportEngine {
    /// AWS CloudFormation
    Cloudformation,
    /// Terraform, OpenTofu
    Terraform,
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

/// Which events of the log.
#[derive(Debug, Args)]
pub struct LogsArgs {
    /// How far back, such as 90s, 10m, 2h or 1d
    #[arg(long, value_name = "AGE", default_value = "10m", value_parser = humantime::parse_duration)]
    pub since: Duration,
    /// Go on with what comes, until Ctrl-C
    #[arg(long, conflicts_with = "summary")]
    pub follow: bool,
    /// Sum it up: sign-ins, what was not answered, how long it took, cold starts, rules (with `PRETOKEN_LOG=debug`)
    #[arg(long)]
    pub summary: bool,
}

#[derive(Debug, Args)]
pub struct SchemaArgs {
    /// The document, as in its member `schema`: plan of `pretoken/plan/v1`; without one, deploy.toml
    pub document: Option<String>,
}

/// What to explain.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The code, as it stands in brackets: unknown-key
    pub code: Option<String>,
}

/// Which shell.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Which page.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The command; without it the page of the whole
    pub command: Option<String>,
    /// Write the pages of all commands into this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub out: Option<PathBuf>,
}

/// The name of a region, known or not.
fn region(text: &str) -> Result<String, String> {
    if is_region(text) {
        return Ok(text.to_owned());
    }
    let help = help_for_region(text).unwrap_or_default();
    Err(format!("it is not the name of an AWS region; {help}"))
}
