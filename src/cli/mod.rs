//! The command line: one file a command, and the only modules that print.

mod args;
mod backup;
mod build;
mod check;
mod destroy;
mod exit;
mod init;
mod local;
mod outputs;
mod plan;
mod pool;
mod schema;
mod session;
mod simulate;
mod status;
mod token;
mod tokens;
mod ui;
mod up;
mod verify;

use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};

use args::{Cli, Command};
use exit::{Exit, Failure, Outcome};
use session::Session;
use ui::Ui;

/// Runs the command line that this process was given.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let ui = Rc::new(Ui::new(&cli.global));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(under_signals(&cli, &ui)),
        Err(error) => Err(Failure::new(Exit::Failed, error)),
    };
    match outcome {
        Ok(None) => ExitCode::SUCCESS,
        Ok(Some(exit)) => ExitCode::from(exit as u8),
        Err(mut failure) => {
            // Whatever failed after a signal failed because of it.
            failure.exit = ui.signal().unwrap_or(failure.exit);
            ui.failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// Help and version are no errors; everything else exits with 4, and in JSON if that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args().collect();
    let pair =
        |pair: &[String]| ["-o", "--output"].contains(&pair[0].as_str()) && pair[1] == "json";
    if arguments.windows(2).any(pair)
        || arguments.iter().any(|one| one == "--output=json" || one == "-ojson")
    {
        let message = error.to_string();
        let failure = Failure::new(Exit::Usage, anyhow::anyhow!(message.trim_end().to_owned()))
            .hint("see --help");
        ui::print_document(&failure.document());
    } else {
        let _ = error.print();
    }
    ExitCode::from(Exit::Usage as u8)
}

/// The first signal asks for an orderly stop, the second one ends the process at once.
async fn under_signals(cli: &Cli, ui: &Rc<Ui>) -> Outcome {
    let failed = |error: std::io::Error| Failure::new(Exit::Failed, error);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let work = run(cli, ui.clone());
    tokio::pin!(work);
    loop {
        let exit = tokio::select! {
            outcome = &mut work => return outcome,
            _ = interrupt.recv() => Exit::Interrupted,
            _ = terminate.recv() => Exit::Terminated,
        };
        if ui.signal().is_some() {
            std::process::exit(i32::from(exit as u8));
        }
        ui.stop(exit);
    }
}

async fn run(cli: &Cli, ui: Rc<Ui>) -> Outcome {
    let session = || Session::open(ui.clone(), &cli.global);
    match &cli.command {
        Command::Init(args) => init::run(&ui, &cli.global, args).await,
        Command::Check(args) => check::run(&ui, &cli.global, args),
        Command::Build(args) => build::run(&session()?, args).await,
        Command::Plan(args) => plan::run(&session()?, args).await,
        Command::Up(args) => up::run(&session()?, args).await,
        Command::Verify(args) => verify::run(&session()?, args).await,
        Command::Token(args) => token::run(&session()?, args).await,
        Command::Simulate(args) => simulate::run(&session()?, args).await,
        Command::Schema => {
            schema::run();
            Ok(None)
        }
        Command::Status => status::run(&session()?).await,
        Command::Destroy(args) => destroy::run(&session()?, args).await,
        Command::Pool(args) => pool::run(&ui, &cli.global, &args.command).await,
        Command::Local(args) => local::run(&ui, args.command).await,
    }
}
