//! Settings of a pool that have calls of their own, each of which replaces all that it takes.

use pretoken::aws::cognito::section_document::{differences, request};
use pretoken::cloud::{CloudError, Parts, Read, Write};
use pretoken::model::PoolEdit;
use pretoken::model::aws_api::{DeclaredSettings, PoolSection};
use serde_json::{Map, Value, json};

use crate::documents::full_pool;
use crate::replay::{Reply, Wire, ok, refused};

const ID: &str = "eu-west-1_AbCdEf123";

fn table(value: Value) -> Map<String, Value> {
    let Value::Object(table) = value else { panic!("a table") };
    table
}

fn edit(settings: Value) -> PoolEdit {
    PoolEdit { settings: table(settings), ..PoolEdit::default() }
}

fn factors() -> Value {
    json!({
        "MfaConfiguration": "OPTIONAL",
        "SmsMfaConfiguration": { "SmsConfiguration": { "SnsCallerArn": "arn:role", "ExternalId": "a" } },
        "WebAuthnConfiguration": { "RelyingPartyId": "shop.example", "Future": 1 },
        "FutureMfaConfiguration": { "Enabled": true },
    })
}

#[test]
fn everything_that_is_there_goes_back_with_the_change() {
    let declared = json!({
        "mfa_configuration": "ON",
        "mfa": { "software_token_mfa_configuration": { "enabled": true } },
    });
    let mut after = factors();
    after["MfaConfiguration"] = json!("ON");
    after["SoftwareTokenMfaConfiguration"] = json!({ "Enabled": true });
    let wire = Wire::new([
        ("GetUserPoolMfaConfig", ok(factors())),
        ("GetUserPoolMfaConfig", ok(factors())),
        ("SetUserPoolMfaConfig", ok(json!({}))),
        ("GetUserPoolMfaConfig", ok(after.clone())),
    ]);
    wire.run(async |aws| aws.edit_pool(ID, &edit(declared)).await).expect("set");
    after["UserPoolId"] = json!(ID);
    assert_eq!(wire.body("SetUserPoolMfaConfig"), after);
}

#[test]
fn a_factor_that_got_lost_is_an_unexpected_change() {
    let declared =
        json!({ "mfa": { "web_authn_configuration": { "user_verification": "required" } } });
    let mut after = factors();
    after["WebAuthnConfiguration"]["UserVerification"] = json!("required");
    after["SmsMfaConfiguration"] = Value::Null;
    let looks = std::iter::repeat_n(("GetUserPoolMfaConfig", ok(after)), 12);
    let first = [
        ("GetUserPoolMfaConfig", ok(factors())),
        ("GetUserPoolMfaConfig", ok(factors())),
        ("SetUserPoolMfaConfig", ok(json!({}))),
    ];
    let wire = Wire::new(first.into_iter().chain(looks)).spare();
    let failed = wire.run(async |aws| aws.edit_pool(ID, &edit(declared)).await);
    let Err(CloudError::UnexpectedChange { differences, .. }) = failed else {
        panic!("{failed:?}")
    };
    assert!(differences[0].starts_with("SmsMfaConfiguration: "), "{differences:?}");
}

/// AWS takes no factor beside `OFF`, and the pool's own settings may not go with a second factor.
#[test]
fn second_factors_are_turned_off_first_and_without_any() {
    let settings = json!({
        "mfa_configuration": "OFF",
        "mfa": { "web_authn_configuration": { "relying_party_id": "shop.example" } },
        "auto_verified_attributes": ["email"],
    });
    let mut off = factors();
    off["MfaConfiguration"] = json!("OFF");
    let wire = Wire::new([
        ("GetUserPoolMfaConfig", ok(factors())),
        ("GetUserPoolMfaConfig", ok(factors())),
        ("SetUserPoolMfaConfig", ok(json!({}))),
        ("GetUserPoolMfaConfig", ok(off)),
        ("DescribeUserPool", refused(400, "NotAuthorizedException", "enough seen")),
    ]);
    drop(wire.run(async |aws| aws.edit_pool(ID, &edit(settings)).await));
    let sent = wire.body("SetUserPoolMfaConfig");
    assert_eq!(sent["MfaConfiguration"], "OFF");
    assert_eq!(sent["WebAuthnConfiguration"], factors()["WebAuthnConfiguration"]);
    assert!(sent.get("SmsMfaConfiguration").is_none(), "{sent}");
    assert_eq!(wire.calls().last().map(String::as_str), Some("DescribeUserPool"));
}

/// A pool is read with those that are asked for.
#[test]
fn sections_are_read_beside_the_pool() {
    let nothing = |name: &str| ok(json!({ name: [] }));
    let read = |risk: Reply| {
        let wire = Wire::new([
            ("DescribeUserPool", ok(json!({ "UserPool": full_pool() }))),
            ("ListUserPoolClients", nothing("UserPoolClients")),
            ("ListResourceServers", nothing("ResourceServers")),
            ("DescribeRiskConfiguration", risk),
            ("GetLogDeliveryConfiguration", ok(json!({}))),
            ("GetUserPoolMfaConfig", ok(json!({ "MfaConfiguration": "OPTIONAL" }))),
        ]);
        let sections = [PoolSection::Risk, PoolSection::LogDelivery];
        let parts = Parts { sections: &sections, ..Parts::default() };
        wire.run(async |aws| aws.pool(ID, parts).await).expect("read").expect("found").pool.settings
    };
    let ips = json!({ "BlockedIPRangeList": ["192.0.2.0/24"] });
    let risk =
        json!({ "UserPoolId": ID, "RiskExceptionConfiguration": ips, "LastModifiedDate": 1.5 });
    let seen = read(ok(json!({ "RiskConfiguration": risk })));
    let expected =
        json!({ "risk_exception_configuration": { "blocked_ip_range_list": ["192.0.2.0/24"] } });
    assert_eq!(seen["risk_configuration"], expected);
    assert_eq!(seen["log_delivery"], json!({}));
    assert!(!seen.contains_key("mfa"), "nobody asked");
    let off = refused(400, "UserPoolAddOnNotEnabledException", "not enabled");
    assert_eq!(read(off)["risk_configuration"], json!({}));
}

#[test]
fn what_aws_adds_by_itself_is_not_written_and_does_not_count() {
    let before = json!({
        "UserPoolId": ID,
        "LastModifiedDate": 1,
        "RiskExceptionConfiguration": { "SkippedIPRangeList": ["192.0.2.1/32"] },
    });
    let block = json!({ "CompromisedCredentialsRiskConfiguration": { "Actions": { "EventAction": "BLOCK" } } });
    let members = table(block);
    let sent = Value::Object(request(ID, PoolSection::Risk, &before, &members));
    let mut expected = before.clone();
    expected.as_object_mut().expect("a table").shift_remove("LastModifiedDate");
    expected["CompromisedCredentialsRiskConfiguration"] =
        members["CompromisedCredentialsRiskConfiguration"].clone();
    assert_eq!(sent, expected);
    let mut after = sent;
    after["LastModifiedDate"] = json!(2);
    assert_eq!(differences(PoolSection::Risk, &before, &after, &members), Vec::<String>::new());
    let nothing = DeclaredSettings::new();
    assert_eq!(differences(PoolSection::Risk, &before, &after, &nothing).len(), 1);
}
