//! The signals that end a run: the first one asks for an orderly stop, the second one ends the process.
//!
//! They are heard on a thread of their own, so that the second one is obeyed whatever the run is doing.

use std::io;
use std::thread;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::terminal::leave_terminal;
use crate::failure::Exit;

/// Which signal means what, and its number. A terminal that goes away and a request to quit are requests to terminate.
const HEARD: [(i32, Exit); 4] = [
    (2, Exit::Interrupted), // INT
    (15, Exit::Terminated), // TERM
    (1, Exit::Terminated),  // HUP
    (3, Exit::Terminated),  // QUIT
];

/// What was heard so far.
#[derive(Debug, Clone)]
pub struct Signals(watch::Receiver<Option<Exit>>);

impl Signals {
    /// Listens from now on.
    pub fn listen() -> io::Result<Self> {
        let (heard, signals) = watch::channel(None);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
        let streams = {
            let _inside = runtime.enter();
            streams()?
        };
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(obey(streams, &heard)))?;
        Ok(Self(signals))
    }

    /// The signal that came, if any.
    pub fn came(&self) -> Option<Exit> {
        *self.0.borrow()
    }

    /// Waits for the first one.
    pub async fn first(&self) -> Exit {
        let mut signals = self.0.clone();
        match signals.wait_for(Option::is_some).await.map(|exit| *exit) {
            Ok(Some(exit)) => exit,
            _ => std::future::pending().await,
        }
    }
}

fn streams() -> io::Result<Vec<(Signal, Exit)>> {
    let ignored = ignored();
    let heard = HEARD.into_iter().filter(|(number, _)| ignored & (1 << (number - 1)) == 0);
    heard.map(|(number, exit)| Ok((signal(SignalKind::from_raw(number))?, exit))).collect()
}

/// The signals that whoever started us wants ignored (`nohup`), as bits; none where the system does not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    bits.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or_default()
}

async fn obey(mut streams: Vec<(Signal, Exit)>, heard: &watch::Sender<Option<Exit>>) {
    loop {
        let next = streams.iter_mut().map(|(stream, exit)| {
            Box::pin(async move {
                stream.recv().await;
                *exit
            })
        });
        let (exit, ..) = futures_util::future::select_all(next).await;
        if heard.borrow().is_some() {
            leave_terminal();
            std::process::exit(i32::from(exit as u8));
        }
        heard.send_replace(Some(exit));
    }
}
