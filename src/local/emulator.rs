//! One process of the emulator: started in a working directory of its own, watched until it answers, ended as a group.
//!
//! The only place that starts one and the only place that signals one. Whether another runs already, and where its
//! files belong, is `lifecycle`'s to decide.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::dirs::log;
use super::error::tail;
use super::{Key, LocalError, Venv, http, private};

/// Starts the server; says why there in its first lines.
const SERVE: &str = include_str!("serve.py");
/// Stands before it and lets nobody in but its owner.
const GUARD: &str = include_str!("guard.py");
/// Answers what it cannot.
const ADDITIONS: &str = include_str!("additions.py");
const POLL: Duration = Duration::from_millis(20);
/// Ready in under a second as a rule; the first start reads 60 MB, perhaps from a slow disk.
const PATIENCE: Duration = Duration::from_mins(1);
/// It answers in milliseconds, unless it is busy; one that is busy must not be taken for one that hangs.
const PROBE_PATIENCE: Duration = Duration::from_secs(5);

/// What the running process keeps in the file that it holds locked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) pid: u32,
    /// 0 until it is known.
    pub(super) port: u16,
    /// Seconds since 1970, UTC.
    pub(super) started: u64,
    /// What it takes requests for; `None` when it takes everybody's.
    pub(super) key: Option<Key>,
}

impl Record {
    pub(super) fn path(workdir: &Path) -> PathBuf {
        workdir.join("emulator.json")
    }

    /// What is recorded; says nothing about whether that process lives.
    pub(super) fn read(workdir: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(Self::path(workdir)).ok()?).ok()
    }

    /// The version, when the process at the recorded port answers its health smoke test.
    pub(super) async fn smoke_test(&self) -> Option<String> {
        let answer = http::request(self.port, "GET", "/_ministack/health", None, PROBE_PATIENCE)
            .await
            .ok()?;
        let health: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        (answer.status == 200).then(|| health["version"].as_str().unwrap_or_default().to_owned())
    }
}

/// A running emulator; it and the functions' processes end when this is dropped, or when this process ends in whatever
/// way.
#[derive(Debug)]
pub struct Emulator {
    /// `None` once it was detached.
    child: Option<Child>,
    pub(super) record: Record,
}

/// Starts an emulator that keeps all its files in `workdir`, on a free port, and waits until it answers.
///
/// When it does not answer nothing is left running, and neither when the returned future is dropped. It takes requests of
/// everybody on this machine, with `test` for a secret, and has an account for every number: for tests.
pub async fn spawn(venv: &Venv, workdir: &Path) -> Result<Emulator, LocalError> {
    spawn_with(&[], venv, workdir).await
}

/// The same, for its owner alone, with these flags of `serve.py`.
pub(super) async fn spawn_guarded(
    flags: &[String],
    venv: &Venv,
    workdir: &Path,
) -> Result<Emulator, LocalError> {
    let flags: Vec<_> = flags.iter().cloned().chain(["--guarded".to_owned()]).collect();
    spawn_with(&flags, venv, workdir).await
}

async fn spawn_with(flags: &[String], venv: &Venv, workdir: &Path) -> Result<Emulator, LocalError> {
    private::directory(workdir)?;
    let child = start(flags, venv, workdir)?;
    let record = Record { pid: child.id(), port: 0, started: 0, key: None };
    let mut emulator = Emulator { record, child: Some(child) };
    emulator.ready(workdir).await?;
    Ok(emulator)
}

impl Emulator {
    /// Its endpoint, such as `http://127.0.0.1:45201`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.record.port)
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.record.port
    }

    /// Its process id, which is that of its process group and session too.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.record.pid
    }

    /// Lets it live on after us, until it is ended by its record.
    pub(super) fn detach(mut self) -> io::Result<()> {
        self.tell("free")?;
        self.child = None;
        Ok(())
    }

    /// If we are killed, this process, or as a negative number this group, is to end with the emulator.
    pub(super) fn ends_with_us(&mut self, process: i32) -> io::Result<()> {
        self.tell(&format!("with {process}"))
    }

    /// A line for `serve.py`.
    fn tell(&mut self, line: &str) -> io::Result<()> {
        match self.child.as_mut().and_then(|child| child.stdin.as_mut()) {
            Some(stdin) => stdin.write_all(format!("{line}\n").as_bytes()),
            None => Ok(()),
        }
    }

    async fn ready(&mut self, workdir: &Path) -> Result<(), LocalError> {
        let deadline = Instant::now() + PATIENCE;
        let log = || tail(&fs::read_to_string(log(workdir)).unwrap_or_default());
        loop {
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait().map_err(LocalError::io("watch", workdir))?
            {
                return Err(LocalError::Died { status, log: log() });
            }
            // A record of another process is an older one's, not yet overwritten.
            if let Some(record) =
                Record::read(workdir).filter(|record| record.pid == self.record.pid)
                && record.smoke_test().await.is_some()
            {
                self.record = record;
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(LocalError::NotReady { waited: PATIENCE, log: log() });
            }
            crate::system::clock::pause(POLL).await;
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It leads its group as soon as its script runs; until then it is alone.
            signal_group(child.id(), Signal::KILL);
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Signals the group that `leader` leads. `false` when no such group is left.
pub(super) fn signal_group(leader: u32, signal: Signal) -> bool {
    let leader = i32::try_from(leader).ok().and_then(Pid::from_raw);
    leader.is_some_and(|leader| rustix::process::kill_process_group(leader, signal).is_ok())
}

fn start(flags: &[String], venv: &Venv, workdir: &Path) -> Result<Child, LocalError> {
    let script = workdir.join("serve.py");
    let beside = [("guard.py", GUARD), ("additions.py", ADDITIONS)];
    for (name, text) in [("serve.py", SERVE)].into_iter().chain(beside) {
        let path = workdir.join(name);
        fs::write(&path, text).map_err(LocalError::io("write", path))?;
    }
    let log = log(workdir);
    let output = File::create(&log).map_err(LocalError::io("create", &log))?;
    let errors = output.try_clone().map_err(LocalError::io("write", &log))?;
    let mut command = Command::new(venv.python());
    environment(&mut command, workdir);
    command
        .args(["-I", "-B"]) // nothing is written into the environment, which is checked at every start
        .arg(&script)
        .args(flags)
        .current_dir(workdir)
        .stdout(output)
        .stderr(errors)
        .stdin(Stdio::piped());
    command.spawn().map_err(LocalError::io("start", venv.python()))
}

/// Nothing of the user's environment reaches the emulator, nor the functions that it runs: no credentials, no profile.
fn environment(command: &mut Command, workdir: &Path) {
    command.env_clear();
    for name in ["PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TZ"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("HOME", workdir)
        .env("TMPDIR", workdir) // extracted code
        .env("STATE_DIR", workdir.join("state")) // signing keys
        .env("BIND_HOST", "127.0.0.1") // its own default is every interface
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("AUTH", "true") // checks of flows, secrets, roles and the caller's permissions
        .env("PYTHONDONTWRITEBYTECODE", "1") // by its own children
        .env("AWS_ACCESS_KEY_ID", "test") // unless it is guarded
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("MINISTACK_COGNITO_PRETOKEN_STRICT", "1") // a failing trigger fails the sign-in
        .env("LAMBDA_EXECUTOR", "local") // never Docker
        .env("SFTP_ENABLED", "0") // no other listeners
        .env("IOT_MTLS_ENABLED", "0")
        .env("LOG_LEVEL", "WARNING");
}
