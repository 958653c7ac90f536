//! `local exec`: an emulator of its own with the stack and its seeds, for one command, and nothing of it afterwards.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::binary::Run;
use crate::local::Local;
use crate::stack::STACK;

/// The stack with two users.
pub(crate) fn seeded() -> String {
    format!(
        "{STACK}
[[seed]]
username = \"ada\"
password = \"aA1!of-the-order-desk\"
groups = [\"staff\"]

[[seed]]
username = \"bob\"
"
    )
}

/// Starts a command under `local exec`, and waits until it has said `started`.
fn started(local: &Local, script: &str) -> Child {
    let mut command =
        local.command(env!("CARGO_BIN_EXE_pretoken"), &["local", "exec", "--", "sh", "-c", script]);
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("it starts");
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.as_mut().expect("a pipe"));
    stdout.read_line(&mut line).expect("a line");
    assert!(line.starts_with("started"), "{line:?}");
    child
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a pid")).expect("not 0");
    kill_process(pid, signal).expect("signalled");
}

/// No file of an emulator of a run's own is there; it may take a moment until they are gone.
#[track_caller]
pub(crate) fn nothing_is_left(local: &Local) {
    let own = local.state("own");
    let left = || std::fs::read_dir(&own).map_or(0, Iterator::count);
    let deadline = Instant::now() + Duration::from_mins(1);
    while left() > 0 {
        assert!(Instant::now() < deadline, "files are left in {}", own.display());
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_command_has_the_stack_its_users_and_its_own_exit_code() {
    let local = Local::of(&seeded());
    let script = "
        test -n \"$PRETOKEN_POOL_CUSTOMERS\" && test -n \"$PRETOKEN_CLIENT_CUSTOMERS_WEB\"
        test \"$PRETOKEN_SEED_1_USERNAME\" = ada && test -n \"$PRETOKEN_SEED_2_PASSWORD\"
        test \"$PRETOKEN_JWKS_URL_CUSTOMERS\" = \"$AWS_ENDPOINT_URL/$PRETOKEN_POOL_CUSTOMERS/.well-known/jwks.json\"
        test -z \"$AWS_PROFILE\"
        $PRETOKEN local token ada
        $PRETOKEN local token bob
        $PRETOKEN status -o json >/dev/null
        exit 7";
    let mut command = local
        .command(env!("CARGO_BIN_EXE_pretoken"), &["local", "exec", "--", "sh", "-ec", script]);
    let run = Run::new(command.env("AWS_PROFILE", "other").output().expect("it runs")).exits(7);
    let scopes: Vec<String> = run.stdout.lines().map(scope).collect();
    assert!(scopes[0].contains("orders/write") && scopes[0].contains("orders/read"), "{scopes:?}");
    assert!(scopes[1].contains("orders/read") && !scopes[1].contains("orders/write"), "{scopes:?}");
    assert!(run.stderr.contains("resources and 2 seeds in "), "{}", run.stderr);
    assert!(!run.stderr.contains("of-the-order-desk"), "{}", run.stderr);
    nothing_is_left(&local);
    assert!(!local.state("run").exists(), "the emulator that everybody shares is not touched");
}

/// The claim `scope` of an access token.
fn scope(token: &str) -> String {
    use base64::Engine as _;
    let claims = token.split('.').nth(1).expect("three parts");
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).expect("Base64");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
    claims["scope"].as_str().expect("scopes").to_owned()
}

#[test]
fn signals_are_the_commands() {
    let local = Local::new();
    let script = "trap 'echo heard; exit 3' TERM; echo started; while :; do sleep 0.1; done";
    let child = started(&local, script);
    signal(&child, Signal::TERM);
    let run = Run::of(child).exits(3);
    assert_eq!(run.stdout, "heard\n");
    let ended = local.run(&["local", "exec", "--", "sh", "-c", "kill -KILL $$"]);
    ended.exits(128 + 9);
    nothing_is_left(&local);
}

#[test]
fn nothing_outlives_a_run_that_is_killed() {
    let local = Local::new();
    let mut child = started(&local, "echo started; exec sleep 1000");
    signal(&child, Signal::KILL);
    child.wait().expect("it ended");
    // The command held the other end of this pipe.
    std::io::copy(child.stdout.as_mut().expect("a pipe"), &mut std::io::sink()).expect("its end");
    nothing_is_left(&local);
}

#[test]
fn runs_beside_each_other_do_not_meet() {
    let local = Local::new();
    let mut runs: Vec<Child> =
        (0..2).map(|_| started(&local, "echo started; env | sort")).collect();
    let urls: Vec<String> = runs
        .drain(..)
        .map(|run| {
            let run = Run::of(run).exits(0);
            let url = run.stdout.lines().find(|line| line.starts_with("AWS_ENDPOINT_URL="));
            url.expect("an address").to_owned()
        })
        .collect();
    assert_ne!(urls[0], urls[1]);
    nothing_is_left(&local);
}

#[test]
fn what_cannot_be_run_has_the_code_that_shells_have() {
    let local = Local::new();
    local.run(&["local", "exec", "--", "no-such-command"]).exits(127);
    local.run(&["local", "exec", "--", "./deploy.toml"]).exits(126);
    local.run(&["local", "exec"]).exits(4);
    local
        .0
        .write(&STACK.replace("add_scopes = [\"orders/write\"]", "add_scopes = [\"orders/none\"]"));
    local.run(&["local", "exec", "--", "true"]).exits(4);
    assert!(!local.state("own").exists(), "nothing was started");
    local.0.write(STACK);
    let mut command =
        local.command(env!("CARGO_BIN_EXE_pretoken"), &["local", "exec", "--", "/bin/true"]);
    let without = command.env("PATH", "/nowhere").env("XDG_CACHE_HOME", local.0.path("empty"));
    let run = Run::new(without.output().expect("it runs")).exits(1);
    assert!(run.stderr.contains("no Python was found"), "{}", run.stderr);
}
