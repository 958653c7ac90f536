//! Flags of `local`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  pretoken up --local                          The stack, on the emulator that goes on running
  eval \"$(pretoken local env)\"               For the AWS CLI, SDKs and Amplify in this shell
  curl -H \"Authorization: Bearer $(pretoken local token ada@example.com)\" localhost:8080/orders
  pretoken local exec -- npm test              The same stack, alone with these tests, and gone afterwards
  pretoken local serve --port 9229 --allow-origin http://localhost:5173";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LocalArgs {
    #[command(subcommand)]
    pub command: LocalCommand,
}

impl LocalArgs {
    /// Whether it ends with something else than its own work.
    pub fn goes_on(&self) -> bool {
        matches!(self.command, LocalCommand::Exec(_) | LocalCommand::Serve(_))
    }
}

#[derive(Debug, Subcommand)]
pub enum LocalCommand {
    /// Say whether it runs, and where
    Status,
    /// End it
    Stop,
    /// Forget everything in it
    Reset,
    /// Print its address
    Url,
    /// Print what clients need: address, region, keys, and the stack's pools, clients and seeds, with their secrets
    Env {
        /// Form of the variables; `eval "$(pretoken local env)"` sets them
        #[arg(long, value_enum, default_value_t = EnvFormat::Shell)]
        format: EnvFormat,
    },
    /// Sign a user in and print the access token alone
    Token(LocalTokenArgs),
    /// Run a command beside an emulator of its own, with the stack and its seeds; end with its exit code
    Exec(ExecArgs),
    /// Serve the stack and its seeds until Ctrl-C, and follow edits of deploy.toml and the trigger
    Serve(ServeArgs),
}

/// Who signs in.
#[derive(Debug, Args)]
pub struct LocalTokenArgs {
    /// The user: a seed, or another one, whose password is then asked for
    pub user: String,
    /// Read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
    /// Key of the client, if there are several
    #[arg(long, value_name = "KEY")]
    pub client: Option<String>,
    /// Key of the pool, if there are several
    #[arg(long, value_name = "KEY")]
    pub pool: Option<String>,
}

/// What runs.
#[derive(Debug, Args)]
pub struct ExecArgs {
    /// Web pages of this origin may sign in, such as `http://localhost:5173`; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
    /// The command and its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub command: Vec<OsString>,
}

/// How it is served.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// Listen there, on 127.0.0.1; any free port without it
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Write the variables of `local env` into this file when all is ready; it goes with the end
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// Web pages of this origin may sign in, such as `http://localhost:5173`; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
}

/// How variables are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EnvFormat {
    /// `export NAME='value'`
    Shell,
    /// `NAME=value`
    Dotenv,
    /// An object of strings
    Json,
}
