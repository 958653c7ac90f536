//! Which Python, and whether `uv`, is on the user's search path.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::Command;

use super::LocalError;

/// What `MiniStack` and every pinned package need.
const OLDEST: (u32, u32) = (3, 10);
/// In order of preference: the user's own default first.
const PYTHONS: [&str; 7] =
    ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"];
const PRINT_VERSION: &str = "import sys; print('%d.%d' % sys.version_info[:2])";

/// A Python that can run the emulator.
#[derive(Debug)]
pub(super) struct Python {
    pub(super) command: PathBuf,
    /// Such as `3.11`.
    pub(super) version: String,
}

/// The Python that would run the emulator: its version and its place.
pub async fn python() -> Result<String, LocalError> {
    let Python { command, version } = Tools::from_env().python().await?;
    Ok(format!("Python {version} ({})", command.display()))
}

/// The search path to look in; the process's own outside of tests.
pub(super) struct Tools(OsString);

impl Tools {
    pub(super) fn from_env() -> Self {
        Self(env::var_os("PATH").unwrap_or_default())
    }

    #[cfg(test)]
    pub(super) fn in_path(path: impl Into<OsString>) -> Self {
        Self(path.into())
    }

    /// `uv`, when it is there.
    pub(super) fn uv(&self) -> Option<PathBuf> {
        self.find("uv")
    }

    /// The first Python of the preferred names that is new enough and really starts.
    pub(super) async fn python(&self) -> Result<Python, LocalError> {
        let mut too_old: Option<((u32, u32), LocalError)> = None;
        for command in PYTHONS.iter().filter_map(|name| self.find(name)) {
            // A version manager's shim is there for versions that are not installed: it then fails here.
            let Some((version, found)) = self.version(&command).await else { continue };
            if version >= OLDEST {
                return Ok(Python { command, version: found });
            }
            if too_old.as_ref().is_none_or(|(newest, _)| version > *newest) {
                too_old = Some((version, LocalError::PythonTooOld { command, found }));
            }
        }
        Err(too_old.map_or(LocalError::PythonMissing, |(_, error)| error))
    }

    /// A command for a tool that sees the same search path.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = crate::system::child::command(program);
        for family in ["UV_", "PIP_"] {
            crate::system::child::give(&mut command, family);
        }
        command.env("PATH", &self.0).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    async fn version(&self, python: &PathBuf) -> Option<((u32, u32), String)> {
        let output = self.command(python).args(["-I", "-c", PRINT_VERSION]).output().await.ok()?;
        let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        let (major, minor) = text.split_once('.')?;
        output.status.success().then_some(((major.parse().ok()?, minor.parse().ok()?), text))
    }

    fn find(&self, name: &str) -> Option<PathBuf> {
        env::split_paths(&self.0).map(|directory| directory.join(name)).find(|candidate| {
            candidate
                .metadata()
                .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
        })
    }
}
