//! The signals that end a run, and the end of its time, which is like one: the first one asks for an orderly stop, the
//! second one ends the process.
//!
//! They are heard on a thread of their own, so that the second one is obeyed whatever the run is doing.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::terminal::leave_terminal;
use crate::failure::Exit;
use crate::system::clock::pause;

/// How long it may take until a run begins to stop, …
const NOTICE: Duration = Duration::from_secs(3);
/// … and how long until it has stopped.
const GRACE: Duration = Duration::from_mins(5);

/// Which signal means what, and its number. A terminal that goes away and a request to quit are requests to terminate.
const HEARD: [(i32, Exit); 4] = [
    (2, Exit::Interrupted), // INT
    (15, Exit::Terminated), // TERM
    (1, Exit::Terminated),  // HUP
    (3, Exit::Terminated),  // QUIT
];

/// What was heard so far.
#[derive(Debug, Clone)]
pub struct Signals {
    heard: watch::Receiver<Option<Exit>>,
    noticed: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on, and keeps the time.
    pub fn listen(limit: Option<Duration>) -> io::Result<Self> {
        let (heard, signals) = watch::channel(None);
        let noticed = Arc::<AtomicBool>::default();
        let is_noticed = Arc::clone(&noticed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let streams = {
            let _inside = runtime.enter();
            streams()?
        };
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || runtime.block_on(obey(streams, limit, &heard, &is_noticed)))?;
        Ok(Self { heard: signals, noticed })
    }

    /// The run has begun to stop.
    pub fn notice(&self) {
        self.noticed.store(true, Ordering::Relaxed);
    }

    /// The signal that came, if any.
    pub fn came(&self) -> Option<Exit> {
        *self.heard.borrow()
    }

    /// Waits for the first one.
    pub async fn first(&self) -> Exit {
        let mut signals = self.heard.clone();
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

/// Hears the first signal or the end of the time, and ends the process on the second one or when the stop takes too long.
async fn obey(
    mut streams: Vec<(Signal, Exit)>,
    limit: Option<Duration>,
    heard: &watch::Sender<Option<Exit>>,
    noticed: &AtomicBool,
) {
    let first = tokio::select! {
        exit = next(&mut streams) => exit,
        () = passed(limit) => Exit::TimedOut,
    };
    heard.send_replace(Some(first));
    let last = tokio::select! {
        exit = next(&mut streams) => exit,
        () = overdue(noticed) => first,
    };
    leave_terminal();
    std::process::exit(i32::from(last as u8));
}

async fn next(streams: &mut [(Signal, Exit)]) -> Exit {
    let next = streams.iter_mut().map(|(stream, exit)| {
        Box::pin(async move {
            stream.recv().await;
            *exit
        })
    });
    futures_util::future::select_all(next).await.0
}

async fn passed(limit: Option<Duration>) {
    match limit {
        Some(limit) => pause(limit).await,
        None => std::future::pending().await,
    }
}

/// A run that does not even notice waits for a file that nobody writes: there is nothing to take back.
async fn overdue(noticed: &AtomicBool) {
    pause(NOTICE).await;
    if noticed.load(Ordering::Relaxed) {
        pause(GRACE).await;
    }
}
