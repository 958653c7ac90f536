//! `local`: the embedded emulator.

use serde_json::{Value, json};

use crate::cli::args::LocalCommand;
use crate::cli::ui::Ui;
use crate::failure::Outcome;
use crate::local::{Dirs, Running, reset, status, stop};

pub async fn run(ui: &Ui, command: LocalCommand) -> Outcome {
    let dirs = Dirs::from_env()?;
    let (running, text) = match command {
        LocalCommand::Status => (status(&dirs).await, "It runs"),
        LocalCommand::Stop => (stop(&dirs).await, "Stopped; it ran"),
        LocalCommand::Reset => (reset(&dirs).await, "Everything in it is forgotten; it runs"),
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
