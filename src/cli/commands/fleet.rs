//! A command for several environments, side by side: each runs it as if it were alone, and a table tells how each ended.

use std::pin::{Pin, pin};
use std::rc::Rc;

use futures_util::future::join_all;
use tokio::time::Instant;

use crate::cli::args::{Cli, FleetArgs, Global};
use crate::cli::ui::Ui;
use crate::failure::Outcome;
use crate::ops::fleet::{Choice, Ended, Fleet, FleetDocument, Member, MemberVerdict, waves};
use crate::report;
use crate::system::secrets::TokensShown;

/// A command that runs in one environment.
pub type AloneInEnv = Pin<Box<dyn Future<Output = Outcome>>>;

/// Runs it in each, by what runs one `alone`.
pub async fn run(
    ui: &Rc<Ui>,
    cli: &Cli,
    choice: Choice<'_>,
    alone: fn(Cli, Rc<Ui>) -> AloneInEnv,
) -> Outcome {
    let FleetArgs { waves: asked, fail_fast } = cli.command.fleet();
    let names = choice.names(&cli.global.file)?;
    names.iter().try_for_each(|name| cli.command.in_env(name).map(drop))?;
    let sizes = waves(asked.as_deref(), names.len())?;
    let fleet = Fleet::new(names, &sizes, fail_fast);
    let members = fleet.members().map(|member| one(ui, cli, Rc::new(member), alone));
    let mut all = pin!(join_all(members));
    let ended = tokio::select! {
        biased;
        ended = &mut all => ended,
        _ = ui.signals.first() => {
            fleet.stop();
            all.await
        }
    };
    let document = FleetDocument::new(ended);
    let said: Vec<_> = document.environments.iter().map(|ended| ended.text.as_str()).collect();
    let shown = ui.writer.document(&document, TokensShown::Hidden);
    ui.result(&shown, &report::fleet::text(&shown, &said));
    Ok(ui.signal().or(document.exit()))
}

/// Runs the command in one environment.
async fn one(
    ui: &Rc<Ui>,
    cli: &Cli,
    member: Rc<Member>,
    alone: fn(Cli, Rc<Ui>) -> AloneInEnv,
) -> Ended {
    let start = Instant::now();
    let voice = Rc::new(ui.voice_of(Rc::clone(&member)));
    member.begin().await;
    let env = Some(member.name().to_owned());
    let global = Global { env, all: false, ..cli.global.clone() };
    let outcome = match cli.command.in_env(member.name()) {
        Ok(command) => alone(Cli { global, command }, Rc::clone(&voice)).await,
        Err(failure) => Err(failure),
    };
    let verdict = MemberVerdict::of(&member, &outcome, ui.signal());
    let mut told = voice.told();
    if let Err(failure) = &outcome {
        if verdict != MemberVerdict::NotBegun {
            voice.complain(failure);
        }
        told = (Some(failure.document()), String::new());
    }
    member.end(verdict);
    Ended::new(&member, verdict, start.elapsed().as_secs_f32(), told)
}
