//! Killed runs, lost answers, throttling: the next run goes on, and nothing exists twice.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::adopt::unmanaged_pool;
use crate::binary::{Run, WITH_SIGNALS};
use crate::stack::{STACK, Stack};
use crate::strict::{Moment, Pick};

fn nothing_exists_twice(stack: &Stack) {
    let sdk = stack.sdk();
    let pools = sdk.call(sdk.cognito.list_user_pools().max_results(60).send());
    assert_eq!(pools.user_pools().len(), 1);
    let pool = pools.user_pools()[0].id().expect("an id");
    let clients = sdk.call(sdk.cognito.list_user_pool_clients().user_pool_id(pool).send());
    assert_eq!(clients.user_pool_clients().len(), 1);
}

#[test]
fn a_killed_run_is_continued() {
    for after in [1, 4, 7, 10] {
        let stack = Stack::new();
        let answers = stack.aws.hold(Pick::Mutating(after), Moment::After);
        let mut run = stack.start(&["up", "--yes", "--no-verify"]);
        answers.wait_for(1);
        run.kill().expect("killed");
        run.wait().expect("gone");
        answers.release();
        stack.up();
        assert_eq!(stack.plan(), Vec::<String>::new(), "killed after {after} calls");
        nothing_exists_twice(&stack);
    }
}

#[test]
fn a_lost_answer_is_looked_up_and_not_sent_again() {
    for operation in [
        "cognito-idp:CreateUserPool",
        "cognito-idp:CreateUserPoolClient",
        "lambda:CreateFunction",
        "iam:CreateRole",
    ] {
        let stack = Stack::new();
        stack.aws.fail(Pick::Operation(operation), Moment::After, 1);
        let first = stack.run(&["up", "--yes", "--no-verify", "-o", "json"]);
        assert!(matches!(first.code, 0 | 3), "{operation}: {first:?}");
        stack.up();
        nothing_exists_twice(&stack);
        assert_eq!(stack.plan(), Vec::<String>::new(), "{operation}");
    }
}

#[test]
fn throttling_is_waited_out() {
    let stack = Stack::new();
    stack.aws.throttle(Pick::Operation("lambda:PublishVersion"), 2);
    stack.aws.throttle(Pick::Operation("cognito-idp:DescribeUserPool"), 2);
    stack.up();
    assert_eq!(stack.plan(), Vec::<String>::new());
}

#[test]
fn a_signal_ends_the_run_in_good_order() {
    let stack = Stack::new();
    let answers = stack.aws.hold(Pick::Mutating(1), Moment::After);
    let run = stack.start(&["up", "--yes", "--no-verify"]);
    answers.wait_for(1);
    send(&run, Signal::TERM);
    answers.release();
    let output = run.wait_with_output().expect("gone");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(143), "{stderr}");
    assert!(stderr.contains("run the same command again"), "{stderr}");
    stack.up();
    assert_eq!(stack.plan(), Vec::<String>::new());
    nothing_exists_twice(&stack);
}

/// Whoever is killed in the middle of a sign-in leaves somebody in an adopted pool.
#[test]
fn a_user_of_a_killed_proof_is_known_at_once() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    stack.up();
    let sign_ins = stack.aws.hold(Pick::Operation("cognito-idp:InitiateAuth"), Moment::Before);
    let mut run = stack.start(&["verify"]);
    sign_ins.wait_for(1);
    send(&run, Signal::KILL);
    run.wait().expect("gone");
    sign_ins.release();

    let users = || {
        let listed = sdk.call(sdk.cognito.list_users().user_pool_id(&pool).send());
        let names = listed.users().iter().filter_map(|user| user.username());
        names.map(ToOwned::to_owned).collect::<Vec<_>>()
    };
    let left = users();
    assert!(!left.is_empty(), "the proof was under way");
    let status = stack.run(&["status", "-o", "json"]).exits(0).json();
    let known = status["left_users"].as_array().expect("a list");
    assert_eq!(known.len(), left.len(), "{status}");
    assert_eq!(
        (&known[0]["pool_id"], &known[0]["may_be_in_use"]),
        (&pool.as_str().into(), &true.into())
    );
    let shown = known[0]["username"].as_str().expect("a name");
    for command in [&["status"][..], &["plan"], &["verify"]] {
        let run = stack.run(command).exits(0);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(said.contains(shown) && said.contains(&pool), "{command:?}: {said}");
    }
    assert_eq!(users(), left, "another proof may be using it");
    let destroyed = stack.run(&["destroy", "--yes", "-o", "json"]).exits(0).json();
    let changes = destroyed["changes"].as_array().expect("a list");
    let gone = changes.iter().filter(|change| change["resource"] == "user");
    assert_eq!(gone.count(), left.len(), "{destroyed}");
    assert_eq!(users(), Vec::<String>::new());
}

fn send(run: &Child, signal: Signal) {
    kill_process(Pid::from_child(run), signal).expect("sent");
}

#[test]
fn a_second_signal_ends_the_run_whatever_it_waits_for() {
    let stack = Stack::new();
    let answers = stack.aws.hold(Pick::Mutating(1), Moment::After);
    let run = stack.start(&["up", "--yes", "--no-verify"]);
    answers.wait_for(1);
    send(&run, Signal::INT);
    send(&run, Signal::TERM);
    // The gate is shut all the while: the run does not wait for the answer.
    let run = Run::of(run);
    assert!(matches!(run.code, 130 | 143), "{run:?}");
    answers.release();
    stack.up();
    nothing_exists_twice(&stack);
}

#[test]
fn a_run_whose_time_is_over_stops_in_good_order() {
    let stack = Stack::new();
    let answers = stack.aws.hold(Pick::Operation("sts:GetCallerIdentity"), Moment::Before);
    let run = stack.run(&["up", "--yes", "--no-verify", "--timeout", "3s", "-o", "json"]).exits(8);
    assert_eq!(run.json()["code"], 8);
    assert!(run.stderr.contains("--timeout"), "{run:?}");
    assert!(!stack.aws.calls().iter().any(|call| call.mutating), "nothing was written");
    answers.release();

    let answers = stack.aws.hold(Pick::Operation("DescribeUserPool"), Moment::Before);
    stack.run(&["up", "--yes", "--no-verify", "--timeout", "10s"]).exits(8);
    answers.release();
    stack.up();
    assert_eq!(stack.plan(), Vec::<String>::new());
    nothing_exists_twice(&stack);
}

/// On a terminal, which `script` makes; the process writes its id into the file `pid`.
fn on_a_terminal(stack: &Stack, arguments: &str) -> Child {
    let (mut binary, script) = (stack.command(&[]), stack.path("run.sh"));
    let text = format!("echo $$ > pid; exec {} {arguments}", WITH_SIGNALS.join(" "));
    std::fs::write(&script, text).expect("written");
    let mut command = Command::new("script");
    command.args(["-qec", "sh run.sh", "/dev/null"]).current_dir(stack.path("."));
    command.env_remove("CI").stdin(Stdio::piped()).stdout(Stdio::piped());
    for (name, value) in binary.env("SHELL", "/bin/sh").get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.spawn().expect("script, of util-linux, runs")
}

#[test]
fn a_signal_at_the_question_is_an_answer() {
    for (signal, code) in
        [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 143), (Signal::QUIT, 143)]
    {
        let stack = Stack::new();
        let mut run = on_a_terminal(&stack, "up --no-verify");
        let mut said = vec![];
        let mut output = run.stdout.take().expect("piped");
        let mut bytes = [0; 1024];
        while !String::from_utf8_lossy(&said).contains("[y/N]") {
            let length = output.read(&mut bytes).expect("read");
            assert_ne!(length, 0, "{}", String::from_utf8_lossy(&said));
            said.extend(&bytes[..length]);
        }
        let pid = std::fs::read_to_string(stack.path("pid")).expect("a process id");
        let pid = Pid::from_raw(pid.trim().parse().expect("a number")).expect("a process");
        kill_process(pid, signal).expect("sent");
        let rest = std::io::read_to_string(output).expect("read");
        assert_eq!(run.wait().expect("gone").code(), Some(code), "{rest}");
        assert!(!stack.aws.calls().iter().any(|call| call.mutating), "nothing was written: {rest}");
    }
}
