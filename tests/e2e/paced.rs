//! Stacks with many parts, on an AWS that enforces its rates of calls.

use std::fmt::Write as _;

use crate::stack::Stack;
use crate::strict::{Called, Options};

/// More pools than AWS describes in a second, and more clients and groups in one than it writes in a second.
fn many() -> String {
    let mut deploy =
        String::from("name = \"many\"\n\n[trigger]\ncrate = \"CRATE\"\narchitecture = \"HOST\"\n");
    for pool in 0..16 {
        let _ = write!(
            deploy,
            "\n[pools.p{pool}]\ndeletion_protection = false\n[pools.p{pool}.clients.web]\n"
        );
    }
    for client in 0..6 {
        let _ = writeln!(deploy, "[pools.p0.clients.c{client}]");
    }
    deploy.push_str("[pools.p0.groups]\n");
    for group in 0..9 {
        let _ = writeln!(deploy, "g{group} = \"\"");
    }
    deploy.push_str("\n[[rules]]\nname = \"all\"\nadd_scopes = [\"orders/read\"]\n");
    deploy
}

#[test]
fn a_large_stack_stays_within_the_rates_of_aws() {
    let options = Options { rates: true, ..Options::without_delays() };
    let stack = Stack::on(&many(), options);
    stack.up();
    stack.aws.clear();
    assert_eq!(stack.plan(), Vec::<String>::new());
    let listed = stack.aws.calls().iter().filter(|call| call.operation == "ListUserPools").count();
    assert_eq!(listed, 1, "all pools of an account are listed once a look");
    stack.run(&["destroy", "--yes"]).exits(0);
    let is_throttled =
        |call: &&Called| call.error.as_deref().is_some_and(|code| code.contains("TooManyRequests"));
    let calls = stack.aws.calls();
    let throttled = calls.iter().filter(is_throttled).count();
    // A busy machine bunches what was sent apart.
    assert!(throttled * 10 < calls.len(), "{throttled} of {} calls were too many", calls.len());
    stack.sdk().nothing_is_left();
}
