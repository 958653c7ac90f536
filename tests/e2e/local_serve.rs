//! `local serve`: the stack in the foreground, which follows edits; and seeds, wherever they are.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::binary::{Run, WITH_SIGNALS};
use crate::local::{COGNITO, Local, PREFLIGHT, ask};
use crate::local_exec::{nothing_is_left, seeded};
use crate::stack::{STACK, Stack};

/// A `local serve`, with what it says in files.
struct Served<'l> {
    local: &'l Local,
    child: Child,
}

impl<'l> Served<'l> {
    fn start(local: &'l Local) -> Self {
        let file = |name| fs::File::create(local.0.path(name)).expect("a file");
        let [program, program_arguments @ ..] = WITH_SIGNALS;
        let arguments =
            ["local", "serve", "--ready-file", "ready", "--allow-origin", "http://localhost:5173"];
        let arguments = [program_arguments.as_slice(), arguments.as_slice()].concat();
        let mut command = local.command(program, &arguments);
        let command = command.stdin(Stdio::null()).stdout(file("stdout")).stderr(file("stderr"));
        let served = Self { local, child: command.spawn().expect("it starts") };
        served.until(|| local.0.path("ready").exists());
        served
    }

    fn said(&self) -> String {
        fs::read_to_string(self.local.0.path("stderr")).expect("what it said")
    }

    #[track_caller]
    fn until(&self, done: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_mins(2);
        while !done() {
            assert!(Instant::now() < deadline, "{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A variable of the ready file.
    fn variable(&self, name: &str) -> String {
        let ready = fs::read_to_string(self.local.0.path("ready")).expect("the ready file");
        let line = ready.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("no {name} in {ready}")).to_owned()
    }

    fn end(mut self) -> i32 {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid")).expect("not 0");
        kill_process(pid, Signal::INT).expect("signalled");
        self.child.wait().expect("it ends").code().expect("a code")
    }
}

impl Drop for Served<'_> {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn edits_are_followed_and_mistakes_are_shown() {
    let local = Local::of(&seeded());
    let served = Served::start(&local);
    let url = served.variable("AWS_ENDPOINT_URL");
    assert_eq!(served.variable("PRETOKEN_SEED_1_USERNAME"), "ada");
    pages_of_one_origin_get_in(
        url.rsplit(':').next().and_then(|it| it.parse().ok()).expect("a port"),
    );
    local.shell("set -a; . ./ready; $PRETOKEN local token ada").exits(0);
    served.until(|| served.said().contains("a token: everyone reads, staff write"));

    let less = seeded().replace("add_scopes = [\"orders/write\"]\n", "");
    let less =
        less.replace("scopes = [\"orders/read\", \"orders/write\"]", "scopes = [\"orders/read\"]");
    local.0.write(&less);
    served.until(|| served.said().contains("LOSE orders/write"));
    served.until(|| served.said().contains("changes deployed in"));

    local.0.write("nmae = \"orders\"");
    served.until(|| {
        served.said().contains("The edit is not deployed: what was there before goes on.")
    });
    assert!(served.said().contains("did you mean `name`?") || served.said().contains("nmae"));
    let busy = local.run(&["local", "serve", "--port", url.rsplit(':').next().expect("a port")]);
    assert_eq!(busy.code, 4, "the file is still wrong: {}", busy.stderr);
    local.0.write(&seeded());
    served.until(|| served.said().matches("changes deployed in").count() > 1);
    let busy = local.run(&["local", "serve", "--port", url.rsplit(':').next().expect("a port")]);
    assert!(busy.exits(1).stderr.contains("is in use"));

    assert_eq!(served.end(), 130);
    assert!(!local.0.path("ready").exists(), "the ready file goes with it");
    nothing_is_left(&local);
}

fn pages_of_one_origin_get_in(port: u16) {
    let host = format!("host: 127.0.0.1:{port}");
    let sign_in = format!("{COGNITO}.InitiateAuth");
    let list = format!("{COGNITO}.ListUserPools");
    let ours = "origin: http://localhost:5173";
    let preflight = ask(port, "OPTIONS /", &[&host, ours, PREFLIGHT]);
    assert!(preflight.contains(" 204 "), "{preflight}");
    let preflight = preflight.to_lowercase();
    assert!(
        preflight.contains("access-control-allow-origin: http://localhost:5173"),
        "{preflight}"
    );
    assert!(
        preflight.contains("access-control-allow-headers: content-type,x-amz-target"),
        "{preflight}"
    );
    let answer = ask(port, "POST /", &[&host, &sign_in, ours]);
    assert!(answer.contains(" 400 ") && answer.contains("http://localhost:5173"), "{answer}");
    let answer = ask(port, "POST /", &[&host, &list, ours]);
    assert!(answer.contains(" 403 ") && answer.contains("MissingAuthenticationToken"), "{answer}");
    for origin in ["origin: http://example.com", "origin: null"] {
        let answer = ask(port, "POST /", &[&host, &sign_in, origin]);
        assert!(answer.contains(" 403 "), "{answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
    }
}

/// Made, repaired when the file says otherwise, and removed when it has them no more.
#[test]
fn seeds_are_as_the_file_says() {
    let local = Local::of(&seeded());
    let up = local.run(&["up", "--local", "--no-verify"]).exits(0);
    assert!(
        up.stderr.contains("Seeds: ada, bob; `pretoken local env` has their passwords."),
        "{}",
        up.stderr
    );
    assert!(!up.stderr.contains("of-the-order-desk") && !up.stdout.contains("of-the-order-desk"));
    let env = || local.run(&["local", "env", "--format", "json"]).exits(0).json();
    let first = env();
    assert_eq!(first["PRETOKEN_SEED_1_PASSWORD"], "aA1!of-the-order-desk");
    assert!(first["PRETOKEN_SEED_2_PASSWORD"].as_str().is_some_and(|made| made.len() > 11));
    let again = "eval \"$($PRETOKEN local env)\"; $PRETOKEN local env --format json";
    assert_eq!(local.shell(again).exits(0).json(), first, "shown although they are secrets");
    let token = local.run(&["local", "token", "ada"]).exits(0).stdout;
    assert_eq!(token.trim().split('.').count(), 3);

    let edited = seeded()
        .replace("of-the-order-desk", "of-nobody")
        .replace("username = \"bob\"\n", "username = \"bob\"\ngroups = [\"staff\"]\ntotp = true\n");
    let edited = edited.replace(
        "deletion_protection = false",
        "deletion_protection = false\nmfa_configuration = \"OPTIONAL\"\nmfa.software_token_mfa_configuration.enabled = true",
    );
    local.0.write(&edited);
    local.run(&["up", "--local", "--no-verify"]).exits(0);
    let second = env();
    assert_eq!(second["PRETOKEN_SEED_1_PASSWORD"], "aA1!of-nobody");
    assert_eq!(second["PRETOKEN_SEED_2_PASSWORD"], first["PRETOKEN_SEED_2_PASSWORD"], "once made");
    assert!(second["PRETOKEN_SEED_2_TOTP"].as_str().is_some_and(|secret| secret.len() >= 16));
    assert!(second["PRETOKEN_SEED_2_TOTP"].as_str().is_some_and(|secret| secret.len() >= 16));
    local.run(&["local", "token", "ada"]).exits(0);

    local.0.write(STACK);
    local.run(&["up", "--local", "--no-verify"]).exits(0);
    let gone = local.shell("echo aA1!of-nobody | $PRETOKEN local token ada --password-stdin");
    assert_ne!(gone.code, 0, "{}", gone.stdout);
}

/// Passwords that are in a file are for what does not last.
#[test]
fn seeds_are_refused_where_they_would_stay() {
    let stack = Stack::of(&format!(
        "{}\n[env.\"pr-*\"]\n",
        seeded()
            .replace("username = \"bob\"", "username = \"bob\"\npassword = \"aA1!bob-bob-bob\"")
    ));
    let run = stack.run(&["up", "--yes", "--no-verify"]).exits(6);
    assert!(
        run.stderr.contains("deploy.toml has seeds, and this environment does not expire"),
        "{}",
        run.stderr
    );
    stack.run(&["plan", "-e", "pr-1"]).exits(6);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    for _ in 0..2 {
        stack.run(&["up", "--yes", "--no-verify", "-e", "pr-1", "--ttl", "1h"]).exits(0);
    }
    let mut token = stack.command(&["token", "-e", "pr-1", "--username", "bob"]);
    let token = token.env("PRETOKEN_PASSWORD", "aA1!bob-bob-bob").output().expect("it runs");
    Run::new(token).exits(0);
    stack.run(&["destroy", "--yes", "-e", "pr-1"]);
}
