//! Log groups, and who calls.

use pretoken::cloud::{CloudError, Read, Write};
use pretoken::model::{LogGroup, Tags};
use serde_json::json;

use crate::replay::{Wire, ok, refused, xml};

const NAME: &str = "/aws/lambda/orders-auth";
const ARN: &str = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/orders-auth";

fn group(days: Option<u32>) -> LogGroup {
    LogGroup {
        name: NAME.to_owned(),
        retention_days: days,
        kms_key_arn: None,
        tags: Tags::of_stack(&"orders-auth".parse().expect("a name"), "eu-west-1"),
    }
}

fn listed() -> serde_json::Value {
    json!({ "logGroups": [
        { "logGroupName": "/aws/lambda/orders-auth-eu", "arn": format!("{ARN}-eu:*") },
        { "logGroupName": NAME, "arn": format!("{ARN}:*"), "retentionInDays": 30 }
    ] })
}

#[test]
fn the_caller_is_read() {
    let who = "<Arn>arn:aws-cn:iam::123456789012:user/ci</Arn><UserId>AIDA</UserId><Account>123456789012</Account>";
    let wire = Wire::new([("GetCallerIdentity", xml("GetCallerIdentity", who))]);
    let caller = wire.run(async |aws| aws.caller().await).expect("a caller");
    assert_eq!((caller.account.as_str(), caller.partition.as_str()), ("123456789012", "aws-cn"));
    assert_eq!(caller.arn, "arn:aws-cn:iam::123456789012:user/ci");
    assert!(wire.sent()[0].signed);
}

#[test]
fn a_group_is_read_with_its_tags() {
    let tags = json!({ "tags": { "managed-by": "pretoken", "pretoken:region": "eu-west-1", "pretoken:stack": "orders-auth" } });
    let wire = Wire::new([("DescribeLogGroups", ok(listed())), ("ListTagsForResource", ok(tags))]);
    let found = wire.run(async |aws| aws.log_group(NAME).await).expect("read");
    assert_eq!(found, Some(group(Some(30))));
    assert_eq!(wire.body("DescribeLogGroups"), json!({ "logGroupNamePrefix": NAME }));
    assert_eq!(wire.body("ListTagsForResource"), json!({ "resourceArn": ARN }));
}

#[test]
fn a_log_group_gets_its_key() {
    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/log";
    let wire = Wire::new([
        ("CreateLogGroup", ok(json!({}))),
        ("AssociateKmsKey", ok(json!({}))),
        ("PutRetentionPolicy", ok(json!({}))),
    ]);
    let wanted = LogGroup { kms_key_arn: Some(KEY.to_owned()), ..group(Some(30)) };
    wire.run(async |aws| aws.create_log_group(&wanted).await).expect("created");
    assert_eq!(wire.body("AssociateKmsKey"), json!({ "logGroupName": NAME, "kmsKeyId": KEY }));
}

#[test]
fn the_list_of_groups_is_read_to_its_end() {
    let first = json!({ "logGroups": [{ "logGroupName": "/aws/lambda/orders-auth-1", "arn": "x" }],
        "nextToken": "t" });
    let wire = Wire::new([
        ("DescribeLogGroups", ok(first)),
        ("DescribeLogGroups", ok(listed())),
        ("ListTagsForResource", ok(json!({}))),
    ]);
    let found = wire.run(async |aws| aws.log_group(NAME).await).expect("read").expect("found");
    assert_eq!(found.retention_days, Some(30));
    assert_eq!(wire.sent()[1].body, json!({ "logGroupNamePrefix": NAME, "nextToken": "t" }));
}

#[test]
fn no_group_is_none() {
    let wire = Wire::new([("DescribeLogGroups", ok(json!({ "logGroups": [] })))]);
    assert_eq!(wire.run(async |aws| aws.log_group(NAME).await).expect("read"), None);
}

#[test]
fn a_group_is_created_with_tags_and_retention() {
    let wire =
        Wire::new([("CreateLogGroup", ok(json!({}))), ("PutRetentionPolicy", ok(json!({})))]);
    wire.run(async |aws| aws.create_log_group(&group(Some(14))).await).expect("created");
    let tags = json!({ "managed-by": "pretoken", "pretoken:region": "eu-west-1", "pretoken:stack": "orders-auth" });
    assert_eq!(wire.body("CreateLogGroup"), json!({ "logGroupName": NAME, "tags": tags }));
    assert_eq!(
        wire.body("PutRetentionPolicy"),
        json!({ "logGroupName": NAME, "retentionInDays": 14 })
    );
}

#[test]
fn a_group_that_a_lost_attempt_made_is_gone_on_with_and_an_unmanaged_one_is_not() {
    let exists =
        || refused(400, "ResourceAlreadyExistsException", "The specified log group already exists");
    let tagged = |stack: &str| {
        ok(json!({ "tags": { "pretoken:region": "eu-west-1", "pretoken:stack": stack } }))
    };
    let wire = Wire::new([
        ("CreateLogGroup", exists()),
        ("DescribeLogGroups", ok(listed())),
        ("ListTagsForResource", tagged("orders-auth")),
        ("PutRetentionPolicy", ok(json!({}))),
    ]);
    wire.run(async |aws| aws.create_log_group(&group(Some(14))).await).expect("ours");

    let wire = Wire::new([
        ("CreateLogGroup", exists()),
        ("DescribeLogGroups", ok(listed())),
        ("ListTagsForResource", tagged("another")),
    ]);
    let error = wire
        .run(async |aws| aws.create_log_group(&group(Some(14))).await)
        .expect_err("an unmanaged one");
    assert!(
        matches!(error, CloudError::Exists { code, .. } if code == "ResourceAlreadyExistsException")
    );
}

#[test]
fn a_group_is_updated_by_its_arn() {
    let wire = Wire::new([
        ("DescribeLogGroups", ok(listed())),
        ("TagResource", ok(json!({}))),
        ("DeleteRetentionPolicy", ok(json!({}))),
    ]);
    wire.run(async |aws| aws.update_log_group(&group(None)).await).expect("updated");
    assert_eq!(wire.body("TagResource")["resourceArn"], ARN);
    assert_eq!(wire.body("DeleteRetentionPolicy"), json!({ "logGroupName": NAME }));
}

#[test]
fn a_group_that_is_gone_is_deleted() {
    let wire =
        Wire::new([("DeleteLogGroup", refused(400, "ResourceNotFoundException", "no such group"))]);
    wire.run(async |aws| aws.delete_log_group(NAME).await).expect("nothing to delete");
    assert_eq!(wire.body("DeleteLogGroup"), json!({ "logGroupName": NAME }));
}
