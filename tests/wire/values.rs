//! Values that a file says are in AWS: the requests of services that have no client here.

use std::collections::BTreeMap;

use pretoken::cloud::{CloudError, Parameter, ReadValues};
use serde_json::json;

use crate::replay::{Reply, Wire, ok, refused, refused_xml, xml};

#[test]
fn a_parameter_is_read_decrypted_and_signed() {
    let answer = |kind: &str| ok(json!({"Parameter": {"Name": "/a", "Type": kind, "Value": "v"}}));
    for (kind, is_secret) in [("String", false), ("StringList", false), ("SecureString", true)] {
        let wire = Wire::new([("GetParameter", answer(kind))]);
        let found = wire.run(async |aws| aws.parameter("/a").await).expect("read");
        assert_eq!(found, Some(Parameter { value: "v".to_owned(), is_secret }), "{kind}");
        assert_eq!(wire.body("GetParameter"), json!({"Name": "/a", "WithDecryption": true}));
        assert!(wire.sent()[0].signed);
    }
}

#[test]
fn a_secret_is_read() {
    let wire = Wire::new([("GetSecretValue", ok(json!({"SecretString": "s3cret-of-all"})))]);
    let found = wire.run(async |aws| aws.secret_text("orders/db").await).expect("read");
    assert_eq!(found.as_deref(), Some("s3cret-of-all"));
    assert_eq!(wire.body("GetSecretValue"), json!({"SecretId": "orders/db"}));
    assert!(wire.sent()[0].signed);

    let wire = Wire::new([("GetSecretValue", ok(json!({"SecretBinary": "AAAA"})))]);
    let error = wire.run(async |aws| aws.secret_text("orders/db").await).expect_err("no text");
    assert!(matches!(error, CloudError::Unreadable { .. }), "{error:?}");
}

#[test]
fn outputs_of_a_stack_are_read() {
    let member = |key, value| {
        format!("<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>")
    };
    let outputs = member("PoolId", "eu-west-1_A") + &member("Url", "https://a?b=1&amp;c=2");
    let stacks = format!(
        "<Stacks><member><StackName>auth</StackName><Outputs>{outputs}</Outputs></member></Stacks>"
    );
    let wire = Wire::new([("DescribeStacks", xml("DescribeStacks", &stacks))]);
    let found = wire.run(async |aws| aws.stack_outputs("auth").await).expect("read");
    let expected = [("PoolId", "eu-west-1_A"), ("Url", "https://a?b=1&c=2")];
    let expected: BTreeMap<_, _> =
        expected.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    assert_eq!(found, Some(expected));
    assert_eq!(wire.body("DescribeStacks")["StackName"], "auth");
    assert!(wire.sent()[0].signed);
}

#[test]
fn what_is_not_there_is_none() {
    let wire = Wire::new([
        ("GetParameter", refused(400, "ParameterNotFound", "")),
        ("GetSecretValue", refused(400, "ResourceNotFoundException", "none")),
        (
            "DescribeStacks",
            refused_xml(400, "ValidationError", "Stack with id auth does not exist"),
        ),
    ]);
    wire.run(async |aws| {
        assert_eq!(aws.parameter("/a").await.expect("read"), None);
        assert_eq!(aws.secret_text("a").await.expect("read"), None);
        assert_eq!(aws.stack_outputs("auth").await.expect("read"), None);
    });
}

#[test]
fn whoever_may_not_is_told_so_and_a_busy_service_is_asked_again() {
    let denied = refused(400, "AccessDeniedException", "not ssm:GetParameter");
    let wire = Wire::new([("GetParameter", denied)]);
    let error = wire.run(async |aws| aws.parameter("/a").await).expect_err("denied");
    assert!(
        matches!(error, CloudError::Denied { ref operation, .. } if operation == "ssm:GetParameter")
    );

    let wire = Wire::new([
        ("GetParameter", refused(400, "ThrottlingException", "Rate exceeded")),
        ("GetParameter", Reply::Says(503, String::new())),
        ("GetParameter", ok(json!({"Parameter": {"Type": "String", "Value": "v"}}))),
    ]);
    let found = wire.run(async |aws| aws.parameter("/a").await).expect("read");
    assert_eq!(found.map(|found| found.value).as_deref(), Some("v"));
}
