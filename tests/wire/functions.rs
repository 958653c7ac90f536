//! The function, its versions, its alias and its permissions.

use std::collections::BTreeMap;

use pretoken::cloud::{CloudError, Invocation, Invoke, Read, Write};
use pretoken::model::{Architecture, Function, FunctionEdit, Permission, Settings, Tags, Vpc};
use serde_json::{Value, json};

use crate::replay::{Reply, Wire, ok, refused};
use crate::roles::{old_role, young_role};

const FUNCTIONS: &str = "/2015-03-31/functions";
const CREATE: &str = "POST /2015-03-31/functions";
const READ: &str = "GET /2015-03-31/functions/f";
const STATE: &str = "GET /2015-03-31/functions/f/configuration";
const CODE: &str = "PUT /2015-03-31/functions/f/code";
const SETTINGS: &str = "PUT /2015-03-31/functions/f/configuration";
const POLICY: &str = "GET /2015-03-31/functions/f/policy?Qualifier=live";
const GRANT: &str = "POST /2015-03-31/functions/f/policy?Qualifier=live";
const REVOKE: &str = "DELETE /2015-03-31/functions/f/policy/pretoken-1?Qualifier=live";
const INVOKE: &str = "POST /2015-03-31/functions/f/invocations?Qualifier=3";
const DELETE: &str = "DELETE /2015-03-31/functions/f";

pub(crate) fn settings() -> Settings {
    Settings {
        role_arn: "arn:aws:iam::123456789012:role/orders-auth".to_owned(),
        runtime: "provided.al2023".to_owned(),
        handler: "bootstrap".to_owned(),
        architecture: Architecture::Arm64,
        memory_mb: 256,
        timeout_s: 5,
        tracing: Some("Active".to_owned()),
        log_format: Some("JSON".to_owned()),
        vpc: Some(Vpc {
            subnets: ["subnet-1".to_owned()].into(),
            security_groups: ["sg-1".to_owned()].into(),
        }),
        layers: Some(vec!["arn:aws:lambda:eu-west-1:123456789012:layer:tools:1".to_owned()]),
        kms_key_arn: Some("arn:aws:kms:eu-west-1:123456789012:key/1".to_owned()),
        environment: [("K".to_owned(), "v".to_owned())].into(),
        code_sha256: "c0de".to_owned(),
    }
}

fn function() -> Function {
    Function {
        name: "f".to_owned(),
        settings: settings(),
        reserved_concurrency: None,
        tags: Tags([("a".to_owned(), "b".to_owned())].into()),
    }
}

pub(crate) fn configuration() -> Value {
    json!({
        "FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f",
        "Runtime": "provided.al2023",
        "Role": "arn:aws:iam::123456789012:role/orders-auth", "Handler": "bootstrap", "MemorySize": 256, "Timeout": 5,
        "Architectures": ["arm64"], "Environment": { "Variables": { "K": "v" } }, "CodeSha256": "c0de",
        "TracingConfig": { "Mode": "Active" }, "LoggingConfig": { "LogFormat": "JSON" },
        "VpcConfig": { "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1" },
        "Layers": [{ "Arn": "arn:aws:lambda:eu-west-1:123456789012:layer:tools:1", "CodeSize": 1 }],
        "KMSKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1", "State": "Active", "LastUpdateStatus": "Successful"
    })
}

pub(crate) fn state(changes: &[(&str, &str)]) -> Reply {
    let mut configuration = configuration();
    for (name, value) in changes {
        configuration[*name] = json!(value);
    }
    ok(configuration)
}

pub(crate) fn absent() -> Reply {
    refused(404, "ResourceNotFoundException", "Function not found")
}

fn busy() -> Reply {
    let message =
        "The operation cannot be performed at this time. An update is in progress for resource: f";
    refused(409, "ResourceConflictException", message)
}

fn unknown_role() -> Reply {
    let message = "The role defined for the function cannot be assumed by Lambda.";
    refused(400, "InvalidParameterValueException", message)
}

fn created() -> Value {
    json!({
        "FunctionName": "f", "Code": { "ZipFile": "emlw" }, "Architectures": ["arm64"], "Handler": "bootstrap",
        "Role": "arn:aws:iam::123456789012:role/orders-auth", "Runtime": "provided.al2023", "MemorySize": 256,
        "Timeout": 5, "TracingConfig": { "Mode": "Active" }, "LoggingConfig": { "LogFormat": "JSON" },
        "VpcConfig": { "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] },
        "Layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:tools:1"],
        "KMSKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1",
        "Environment": { "Variables": { "K": "v" } }, "Tags": { "a": "b" }
    })
}

#[test]
fn a_function_is_read_in_one_call() {
    let wire =
        Wire::new([(READ, ok(json!({ "Configuration": configuration(), "Tags": { "a": "b" } })))]);
    assert_eq!(wire.run(async |aws| aws.function("f").await).expect("read"), Some(function()));
    let wire = Wire::new([(READ, absent())]);
    assert_eq!(wire.run(async |aws| aws.function("f").await).expect("read"), None);
}

#[test]
fn what_lambda_does_not_say_is_its_default() {
    let terse = json!({ "Role": "r", "Runtime": "provided.al2023", "Handler": "h", "MemorySize": 128,
        "Timeout": 3, "CodeSha256": "s" });
    let wire = Wire::new([(READ, ok(json!({ "Configuration": terse })))]);
    let found = wire.run(async |aws| aws.function("f").await).expect("read").expect("found");
    assert_eq!(
        (found.settings.architecture, found.settings.environment),
        (Architecture::X86_64, BTreeMap::new())
    );
}

#[test]
fn ids_that_another_engine_wrote_read_as_our_own() {
    let ids = r#"{"clients": {"2": "a/y", "1": "a/x"}, "pools": {"p": "a"}}"#;
    let mut configuration = configuration();
    configuration["Environment"]["Variables"] = json!({ "PRETOKEN_IDS": ids, "K": "{ \"b\": 1 }" });
    let wire = Wire::new([(READ, ok(json!({ "Configuration": configuration })))]);
    let found = wire.run(async |aws| aws.function("f").await).expect("read").expect("found");
    let variables = found.settings.environment;
    let ours = r#"{"pools":{"p":"a"},"clients":{"1":"a/x","2":"a/y"}}"#;
    assert_eq!(
        (variables["PRETOKEN_IDS"].as_str(), variables["K"].as_str()),
        (ours, "{ \"b\": 1 }")
    );
}

#[test]
fn tags_that_may_not_be_read_are_a_denial() {
    let denial = json!({ "ErrorCode": "AccessDeniedException", "Message": "no lambda:ListTags" });
    let wire =
        Wire::new([(READ, ok(json!({ "Configuration": configuration(), "TagsError": denial })))]);
    let error = wire.run(async |aws| aws.function("f").await).expect_err("denied");
    assert_eq!(error.to_string(), "lambda:ListTags was denied: no lambda:ListTags");
}

/// None at all would be a difference, and the next `up` would write over them.
#[test]
fn variables_that_may_not_be_read_are_a_denial_and_not_none() {
    for (code, told) in [
        ("AccessDeniedException", "kms:Decrypt was denied: no key"),
        ("KMSDisabledException", "its variables are not to be had: no key"),
    ] {
        let mut configuration = configuration();
        configuration["Environment"] =
            json!({ "Error": { "ErrorCode": code, "Message": "no key" } });
        let wire = Wire::new([(READ, ok(json!({ "Configuration": configuration })))]);
        let error = wire.run(async |aws| aws.function("f").await).expect_err(code);
        assert!(error.to_string().contains(told), "{error}");
    }
}

#[test]
fn a_function_is_created_and_waited_for() {
    let wire = Wire::new([
        (CREATE, Reply::Says(201, "{}".to_owned())),
        (STATE, absent()),
        (STATE, state(&[("State", "Pending")])),
        (STATE, state(&[])),
    ]);
    wire.run(async |aws| aws.create_function(&function(), b"zip").await).expect("created");
    assert_eq!(wire.body(CREATE), created());
    assert_eq!(wire.waits(), ["function f to appear", "function f to become active"]);
}

#[test]
fn a_role_that_is_young_is_waited_for() {
    let wire = Wire::new([
        (CREATE, unknown_role()),
        ("GetRole", young_role()),
        (CREATE, unknown_role()),
        (CREATE, Reply::Says(201, "{}".to_owned())),
        (STATE, state(&[])),
    ]);
    wire.run(async |aws| aws.create_function(&function(), b"zip").await).expect("created");
    assert_eq!(wire.waits(), ["Lambda to know the new role orders-auth"; 2]);
}

#[test]
fn a_role_that_is_old_is_not_waited_for_and_nothing_else_is() {
    let wire = Wire::new([(CREATE, unknown_role()), ("GetRole", old_role())]);
    let error =
        wire.run(async |aws| aws.create_function(&function(), b"zip").await).expect_err("refused");
    assert!(error.to_string().contains("cannot be assumed by Lambda"), "{error}");

    let other = refused(
        400,
        "InvalidParameterValueException",
        "Unzipped size must be smaller than 262144000 bytes",
    );
    let wire = Wire::new([(CREATE, other)]);
    wire.run(async |aws| aws.create_function(&function(), b"zip").await)
        .expect_err("refused at once");
    assert_eq!(wire.calls(), [CREATE]);
}

#[test]
fn a_function_that_a_lost_attempt_made_is_gone_on_with_and_an_unmanaged_one_is_not() {
    let exists = || refused(409, "ResourceConflictException", "Function already exist: f");
    let stack = |name: &str| Tags::of_stack(&name.parse().expect("a name"), "eu-west-1");
    let ours = Function { tags: stack("orders"), ..function() };
    let tagged =
        |name: &str| ok(json!({ "Configuration": configuration(), "Tags": stack(name).0 }));
    let wire = Wire::new([(CREATE, exists()), (READ, tagged("orders")), (STATE, state(&[]))]);
    wire.run(async |aws| aws.create_function(&ours, b"zip").await).expect("ours");
    let wire = Wire::new([(CREATE, exists()), (READ, tagged("another"))]);
    wire.run(async |aws| aws.create_function(&ours, b"zip").await).expect_err("an unmanaged one");
}

#[test]
fn a_function_that_failed_says_why() {
    let failed = state(&[("State", "Failed"), ("StateReason", "the image is broken")]);
    let wire = Wire::new([(CREATE, Reply::Says(201, "{}".to_owned())), (STATE, failed)]);
    let error =
        wire.run(async |aws| aws.create_function(&function(), b"zip").await).expect_err("failed");
    assert_eq!(error.to_string(), "function f failed: the image is broken");
}

fn with_old_memory() -> Settings {
    Settings { memory_mb: 128, ..settings() }
}

/// What was there before the update, …
fn old() -> Settings {
    Settings { code_sha256: "0ld".to_owned(), ..with_old_memory() }
}

fn old_state(changes: &[(&str, &str)]) -> Reply {
    uploaded(&[&[("CodeSha256", "0ld")], changes].concat())
}

/// … and between its two parts.
fn uploaded(changes: &[(&str, &str)]) -> Reply {
    let mut configuration = configuration();
    configuration["MemorySize"] = json!(128);
    for (name, value) in changes {
        configuration[*name] = json!(value);
    }
    ok(configuration)
}

fn moved() -> Reply {
    refused(412, "PreconditionFailedException", "The RevisionId provided does not match")
}

#[test]
fn a_function_that_somebody_else_changed_is_left_to_them() {
    let edit = FunctionEdit { code: true, ..FunctionEdit::default() };
    let update = |wire: &Wire| {
        wire.run(async |aws| aws.update_function(&function(), &old(), edit, b"zip").await)
    };
    let theirs = || old_state(&[("CodeSha256", "the1rs")]);
    for replies in [
        vec![(STATE, theirs())],
        vec![(STATE, absent())],
        // Between the look and the write.
        vec![(STATE, old_state(&[])), (CODE, moved()), (STATE, theirs())],
    ] {
        let error = update(&Wire::new(replies)).expect_err("not ours to write");
        assert!(matches!(error, CloudError::Conflict { .. }), "{error}");
    }
    // A revision that moved on by itself, and an attempt whose answer was lost.
    let again = old_state(&[("RevisionId", "r2")]);
    let wire = Wire::new([
        (STATE, old_state(&[("RevisionId", "r1")])),
        (CODE, moved()),
        (STATE, again),
        (CODE, moved()),
        (STATE, uploaded(&[])),
        (STATE, uploaded(&[])),
    ]);
    update(&wire).expect("written");
    assert_eq!(wire.sent()[3].body["RevisionId"], "r2");
}

#[test]
fn an_update_waits_before_and_after_each_part() {
    let wire = Wire::new([
        (STATE, old_state(&[("RevisionId", "r1")])),
        (CODE, busy()),
        (CODE, ok(json!({}))),
        (STATE, uploaded(&[("LastUpdateStatus", "InProgress")])),
        (STATE, uploaded(&[])),
        (STATE, uploaded(&[("RevisionId", "r2")])),
        (SETTINGS, ok(json!({}))),
        (STATE, state(&[])),
        (STATE, state(&[])),
        (
            "POST /2017-03-31/tags/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af",
            Reply::Says(204, String::new()),
        ),
    ]);
    let edit = FunctionEdit { code: true, settings: true, concurrency: false, tags: true };
    wire.run(async |aws| aws.update_function(&function(), &old(), edit, b"zip").await)
        .expect("updated");
    let sent = json!({ "ZipFile": "emlw", "Architectures": ["arm64"], "RevisionId": "r1" });
    assert_eq!(wire.sent()[2].body, sent);
    let mut expected = created();
    expected["RevisionId"] = json!("r2");
    for only_at_creation in ["FunctionName", "Code", "Architectures", "Tags"] {
        expected.as_object_mut().expect("an object").shift_remove(only_at_creation);
    }
    assert_eq!(wire.body(SETTINGS), expected);
    assert_eq!(wire.sent().last().expect("sent").body, json!({ "Tags": { "a": "b" } }));
    assert_eq!(
        wire.waits(),
        ["an earlier change to function f to end", "the change of function f to be in force"]
    );
}

#[test]
fn an_update_that_failed_says_why() {
    let failed =
        state(&[("LastUpdateStatus", "Failed"), ("LastUpdateStatusReason", "no such key")]);
    let wire = Wire::new([(STATE, uploaded(&[])), (SETTINGS, ok(json!({}))), (STATE, failed)]);
    let edit = FunctionEdit { settings: true, ..FunctionEdit::default() };
    let error = wire
        .run(async |aws| aws.update_function(&function(), &with_old_memory(), edit, b"").await)
        .expect_err("failed");
    assert_eq!(error.to_string(), "function f failed: no such key");
}

#[test]
fn an_invocation_answers_or_faults() {
    let wire = Wire::new([(INVOKE, ok(json!({ "version": "2" })))]);
    let answer =
        wire.run(async |aws| aws.invoke("f", "3", r#"{"version":"2"}"#).await).expect("invoked");
    assert_eq!(answer, Invocation::Answer(r#"{"version":"2"}"#.to_owned()));
    assert_eq!(wire.body(INVOKE), json!({ "version": "2" }));

    let fault = r#"{"errorMessage":"boom"}"#;
    let wire = Wire::new([(INVOKE, Reply::Faults(fault.to_owned()))]);
    let answer = wire.run(async |aws| aws.invoke("f", "3", "{}").await).expect("invoked");
    assert_eq!(answer, Invocation::Fault(fault.to_owned()));
}

fn permission() -> Permission {
    Permission {
        statement_id: "pretoken-1".to_owned(),
        principal: "cognito-idp.amazonaws.com".to_owned(),
        action: "lambda:InvokeFunction".to_owned(),
        source_arn: Some(
            "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a".to_owned(),
        ),
        source_account: Some("123456789012".to_owned()),
    }
}

fn policy(account: &str) -> Reply {
    let condition = json!({
        "StringEquals": { "AWS:SourceAccount": account },
        "ArnLike": { "AWS:SourceArn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a" }
    });
    let statement = json!({ "Sid": "pretoken-1", "Effect": "Allow", "Principal": {
        "Service": "cognito-idp.amazonaws.com" },
        "Action": "lambda:InvokeFunction", "Resource": format!("{FUNCTIONS}:f:live"), "Condition": condition });
    let policy = json!({ "Version": "2012-10-17", "Id": "default", "Statement": [statement] });
    ok(json!({ "Policy": policy.to_string(), "RevisionId": "r" }))
}

#[test]
fn permissions_are_those_of_the_alias() {
    let wire = Wire::new([(POLICY, policy("123456789012"))]);
    assert_eq!(wire.run(async |aws| aws.permissions("f").await).expect("read"), [permission()]);
    let wire = Wire::new([(POLICY, absent())]);
    assert_eq!(wire.run(async |aws| aws.permissions("f").await).expect("read"), []);
}

#[test]
fn a_permission_is_granted_once() {
    let wire = Wire::new([(GRANT, Reply::Says(201, "{}".to_owned()))]);
    wire.run(async |aws| aws.grant("f", &permission()).await).expect("granted");
    let expected = json!({
        "StatementId": "pretoken-1", "Principal": "cognito-idp.amazonaws.com", "Action": "lambda:InvokeFunction",
        "SourceArn": "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_a",
        "SourceAccount": "123456789012"
    });
    assert_eq!(wire.body(GRANT), expected);

    let exists = || {
        refused(
            409,
            "ResourceConflictException",
            "The statement id (pretoken-1) provided already exists.",
        )
    };
    let wire = Wire::new([(GRANT, exists()), (POLICY, policy("123456789012"))]);
    wire.run(async |aws| aws.grant("f", &permission()).await).expect("the very same");
    let wire = Wire::new([(GRANT, exists()), (POLICY, policy("999999999999"))]);
    let error = wire.run(async |aws| aws.grant("f", &permission()).await).expect_err("another one");
    assert!(
        matches!(error, CloudError::Exists { code, .. } if code == "ResourceConflictException")
    );
}

#[test]
fn what_is_gone_is_revoked_and_deleted() {
    let wire = Wire::new([(REVOKE, absent()), (DELETE, absent())]);
    wire.run(async |aws| {
        aws.revoke("f", "pretoken-1").await?;
        aws.delete_function("f").await
    })
    .expect("nothing to do");
}

#[test]
fn a_deleted_function_is_waited_for_until_it_is_gone() {
    let deleted = || Reply::Says(204, String::new());
    let wire = Wire::new([
        (DELETE, deleted()),
        (STATE, state(&[("State", "Deleting")])),
        (STATE, absent()),
    ]);
    wire.run(async |aws| aws.delete_function("f").await).expect("deleted");
    assert_eq!(wire.waits(), ["function f to be gone"]);
}
