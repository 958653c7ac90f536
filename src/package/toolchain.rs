//! The cargo and rustc in use, and what this machine can link.
//!
//! Decides what of our own environment cargo may see: nothing that would change the bytes.

use std::collections::BTreeSet;
use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{self, Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::{Architecture, PackageError};

/// Directories that cargo takes from the environment, relative to where it is started.
const DIRECTORIES: [&str; 4] =
    ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"];

/// The programs that compile, started in the crate's directory so that its `rust-toolchain.toml`
/// and `.cargo/config.toml` count, and not those of wherever the user stands.
#[derive(Debug)]
pub(super) struct Toolchain {
    cargo: PathBuf,
    /// None: cargo's own choice, which is then also ours.
    rustc: Option<PathBuf>,
    directory: PathBuf,
}

/// What this machine can compile and link for; all that the choice of a target depends on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Machine {
    /// rustc's own target.
    pub(super) host: String,
    /// Where its libraries are.
    pub(super) sysroot: PathBuf,
    /// The commit it was built from; none for a distribution's own build.
    pub(super) commit: Option<String>,
    /// The targets whose standard library is installed, of those that Lambda runs.
    pub(super) installed: BTreeSet<String>,
    /// rustc brought its own linker.
    pub(super) rust_lld: bool,
    /// cargo-zigbuild is there.
    pub(super) zigbuild: bool,
    /// The C compilers for other architectures that are there, such as `aarch64-linux-gnu-gcc`.
    pub(super) cross_compilers: BTreeSet<String>,
}

impl Toolchain {
    /// `$CARGO` (which `cargo run` sets) or the `cargo` on the path, with the rustc beside it.
    pub(super) fn from_env(directory: &Path) -> Self {
        let cargo = env::var_os("CARGO").map(program);
        let sibling = || {
            let cargo = cargo.as_ref().filter(|cargo| cargo.is_absolute())?;
            let rustc = cargo.with_file_name(format!("rustc{}", env::consts::EXE_SUFFIX));
            rustc.is_file().then_some(rustc)
        };
        let rustc = env::var_os("RUSTC").map(program).or_else(sibling);
        Self {
            cargo: cargo.unwrap_or_else(|| "cargo".into()),
            rustc,
            directory: directory.to_owned(),
        }
    }

    /// cargo, with what would change the bytes taken out of its environment.
    pub(super) fn cargo(&self) -> Command {
        let mut command = self.command(&self.cargo);
        for (name, _) in env::vars_os().filter(|(name, _)| changes_output(name)) {
            command.env_remove(name);
        }
        for name in DIRECTORIES {
            if let Some(path) = env::var_os(name).and_then(|value| path::absolute(value).ok()) {
                command.env(name, path);
            }
        }
        if let Some(rustc) = &self.rustc {
            command.env("RUSTC", rustc);
        }
        command.env("CARGO_TERM_COLOR", "never");
        command
    }

    /// What is installed.
    pub(super) async fn machine(&self) -> Result<Machine, PackageError> {
        let (version, sysroot) =
            tokio::try_join!(self.rustc("-vV"), self.rustc("--print=sysroot"))?;
        let line = |key| version.lines().find_map(|line| line.strip_prefix(key));
        let commit = line("commit-hash: ").filter(|commit| *commit != "unknown");
        Ok(Machine::look(line("host: ").unwrap_or_default(), sysroot.trim_end(), commit))
    }

    /// What rustc prints when asked one thing.
    pub(super) async fn rustc(&self, question: &str) -> Result<String, PackageError> {
        let rustc = self.rustc.as_deref().unwrap_or(Path::new("rustc"));
        let output = self.command(rustc).arg(question).output().await;
        let output = output.map_err(|source| not_started(rustc, source))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(PackageError::Toolchain {
            program: rustc.to_owned(),
            output: String::from_utf8_lossy(&output.stderr).trim_end().to_owned(),
        })
    }

    /// The error for a cargo that could not be started.
    pub(super) fn cargo_not_started(&self, source: io::Error) -> PackageError {
        not_started(&self.cargo, source)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = crate::system::child::command(program);
        command.current_dir(&self.directory).stdin(Stdio::null()).kill_on_drop(true);
        command
    }
}

impl Machine {
    fn look(host: &str, sysroot: &str, commit: Option<&str>) -> Self {
        let rustlib = Path::new(sysroot).join("lib/rustlib");
        let architectures =
            [Architecture::Arm64, Architecture::X86_64].map(Architecture::rust_name);
        let triples = architectures
            .iter()
            .flat_map(|name| ["musl", "gnu"].map(|libc| format!("{name}-unknown-linux-{libc}")));
        let compilers = architectures.map(|name| format!("{name}-linux-gnu-gcc"));
        let lld = format!("{host}/bin/rust-lld{}", env::consts::EXE_SUFFIX);
        Self {
            host: host.to_owned(),
            sysroot: sysroot.into(),
            commit: commit.map(str::to_owned),
            installed: triples
                .filter(|triple| has_std(&rustlib.join(triple).join("lib")))
                .collect(),
            rust_lld: rustlib.join(lld).is_file(),
            zigbuild: on_path("cargo-zigbuild"),
            cross_compilers: compilers.into_iter().filter(|name| on_path(name)).collect(),
        }
    }
}

/// Where cargo keeps what it downloads.
pub(super) fn cargo_home() -> Option<PathBuf> {
    let set = env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
    let home = set.map(PathBuf::from).or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    path::absolute(home).ok()
}

/// Whether a variable is for the cargo that started us and would leak into the one that we start:
/// coverage flags of a test run, a profile of `cargo run`, another target, another shape of output.
fn changes_output(name: &OsStr) -> bool {
    let Some(name) = name.to_str() else { return false };
    let harmless = DIRECTORIES.contains(&name) || name == "CARGO_BUILD_JOBS";
    let exact = [
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_INCREMENTAL",
        "RUSTC_BOOTSTRAP",
        "RUSTC_WRAPPER",
        "RUSTC_WORKSPACE_WRAPPER",
    ];
    let families = ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TERM_", "CARGO_UNSTABLE_"];
    !harmless
        && (exact.contains(&name)
            || families.iter().any(|family| name.starts_with(family))
            || (name.starts_with("CARGO_TARGET_") && name.ends_with("_RUSTFLAGS")))
}

/// A name is looked up on the path; a path is taken from where we stand, not from the crate.
fn program(value: OsString) -> PathBuf {
    let path = PathBuf::from(value);
    if path.components().count() > 1 { path::absolute(&path).unwrap_or(path) } else { path }
}

fn not_started(program: &Path, source: io::Error) -> PackageError {
    PackageError::NotStarted { program: program.to_owned(), source }
}

fn has_std(directory: &Path) -> bool {
    let is_std = |name: &OsStr| {
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    };
    directory.read_dir().is_ok_and(|entries| entries.flatten().any(|e| is_std(&e.file_name())))
}

fn on_path(program: &str) -> bool {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(cargo_home().map(|home| home.join("bin")))
        .any(|directory| directory.join(&name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_the_bytes_is_not_inherited() {
        for name in [
            "RUSTFLAGS",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_BUILD_RUSTFLAGS",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS",
            "RUSTC_WORKSPACE_WRAPPER",
        ] {
            assert!(changes_output(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn what_says_where_things_are_is_inherited() {
        for name in [
            "CARGO_HOME",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_JOBS",
            "CARGO_NET_OFFLINE",
            "CARGO_SOURCE_CRATES_IO_REPLACE_WITH",
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER",
            "RUSTUP_TOOLCHAIN",
            "HTTPS_PROXY",
        ] {
            assert!(!changes_output(OsStr::new(name)), "{name}");
        }
    }

    fn toolchain(program: &str) -> Toolchain {
        Toolchain { cargo: program.into(), rustc: Some(program.into()), directory: ".".into() }
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(future)
    }

    #[test]
    fn a_missing_toolchain_says_how_to_get_one() {
        let error = block_on(toolchain("/nowhere/cargo").machine()).expect_err("missing");
        assert_eq!(error.to_string(), "`/nowhere/cargo` cannot be started");
        assert!(error.hint().is_some_and(|hint| hint.contains("install Rust")));
    }

    #[test]
    fn a_toolchain_that_fails_is_heard() {
        let error = block_on(toolchain("false").machine()).expect_err("fails");
        assert!(matches!(error, PackageError::Toolchain { .. }), "{error}");
    }

    #[test]
    fn this_machine_can_compile_for_itself() {
        let machine = block_on(Toolchain::from_env(Path::new(".")).machine()).expect("a toolchain");
        assert!(machine.installed.contains(&machine.host), "{machine:?}");
        assert!(machine.commit.is_none_or(|commit| commit.len() == 40));
    }
}
