//! Users.

use pretoken::cloud::{Auth, FindUsers, NewUser, Read, Users};
use pretoken::model::{Mfa, RequiredAttribute, SecondFactors, TemporaryUser};
use serde_json::{Value, json};

use crate::documents::full_pool;
use crate::replay::{Wire, ok, refused};

const POOL: &str = "eu-west-1_AbCdEf123";

#[test]
fn the_rules_for_a_new_user_are_read() {
    let wire = Wire::new([
        ("DescribeUserPool", ok(json!({ "UserPool": full_pool() }))),
        ("GetUserPoolMfaConfig", ok(json!({ "MfaConfiguration": "OPTIONAL" }))),
    ]);
    let rules = wire.run(async |aws| aws.user_rules(POOL).await).expect("read");
    let names: Vec<_> = rules.required.iter().map(|attribute| attribute.name.as_str()).collect();
    assert_eq!((names, rules.username_attributes), (vec!["email"], vec!["email".to_owned()]));
    assert_eq!(rules.password_length, 12);
}

#[test]
fn limits_and_factors_are_rules_for_a_new_user() {
    let attribute = |name: &str, kind: &str, required: bool, limits: (&str, Value)| json!({ "Name": name, "AttributeDataType": kind, "Required": required, limits.0: limits.1 });
    let pool = json!({ "UserPool": { "Id": POOL, "MfaConfiguration": "ON",
        "SmsConfiguration": { "SnsCallerArn": "arn:aws:iam::1:role/sms" },
        "EmailConfiguration": { "EmailSendingAccount": "DEVELOPER" },
        "SchemaAttributes": [
            attribute("sub", "String", true, ("StringAttributeConstraints", json!({ "MaxLength": "2048" }))),
            attribute("nickname", "String", true, ("StringAttributeConstraints", json!({ "MinLength": "1", "MaxLength": "12" }))),
            attribute("updated_at", "Number", true, ("NumberAttributeConstraints", json!({ "MinValue": "5" }))),
            attribute("locale", "String", false, ("StringAttributeConstraints", json!({}))),
        ] } });
    let denied = refused(400, "AccessDeniedException", "not authorized");
    let wire =
        Wire::new([("DescribeUserPool", ok(pool.clone())), ("GetUserPoolMfaConfig", denied)]);
    let rules = wire.run(async |aws| aws.user_rules(POOL).await).expect("read");
    let required = |name: &str, kind: &str, min, max| RequiredAttribute {
        name: name.to_owned(),
        kind: kind.to_owned(),
        min,
        max,
    };
    let expected = [
        required("nickname", "String", Some(1), Some(12)),
        required("updated_at", "Number", Some(5), None),
    ];
    assert_eq!(rules.required, expected);
    assert_eq!((rules.mfa, rules.sends_texts, rules.sends_own_mail), (Mfa::On, true, true));
    assert_eq!((rules.factors, rules.mails_codes()), (None, true), "whoever may not ask");
    assert_eq!(rules.password_length, 8);

    let app =
        json!({ "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": { "Enabled": true } });
    let texts = json!({ "MfaConfiguration": "ON", "SmsMfaConfiguration": {} });
    let mail = json!({ "MfaConfiguration": "ON", "EmailMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": { "Enabled": false } });
    for (config, expected) in
        [(app, [true, false, false]), (texts, [false, true, false]), (mail, [false, false, true])]
    {
        let config = ("GetUserPoolMfaConfig", ok(config));
        let wire = Wire::new([("DescribeUserPool", ok(pool.clone())), config]);
        let rules = wire.run(async |aws| aws.user_rules(POOL).await).expect("read");
        let [app, texts, mail] = expected;
        assert_eq!(rules.factors, Some(SecondFactors { app, texts, mail }));
        assert_eq!((rules.texts_codes(), rules.mails_codes()), (true, mail));
        assert_eq!(wire.body("GetUserPoolMfaConfig"), json!({ "UserPoolId": POOL }));
    }
}

#[test]
fn a_user_is_created_without_a_message() {
    let made =
        json!({ "User": { "Username": "u", "Attributes": [{ "Name": "sub", "Value": "5ub" }] } });
    let wire = Wire::new([
        ("AdminCreateUser", ok(made)),
        ("AdminSetUserPassword", ok(json!({}))),
        ("AdminAddUserToGroup", ok(json!({}))),
    ]);
    let user = NewUser {
        username: "pretoken-verify-1".to_owned(),
        attributes: vec![("email".to_owned(), "pretoken-verify-1@example.com".to_owned())],
        groups: vec!["staff".to_owned()],
        password: "Pa55word".to_owned(),
    };
    assert_eq!(
        wire.run(async |aws| aws.create_user(POOL, &user).await).expect("created").as_deref(),
        Some("5ub")
    );
    let name = "pretoken-verify-1";
    let attributes = json!([{ "Name": "email", "Value": "pretoken-verify-1@example.com" }]);
    let expected = json!({ "UserPoolId": POOL, "Username": name, "UserAttributes": attributes,
        "MessageAction": "SUPPRESS" });
    assert_eq!(wire.body("AdminCreateUser"), expected);
    let expected =
        json!({ "UserPoolId": POOL, "Username": name, "Password": "Pa55word", "Permanent": true });
    assert_eq!(wire.body("AdminSetUserPassword"), expected);
    assert_eq!(
        wire.body("AdminAddUserToGroup"),
        json!({ "UserPoolId": POOL, "Username": name, "GroupName": "staff" })
    );
    assert!(!format!("{user:?}").contains("Pa55word"));
}

#[test]
fn a_user_that_is_gone_is_deleted() {
    let wire = Wire::new([(
        "AdminDeleteUser",
        refused(400, "UserNotFoundException", "User does not exist."),
    )]);
    wire.run(async |aws| aws.delete_user(POOL, "u").await).expect("nothing to delete");
}

#[test]
fn users_of_a_verification_are_found_where_the_pool_shows_whose_they_are() {
    let user = |name: &str, attribute: &str, value: &str| {
        json!({ "Username": name, "UserCreateDate": 1_700_000_000.5, "Attributes": [{
        "Name": attribute, "Value": value }] })
    };
    for (username_attributes, filter, left) in [
        (json!([]), "username", user("pretoken-verify-1", "sub", "1")),
        (json!(["email"]), "email", user("0b4d", "email", "pretoken-verify-1@example.com")),
        (json!(["phone_number"]), "name", user("0b4d", "name", "pretoken-verify-1")),
    ] {
        let pool = json!({ "UserPool": { "Id": POOL, "UsernameAttributes": username_attributes } });
        let shown = left["Attributes"][0]["Value"].as_str().filter(|it| it.starts_with("pre"));
        let username = left["Username"].as_str().expect("a name").to_owned();
        let shown = shown.unwrap_or(&username).to_owned();
        let expected = TemporaryUser { username, shown, made: Some(1_700_000_000) };
        let users = json!({ "Users": [left, user("alice", "name", "x")] });
        let wire = Wire::new([("DescribeUserPool", ok(pool)), ("ListUsers", ok(users))]);
        assert_eq!(
            wire.run(async |aws| aws.temporary_users(POOL).await).expect("listed"),
            [expected]
        );
        let filter = format!("{filter} ^= \"pretoken-verify-\"");
        assert_eq!(
            wire.body("ListUsers"),
            json!({ "UserPoolId": POOL, "Filter": filter, "Limit": 60 })
        );
    }
}

#[test]
fn users_of_a_verification_do_not_count_as_users() {
    let page = |name: &str, more: Value| {
        ("ListUsers", ok(json!({ "Users": [{ "Username": name }], "PaginationToken": more })))
    };
    let left = || page("pretoken-verify-1", json!("t"));
    let wire = Wire::new([left(), page("pretoken-verify-2", Value::Null)]);
    assert!(!wire.run(async |aws| aws.has_users(POOL).await).expect("listed"));
    let wire = Wire::new([left(), page("alice", json!("u"))]);
    assert!(wire.run(async |aws| aws.has_users(POOL).await).expect("listed"));
}
