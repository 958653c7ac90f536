//! Killed runs, lost answers, throttling: the next run goes on, and nothing exists twice.

use crate::stack::Stack;
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
    let pid = rustix::process::Pid::from_child(&run);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
    answers.release();
    let output = run.wait_with_output().expect("gone");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(143), "{stderr}");
    assert!(stderr.contains("run the same command again"), "{stderr}");
    stack.up();
    assert_eq!(stack.plan(), Vec::<String>::new());
    nothing_exists_twice(&stack);
}
