//! `--check-iam`: everything that is missing at once, and nothing done.

use pretoken::permissions::{PolicyFor, Statement, document, statements};

use crate::account::Account;
use crate::binary::Run;
use crate::stack::STACK;

/// Sets the user's policy: what `up` needs without some actions, and some actions on everything.
///
/// The emulator's simulation takes no context, so conditions are left out here; `tests/wire` has the requests.
fn allow(account: &Account, but: &[&str], more: &[&'static str]) {
    let mut all =
        statements(&account.config(), &account.target(), PolicyFor::Deploy { verify: true });
    for statement in &mut all {
        statement.condition = None;
        statement.actions.retain(|action| !but.contains(action));
    }
    let (actions, resources) = (more.iter().copied().collect(), vec!["*".to_owned()]);
    all.push(Statement { actions, resources, condition: None });
    all.retain(|statement| !statement.actions.is_empty());
    account.put_policy(&document(&all).to_string());
}

/// Runs a command that must come to nothing but questions.
fn only_asks(account: &Account, arguments: &[&str]) -> Run {
    account.stack.aws.clear();
    let run = account.run(arguments).exits(5);
    let calls = account.stack.aws.calls();
    let is_question = |name: &str| ["GetCallerIdentity", "SimulatePrincipalPolicy"].contains(&name);
    assert!(calls.len() > 1 && calls.iter().all(|call| is_question(&call.operation)), "{calls:?}");
    run
}

#[test]
fn everything_that_is_missing_is_said_at_once() {
    let account = Account::new(STACK);
    let missing = ["iam:PassRole", "lambda:UpdateFunctionCode", "cognito-idp:CreateGroup"];
    allow(&account, &missing, &["iam:SimulatePrincipalPolicy"]);
    let text = "\
may not do all that `up` needs; nothing was changed
       iam:PassRole on arn:aws:iam::ACCOUNT:role/orders-pre-token, to give the function its role
       lambda:UpdateFunctionCode on arn:aws:lambda:eu-west-1:ACCOUNT:function:orders-pre-token, to upload the code
       lambda:UpdateFunctionCode on arn:aws:lambda:eu-west-1:ACCOUNT:function:orders-pre-token:*, to upload the code
       cognito-idp:CreateGroup on arn:aws:cognito-idp:eu-west-1:ACCOUNT:userpool/*, to create the groups
hint: `pretoken permissions deploy` prints the policy that allows it
";
    let text = text.replace("ACCOUNT", account.stack.aws.account());
    for arguments in [&["up", "--yes", "--check-iam"][..], &["plan", "--check-iam"]] {
        let run = only_asks(&account, arguments);
        assert!(run.stderr.ends_with(&text), "{}", run.stderr);
    }
    let json = only_asks(&account, &["plan", "--check-iam", "-o", "json"]).json();
    assert_eq!(json["code"], 5);
    assert_eq!(json["denied"].as_array().map(Vec::len), Some(4));
    assert_eq!(json["denied"][0]["action"], "iam:PassRole");
}

#[test]
fn who_may_do_everything_goes_on() {
    let account = Account::new(STACK);
    // The emulator asks for log groups on `*`.
    allow(&account, &[], &["iam:SimulatePrincipalPolicy", "logs:DescribeLogGroups"]);
    account.run(&["plan", "--check-iam", "--detailed-exitcode"]).exits(2);
    let root = account.stack.run(&["plan", "--check-iam", "--detailed-exitcode"]).exits(2);
    assert!(root.stderr.contains("root may do everything"), "{}", root.stderr);
}

#[test]
fn sign_ins_that_are_left_out_need_nothing() {
    let account = Account::new(STACK);
    let users = ["cognito-idp:AdminCreateUser", "cognito-idp:AdminSetUserPassword"];
    allow(&account, &users, &["iam:SimulatePrincipalPolicy"]);
    let run = only_asks(&account, &["up", "--yes", "--check-iam"]);
    assert!(run.stderr.contains("AdminSetUserPassword"), "{}", run.stderr);
    // It goes on, and comes to a call that the emulator asks for in other words.
    let run = account.run(&["up", "--yes", "--check-iam", "--no-verify"]).exits(5);
    assert!(run.stderr.contains("may do all that `up` needs."), "{}", run.stderr);
}

#[test]
fn who_may_not_ask_is_told_so() {
    let account = Account::new(STACK);
    allow(&account, &[], &[]);
    let run = only_asks(&account, &["up", "--yes", "--check-iam"]);
    for text in ["iam:SimulatePrincipalPolicy", "nothing was changed", "leave out --check-iam"] {
        assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
    }
}
