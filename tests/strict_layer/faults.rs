//! Faults on demand, and the log of calls.

use serde_json::{Value, json};

use crate::{
    aws::{Aws, assert_refused},
    strict::{FOREVER, Moment, Pick, Refusal},
};

fn pools(aws: &Aws) -> usize {
    let pools = aws.cognito("ListUserPools", json!({"MaxResults": 60})).expect("pools");
    pools["UserPools"].as_array().expect("a list").len()
}

fn create(aws: &Aws) -> u16 {
    aws.cognito("CreateUserPool", json!({"PoolName": "p"}))
        .map_or_else(|refused| refused.0, |_| 200)
}

#[test]
fn a_call_lost_before_it_took_effect_did_nothing() {
    let aws = Aws::new();
    aws.strict.fail(Pick::Operation("CreateUserPool"), Moment::Before, 1);
    assert_eq!((create(&aws), pools(&aws)), (0, 0));
    assert_eq!((create(&aws), pools(&aws)), (200, 1));
}

#[test]
fn a_call_lost_after_it_took_effect_did_it() {
    let aws = Aws::new();
    aws.strict.fail(Pick::Operation("cognito-idp:CreateUserPool"), Moment::After, 2);
    assert_eq!((create(&aws), pools(&aws)), (0, 1));
    assert_eq!((create(&aws), pools(&aws)), (0, 2));
    assert_eq!((create(&aws), pools(&aws)), (200, 3));
}

#[test]
fn a_whole_service_can_fail() {
    let aws = Aws::new();
    aws.strict.fail(Pick::Service("cognito-idp"), Moment::Before, 2);
    assert_eq!((create(&aws), create(&aws)), (0, 0));
    assert_eq!((create(&aws), pools(&aws)), (200, 1));
}

#[test]
fn the_nth_change_and_all_after_it_can_fail() {
    let aws = Aws::new();
    create(&aws);
    aws.strict.fail(Pick::Mutating(2), Moment::Before, FOREVER);
    assert_eq!((create(&aws), pools(&aws)), (200, 2));
    assert_eq!((create(&aws), pools(&aws)), (0, 2));
    assert_eq!((create(&aws), pools(&aws)), (0, 2));
    aws.strict.clear();
    assert_eq!((create(&aws), pools(&aws)), (200, 3));
}

#[test]
fn every_service_throttles_in_its_own_words() {
    let aws = Aws::new();
    let operations = ["ListUserPools", "GetFunction", "DescribeLogGroups", "GetRole"];
    for operation in operations {
        aws.strict.throttle(Pick::Operation(operation), 1);
    }
    let text = "Rate exceeded";
    assert_refused(
        aws.cognito("ListUserPools", json!({"MaxResults": 1})),
        400,
        "TooManyRequestsException",
        text,
    );
    assert_refused(aws.lambda("GET", "/hook", Value::Null), 429, "TooManyRequestsException", text);
    assert_refused(aws.logs("DescribeLogGroups", json!({})), 400, "ThrottlingException", text);
    assert_refused(aws.iam("GetRole", &[("RoleName", "hook")]), 400, "Throttling", text);
    aws.logs("DescribeLogGroups", json!({})).expect("once only");
}

#[test]
fn any_error_can_be_answered() {
    let aws = Aws::new();
    let internal = Refusal::new(500, "InternalErrorException", "try later");
    aws.strict.refuse(Pick::Mutating(1), internal, 1);
    assert_refused(
        aws.cognito("CreateUserPool", json!({"PoolName": "p"})),
        500,
        "InternalErrorException",
        "try later",
    );
    assert_eq!(pools(&aws), 0);
}

/// What somebody sees who looks while a call is held at this moment, and what when it has ended.
fn seen_meanwhile(moment: Moment) -> (usize, usize) {
    let aws = Aws::new();
    let held = aws.strict.hold(Pick::Operation("CreateUserPool"), moment);
    let meanwhile = std::thread::scope(|scope| {
        let creating = scope.spawn(|| create(&aws));
        held.wait_for(1);
        let meanwhile = pools(&aws);
        held.release();
        assert_eq!(creating.join().expect("an answer"), 200);
        meanwhile
    });
    (meanwhile, pools(&aws))
}

#[test]
fn calls_can_be_held_before_and_after_they_take_effect() {
    assert_eq!(seen_meanwhile(Moment::Before), (0, 1));
    assert_eq!(seen_meanwhile(Moment::After), (1, 1));
}

#[test]
fn only_the_next_call_can_be_held() {
    let aws = Aws::new();
    let held = aws.strict.hold_one(Pick::Operation("CreateUserPool"), Moment::Before);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| create(&aws));
        held.wait_for(1);
        assert_eq!(create(&aws), 200);
        assert_eq!(pools(&aws), 1, "the second was answered");
        held.release();
        assert_eq!(first.join().expect("an answer"), 200);
    });
    assert_eq!(pools(&aws), 2);
}

#[test]
fn every_call_is_written_down() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    pools(&aws);
    aws.iam("GetRole", &[("RoleName", "nobody")]).expect_err("no role");
    aws.strict.fail(Pick::Operation("DeleteUserPool"), Moment::Before, 1);
    aws.cognito("DeleteUserPool", json!({"UserPoolId": pool["Id"]})).expect_err("lost");
    let event = json!({"Qualifier": "not a parameter"});
    aws.lambda("POST", "/hook/invocations?Qualifier=live", event.clone()).expect_err("no function");
    let calls = aws.strict.calls();
    let told: Vec<_> =
        calls.iter().map(|c| (c.name(), c.mutating, c.status, c.error.as_deref())).collect();
    let name = |name: &str| name.to_owned();
    assert_eq!(
        told,
        [
            (name("cognito-idp:CreateUserPool"), true, Some(200), None),
            (name("cognito-idp:ListUserPools"), false, Some(200), None),
            (name("iam:GetRole"), false, Some(404), Some("NoSuchEntity")),
            (name("cognito-idp:DeleteUserPool"), true, None, None),
            (name("lambda:Invoke"), false, Some(404), Some("ResourceNotFoundException")),
        ]
    );
    assert_eq!(calls[0].text("PoolName"), "customers");
    assert_eq!((calls[4].text("FunctionName"), calls[4].text("Qualifier")), ("hook", "live"));
    assert_eq!(calls[4].params["Payload"], event);
    assert_eq!(aws.strict.mutating(), ["cognito-idp:CreateUserPool", "cognito-idp:DeleteUserPool"]);
    aws.strict.clear();
    assert!(aws.strict.calls().is_empty());
}

#[test]
fn accounts_do_not_see_each_other() {
    let (one, other) = (Aws::new(), Aws::new());
    create(&one);
    assert_ne!(one.strict.account(), other.strict.account());
    assert_eq!((pools(&one), pools(&other)), (1, 0));
}
