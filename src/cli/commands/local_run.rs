//! `local exec` and `local serve`: an emulator of a run's own.

use std::io::{IsTerminal as _, stderr, stdin, stdout};
use std::path::Path;
use std::rc::Rc;

use serde_json::json;
use tokio::time::Instant;

use super::local::dotenv;
use crate::cli::args::{ExecArgs, Global, ServeArgs};
use crate::cli::known::known;
use crate::cli::ui::Ui;
use crate::cli::writer::{Writer, columns};
use crate::config::Loaded;
use crate::failure::{Failure, Outcome};
use crate::local::{Dirs, Own, Wanted, start_own};
use crate::ops::connection::Reached;
use crate::ops::local::deploy::{Deployed, deploy};
use crate::ops::local::exec;
use crate::ops::local::serve::Watched;
use crate::ops::local::variables::{Variables, of_emulator, of_stack};
use crate::ops::options::Place;
use crate::ops::planned::Planned;
use crate::report;
use crate::user::Progress as _;

/// Runs the command; its exit code is ours.
pub async fn exec(ui: &Rc<Ui>, global: &Global, dirs: &Dirs, args: &ExecArgs) -> Outcome {
    let start = Instant::now();
    let name = &args.command[0];
    exec::check(name)?;
    let known = known(ui, global)?;
    let mut stage = Stage::start(ui, global, dirs, None, &args.allow_origin).await?;
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
        None => command.end().await,
    }
    Ok(ui.signal())
}

/// Serves until a signal, and follows edits.
pub async fn serve(ui: &Rc<Ui>, global: &Global, dirs: &Dirs, args: &ServeArgs) -> Outcome {
    let start = Instant::now();
    let mut loaded = known(ui, global)?;
    let stage = Stage::start(ui, global, dirs, args.port, &args.allow_origin).await?;
    let deployed = deploy(ui, &loaded, &stage.place, |_| ()).await?;
    let _ready_file = match &args.ready_file {
        Some(path) => Some(ReadyFile::write(path, &stage.variables(&loaded, &deployed).await?)?),
        None => None,
    };
    let url = &stage.own.running().url;
    let text = format!("{} in {:.1} s\n", stage.ready(&deployed), start.elapsed().as_secs_f32());
    ui.result(&json!({"schema": "pretoken/local-serve/v1", "url": url}), &text);
    let mut watched = Watched::of(&global.file, &loaded.config);
    loop {
        tokio::select! {
            biased;
            _ = ui.signals.first() => return Ok(ui.signal()),
            () = watched.changed() => {}
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

/// Deploys an edit, and says who gains and who loses.
async fn followed(ui: &Rc<Ui>, global: &Global, place: &Place) -> Result<(Loaded, usize), Failure> {
    let edited = known(ui, global)?;
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

/// An emulator of a run's own, and the way there.
struct Stage {
    own: Own,
    place: Place,
}

impl Stage {
    async fn start(
        ui: &Ui,
        global: &Global,
        dirs: &Dirs,
        port: Option<u16>,
        origins: &[String],
    ) -> Result<Self, Failure> {
        let wanted = Wanted { port, origins: origins.to_vec() };
        let own = start_own(dirs, &wanted, &|text| ui.detail(text)).await?;
        let place = Place { emulator: Some(own.running().clone()), ..global.place() };
        Ok(Self { own, place })
    }

    async fn variables(&self, known: &Loaded, deployed: &Deployed) -> Result<Variables, Failure> {
        let (running, connection) = (self.own.running(), &deployed.connection);
        let mut all = of_emulator(running, Some(&connection.target.region));
        all.extend(of_stack(&known.config, connection, running).await?);
        Ok(all)
    }

    fn ready(&self, deployed: &Deployed) -> String {
        let seeds = match deployed.seeds.len() {
            0 => String::new(),
            1 => " and 1 seed".to_owned(),
            seeds => format!(" and {seeds} seeds"),
        };
        format!("Ready at {}: {} resources{seeds}", self.own.running().url, deployed.changes)
    }
}

/// A file that says that all is ready, for as long as it is.
struct ReadyFile<'a>(&'a Path);

impl<'a> ReadyFile<'a> {
    fn write(path: &'a Path, variables: &Variables) -> Result<Self, Failure> {
        Writer::private_file(path, &dotenv(variables))?;
        Ok(Self(path))
    }
}

impl Drop for ReadyFile<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(self.0);
    }
}
