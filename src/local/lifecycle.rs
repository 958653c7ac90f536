//! The one emulator of a user: found again by its record, started, reset and ended.
//!
//! Identity is a lock: the process holds its record locked for as long as it lives, and the kernel lets go of it when
//! it dies. So a held lock means that the recorded process id is that process, and no id that was used again by
//! another program can be signalled by mistake.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;
use tokio::time::Instant;

use super::emulator::{Record, signal_group, spawn_guarded};
use super::{Dirs, Key, LocalError, Say, dirs, http, install, lock, private};

const POLL: Duration = Duration::from_millis(20);
/// It ends its functions' processes and its connections first, which takes about two seconds.
const TERM_PATIENCE: Duration = Duration::from_secs(4);
const KILL_PATIENCE: Duration = Duration::from_secs(5);
const RESET_PATIENCE: Duration = Duration::from_secs(10);

/// A running emulator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its endpoint for every service, such as `http://127.0.0.1:45201`.
    pub url: String,
    /// Its port on 127.0.0.1.
    pub port: u16,
    /// Its process id, which is that of its process group and session too.
    pub pid: u32,
    /// Its own version, such as `1.5.33`.
    pub version: String,
    /// When it was started, to the second.
    pub started: SystemTime,
    /// Where it and the functions that it runs write their logs.
    pub log: PathBuf,
    /// What it takes requests for.
    pub key: Key,
    /// Where the passwords of its seeds are kept.
    pub seeds: PathBuf,
}

impl Running {
    /// How long it has run; zero when the clock was set back.
    #[must_use]
    pub fn uptime(&self) -> Duration {
        self.started.elapsed().unwrap_or_default()
    }
}

/// The emulator that runs already, or else a new one, installed first when need be.
pub async fn ensure_running(dirs: &Dirs, progress: Say<'_>) -> Result<Running, LocalError> {
    private::directory(&dirs.state)?;
    let _turn =
        lock::exclusive(&dirs.lock(), || progress("waiting for another start or stop")).await?;
    match find(dirs).await {
        Ok(Some(running)) => return Ok(running),
        Ok(None) => {}
        Err(error @ (LocalError::Hung { .. } | LocalError::NoKey { .. })) => {
            progress(&format!("ending it: {error}"));
            end(dirs).await?;
        }
        Err(error) => return Err(error),
    }
    let venv = install(dirs, progress).await?;
    progress("starting the emulator");
    clear(&dirs.run())?;
    let emulator = spawn_guarded(&[], &venv, &dirs.run()).await?;
    let version = emulator.record.smoke_test().await.unwrap_or_default();
    let running = running(&emulator.record, version, &dirs.run())?;
    emulator.detach().map_err(LocalError::io("start", dirs.run()))?;
    Ok(running)
}

/// The emulator that runs, if one does.
pub async fn status(dirs: &Dirs) -> Result<Option<Running>, LocalError> {
    find(dirs).await
}

/// Forgets everything that was deployed to the emulator; `None` when none runs.
pub async fn reset(dirs: &Dirs) -> Result<Option<Running>, LocalError> {
    let Some(running) = find(dirs).await? else { return Ok(None) };
    let answer = http::request(
        running.port,
        "POST",
        "/_ministack/reset",
        Some(&running.key),
        RESET_PATIENCE,
    )
    .await
    .map_err(LocalError::io("reset the emulator of", dirs.run()))?;
    if answer.status != 200 {
        return Err(LocalError::Hung { pid: running.pid });
    }
    forget(&running.seeds)?;
    Ok(Some(running))
}

/// Ends the emulator and removes its files; `None` when none runs. What was running is returned.
pub async fn stop(dirs: &Dirs) -> Result<Option<Running>, LocalError> {
    let _turn = lock::exclusive(&dirs.lock(), || ()).await?;
    let found = match find(dirs).await {
        // One that hangs is ended all the same; it has no version to tell.
        Err(LocalError::Hung { .. } | LocalError::NoKey { .. }) => Record::read(&dirs.run())
            .and_then(|record| running(&record, String::new(), &dirs.run()).ok()),
        other => other?,
    };
    end(dirs).await?;
    clear(&dirs.run())?;
    Ok(found)
}

async fn find(dirs: &Dirs) -> Result<Option<Running>, LocalError> {
    if dirs.run().exists() {
        private::directory(&dirs.run())?; // or the record might be another's
    }
    // Without a port it is still starting, in the hands of whoever holds the other lock.
    let Some(record) = alive(dirs)?.filter(|record| record.port != 0) else { return Ok(None) };
    match record.smoke_test().await {
        Some(version) => running(&record, version, &dirs.run()).map(Some),
        // It may have ended in between.
        None if alive(dirs)?.is_none() => Ok(None),
        None => Err(LocalError::Hung { pid: record.pid }),
    }
}

/// The record of the process that holds it locked.
fn alive(dirs: &Dirs) -> Result<Option<Record>, LocalError> {
    let path = Record::path(&dirs.run());
    let held = lock::is_held(&path).map_err(LocalError::io("read", path))?;
    Ok(if held { Record::read(&dirs.run()) } else { None })
}

pub(super) fn running(
    record: &Record,
    version: String,
    workdir: &Path,
) -> Result<Running, LocalError> {
    let key = record.key.clone().ok_or(LocalError::NoKey { pid: record.pid })?;
    Ok(Running {
        key,
        url: format!("http://127.0.0.1:{}", record.port),
        port: record.port,
        pid: record.pid,
        version,
        started: UNIX_EPOCH + Duration::from_secs(record.started),
        log: dirs::log(workdir),
        seeds: dirs::seeds(workdir),
    })
}

/// TERM to the whole group, then KILL; the group is gone when this returns.
async fn end(dirs: &Dirs) -> Result<(), LocalError> {
    let Some(record) = alive(dirs)? else { return Ok(()) };
    signal_group(record.pid, Signal::TERM);
    let ended = gone(dirs, TERM_PATIENCE).await?;
    // Also after an orderly end: a function's process may have ignored the first signal.
    signal_group(record.pid, Signal::KILL);
    if !ended && !gone(dirs, KILL_PATIENCE).await? {
        return Err(LocalError::Unkillable { pid: record.pid });
    }
    Ok(())
}

async fn gone(dirs: &Dirs, patience: Duration) -> Result<bool, LocalError> {
    let deadline = Instant::now() + patience;
    while alive(dirs)?.is_some() {
        if Instant::now() > deadline {
            return Ok(false);
        }
        crate::system::clock::pause(POLL).await;
    }
    Ok(true)
}

fn forget(file: &Path) -> Result<(), LocalError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LocalError::io("remove", file)(error))
        }
        _ => Ok(()),
    }
}

pub(super) fn clear(workdir: &Path) -> Result<(), LocalError> {
    match fs::remove_dir_all(workdir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(LocalError::io("remove", workdir)(error))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use rustix::process::{Pid, WaitOptions, test_kill_process_group, waitpid};

    use super::super::emulator::spawn;
    use super::*;

    /// A state directory that takes its emulator with it when a test fails half way.
    struct State(tempfile::TempDir, Dirs);

    impl Drop for State {
        fn drop(&mut self) {
            if let Ok(Some(record)) = alive(&self.1) {
                signal_group(record.pid, Signal::KILL);
            }
        }
    }

    /// A state directory of its own, and the installation that all tests of this workspace share.
    fn dirs() -> (State, Dirs) {
        let state = tempfile::tempdir().expect("a directory");
        let cache = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache");
        let dirs = Dirs { cache, state: state.path().to_owned() };
        (State(state, dirs.clone()), dirs)
    }

    fn group_exists(leader: u32) -> bool {
        let leader = Pid::from_raw(i32::try_from(leader).expect("a pid")).expect("not 0");
        // Its parent, this test, has to collect it first; a user's emulator outlives its parent, and init does.
        let _ = waitpid(Some(leader), WaitOptions::NOHANG);
        test_kill_process_group(leader).is_ok()
    }

    #[tokio::test(flavor = "current_thread")]
    async fn one_emulator_is_started_found_again_reset_and_ended() {
        let (_state, dirs) = dirs();
        assert_eq!(status(&dirs).await.expect("status"), None);
        let told = RefCell::new(Vec::new());
        let progress = |line: &str| told.borrow_mut().push(line.to_owned());

        let first = ensure_running(&dirs, &progress).await.expect("started");
        assert_eq!(first.version, "1.5.33");
        assert!(first.log.exists() && group_exists(first.pid));
        assert!(told.borrow().iter().any(|line| line == "starting the emulator"), "{told:?}");

        told.borrow_mut().clear();
        assert_eq!(ensure_running(&dirs, &progress).await.expect("found"), first);
        assert!(told.borrow().is_empty(), "nothing to wait for: {told:?}");
        assert_eq!(status(&dirs).await.expect("status"), Some(first.clone()));
        assert_eq!(reset(&dirs).await.expect("reset"), Some(first.clone()));

        assert_eq!(stop(&dirs).await.expect("stopped"), Some(first.clone()));
        assert!(!group_exists(first.pid), "a process is left");
        assert!(!dirs.run().exists(), "its files are left");
        assert_eq!(stop(&dirs).await.expect("nothing to stop"), None);
        assert_eq!(reset(&dirs).await.expect("nothing to reset"), None);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_record_whose_process_is_gone_is_nobody() {
        let (_state, dirs) = dirs();
        fs::create_dir_all(dirs.run()).expect("run");
        // Our own id: it lives, but it does not hold the record, so it must not be signalled.
        let record = Record { pid: std::process::id(), port: 1, started: 0, key: None };
        fs::write(Record::path(&dirs.run()), serde_json::to_vec(&record).expect("a record"))
            .expect("written");
        assert_eq!(status(&dirs).await.expect("status"), None);
        assert_eq!(stop(&dirs).await.expect("stop"), None);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_emulator_that_hangs_is_replaced() {
        let (_state, dirs) = dirs();
        let first = ensure_running(&dirs, &|_| ()).await.expect("started");
        assert!(signal_group(first.pid, Signal::STOP));
        let second = ensure_running(&dirs, &|_| ()).await.expect("another one");
        assert_ne!(second.pid, first.pid);
        assert!(!group_exists(first.pid), "the first is left");
        stop(&dirs).await.expect("stopped");
        assert!(!group_exists(second.pid));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_start_that_fails_shows_the_log_and_leaves_nothing() {
        let (state, dirs) = dirs();
        let venv = install(&dirs, &|_| ()).await.expect("installed");
        let workdir = state.0.path().join("broken");
        fs::create_dir_all(workdir.join("emulator.json")).expect("in the way");
        let error = spawn(&venv, &workdir).await.expect_err("no record can be written");
        let LocalError::Died { log, .. } = &error else { panic!("{error}") };
        assert!(log.contains("IsADirectoryError"), "{log}");
    }

    #[tokio::test(flavor = "current_thread")]
    async fn our_own_emulator_ends_when_it_is_dropped() {
        let (state, dirs) = dirs();
        let venv = install(&dirs, &|_| ()).await.expect("installed");
        let emulator = spawn(&venv, &state.0.path().join("ours")).await.expect("started");
        let pid = emulator.pid();
        assert!(group_exists(pid) && emulator.url().ends_with(&emulator.port().to_string()));
        drop(emulator);
        assert!(!group_exists(pid));
    }
}
