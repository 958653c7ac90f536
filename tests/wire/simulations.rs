//! What IAM is asked about a caller, and how its answers are read.

use pretoken::cloud::{Access, AccessQuestion, CloudError};

use crate::replay::{Reply, Wire, refused_xml, xml};

const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/pipeline/run-7";

fn decisions(decisions: &[(&str, &str)]) -> Reply {
    let member = |(action, decision): &(&str, &str)| {
        format!(
            "<member><EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision></member>"
        )
    };
    let members: String = decisions.iter().map(member).collect();
    xml(
        "SimulatePrincipalPolicy",
        &format!(
            "<EvaluationResults>{members}</EvaluationResults><IsTruncated>false</IsTruncated>"
        ),
    )
}

#[test]
fn conditions_are_asked_about_with_their_keys() {
    let answers =
        [("iam:PassRole", "allowed"), ("iam:GetRole", "implicitDeny"), ("iam:X", "explicitDeny")];
    let wire = Wire::new([("SimulatePrincipalPolicy", decisions(&answers))]);
    let question = AccessQuestion {
        actions: &["iam:PassRole", "iam:GetRole", "iam:X"],
        resource: "arn:aws:iam::123456789012:role/r",
        context: Some(("iam:PassedToService", "lambda.amazonaws.com")),
    };
    let denied = wire.run(async |aws| {
        aws.denied("arn:aws:iam::123456789012:role/pipeline", question).await.expect("an answer")
    });
    assert_eq!(denied, ["iam:GetRole", "iam:X"]);
    let body = wire.body("SimulatePrincipalPolicy");
    for (key, value) in [
        ("PolicySourceArn", "arn:aws:iam::123456789012:role/pipeline"),
        ("ActionNames.member.1", "iam:PassRole"),
        ("ActionNames.member.3", "iam:X"),
        ("ResourceArns.member.1", "arn:aws:iam::123456789012:role/r"),
        ("ContextEntries.member.1.ContextKeyName", "iam:PassedToService"),
        ("ContextEntries.member.1.ContextKeyType", "string"),
        ("ContextEntries.member.1.ContextKeyValues.member.1", "lambda.amazonaws.com"),
    ] {
        assert_eq!(body[key], value, "{key}: {body}");
    }
}

/// The path of a role is not in a session's ARN.
#[test]
fn a_session_is_its_role() {
    let found = "<Role><Path>/ci/</Path><RoleName>pipeline</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::123456789012:role/ci/pipeline</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate></Role>";
    let wire = Wire::new([("GetRole", xml("GetRole", found))]);
    let principal = wire.run(async |aws| aws.principal(SESSION).await.expect("a role"));
    assert_eq!(principal.as_deref(), Some("arn:aws:iam::123456789012:role/ci/pipeline"));

    let wire = Wire::new([("GetRole", refused_xml(403, "AccessDenied", "no"))]);
    let principal = wire.run(async |aws| aws.principal(SESSION).await.expect("a role"));
    assert_eq!(principal.as_deref(), Some("arn:aws:iam::123456789012:role/pipeline"));
}

#[test]
fn users_are_themselves_and_the_root_is_nobody() {
    let user = "arn:aws:iam::123456789012:user/ops/alice";
    let root = "arn:aws:iam::123456789012:root";
    let federated = "arn:aws:sts::123456789012:federated-user/alice";
    Wire::new([]).run(async |aws| {
        assert_eq!(aws.principal(user).await.expect("a user").as_deref(), Some(user));
        assert_eq!(aws.principal(root).await.expect("the root"), None);
        let unknown = aws.principal(federated).await.expect_err("IAM cannot tell");
        assert!(unknown.to_string().contains("users and roles"), "{unknown}");
    });
}

#[test]
fn who_may_not_ask_is_denied() {
    let wire = Wire::new([(
        "SimulatePrincipalPolicy",
        refused_xml(
            403,
            "AccessDenied",
            "is not authorized to perform: iam:SimulatePrincipalPolicy",
        ),
    )]);
    let question = AccessQuestion { actions: &["iam:GetRole"], resource: "*", context: None };
    let error = wire.run(async |aws| {
        aws.denied("arn:aws:iam::123456789012:user/a", question).await.expect_err("denied")
    });
    assert!(
        matches!(&error, CloudError::Denied { operation, .. } if operation == "iam:SimulatePrincipalPolicy"),
        "{error}"
    );
    assert!(!wire.body("SimulatePrincipalPolicy").to_string().contains("ContextEntries"));
}
