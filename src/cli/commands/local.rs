//! `local`: the embedded emulator, and what clients need to use it.

use std::rc::Rc;

use serde_json::{Map, Value};

use super::{local_run, token};
use crate::cli::args::{EnvFormat, Global, LocalCommand, LocalTokenArgs};
use crate::cli::ui::Ui;
use crate::codes::Code;
use crate::failure::{Exit, Failure, Outcome};
use crate::local::{Dirs, Running, SeedSecrets, reset, status, stop};
use crate::ops::connection::connect_for;
use crate::ops::local::seeds::{kept, of_environment};
use crate::ops::local::variables::{UNSET, Variables, of_emulator, of_stack};
use crate::ops::resolve::load;
use crate::ops::token::{Which, Who, sign_in, way};
use crate::ops::verify::deployed;
use crate::report::documents::{
    LocalDocument, LocalEnvDocument, LocalTokenDocument, RunningEmulator, UrlDocument,
};
use crate::report::variables;

pub async fn run(ui: &Rc<Ui>, global: &Global, command: &LocalCommand) -> Outcome {
    let dirs = Dirs::from_env()?;
    let (running, text) = match command {
        LocalCommand::Status => (status(&dirs).await, "It runs"),
        LocalCommand::Stop => (stop(&dirs).await, "Stopped; it ran"),
        LocalCommand::Reset => (reset(&dirs).await, "Everything in it is forgotten; it runs"),
        LocalCommand::Url => return url(ui, &dirs).await,
        LocalCommand::Env { format } => return env(ui, global, &dirs, *format).await,
        LocalCommand::Token(args) => return access_token(ui, global, &dirs, args).await,
        LocalCommand::Exec(args) => return local_run::exec(ui, global, &dirs, args).await,
        LocalCommand::Serve(args) => return local_run::serve(ui, global, &dirs, args).await,
    };
    let running = running?;
    let text = running.as_ref().map_or("No emulator runs.\n".to_owned(), |running| {
        let Running { url, pid, version, log, .. } = running;
        let seconds = running.uptime().as_secs();
        format!(
            "{text} at {url} (MiniStack {version}, process {pid}, for {seconds} s)\nLog: {}\n",
            log.display()
        )
    });
    let emulator = running.map(|running| {
        let uptime_s = running.uptime().as_secs();
        let Running { url, port, pid, version, log, .. } = running;
        RunningEmulator { url, port, pid, version, uptime_s, log: log.display().to_string() }
    });
    ui.result(&LocalDocument { schema: "pretoken/local/v1", emulator }, &text);
    Ok(None)
}

async fn url(ui: &Ui, dirs: &Dirs) -> Outcome {
    let Running { url, .. } = needed(dirs).await?;
    ui.result(&UrlDocument { schema: "pretoken/local-url/v1", url: &url }, &format!("{url}\n"));
    Ok(None)
}

/// The one place that prints the key, and the secrets of clients and seeds.
async fn env(ui: &Rc<Ui>, global: &Global, dirs: &Dirs, format: EnvFormat) -> Outcome {
    let running = needed(dirs).await?;
    let all = all_variables(ui, global, &running).await?;
    let object: Map<String, Value> =
        all.iter().map(|(name, value)| (name.clone(), value.as_str().into())).collect();
    let text = match format {
        EnvFormat::Shell => variables::shell(&UNSET, &all),
        EnvFormat::Dotenv => variables::dotenv(&all),
        EnvFormat::Json => format!("{:#}\n", Value::from(object.clone())),
    };
    ui.result_with_secrets(
        &LocalEnvDocument { schema: "pretoken/local-env/v1", env: &object },
        &text,
    );
    Ok(None)
}

/// Of the emulator alone where there is no `deploy.toml`.
async fn all_variables(
    ui: &Rc<Ui>,
    global: &Global,
    running: &Running,
) -> Result<Variables, Failure> {
    if !global.file.exists() {
        return Ok(of_emulator(running, global.region.as_deref()));
    }
    // Read without telling anybody what is secret in it: here it is shown.
    let config = load(ui, &global.place(), &global.file, &global.selection()).await?.config;
    let connection = connect_for(ui, &global.place(), &config).await?;
    let mut all = of_emulator(running, Some(&connection.target.region));
    all.extend(of_stack(&config, &connection, running).await?);
    Ok(all)
}

async fn access_token(ui: &Rc<Ui>, global: &Global, dirs: &Dirs, args: &LocalTokenArgs) -> Outcome {
    let LocalTokenArgs { user, password_stdin, client, pool } = args;
    let mut place = global.place();
    let given = of_environment(user);
    // Inside of `local exec`, or beside `local serve`, the environment says which emulator.
    place.local = given.is_none();
    let known = load(ui, &place, &global.file, &global.selection()).await?;
    let running = if place.local { Some(needed(dirs).await?) } else { None };
    let connection = connect_for(ui, &place, &known.config).await?;
    let actual = deployed(&known, &connection).await?;
    let ids = actual.ids(&connection.identity(&known.config));
    let seeds = running.map(|running| kept(&known.config, &ids, &running)).transpose()?;
    let seed = seeds
        .into_iter()
        .flatten()
        .find(|seed| seed.username == *user && pool.as_ref().is_none_or(|pool| *pool == seed.pool));
    let pool = pool.as_deref().or(seed.as_ref().map(|seed| seed.pool.as_str()));
    let way = way(&actual, &ids, Which { pool, client: client.as_deref() })?;
    let secrets = match given.or(seed.as_ref().map(|seed| seed.secrets.clone())) {
        Some(secrets) => secrets,
        None => {
            SeedSecrets { password: token::password(ui, user, *password_stdin).await?, totp: None }
        }
    };
    let who = Who { username: user, password: &secrets.password, totp: secrets.totp.as_deref() };
    let raw = sign_in(&connection, &way, who, None, &**ui).await?.raw;
    let document =
        LocalTokenDocument { schema: "pretoken/local-token/v1", access_token: &raw.access };
    ui.result_with([&raw.access, &raw.id], &document, &format!("{}\n", raw.access));
    Ok(None)
}

async fn needed(dirs: &Dirs) -> Result<Running, Failure> {
    let none = || {
        let hint = "`pretoken up --local` starts it";
        Failure::new(Exit::Failed, Code::NoEmulator, anyhow::anyhow!("no emulator runs")).hint(hint)
    };
    status(dirs).await?.ok_or_else(none)
}
