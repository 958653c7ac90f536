//! Every way in which the embedded emulator can fail its user, and the help of each.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;
use std::{fmt, io};

use crate::codes::Code;

/// Why the emulator could not be installed, started, found or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalError {
    /// Neither an XDG variable nor `HOME` says where files may be kept.
    #[error(
        "no directory for the emulator: neither {variable} nor HOME is set to an absolute path"
    )]
    NoHome {
        /// The XDG variable that was looked at first.
        variable: &'static str,
    },
    /// No `python3` on the search path.
    #[error("no Python was found; the emulator needs 3.10 or newer")]
    PythonMissing,
    /// Only older ones on the search path.
    #[error("`{command}` is Python {found}; the emulator needs 3.10 or newer")]
    PythonTooOld {
        /// The newest one found.
        command: PathBuf,
        /// Its version, such as `3.9`.
        found: String,
    },
    /// Debian and its kin ship Python without `venv` or `ensurepip`.
    #[error(
        "`{command}` cannot make a virtual environment: its `venv` or `ensurepip` module is missing"
    )]
    VenvModuleMissing {
        /// The Python that was asked.
        command: PathBuf,
        /// Its version, such as `3.11`.
        version: String,
    },
    /// `pip` or `uv` failed.
    #[error("cannot install the emulator's packages: {tool} {status} and said last\n{}", indented(.output))]
    Install {
        /// Which tool.
        tool: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// Its last lines.
        output: String,
    },
    /// The process ended before it answered.
    #[error("the emulator ended while it started ({status}); its log ends with\n{}", indented(.log))]
    Died {
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },
    /// The process runs but did not answer in time.
    #[error("the emulator did not answer within {} s; its log ends with\n{}", .waited.as_secs(), indented(.log))]
    NotReady {
        /// How long it was given.
        waited: Duration,
        /// The end of its log.
        log: String,
    },
    /// The recorded process lives but its health smoke test fails.
    #[error("the emulator (process {pid}) runs but does not answer")]
    Hung {
        /// Its process id.
        pid: u32,
    },
    /// Somebody else listens there.
    #[error("the port {port} is in use")]
    PortInUse {
        /// The port that was asked for.
        port: u16,
    },
    /// The process outlived even SIGKILL.
    #[error("process {pid} of the emulator could not be ended")]
    Unkillable {
        /// Its process id.
        pid: u32,
    },
    /// A directory that another user owns, or that lies in one.
    #[error("{} belongs to another user (id {owner}), who could change what the emulator runs", .path.display())]
    NotOurs {
        /// The directory.
        path: PathBuf,
        /// Its owner.
        owner: u32,
    },
    /// A directory that other users can write to, or that lies in one.
    #[error("{} can be written to by other users (mode {mode:o}), who could change what the emulator runs", .path.display())]
    OpenToOthers {
        /// The directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The recorded emulator has no key: this version did not start it.
    #[error("the emulator (process {pid}) was started without a key")]
    NoKey {
        /// Its process id.
        pid: u32,
    },
    /// A file, directory or process could not be worked with.
    #[error("cannot {action} {}", .path.display())]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl LocalError {
    /// What kind of thing is wrong.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::PythonMissing
            | Self::PythonTooOld { .. }
            | Self::VenvModuleMissing { .. }
            | Self::Install { .. } => Code::EmulatorNotInstalled,
            Self::PortInUse { .. } => Code::PortInUse,
            Self::NotOurs { .. } | Self::OpenToOthers { .. } => Code::EmulatorUnsafe,
            Self::NoHome { .. }
            | Self::Died { .. }
            | Self::NotReady { .. }
            | Self::Hung { .. }
            | Self::Unkillable { .. }
            | Self::NoKey { .. }
            | Self::Io { .. } => Code::EmulatorFailed,
        }
    }

    /// What to do about it, when that is known, for the `hint:` line.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoHome { variable } => format!("set HOME, or {variable}"),
            Self::PythonMissing | Self::PythonTooOld { .. } => "install Python 3.10 or newer (Debian, Ubuntu: `apt \
                 install python3 python3-venv`; Fedora: `dnf install python3`; macOS: `brew install python`), or `uv`"
                .into(),
            Self::VenvModuleMissing { version, .. } => {
                format!("`apt install python3-venv` (or `python{version}-venv`), or install `uv`")
            }
            Self::Install { .. } => "the packages come from your usual Python package index: check the network, and \
                 pip's own settings (a proxy, an index of your own); an interrupted installation starts over"
                .into(),
            Self::NotOurs { .. } => "set XDG_STATE_HOME and XDG_CACHE_HOME to directories of your own".into(),
            Self::OpenToOthers { path, .. } => {
                format!("look at what is in it, then `chmod go-w {}`", path.display())
            }
            Self::PortInUse { .. } => "choose another one, or leave `--port` out".into(),
            Self::Hung { .. } | Self::NoKey { .. } => "`pretoken local stop` ends it".into(),
            _ => return None,
        })
    }

    /// For `map_err`: what was tried on which path.
    pub(super) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

/// The last lines of a log or an output, enough to see why.
pub(super) fn tail(text: &str) -> String {
    const LINES: usize = 12;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// Sets quoted output apart from our own words.
fn indented(text: &str) -> impl fmt::Display {
    if text.is_empty() {
        "    (nothing)".to_owned()
    } else {
        format!("    {}", text.replace('\n', "\n    "))
    }
}
