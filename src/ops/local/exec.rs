//! A command beside an emulator of its own: its environment, its end.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::variables::{UNSET, Variables};
use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::local::Own;

/// A command that runs.
pub struct RunningCommand {
    child: Child,
    /// The process, or as a negative number the group, that signals go to.
    pub process: i32,
}

/// Finds out early that there is no such command: the emulator takes seconds to start. As shells do, a name without a
/// slash is looked for in `PATH`.
pub fn check(command: &OsStr) -> Result<(), Failure> {
    let is_path = command.as_encoded_bytes().contains(&b'/');
    let directories = env::var_os("PATH").unwrap_or_default();
    let found = if is_path {
        Path::new(command).exists().then(|| Path::new(command).to_owned())
    } else {
        env::split_paths(&directories).map(|it| it.join(command)).find(|it| it.is_file())
    };
    let Some(found) = found else { return Err(failed(command, &io::ErrorKind::NotFound.into())) };
    let can_run =
        found.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0);
    if can_run { Ok(()) } else { Err(failed(command, &io::ErrorKind::PermissionDenied.into())) }
}

/// Starts it. Where a terminal is, it stays in our process group, so that the terminal is its own too; else it leads one.
pub fn start(
    own: &mut Own,
    command: &[OsString],
    variables: Variables,
    on_terminal: bool,
) -> Result<RunningCommand, Failure> {
    let (program, arguments) = command.split_first().ok_or_else(|| {
        Failure::new(Exit::Usage, Code::Usage, anyhow::anyhow!("there is no command"))
    })?;
    let mut process = Command::new(program);
    process.args(arguments).kill_on_drop(true).envs(variables).envs([own.mark()]);
    for name in UNSET {
        process.env_remove(name);
    }
    for (name, _) in env::vars_os() {
        // One that is still set for a single service would lead its client elsewhere.
        if name.as_encoded_bytes().starts_with(b"AWS_ENDPOINT_URL_") {
            process.env_remove(name);
        }
    }
    if !on_terminal {
        process.process_group(0);
    }
    let child = process.spawn().map_err(|error| failed(program, &error))?;
    let id = child.id().and_then(|id| i32::try_from(id).ok()).unwrap_or_default();
    let process = if on_terminal { id } else { -id };
    own.ends_with_us(process)?;
    Ok(RunningCommand { child, process })
}

impl RunningCommand {
    /// Asks it to end, and waits for that; returns its exit code.
    pub async fn end(&mut self) -> Result<u8, Failure> {
        const PATIENCE: Duration = Duration::from_secs(5);
        self.signal(Signal::TERM);
        if let Ok(ended) = timeout(PATIENCE, self.ended()).await {
            return ended;
        }
        self.signal(Signal::KILL);
        self.ended().await
    }

    fn signal(&self, signal: Signal) {
        let Some(pid) = Pid::from_raw(self.process.abs()) else { return };
        let _ = if self.process < 0 {
            kill_process_group(pid, signal)
        } else {
            kill_process(pid, signal)
        };
    }

    /// Waits for its end; returns its exit code, or 128 and the number of the signal that ended it, as shells do.
    pub async fn ended(&mut self) -> Result<u8, Failure> {
        let status = self.child.wait().await;
        status.map(code).map_err(|error| Failure::new(Exit::Failed, Code::CommandNotRun, error))
    }
}

fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// With the codes of shells.
fn failed(command: &OsStr, error: &io::Error) -> Failure {
    let name = command.display();
    match error.kind() {
        io::ErrorKind::NotFound => Failure::new(
            Exit::NoCommand,
            Code::CommandNotRun,
            anyhow::anyhow!("there is no command `{name}`"),
        )
        .hint("check its name and PATH; a shell's own words need `sh -c '…'`"),
        io::ErrorKind::PermissionDenied => Failure::new(
            Exit::NotExecutable,
            Code::CommandNotRun,
            anyhow::anyhow!("`{name}` cannot be executed"),
        )
        .hint("`chmod +x` it, or name the program that runs it"),
        _ => Failure::new(
            Exit::NotExecutable,
            Code::CommandNotRun,
            anyhow::anyhow!("cannot run `{name}`: {error}"),
        ),
    }
}
