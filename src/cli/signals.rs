//! The signals that end a run, and the end of its time, which is like one: the first one asks for an orderly stop, the
//! second one ends the process.
//!
//! They are heard on a thread of their own, so that the second one is obeyed whatever the run is doing.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal as Number, kill_process, kill_process_group};
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
const HEARD: [(Number, Exit); 4] = [
    (Number::INT, Exit::Interrupted),
    (Number::TERM, Exit::Terminated),
    (Number::HUP, Exit::Terminated),
    (Number::QUIT, Exit::Terminated),
];

/// What was heard so far.
#[derive(Debug, Clone)]
pub struct Signals {
    heard: watch::Receiver<Option<Exit>>,
    noticed: Arc<AtomicBool>,
    command: Arc<Command>,
}

/// Whom signals are passed on to: a process, or as a negative number a group.
type Command = Mutex<Option<i32>>;

impl Signals {
    /// Listens from now on, and keeps the time.
    pub fn listen(limit: Option<Duration>) -> io::Result<Self> {
        let (heard, signals) = watch::channel(None);
        let noticed = Arc::<AtomicBool>::default();
        let is_noticed = Arc::clone(&noticed);
        let command = Arc::<Command>::default();
        let passed_on = Arc::clone(&command);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let streams = {
            let _inside = runtime.enter();
            streams()?
        };
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(obey(streams, limit, &heard, (&is_noticed, &passed_on)));
        })?;
        Ok(Self { heard: signals, noticed, command })
    }

    /// The run has begun to stop.
    pub fn notice(&self) {
        self.noticed.store(true, Ordering::Relaxed);
    }

    /// From now on signals are this command's: a process, or as a negative number a group. With `None` they are ours again.
    pub fn pass_on(&self, to: Option<i32>) {
        *self.command.lock().unwrap_or_else(PoisonError::into_inner) = to;
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

type Streams = Vec<(Signal, Number, Exit)>;

fn streams() -> io::Result<Streams> {
    let ignored = ignored();
    let heard = HEARD.into_iter().filter(|(number, _)| ignored & (1 << (number.as_raw() - 1)) == 0);
    heard
        .map(|(number, exit)| Ok((signal(SignalKind::from_raw(number.as_raw()))?, number, exit)))
        .collect()
}

/// The signals that whoever started us wants ignored (`nohup`), as bits; none where the system does not say.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bits = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    bits.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok()).unwrap_or_default()
}

/// Hears the first signal or the end of the time, and ends the process on the second one or when the stop takes too long.
async fn obey(
    mut streams: Streams,
    limit: Option<Duration>,
    heard: &watch::Sender<Option<Exit>>,
    (noticed, command): (&AtomicBool, &Command),
) {
    let first = tokio::select! {
        exit = ours(&mut streams, command) => exit,
        () = passed(limit) => Exit::TimedOut,
    };
    heard.send_replace(Some(first));
    let last = tokio::select! {
        exit = ours(&mut streams, command) => exit,
        () = overdue(noticed) => first,
    };
    leave_terminal();
    std::process::exit(i32::from(last as u8));
}

/// The next signal that is not passed on.
async fn ours(streams: &mut Streams, command: &Command) -> Exit {
    loop {
        let (number, exit) = next(streams).await;
        let to = *command.lock().unwrap_or_else(PoisonError::into_inner);
        match to {
            Some(process) => pass(number, process),
            None => return exit,
        }
    }
}

/// A terminal gives its keys to everybody in front of it, so that a process that shares ours has had them already.
fn pass(number: Number, process: i32) {
    let is_key = [Number::INT, Number::QUIT].contains(&number);
    let Some(pid) = Pid::from_raw(process.abs()) else { return };
    if process < 0 {
        let _ = kill_process_group(pid, number);
    } else if !is_key {
        let _ = kill_process(pid, number);
    }
}

async fn next(streams: &mut Streams) -> (Number, Exit) {
    let next = streams.iter_mut().map(|(stream, number, exit)| {
        Box::pin(async move {
            stream.recv().await;
            (*number, *exit)
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
