//! What is read while somebody may change his mind: answers, passwords, standard input. Each is read on a thread of its own,
//! and a signal ends the wait for it.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};
use std::path::PathBuf;
use std::thread;

use tokio::sync::oneshot;

use super::signals::Signals;
use super::terminal::{leave_terminal, remember_terminal};

/// Whether somebody can answer a question.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && std::env::var_os("CI").is_none()
}

/// A line of standard input, without its end.
pub async fn line(signals: &Signals) -> io::Result<String> {
    let read = || {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).map(|_| line)
    };
    let line = unless_stopped(signals, read).await?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// All of a file, or of standard input if there is none.
pub async fn whole(signals: &Signals, file: Option<PathBuf>) -> io::Result<Vec<u8>> {
    let read = move || {
        if let Some(path) = file {
            return std::fs::read(path);
        }
        let mut bytes = vec![];
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    };
    unless_stopped(signals, read).await
}

/// What is typed without being shown.
pub async fn password(signals: &Signals, question: String) -> io::Result<String> {
    remember_terminal();
    let password = unless_stopped(signals, || rpassword::prompt_password(question)).await;
    leave_terminal();
    password
}

/// What was read, unless a signal comes first. The thread that still reads ends with the process.
async fn unless_stopped<T: Send + 'static>(
    signals: &Signals,
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (done, read_it) = oneshot::channel();
    thread::Builder::new().name("reader".to_owned()).spawn(move || done.send(read()))?;
    let stopped =
        || io::Error::new(io::ErrorKind::Interrupted, "stopped before there was an answer");
    tokio::select! {
        biased;
        _ = signals.first() => Err(stopped()),
        read = read_it => read.unwrap_or_else(|_| Err(stopped())),
    }
}
