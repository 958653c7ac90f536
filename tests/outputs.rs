//! What leaves the process: no secret, nothing lost without a word, and an end whenever one is asked for.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "outputs are read as bytes here")]
mod binary;

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use binary::{Project, isolated, pretoken};

const CANARY: &str = "q7Zx-C4n4Ry_91kd";
const STACK: &str = r#"name = "orders"
region = "eu-west-1"

[trigger.environment]
API_KEY = "q7Zx-C4n4Ry_91kd"

[pools.customers.clients.web]
[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }

[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]
"#;

/// The binary in this project, with a canary in everything that it may not tell.
fn command<S: AsRef<OsStr>>(project: &Project, arguments: &[S]) -> Command {
    let mut command = pretoken(project.path("."));
    command.args(arguments).stdin(Stdio::null());
    isolated(&mut command, &project.path("."));
    command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", CANARY);
    command.env("AWS_SESSION_TOKEN", format!("token-{CANARY}"));
    command.env("PRETOKEN_PASSWORD", format!("pass-{CANARY}"));
    command
}

fn all(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

#[test]
fn no_command_shows_a_secret() {
    let broken = STACK.replace("[trigger.environment]", "[trigger.enviroment]");
    let unkept =
        format!("{STACK}[[expect]]\nname = \"w\"\nclient = \"web\"\nscopes = [\"orders/write\"]\n");
    let nowhere = ["--endpoint-url", "http://127.0.0.1:9"];
    for deploy in [STACK, &broken, &unkept] {
        let project = Project::of(deploy);
        project.write("event.json", &format!("{{\"{CANARY}\": "));
        for arguments in [
            &["check"][..],
            &["check", "--explain"],
            &["simulate", "--client", "web"],
            &["simulate", "--expect"],
            &["simulate", "--event", "event.json"],
            &["permissions", "deploy", "--account", "123456789012"],
            &["plan"],
            &["status"],
            &["build"],
            &["export", "terraform"],
            &["export", "cloudformation", "--s3-bucket", "b", "--s3-key", CANARY],
            &["token", "--username", CANARY],
            &["up", "--yes", CANARY],
            &["destroy", "--bogus", CANARY],
        ] {
            for more in [&[][..], &["-o", "json"], &["-vv"]] {
                let arguments = [arguments, &nowhere, more, &["--json-into", "out.json"]].concat();
                let mut command = command(&project, &arguments);
                command.env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", project.path("output"));
                command.env("GITHUB_STEP_SUMMARY", project.path("summary.md"));
                let output = command.output().expect("the binary runs");
                let read = |name| std::fs::read_to_string(project.path(name)).unwrap_or_default();
                let all = all(&output) + &read("out.json") + &read("output") + &read("summary.md");
                assert!(!all.contains(CANARY), "{arguments:?}:\n{all}");
                assert!(!all.contains("add-mask"), "{arguments:?}:\n{all}");
                assert!(!all.contains("made a mistake"), "{arguments:?}:\n{all}");
            }
        }
    }
}

#[test]
fn a_full_disk_is_an_error_and_a_closed_pipe_is_none() {
    let project = Project::of(STACK);
    let full = || File::options().write(true).open("/dev/full").expect("/dev/full");
    let permissions = ["permissions", "deploy", "--account", "123456789012"];
    for arguments in
        [&permissions[..], &["check"], &["schema"], &["man"], &["--help"], &["check", "-o", "json"]]
    {
        let output = command(&project, arguments).stdout(full()).output().expect("the binary runs");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        assert!(all(&output).contains("cannot write to stdout"), "{arguments:?}: {output:?}");
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let output = command(&project, arguments).stdout(writer).output().expect("the binary runs");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
    }
    for flag in ["--json-into", "--dotenv"] {
        let output = command(&project, &["check", flag, "/dev/full"]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(all(&output).contains("cannot write `/dev/full`"), "{output:?}");
    }
}

#[test]
fn arguments_that_are_no_text() {
    let project = Project::of(STACK);
    let odd = OsStr::from_bytes(b"\xff\xfe");
    for arguments in [
        &[odd][..],
        &[OsStr::new("check"), odd],
        &[OsStr::new("init"), OsStr::new("-f"), odd],
        &[OsStr::new("check"), OsStr::new("--bogus"), odd, OsStr::new("-ojson")],
        &[OsStr::new("check"), OsStr::new("-f"), odd, OsStr::new("-ojson")],
        &[OsStr::new("check"), OsStr::new("--json-into"), odd, OsStr::new("--bogus")],
    ] {
        let output = command(&project, arguments).output().expect("the binary runs");
        assert!(matches!(output.status.code(), Some(0..=6)), "{arguments:?}: {output:?}");
        assert!(!all(&output).contains("panicked"), "{arguments:?}: {output:?}");
        assert!(!all(&output).contains("made a mistake"), "{arguments:?}: {output:?}");
    }
}

#[test]
fn names_that_nobody_sees_are_refused() {
    for letter in ["\\n::stop-commands::x", "\\u200b", "\\u202e", "\\u0007", "\\uFEFF"] {
        for (old, new) in [("everyone reads", "everyone READ"), ("Read orders", "Read READ")] {
            let project = Project::of(&STACK.replace(old, &new.replace("READ", letter)));
            let output = command(&project, &["check"]).output().expect("the binary runs");
            let all = all(&output);
            assert_eq!(output.status.code(), Some(4), "{letter}: {all}");
            assert!(all.contains("nobody sees"), "{letter}: {all}");
            assert!(!all.lines().any(|line| line.starts_with("::")), "{letter}: {all}");
        }
    }
}

fn signal(child: &Child, name: &str) {
    let pid = child.id().to_string();
    let sent = Command::new("kill").args([&format!("-{name}"), &pid]).status().expect("kill");
    assert!(sent.success());
}

/// The end of a process, which must come soon.
#[track_caller]
fn end(mut child: Child) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child") {
            return status;
        }
        if start.elapsed() > Duration::from_secs(10) {
            child.kill().expect("killed");
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until the process handles its signals.
fn hears(child: &Child) {
    let status = format!("/proc/{}/status", child.id());
    for _ in 0..500 {
        let mut text = String::new();
        let read =
            File::open(Path::new(&status)).and_then(|mut file| file.read_to_string(&mut text));
        let caught = text.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok());
        if read.is_ok() && caught.is_some_and(|bits| bits & 0x4007 == 0x4007) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it does not listen");
}

#[test]
fn a_signal_ends_the_wait_for_standard_input() {
    let project = Project::of(STACK);
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 143), ("QUIT", 143)] {
        let mut command = command(&project, &["simulate", "--event", "-"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary runs");
        let silent = child.stdin.take();
        hears(&child);
        signal(&child, name);
        assert_eq!(end(child).code(), Some(code), "{name}");
        drop(silent);
    }
}
