//! The command line: one file a command, and the only modules that print.

mod args;
mod ci;
mod commands;
mod crash;
mod html;
mod known;
mod log;
mod prompt;
mod signals;
mod terminal;
mod ui;
mod writer;

use std::ffi::OsString;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;

use clap::Parser as _;

use crate::codes::Code;
use crate::failure::{Exit, Failure, Outcome};
use crate::ops::fleet::{Choice, of_many_alone};
use crate::system::secrets::TokensShown;
use anstream::ColorChoice;
use args::{Cli, Command, Output};
use ci::Ci;
use commands::fleet::AloneInEnv;
use signals::Signals;
use ui::Ui;
use writer::Writer;

/// Runs the command line that this process was given.
#[must_use]
pub fn main() -> ExitCode {
    crash::watch();
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let signals = match Signals::listen(cli.time_limit()) {
        Ok(signals) => signals,
        Err(error) => {
            let writer = Writer::new(ColorChoice::Auto);
            writer.lose(&Failure::new(Exit::Failed, Code::Internal, error));
            return ended(&writer, 0);
        }
    };
    let ui = Rc::new(Ui::new(&cli.global, signals));
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| on_a_runtime(&cli, &ui)))
        .unwrap_or_else(|_| Err(crash::failure()));
    let mut code = match outcome {
        Ok(exit) => exit.map_or(ui.code.get(), |exit| exit as u8),
        Err(mut failure) => {
            // Whatever failed after a signal failed because of it.
            failure.exit = ui.signal().unwrap_or(failure.exit);
            if ui.signal() == Some(Exit::TimedOut) {
                failure =
                    failure.hint("the time of this run was over: `--timeout 30m` gives it more");
            }
            ui.failure(&failure);
            failure.exit as u8
        }
    };
    if let Some(failure) = ui.writer.lost() {
        ui.complain(&failure);
        code = if code == 0 { failure.exit as u8 } else { code };
    }
    ExitCode::from(code)
}

fn on_a_runtime(cli: &Cli, ui: &Rc<Ui>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::new(Exit::Failed, Code::Internal, error))?;
    runtime.block_on(under_signals(cli, ui))
}

/// Whether these arguments, without the program's name, are a command line of this program; else what is wrong with them.
pub fn accepts(arguments: &[&str]) -> Result<(), String> {
    let all = std::iter::once("pretoken").chain(arguments.iter().copied());
    Cli::try_parse_from(all).map(drop).map_err(|error| error.to_string())
}

/// Help and version are no errors; everything else exits with 4, and in JSON if that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let writer = Writer::new(ColorChoice::Auto);
    let text = error.render().ansi().to_string();
    let text = text.replacen("error:", &format!("error[{}]:", Code::Usage.id()), 1);
    if !error.use_stderr() {
        writer.print(&text, TokensShown::Hidden);
        return ended(&writer, 0);
    }
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let message = error.to_string();
    let failure =
        Failure::new(Exit::Usage, Code::Usage, anyhow::anyhow!(message.trim_end().to_owned()))
            .hint("see --help");
    let document = writer.document(&failure.document(), TokensShown::Hidden);
    Ci::new(value_of(&arguments, "--json-into"), None).document(&document, &writer);
    let pair = |pair: &[OsString]| (pair[0] == "-o" || pair[0] == "--output") && pair[1] == "json";
    if arguments.windows(2).any(pair)
        || arguments.iter().any(|one| one == "--output=json" || one == "-ojson")
    {
        writer.print_document(&document, TokensShown::Hidden);
    } else {
        writer.say(&text);
    }
    ended(&writer, Exit::Usage as u8)
}

/// The code, unless something was to be written and was not.
fn ended(writer: &Writer, code: u8) -> ExitCode {
    let Some(lost) = writer.lost() else { return ExitCode::from(code) };
    writer.say(&format!("error[{}]: {:#}\n", lost.code.id(), lost.error));
    ExitCode::from(if code == 0 { lost.exit as u8 } else { code })
}

/// The value of a flag that clap did not come to read.
fn value_of(arguments: &[OsString], flag: &str) -> Option<PathBuf> {
    let follows = arguments.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1].clone());
    let joined = || {
        let value =
            |one: &OsString| Some(one.to_str()?.strip_prefix(flag)?.strip_prefix('=')?.into());
        arguments.iter().find_map(value)
    };
    let is_flag = |value: &OsString| value.as_encoded_bytes().starts_with(b"-");
    follows.or_else(joined).filter(|value| !is_flag(value)).map(PathBuf::from)
}

/// The first signal asks for an orderly stop: what is under way is finished first.
async fn under_signals(cli: &Cli, ui: &Rc<Ui>) -> Outcome {
    let work = run(cli, ui.clone());
    tokio::pin!(work);
    tokio::select! {
        biased;
        outcome = &mut work => return outcome,
        _ = ui.signals.first() => ui.stopping(),
    }
    work.await
}

async fn run(cli: &Cli, ui: Rc<Ui>) -> Outcome {
    let (ui, global) = (&ui, &cli.global);
    if global.output == Output::Sarif && !matches!(cli.command, Command::Check(_)) {
        let error = anyhow::anyhow!("`-o sarif` is for `check` alone: only it has findings");
        return Err(Failure::new(Exit::Usage, Code::Usage, error).hint("take `-o json`"));
    }
    let choice = Choice { env: global.env.as_deref(), all: global.all };
    match choice.is_of_many() {
        true => {
            let alone =
                |cli: Cli, ui| -> AloneInEnv { Box::pin(async move { run(&cli, ui).await }) };
            return commands::fleet::run(ui, cli, choice, alone).await;
        }
        false if cli.command.fleet().is_empty() => {}
        false => return Err(of_many_alone()),
    }
    match &cli.command {
        Command::Init(args) => commands::init::run(ui, global, args).await,
        Command::Check(args) => commands::check::run(ui, global, args),
        Command::Build(args) => commands::build::run(ui, global, args).await,
        Command::Doctor(args) => commands::doctor::run(ui, global, args).await,
        Command::Plan(args) => commands::plan::run(ui, global, args).await,
        Command::Up(args) => commands::up::run(ui, global, args).await,
        Command::Verify(args) => commands::verify::run(ui, global, args).await,
        Command::Token(args) => commands::token::run(ui, global, args).await,
        Command::Simulate(args) => commands::simulate::run(ui, global, args).await,
        Command::Explain(args) => commands::explain::run(ui, args),
        Command::Schema(args) => commands::schema::run(ui, args),
        Command::Explore(args) => commands::explore::run(ui, global, args).await,
        Command::Status(args) => commands::status::run(ui, global, args).await,
        Command::Rollback(args) => commands::rollback::run(ui, global, args).await,
        Command::Promote(args) => commands::promote::run(ui, global, args).await,
        Command::Destroy(args) => commands::destroy::run(ui, global, args).await,
        Command::Sweep(args) => commands::sweep::run(ui, global, args).await,
        Command::Export(args) => commands::export::run(ui, global, args).await,
        Command::Pool(args) => commands::pool::run(ui, global, &args.command).await,
        Command::Completions(args) => {
            commands::completions::run(ui, args.shell);
            Ok(None)
        }
        Command::Logs(args) => commands::logs::run(ui, global, args).await,
        Command::Man(args) => commands::man::run(ui, args),
        Command::Permissions(args) => commands::permissions::run(ui, global, args).await,
        Command::Local(args) => commands::local::run(ui, global, &args.command).await,
    }
}
