//! Roles, functions, versions, aliases and resource policies.

use serde_json::{Value, json};

use crate::{
    aws::{Answered, Aws, Refused, assert_refused, package},
    strict::{FOREVER, Options},
};

const NOT_ASSUMABLE: &str = "The role defined for the function cannot be assumed by Lambda.";

#[test]
fn a_new_role_cannot_be_assumed_for_a_while() {
    let aws = Aws::with(Options { role_refusals: FOREVER, ..Options::without_delays() });
    let role = aws.role("hook", "lambda.amazonaws.com");
    assert_refused(
        aws.new_function(&role, ""),
        400,
        "InvalidParameterValueException",
        NOT_ASSUMABLE,
    );
    aws.strict.settle();
    aws.new_function(&role, "").expect("a function");
    let other = aws.role("other", "lambda.amazonaws.com");
    let switch = || aws.lambda("PUT", "/hook/configuration", json!({"Role": other}));
    assert_refused(switch(), 400, "InvalidParameterValueException", NOT_ASSUMABLE);
    aws.strict.settle();
    switch().expect("another role");
}

#[test]
fn what_takes_time_is_counted_in_calls() {
    let aws = Aws::with(Options { role_refusals: 2, settling_looks: 1, ..Options::default() });
    let role = aws.role("hook", "lambda.amazonaws.com");
    let tries = [(); 3].map(|()| aws.new_function(&role, "").is_ok());
    assert_eq!(tries, [false, false, true]);
    let look =
        || aws.lambda("GET", "/hook/configuration", Value::Null).expect("it")["State"].take();
    assert_eq!([look(), look()], ["Pending", "Active"]);
}

#[test]
fn a_role_that_does_not_trust_lambda_or_is_not_there_cannot_be_assumed() {
    let aws = Aws::new();
    let role = aws.role("hook", "ec2.amazonaws.com");
    assert_refused(
        aws.new_function(&role, ""),
        400,
        "InvalidParameterValueException",
        NOT_ASSUMABLE,
    );
    let missing = role.replace("hook", "missing");
    assert_refused(
        aws.new_function(&missing, ""),
        400,
        "InvalidParameterValueException",
        NOT_ASSUMABLE,
    );
    assert_refused(
        aws.iam("UpdateAssumeRolePolicy", &[("RoleName", "hook"), ("PolicyDocument", "{trust me")]),
        400,
        "MalformedPolicyDocument",
        "This policy contains invalid Json",
    );
}

/// Lambda shuts an environment down between invocations, not within one (lambda-runtime-environment.html, "Shutdown phase").
#[test]
fn what_is_asked_of_a_function_is_answered_though_it_is_deleted() {
    let aws = Aws::new();
    let held = tempfile::tempdir().expect("a directory");
    aws.function(&format!("held:{}", held.path().display()));
    let invocation = aws.invocation(&json!({}));
    let asked = held.path().join("asked");
    while !asked.exists() {
        assert!(!invocation.is_finished(), "{:?}", invocation.join());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    aws.lambda("DELETE", "/hook", Value::Null).expect("deleted");
    std::fs::write(held.path().join("go"), "").expect("written");
    let answer = invocation.join().expect("it came to its end").expect("an answer");
    assert!(!answer["response"].is_null(), "{answer}");
}

#[test]
fn a_role_with_policies_left_is_not_deleted() {
    let aws = Aws::new();
    aws.role("hook", "lambda.amazonaws.com");
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]});
    aws.iam(
        "PutRolePolicy",
        &[("RoleName", "hook"), ("PolicyName", "p"), ("PolicyDocument", &policy.to_string())],
    )
    .expect("a policy");
    let refused = aws.iam("DeleteRole", &[("RoleName", "hook")]).expect_err("it has a policy");
    assert_eq!((refused.0, refused.1.as_str()), (409, "DeleteConflict"));
}

/// Somebody whose policy has `iam:PermissionsBoundary` makes, limits and fills roles within it alone; root is asked for nothing.
#[test]
fn a_role_is_made_and_given_policies_within_its_makers_boundary() {
    const BOUNDARY: &str = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess";
    let aws = Aws::new();
    let trust = r#"{"Version": "2012-10-17", "Statement": []}"#;
    aws.strict.bound_roles(Some(BOUNDARY.to_owned()));
    let make = |key: &str, name: &str, boundary: Option<&str>| {
        let bounded = boundary.map(|arn| ("PermissionsBoundary", arn));
        let params = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
        let params: Vec<_> = params.into_iter().chain(bounded).collect();
        aws.iam_as(key, "CreateRole", &params)
    };
    let fill = |name: &str| {
        let params = [("RoleName", name), ("PolicyName", "p"), ("PolicyDocument", trust)];
        aws.iam_as("AKIADEPLOYER", "PutRolePolicy", &params)
    };
    let denied = |answer: Result<String, Refused>| {
        let Refused(status, code, _) = answer.expect_err("outside of the boundary");
        assert_eq!((status, code.as_str()), (403, "AccessDenied"));
    };
    let root = aws.strict.account();
    make(root, "open", None).expect("root may");
    denied(make("AKIADEPLOYER", "bare", None));
    denied(make("AKIADEPLOYER", "other", Some("arn:aws:iam::aws:policy/AdministratorAccess")));
    denied(fill("open"));
    make(root, "bounded", Some(BOUNDARY)).expect("root may");
    // Past the layer, where the emulator asks for a real signature.
    let Refused(_, code, _) = fill("bounded").expect_err("nobody signed it");
    assert_eq!(code, "IncompleteSignature");
}

#[test]
fn a_new_function_is_pending() {
    let aws = Aws::with(Options { settling_looks: FOREVER, ..Options::without_delays() });
    let created =
        aws.new_function(&aws.role("hook", "lambda.amazonaws.com"), "").expect("a function");
    assert_eq!(
        (&created["State"], &created["StateReasonCode"]),
        (&json!("Pending"), &json!("Creating"))
    );
    let calls: [(&str, &str, Value); 3] = [
        ("POST", "/hook/versions", json!({})),
        ("POST", "/hook/invocations", json!({})),
        ("PUT", "/hook/configuration", json!({"MemorySize": 256})),
    ];
    for (method, path, body) in &calls {
        assert_refused(
            aws.lambda(method, path, body.clone()),
            409,
            "ResourceConflictException",
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
        );
    }
    aws.strict.settle();
    let ready = aws.lambda("GET", "/hook", Value::Null).expect("it")["Configuration"].take();
    assert_eq!(
        (&ready["State"], &ready["LastUpdateStatus"]),
        (&json!("Active"), &json!("Successful"))
    );
    for (method, path, body) in calls {
        aws.lambda(method, path, body).expect("it is ready");
    }
}

#[test]
fn an_updated_function_is_in_progress() {
    let aws = Aws::with(Options { settling_looks: FOREVER, ..Options::without_delays() });
    aws.new_function(&aws.role("hook", "lambda.amazonaws.com"), "").expect("a function");
    aws.strict.settle();
    let configure = || aws.lambda("PUT", "/hook/configuration", json!({"MemorySize": 256}));
    let upload = || aws.lambda("PUT", "/hook/code", json!({"ZipFile": package("other")}));
    let publish = || aws.lambda("POST", "/hook/versions", json!({}));
    let state = || {
        let shown = aws.lambda("GET", "/hook/configuration", Value::Null).expect("it");
        [&shown["State"], &shown["LastUpdateStatus"]]
            .map(|state| state.as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(configure().expect("an update")["LastUpdateStatus"], "InProgress");
    assert_eq!(state(), ["Active", "InProgress"]);
    let account = aws.strict.account();
    for answer in [configure(), upload(), publish()] {
        assert_refused(
            answer,
            409,
            "ResourceConflictException",
            &format!(
                "The operation cannot be performed at this time. An update is in progress for resource: \
                 arn:aws:lambda:us-east-1:{account}:function:hook"
            ),
        );
    }
    aws.strict.settle();
    assert_eq!(state(), ["Active", "Successful"]);
    upload().expect("settled");
    aws.strict.settle();
    assert_eq!(publish().expect("a version")["State"], "Active");
}

#[test]
fn a_version_is_published_of_the_expected_code_only() {
    let aws = Aws::new();
    aws.function("");
    let latest = aws.lambda("GET", "/hook/configuration", Value::Null).expect("it");
    let (sha, revision) = (latest["CodeSha256"].as_str().expect("a hash"), &latest["RevisionId"]);
    assert_refused(
        aws.lambda("POST", "/hook/versions", json!({"CodeSha256": "AAAA"})),
        400,
        "InvalidParameterValueException",
        &format!(
            "CodeSHA256 (AAAA) is different from current CodeSHA256 in $LATEST ({sha}). Please try again with the CodeSHA256 in $LATEST."
        ),
    );
    let stale = aws
        .lambda("POST", "/hook/versions", json!({"RevisionId": "stale"}))
        .expect_err("another revision");
    assert_eq!((stale.0, stale.1.as_str()), (412, "PreconditionFailedException"));
    let stale = aws
        .lambda("PUT", "/hook/code", json!({"ZipFile": package("x"), "RevisionId": "stale"}))
        .expect_err("another revision");
    assert_eq!((stale.0, stale.1.as_str()), (412, "PreconditionFailedException"));
    let stale = aws
        .lambda("PUT", "/hook/configuration", json!({"MemorySize": 256, "RevisionId": "stale"}))
        .expect_err("another revision");
    assert_eq!((stale.0, stale.1.as_str()), (412, "PreconditionFailedException"));
    let same = aws
        .lambda("POST", "/hook/versions", json!({"CodeSha256": sha, "RevisionId": revision}))
        .expect("nothing new");
    assert_eq!(same["Version"], "1");
}

#[test]
fn a_dry_run_is_dry() {
    let aws = Aws::new();
    aws.function("");
    let sha =
        || aws.lambda("GET", "/hook/configuration", Value::Null).expect("it")["CodeSha256"].take();
    let before = sha();
    let dry = aws
        .lambda("PUT", "/hook/code", json!({"ZipFile": package("other"), "DryRun": true}))
        .expect("a dry run");
    assert_ne!(dry["CodeSha256"], before);
    assert_eq!(sha(), before);
}

#[test]
fn an_alias_leads_to_a_version_that_is_there() {
    let aws = Aws::new();
    aws.function("");
    let missing = aws
        .lambda("PUT", "/hook/aliases/live", json!({"FunctionVersion": "7"}))
        .expect_err("no version 7");
    assert_eq!((missing.0, missing.1.as_str()), (404, "ResourceNotFoundException"));
    let weights = json!({"RoutingConfig": {"AdditionalVersionWeights": {"9": 0.1}}});
    let missing = aws.lambda("PUT", "/hook/aliases/live", weights).expect_err("no version 9");
    assert_eq!(missing.1, "ResourceNotFoundException");
    let stale = aws.lambda(
        "PUT",
        "/hook/aliases/live",
        json!({"FunctionVersion": "1", "RevisionId": "stale"}),
    );
    assert_eq!(stale.expect_err("another revision").1, "PreconditionFailedException");
}

fn permit(aws: &Aws, qualifier: &str, sid: &str) -> Answered {
    let statement = json!({
        "StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": "cognito-idp.amazonaws.com",
        "SourceArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/p", "SourceAccount": aws.strict.account(),
    });
    aws.lambda("POST", &format!("/hook/policy{qualifier}"), statement)
}

#[test]
fn every_qualifier_has_a_policy_of_its_own() {
    let aws = Aws::new();
    let alias = aws.function("");
    let none = |answer| {
        assert_refused(
            answer,
            404,
            "ResourceNotFoundException",
            "The resource you requested does not exist.",
        );
    };
    let policy =
        |qualifier: &str| aws.lambda("GET", &format!("/hook/policy{qualifier}"), Value::Null);
    none(policy(""));
    none(aws.lambda("DELETE", "/hook/policy/pool?Qualifier=live", Value::Null));
    permit(&aws, "", "pool").expect("on the function");
    none(policy("?Qualifier=live"));
    permit(&aws, "?Qualifier=live", "pool").expect("the same id on the alias");
    assert_refused(
        permit(&aws, "?Qualifier=live", "pool"),
        409,
        "ResourceConflictException",
        "The statement id (pool) provided already exists. Please provide a new statement id, or remove the existing statement.",
    );
    let document: Value = policy("?Qualifier=live").expect("a policy")["Policy"]
        .as_str()
        .and_then(|p| serde_json::from_str(p).ok())
        .expect("JSON");
    assert_eq!(
        document["Statement"],
        json!([{
            "Sid": "pool", "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"},
            "Action": "lambda:InvokeFunction", "Resource": alias,
            "Condition": {
                "StringEquals": {"AWS:SourceAccount": aws.strict.account()},
                "ArnLike": {"AWS:SourceArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/p"}
            }
        }])
    );
    aws.lambda("DELETE", "/hook/policy/pool?Qualifier=live", Value::Null).expect("removed");
    none(policy("?Qualifier=live"));
    policy("").expect("the other stays");
    assert_refused(
        aws.lambda("DELETE", "/hook/policy/other", Value::Null),
        404,
        "ResourceNotFoundException",
        "Statement other is not found in resource policy.",
    );
    let latest = permit(&aws, "?Qualifier=%24LATEST", "pool");
    assert_refused(
        latest,
        400,
        "InvalidParameterValueException",
        "We currently do not support adding policies for $LATEST.",
    );
    assert_eq!(
        permit(&aws, "?Qualifier=nowhere", "pool").expect_err("no alias").1,
        "ResourceNotFoundException"
    );
}

#[test]
fn a_policy_has_revisions_and_goes_with_what_it_protects() {
    let aws = Aws::new();
    aws.function("");
    permit(&aws, "?Qualifier=live", "pool").expect("permitted");
    let stale =
        aws.lambda("DELETE", "/hook/policy/pool?Qualifier=live&RevisionId=stale", Value::Null);
    assert_eq!(stale.expect_err("another revision").1, "PreconditionFailedException");
    aws.lambda("DELETE", "/hook/aliases/live", Value::Null).expect("no alias");
    aws.lambda("POST", "/hook/aliases", json!({"Name": "live", "FunctionVersion": "1"}))
        .expect("a new one");
    assert_eq!(
        aws.lambda("GET", "/hook/policy?Qualifier=live", Value::Null).expect_err("no policy").0,
        404
    );
    permit(&aws, "", "pool").expect("permitted");
    aws.lambda("DELETE", "/hook", Value::Null).expect("no function");
    let refused = aws.lambda("GET", "/hook/policy", Value::Null).expect_err("no function");
    assert!(refused.2.starts_with("Function not found"), "{refused:?}");
}
