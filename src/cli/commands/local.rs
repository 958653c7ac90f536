//! `local`: the embedded emulator.

use serde_json::{Value, json};

use crate::cli::args::{EnvFormat, LocalCommand};
use crate::cli::ui::Ui;
use crate::failure::{Exit, Failure, Outcome};
use crate::local::{Dirs, REGION, Running, reset, status, stop};

pub async fn run(ui: &Ui, command: LocalCommand) -> Outcome {
    let dirs = Dirs::from_env()?;
    let (running, text) = match command {
        LocalCommand::Status => (status(&dirs).await, "It runs"),
        LocalCommand::Stop => (stop(&dirs).await, "Stopped; it ran"),
        LocalCommand::Reset => (reset(&dirs).await, "Everything in it is forgotten; it runs"),
        LocalCommand::Url => return url(ui, &dirs).await,
        LocalCommand::Env { format } => return env(ui, &dirs, format).await,
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
    let running = running.map_or(Value::Null, |running| {
        let uptime_s = running.uptime().as_secs();
        let Running { url, port, pid, version, log, .. } = running;
        json!({"url": url, "port": port, "pid": pid, "version": version, "uptime_s": uptime_s, "log": log.display().to_string()})
    });
    ui.result(&json!({"schema": "pretoken/local/v1", "emulator": running}), &text);
    Ok(None)
}

async fn url(ui: &Ui, dirs: &Dirs) -> Outcome {
    let Running { url, .. } = needed(dirs).await?;
    ui.result(&json!({"schema": "pretoken/local-url/v1", "url": url}), &format!("{url}\n"));
    Ok(None)
}

/// The one place that prints the key.
async fn env(ui: &Ui, dirs: &Dirs, format: EnvFormat) -> Outcome {
    let Running { url, key, .. } = needed(dirs).await?;
    let variables = [
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", &key.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &key.secret_access_key),
    ];
    let object: Value = variables.into_iter().collect();
    let text = match format {
        EnvFormat::Shell => shell(&variables),
        EnvFormat::Dotenv => lines(&variables, |name, value| format!("{name}={value}\n")),
        EnvFormat::Json => format!("{object:#}\n"),
    };
    ui.result(&json!({"schema": "pretoken/local-env/v1", "env": object}), &text);
    Ok(None)
}

/// A profile or a session of AWS that is still set would win over the key, or spoil it.
fn shell(variables: &[(&str, &str)]) -> String {
    let exports = lines(variables, |name, value| format!("export {name}='{value}'\n"));
    format!("unset AWS_PROFILE AWS_SESSION_TOKEN\n{exports}")
}

fn lines(variables: &[(&str, &str)], line: impl Fn(&str, &str) -> String) -> String {
    variables.iter().map(|(name, value)| line(name, value)).collect()
}

async fn needed(dirs: &Dirs) -> Result<Running, Failure> {
    let none = || {
        let hint = "`pretoken up --local` starts it";
        Failure::new(Exit::Failed, anyhow::anyhow!("no emulator runs")).hint(hint)
    };
    status(dirs).await?.ok_or_else(none)
}
