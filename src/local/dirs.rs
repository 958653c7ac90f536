//! Where the emulator is installed and where its process keeps its files: the XDG base directories, on macOS too.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::LocalError;

/// The two directories that the emulator may write to.
#[derive(Debug, Clone)]
pub struct Dirs {
    /// Virtual environments; may be deleted at any time while nothing runs.
    pub cache: PathBuf,
    /// The record, log and files of the one running process.
    pub state: PathBuf,
}

impl Dirs {
    /// The user's own: `$XDG_CACHE_HOME/pretoken` and `$XDG_STATE_HOME/pretoken/local`, else below `~/.cache` and
    /// `~/.local/state`.
    pub fn from_env() -> Result<Self, LocalError> {
        Self::from_variables(|name| env::var_os(name))
    }

    /// `$XDG_STATE_HOME`, else `~/.local/state`, if either is known.
    #[must_use]
    pub fn state_home() -> Option<PathBuf> {
        base(&|name| env::var_os(name), "XDG_STATE_HOME", ".local/state")
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, LocalError> {
        let base = |name: &'static str, below_home: &str| {
            base(&variable, name, below_home).ok_or(LocalError::NoHome { variable: name })
        };
        Ok(Self {
            cache: base("XDG_CACHE_HOME", ".cache")?.join("pretoken"),
            state: base("XDG_STATE_HOME", ".local/state")?.join("pretoken/local"),
        })
    }

    /// Held by whoever starts or ends the process.
    pub(super) fn lock(&self) -> PathBuf {
        self.state.join("lock")
    }

    /// The process's working directory; it exists only while it runs, or after a failed start.
    pub(super) fn run(&self) -> PathBuf {
        self.state.join("run")
    }

    /// Where emulators of a run's own work, each in a directory of its own.
    pub(super) fn own(&self) -> PathBuf {
        self.state.join("own")
    }
}

/// The passwords of the seeds in an emulator, in its working directory.
pub(super) fn seeds(workdir: &Path) -> PathBuf {
    workdir.join("seeds.json")
}

fn base(
    variable: &impl Fn(&str) -> Option<OsString>,
    name: &str,
    below_home: &str,
) -> Option<PathBuf> {
    // The XDG specification: a relative path is to be ignored.
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(name).or_else(|| absolute("HOME").map(|home| home.join(below_home)))
}

/// `emulator.log` in the working directory of an emulator.
pub(super) fn log(workdir: &Path) -> PathBuf {
    workdir.join("emulator.log")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs(variables: &[(&str, &str)]) -> Result<Dirs, LocalError> {
        Dirs::from_variables(|name| {
            variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.into())
        })
    }

    #[test]
    fn xdg_variables_win_over_home() {
        let dirs = dirs(&[("HOME", "/home/u"), ("XDG_CACHE_HOME", "/c"), ("XDG_STATE_HOME", "/s")])
            .expect("dirs");
        assert_eq!(dirs.cache, Path::new("/c/pretoken"));
        assert_eq!(dirs.state, Path::new("/s/pretoken/local"));
    }

    #[test]
    fn relative_xdg_variables_are_ignored() {
        let dirs =
            dirs(&[("HOME", "/home/u"), ("XDG_CACHE_HOME", "cache"), ("XDG_STATE_HOME", "")])
                .expect("dirs");
        assert_eq!(dirs.cache, Path::new("/home/u/.cache/pretoken"));
        assert_eq!(dirs.state, Path::new("/home/u/.local/state/pretoken/local"));
    }

    #[test]
    fn without_any_directory_the_variable_is_named() {
        let error = dirs(&[("XDG_CACHE_HOME", "/c")]).expect_err("no state directory");
        assert!(matches!(error, LocalError::NoHome { variable: "XDG_STATE_HOME" }), "{error}");
    }
}
