//! The command line: one file a command, and the only modules that print.

mod args;
mod ci;
mod commands;
mod known;
mod ui;

use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Exit, Failure, Outcome};
use args::{Cli, Command};
use ci::Ci;
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
    let mut code = match outcome {
        Ok(exit) => exit.map_or(0, |exit| exit as u8),
        Err(mut failure) => {
            // Whatever failed after a signal failed because of it.
            failure.exit = ui.signal().unwrap_or(failure.exit);
            ui.failure(&failure);
            failure.exit as u8
        }
    };
    if let Some(failure) = ui.unwritten() {
        ui.complain(&failure);
        code = if code == 0 { failure.exit as u8 } else { code };
    }
    ExitCode::from(code)
}

/// Whether these arguments, without the program's name, are a command line of this program; else what is wrong with them.
pub fn accepts(arguments: &[&str]) -> Result<(), String> {
    let all = std::iter::once("pretoken").chain(arguments.iter().copied());
    Cli::try_parse_from(all).map(drop).map_err(|error| error.to_string())
}

/// Help and version are no errors; everything else exits with 4, and in JSON if that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let arguments: Vec<String> = std::env::args().collect();
    let message = error.to_string();
    let failure = Failure::new(Exit::Usage, anyhow::anyhow!(message.trim_end().to_owned()))
        .hint("see --help");
    let document = failure.document();
    ui::print_commands(&Ci::new(value_of(&arguments, "--json-into"), None).document(&document));
    let pair =
        |pair: &[String]| ["-o", "--output"].contains(&pair[0].as_str()) && pair[1] == "json";
    if arguments.windows(2).any(pair)
        || arguments.iter().any(|one| one == "--output=json" || one == "-ojson")
    {
        ui::print_document(&document);
    } else {
        let _ = error.print();
    }
    ExitCode::from(Exit::Usage as u8)
}

/// The value of a flag that clap did not come to read.
fn value_of(arguments: &[String], flag: &str) -> Option<PathBuf> {
    let follows = arguments.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1].as_str());
    let joined = || arguments.iter().find_map(|one| one.strip_prefix(flag)?.strip_prefix('='));
    follows.or_else(joined).filter(|value| !value.starts_with('-')).map(PathBuf::from)
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
    let (ui, global) = (&ui, &cli.global);
    match &cli.command {
        Command::Init(args) => commands::init::run(ui, global, args).await,
        Command::Check(args) => commands::check::run(ui, global, args),
        Command::Build(args) => commands::build::run(ui, global, args).await,
        Command::Plan(args) => commands::plan::run(ui, global, args).await,
        Command::Up(args) => commands::up::run(ui, global, args).await,
        Command::Verify(args) => commands::verify::run(ui, global, args).await,
        Command::Token(args) => commands::token::run(ui, global, args).await,
        Command::Simulate(args) => commands::simulate::run(ui, global, args).await,
        Command::Schema => commands::schema::run(),
        Command::Status => commands::status::run(ui, global).await,
        Command::Rollback(args) => commands::rollback::run(ui, global, args).await,
        Command::Promote(args) => commands::promote::run(ui, global, args).await,
        Command::Destroy(args) => commands::destroy::run(ui, global, args).await,
        Command::Sweep(args) => commands::sweep::run(ui, global, args).await,
        Command::Export(args) => commands::export::run(ui, global, args).await,
        Command::Pool(args) => commands::pool::run(ui, global, &args.command).await,
        Command::Completions(args) => commands::completions::run(ui, args.shell),
        Command::Logs(args) => commands::logs::run(ui, global, args).await,
        Command::Man(args) => commands::man::run(ui, args),
        Command::Permissions(args) => commands::permissions::run(ui, global, args).await,
        Command::Local(args) => commands::local::run(ui, args.command).await,
    }
}
