//! The binary as a user runs it, on a project of its own, and how the run ended.

pub mod schema;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// The way to the binary: whoever runs the tests may ignore signals (`nohup`, a job in the background), here they mean what
/// they mean.
pub const WITH_SIGNALS: [&str; 3] =
    ["/usr/bin/env", "--default-signal=HUP,INT,QUIT,TERM", env!("CARGO_BIN_EXE_pretoken")];

/// The binary, to be run in this directory. Nobody answers its questions.
pub fn pretoken(directory: impl AsRef<Path>) -> Command {
    let mut command = Command::new(WITH_SIGNALS[0]);
    command.args(&WITH_SIGNALS[1..]).current_dir(directory).stdin(Stdio::null());
    command
}

/// The same, knowing nothing of the machine and of its AWS settings.
pub fn offline(directory: impl AsRef<Path>) -> Command {
    let mut command = pretoken(&directory);
    isolated(&mut command, directory.as_ref());
    command
}

/// Takes everything of the machine from a command but its PATH.
pub fn isolated(command: &mut Command, home: &Path) {
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", home).env("AWS_EC2_METADATA_DISABLED", "true");
}

/// A directory with a `deploy.toml`.
pub struct Project(tempfile::TempDir);

impl Project {
    pub fn of(deploy: &str) -> Self {
        let project = Self::empty();
        project.write("deploy.toml", deploy);
        project
    }

    pub fn empty() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    /// One that is in the same place in every run: cargo builds all anew for a project that stands elsewhere.
    pub fn in_the_same_place(name: &str) -> Self {
        let checkout = env!("CARGO_MANIFEST_DIR").replace(['/', '\\'], "-");
        let name = format!("pretoken{checkout}-{name}");
        // Of a run that was killed.
        drop(std::fs::remove_dir_all(std::env::temp_dir().join(&name)));
        let directory = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempdir();
        Self(directory.expect("a temporary directory"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("written");
    }

    pub fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        let mut command = offline(self.0.path());
        command.args(arguments).envs(variables.iter().copied());
        Run::new(command.output().expect("the binary runs"))
    }
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    pub fn new(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let code = output.status.code().expect("an exit code");
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// Of a run that was started: once it has ended.
    pub fn of(child: Child) -> Self {
        Self::new(child.wait_with_output().expect("the binary ends"))
    }

    /// The whole of it.
    #[track_caller]
    pub fn is(self, code: i32, stdout: &str, stderr: &str) {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (code, stdout, stderr));
    }

    /// The run, if it ended with this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        let Self { stdout, stderr, .. } = &self;
        assert_eq!(self.code, code, "\n--- stdout\n{stdout}\n--- stderr\n{stderr}");
        self
    }

    /// The one JSON document on stdout, which is as its schema says.
    #[track_caller]
    pub fn json(&self) -> Value {
        let document = serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no JSON document: {error}\n{self:?}"));
        schema::hold(&document);
        document
    }
}
