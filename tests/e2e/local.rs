//! The emulator that `up --local` leaves running: its owner's alone, and the owner's other clients find it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::binary::Run;
use crate::stack::{STACK, Stack};

pub(crate) const COGNITO: &str = "x-amz-target: AWSCognitoIdentityProviderService";
pub(crate) const PREFLIGHT: &str = "access-control-request-method: POST\r\naccess-control-request-headers: content-type,x-amz-target";
const SIGNED_BY_TEST: &str = "x-amz-date: 20300101T000000Z\r\nauthorization: AWS4-HMAC-SHA256 Credential=test/20300101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host, Signature=00";

/// A project whose `--local` has a state directory of its own, and the installation that all tests share.
pub(crate) struct Local(pub(crate) Stack);

impl Local {
    pub(crate) fn new() -> Self {
        Self::of(STACK)
    }

    /// One with this `deploy.toml`.
    pub(crate) fn of(deploy: &str) -> Self {
        let stack = Stack::of(deploy);
        let cache = stack.path("cache");
        std::fs::create_dir(&cache).expect("made");
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-cache");
        std::fs::create_dir_all(&shared).expect("made");
        symlink(shared, cache.join("pretoken")).expect("linked");
        Self(stack)
    }

    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.0.path("")).env_clear();
        for name in ["PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command.env("XDG_STATE_HOME", self.0.path("state"));
        command.env("XDG_CACHE_HOME", self.0.path("cache"));
        command.env("PRETOKEN", env!("CARGO_BIN_EXE_pretoken"));
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.command(env!("CARGO_BIN_EXE_pretoken"), arguments);
        Run::new(command.output().expect("the binary runs"))
    }

    pub(crate) fn shell(&self, script: &str) -> Run {
        Run::new(self.command("sh", &["-ec", script]).output().expect("a shell"))
    }

    pub(crate) fn state(&self, below: &str) -> PathBuf {
        self.0.path("state/pretoken/local").join(below)
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.run(&["local", "stop"]);
    }
}

/// What a request with these headers is answered.
pub(crate) fn ask(port: u16, line: &str, headers: &[&str]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("it listens");
    let headers = headers.join("\r\n");
    write!(stream, "{line} HTTP/1.0\r\n{headers}\r\ncontent-length: 2\r\n\r\n{{}}").expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").permissions().mode() & 0o7777
}

#[test]
fn the_emulator_serves_its_owner_and_nobody_else() {
    let local = Local::new();
    let none = local.run(&["local", "env"]).exits(1);
    assert_eq!(
        none.stderr,
        "error[no-emulator]: no emulator runs\nhint: `pretoken up --local` starts it\n"
    );
    local.run(&["up", "--local", "--yes"]).exits(0);

    for (below, expected) in [("", 0o700), ("run", 0o700), ("run/emulator.json", 0o600)] {
        assert_eq!(mode(&local.state(below)), expected, "{below}");
    }
    let url = local.run(&["local", "url"]).exits(0).stdout;
    let port: u16 = url.trim().rsplit(':').next().and_then(|port| port.parse().ok()).expect("one");
    refuses_others(port);

    let env = local.run(&["local", "env", "--format", "json"]).exits(0).json();
    assert_eq!(env["AWS_ENDPOINT_URL"], url.trim());
    let secret = env["AWS_SECRET_ACCESS_KEY"].as_str().expect("a secret");
    let status = local.run(&["local", "status", "-o", "json"]).exits(0).stdout;
    assert!(!status.contains(secret), "{status}");
    others_of_the_owner_get_in(&local, &env);

    let plan = local.run(&["plan", "--local"]).exits(0);
    assert!(plan.stdout.starts_with("Nothing to do"), "{}", plan.stdout);
    the_live_rules_can_be_read(&local);
    local.run(&["local", "reset"]).exits(0);
}

/// A change says whose tokens it concerns, as on AWS: the package of the live version is the owner's, too.
fn the_live_rules_can_be_read(local: &Local) {
    local.0.write(
        &STACK
            .replace("add_scopes = [\"orders/write\"]\n", "")
            .replace("scopes = [\"orders/read\", \"orders/write\"]", "scopes = [\"orders/read\"]"),
    );
    let plan = local.run(&["plan", "--local"]).exits(0).stdout;
    assert!(plan.contains("LOSE orders/write"), "{plan}");
    assert!(!plan.contains("is not known"), "{plan}");
}

fn refuses_others(port: u16) {
    let host = format!("host: 127.0.0.1:{port}");
    let list = format!("{COGNITO}.ListUserPools");
    let sign_in = format!("{COGNITO}.InitiateAuth");
    for (line, headers, code) in [
        ("POST /", &[&host, &*list][..], "MissingAuthenticationToken"),
        ("POST /", &[&host, &*list, SIGNED_BY_TEST], "UnrecognizedClient"),
        ("POST /?Action=CreateUser", &[&host, &*sign_in], "AccessDenied"),
        ("POST /", &[&host, &*sign_in, "origin: http://example.com"], "AccessDenied"),
        ("POST /", &[&host, &*sign_in, "origin: null"], "AccessDenied"),
        ("POST /", &["host: example.com", &*sign_in], "AccessDenied"),
        ("GET /_ministack/health", &["host: example.com"], "AccessDenied"),
        ("POST /_ministack/reset", &[&host], "MissingAuthenticationToken"),
        ("POST /_ministack/config", &[&host], "MissingAuthenticationToken"),
        ("GET /2015-03-31/functions", &[&host], "MissingAuthenticationToken"),
        ("OPTIONS /", &[&host], "MissingAuthenticationToken"),
        ("OPTIONS /", &[&host, "origin: http://example.com", PREFLIGHT], "AccessDenied"),
    ] {
        let answer = ask(port, line, headers);
        assert!(answer.contains(" 403 ") && answer.contains(code), "{line} {headers:?}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    }
    // What clients cannot sign goes through.
    let answer = ask(port, "POST /", &[&host, &sign_in]);
    assert!(answer.contains(" 400 "), "{answer}");
    let answer = ask(port, "GET /_ministack/health", &[&format!("host: localhost:{port}")]);
    assert!(answer.contains(" 200 "), "{answer}");
}

fn others_of_the_owner_get_in(local: &Local, env: &Value) {
    let sourced = local.shell(
        "AWS_SESSION_TOKEN=stale; export AWS_SESSION_TOKEN; eval \"$($PRETOKEN local env)\"; $PRETOKEN status -o json",
    );
    let status = sourced.exits(0).json();
    assert_eq!(status["outputs"]["version"], "1", "{status}");
    let dotenv = local.run(&["local", "env", "--format", "dotenv"]).exits(0).stdout;
    for (name, value) in env.as_object().expect("variables") {
        let line = format!("{name}={}", value.as_str().expect("a string"));
        assert!(dotenv.lines().any(|found| found == line), "{line} is not in\n{dotenv}");
    }
    let stranger = local.shell(
        "eval \"$($PRETOKEN local env)\"; AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test $PRETOKEN status",
    );
    assert_ne!(stranger.code, 0);
}

#[test]
fn a_state_directory_that_others_can_write_to_is_refused() {
    let local = Local::new();
    std::fs::create_dir_all(local.state("run")).expect("made");
    let open = std::fs::Permissions::from_mode(0o777);
    std::fs::set_permissions(local.state("run"), open).expect("its mode");
    let status = local.run(&["local", "status"]).exits(1);
    assert!(status.stderr.contains("can be written to by other users"), "{}", status.stderr);
    assert!(status.stderr.contains("hint: look at what is in it, then `chmod go-w"));
}
