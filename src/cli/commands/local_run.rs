//! `local exec` and `local serve`: an emulator of a run's own.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::Path;
use std::rc::Rc;

use tokio::time::Instant;

use crate::cli::args::{ExecArgs, Global, ServeArgs};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::cli::writer::{Writer, columns};
use crate::cloud::LogEvent;
use crate::config::Loaded;
use crate::failure::{Exit, Failure, Outcome};
use crate::local::{Dirs, OwnOptions};
use crate::ops::connection::Reached;
use crate::ops::local::deploy::{Deployed, deploy};
use crate::ops::local::exec;
use crate::ops::local::stage::Stage;
use crate::ops::local::variables::Variables;
use crate::ops::logs::follow;
use crate::ops::options::Place;
use crate::ops::planned::Planned;
use crate::ops::watch::{WatchedFiles, talkative};
use crate::report::documents::UrlDocument;
use crate::report::{self, log_summary, variables};
use crate::system::clock::Clock;

/// Runs the command; its exit code is ours.
pub async fn exec(ui: &Rc<Ui>, global: &Global, dirs: &Dirs, args: &ExecArgs) -> Outcome {
    let start = Instant::now();
    let name = &args.command[0];
    exec::check(name)?;
    let known = known(ui, global)?;
    let mut stage = stage(ui, global, dirs, None, &args.allow_origin).await?;
    let deployed = deploy(ui, &known, &stage.place, |_| ()).await?;
    let variables = stage.variables(&known, &deployed).await?;
    let on_terminal = stdin().is_terminal() || stdout().is_terminal() || stderr().is_terminal();
    let mut command = exec::start(&mut stage.own, &args.command, variables, on_terminal)?;
    ui.signals.pass_on(Some(command.process));
    ui.say(format!("{} in {:.1} s", stage.ready(&deployed), start.elapsed().as_secs_f32()));
    let ended = tokio::select! {
        code = command.ended() => Some(code),
        // Its time is over: signals themselves are the command's.
        _ = ui.signals.first() => None,
    };
    ui.signals.pass_on(None);
    match ended {
        Some(code) => ui.code.set(code?),
        None => ui.code.set(command.end().await?),
    }
    // A signal that came before it could be passed on was the command's, too.
    Ok(ui.signal().filter(|exit| *exit == Exit::TimedOut))
}

/// Serves until a signal, and follows edits.
pub async fn serve(ui: &Rc<Ui>, global: &Global, dirs: &Dirs, args: &ServeArgs) -> Outcome {
    let start = Instant::now();
    let mut loaded = talkative(known(ui, global)?);
    // Looked at before it is deployed: an edit meanwhile is news.
    let mut watched = WatchedFiles::of(&global.file, Some(&loaded.config));
    let stage = stage(ui, global, dirs, args.port, &args.allow_origin).await?;
    let deployed = deploy(ui, &loaded, &stage.place, |_| ()).await?;
    let _ready_file = match &args.ready_file {
        Some(path) => Some(ReadyFile::write(path, &stage.variables(&loaded, &deployed).await?)?),
        None => None,
    };
    let url = &stage.own.running().url;
    let text = format!("{} in {:.1} s\n", stage.ready(&deployed), start.elapsed().as_secs_f32());
    ui.result(&UrlDocument { schema: "pretoken/local-serve/v1", url }, &text);
    loop {
        tokio::select! {
            biased;
            _ = ui.signals.first() => return Ok(ui.signal()),
            () = watched.changed() => {}
            failure = sign_ins(ui, &loaded, &deployed) => return Err(failure),
        }
        let start = Instant::now();
        match followed(ui, global, &stage.place).await {
            Ok((edited, changes)) => {
                loaded = edited;
                watched.follow(&global.file, &loaded.config);
                ui.say(format!(
                    "{changes} changes deployed in {:.1} s",
                    start.elapsed().as_secs_f32()
                ));
            }
            Err(failure) => {
                ui.complain(&failure);
                ui.say("The edit is not deployed: what was there before goes on.");
            }
        }
    }
}

/// Says which rules applied, as tokens are asked for; ends when it cannot, because the emulator has ended.
async fn sign_ins(ui: &Ui, known: &Loaded, deployed: &Deployed) -> Failure {
    let group = known.config.stack().log_group_name();
    let from = Clock::system().now_ms();
    let show = |events: &[LogEvent]| {
        let lines = events.iter().filter_map(|event| log_summary::decision(&event.message));
        lines.for_each(|line| ui.say(line));
    };
    match follow(&deployed.connection, &group, vec![], from, ui, show).await {
        Err(failure) => failure.context("the emulator does not answer"),
        Ok(()) => std::future::pending().await,
    }
}

/// Deploys an edit, and says who gains and who loses.
async fn followed(ui: &Rc<Ui>, global: &Global, place: &Place) -> Result<(Loaded, usize), Failure> {
    let edited = talkative(known(ui, global)?);
    let show = |planned: &Planned<Reached>| {
        let matrix = planned.matrix.as_ref();
        let tokens = report::tokens(&planned.tokens, matrix, &planned.apis, columns(stderr()));
        if !planned.tokens.is_empty() {
            ui.say(tokens);
        }
    };
    let deployed = deploy(ui, &edited, place, show).await?;
    Ok((edited, deployed.changes))
}

async fn stage(
    ui: &Ui,
    global: &Global,
    dirs: &Dirs,
    port: Option<u16>,
    origins: &[String],
) -> Result<Stage, Failure> {
    let wanted = OwnOptions { port, origins: origins.to_vec() };
    Stage::start(ui, dirs, &wanted, global.place()).await
}

/// A file that says that all is ready, for as long as it is.
struct ReadyFile<'a>(&'a Path);

impl<'a> ReadyFile<'a> {
    fn write(path: &'a Path, variables: &Variables) -> Result<Self, Failure> {
        Writer::private_file(path, &variables::dotenv(variables))?;
        Ok(Self(path))
    }
}

impl Drop for ReadyFile<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}
