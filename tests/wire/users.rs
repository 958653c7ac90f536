//! Users and sign-ins.

use pretoken::cloud::{Auth, ClientSecret, CloudError, Flow, NewUser, Read, SignIn, Signed};
use serde_json::{Value, json};

use crate::documents::full_pool;
use crate::replay::{Wire, ok, refused};

const POOL: &str = "eu-west-1_AbCdEf123";

fn sign_in(flow: Flow, secret: Option<&ClientSecret>) -> SignIn<'_> {
    SignIn {
        flow,
        pool_id: POOL,
        client_id: "1example23456789",
        username: "alice",
        secret: "Pa55word",
        client_secret: secret,
    }
}

fn tokens(refresh: Option<&str>) -> Value {
    json!({ "AuthenticationResult": { "AccessToken": "aaa", "IdToken": "iii", "RefreshToken": refresh },
        "ChallengeParameters": {} })
}

#[test]
fn the_rules_for_a_new_user_are_read() {
    let wire = Wire::new([("DescribeUserPool", ok(json!({ "UserPool": full_pool() })))]);
    let rules = wire.run(async |aws| aws.user_rules(POOL).await).expect("read");
    assert_eq!(
        (rules.required, rules.username_attributes),
        (vec!["email".to_owned()], vec!["email".to_owned()])
    );
    assert_eq!(rules.password_length, 12);
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
        json!({ "Username": name, "Attributes": [{
        "Name": attribute, "Value": value }] })
    };
    for (username_attributes, filter, left) in [
        (json!([]), "username", user("pretoken-verify-1", "sub", "1")),
        (json!(["email"]), "email", user("0b4d", "email", "pretoken-verify-1@example.com")),
        (json!(["phone_number"]), "name", user("0b4d", "name", "pretoken-verify-1")),
    ] {
        let pool = json!({ "UserPool": { "Id": POOL, "UsernameAttributes": username_attributes } });
        let expected = left["Username"].as_str().expect("a name").to_owned();
        let users = json!({ "Users": [left, user("alice", "name", "x")] });
        let wire = Wire::new([("DescribeUserPool", ok(pool)), ("ListUsers", ok(users))]);
        assert_eq!(
            wire.run(async |aws| aws.leftover_users(POOL).await).expect("listed"),
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

#[test]
fn a_sign_in_with_a_password_needs_no_iam() {
    let wire = Wire::new([("InitiateAuth", ok(tokens(Some("rrr"))))]);
    let signed = wire
        .run(async |aws| aws.sign_in(&sign_in(Flow::UserPassword, None)).await)
        .expect("signed in");
    let Signed::In(tokens) = signed else { panic!("a challenge") };
    assert_eq!(
        (tokens.access.as_str(), tokens.id.as_str(), tokens.refresh.as_deref()),
        ("aaa", "iii", Some("rrr"))
    );
    let expected = json!({ "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": "1example23456789",
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Pa55word" } });
    assert_eq!(wire.body("InitiateAuth"), expected);
    assert!(!wire.sent()[0].signed);
}

#[test]
fn a_client_with_a_secret_proves_it() {
    // printf %s "alice1example23456789" | openssl dgst -sha256 -hmac "0123456789abcdef" -binary | base64
    const HASH: &str = "ZdYrlu0ClXgXZVAifKcq6D5bVJn7WCiF6YssYULx8Zk=";
    let secret = ClientSecret("0123456789abcdef".to_owned());
    let wire =
        Wire::new([("AdminInitiateAuth", ok(tokens(None))), ("InitiateAuth", ok(tokens(None)))]);
    wire.run(async |aws| {
        aws.sign_in(&sign_in(Flow::AdminUserPassword, Some(&secret))).await?;
        aws.sign_in(&sign_in(Flow::RefreshToken, Some(&secret))).await
    })
    .expect("signed in");
    let expected = json!({ "UserPoolId": POOL, "ClientId": "1example23456789", "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Pa55word", "SECRET_HASH": HASH } });
    assert_eq!(wire.body("AdminInitiateAuth"), expected);
    let expected = json!({ "ClientId": "1example23456789", "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": { "REFRESH_TOKEN": "Pa55word", "SECRET_HASH": HASH } });
    assert_eq!(wire.body("InitiateAuth"), expected);
    assert_eq!(wire.sent().iter().map(|sent| sent.signed).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn a_challenge_is_named() {
    let challenge =
        json!({ "ChallengeName": "SMS_MFA", "Session": "s", "ChallengeParameters": {} });
    let wire = Wire::new([("InitiateAuth", ok(challenge))]);
    let signed = wire
        .run(async |aws| aws.sign_in(&sign_in(Flow::UserPassword, None)).await)
        .expect("an answer");
    assert!(matches!(signed, Signed::Challenge(name) if name == "SMS_MFA"));
}

#[test]
fn a_wrong_password_is_no_lack_of_permission_and_is_not_shown() {
    for (call, flow) in
        [("InitiateAuth", Flow::UserPassword), ("AdminInitiateAuth", Flow::AdminUserPassword)]
    {
        let wire = Wire::new([(
            call,
            refused(400, "NotAuthorizedException", "Incorrect username or password."),
        )]);
        let result = wire.run(async |aws| aws.sign_in(&sign_in(flow, None)).await);
        let Err(error) = result else { panic!("signed in") };
        assert!(
            matches!(&error, CloudError::Refused { code, .. } if code == "NotAuthorizedException"),
            "{error}"
        );
        assert!(!format!("{error} {error:?}").contains("Pa55word"));
    }
}

#[test]
fn an_answer_without_tokens_is_unreadable_and_shows_nothing() {
    let half = json!({ "AuthenticationResult": { "AccessToken": "aaa.bbb.ccc" }, "ChallengeParameters": {} });
    let wire = Wire::new([("InitiateAuth", ok(half))]);
    let Err(error) = wire.run(async |aws| aws.sign_in(&sign_in(Flow::UserPassword, None)).await)
    else {
        panic!("signed in")
    };
    assert!(matches!(error, CloudError::Unreadable { .. }));
    assert!(!format!("{error:?}").contains("aaa.bbb.ccc"));
}
