//! App clients.

use pretoken::cloud::{Auth, CloudError, Read as _, Secret, Write};
use pretoken::model::{Client, ClientEdit};
use serde_json::{Value, json};

use crate::documents::full_client;
use crate::replay::{Reply, Wire, ok, refused};

const POOL: &str = "eu-west-1_AbCdEf123";
const ID: &str = "1example23456789";

fn described(client: &Value) -> (&'static str, Reply) {
    ("DescribeUserPoolClient", ok(json!({ "UserPoolClient": client })))
}

fn edit() -> ClientEdit {
    ClientEdit { access_token_s: Some(900), ..ClientEdit::default() }
}

fn edited() -> Value {
    let mut client = full_client();
    client["AccessTokenValidity"] = json!(15);
    client["TokenValidityUnits"]["AccessToken"] = json!("minutes");
    client
}

#[test]
fn a_client_is_created_with_safe_settings() {
    let wire =
        Wire::new([("CreateUserPoolClient", ok(json!({ "UserPoolClient": { "ClientId": ID } })))]);
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"].map(ToOwned::to_owned);
    let client = Client {
        name: "web".to_owned(),
        auth_flows: flows.into(),
        has_secret: true,
        access_token_s: 3600,
        machine: None,
    };
    assert_eq!(wire.run(async |aws| aws.create_client(POOL, &client).await).expect("created"), ID);
    let expected = json!({
        "UserPoolId": POOL, "ClientName": "web", "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
        "AccessTokenValidity": 60, "TokenValidityUnits": { "AccessToken": "minutes" },
        "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": true
    });
    assert_eq!(wire.body("CreateUserPoolClient"), expected);
}

#[test]
fn an_edit_sends_the_whole_client_without_its_secret() {
    let wire = Wire::new([
        described(&full_client()),
        described(&full_client()),
        ("UpdateUserPoolClient", ok(json!({}))),
        described(&edited()),
    ]);
    wire.run(async |aws| aws.edit_client(POOL, ID, &edit()).await).expect("edited");
    let mut expected = edited();
    for read_only in ["ClientSecret", "LastModifiedDate", "CreationDate", "ClientType"] {
        expected.as_object_mut().expect("an object").shift_remove(read_only);
    }
    assert_eq!(wire.body("UpdateUserPoolClient"), expected);
}

#[test]
fn an_edit_that_lost_a_setting_is_unexpected() {
    let mut harmed = edited();
    harmed["CallbackURLs"] = json!([]);
    let looks = std::iter::repeat_n(described(&harmed), 12);
    let written = ("UpdateUserPoolClient", ok(json!({})));
    let wire = Wire::new(
        [described(&full_client()), described(&full_client()), written].into_iter().chain(looks),
    );
    let error = wire
        .spare()
        .run(async |aws| aws.edit_client(POOL, ID, &edit()).await)
        .expect_err("an unexpected change");
    let CloudError::UnexpectedChange { differences, .. } = error else { panic!("{error}") };
    assert_eq!(differences, [r#"CallbackURLs: ["https://example.com/callback"] -> (absent)"#]);
}

#[test]
fn a_secret_is_read_and_not_shown() {
    let arn = "arn:aws:secretsmanager:eu-west-1:1:secret:s";
    let kept = json!({ "ClientId": ID, "ClientSecretArn": arn, "RefreshTokenRotation": { "Feature": "ENABLED" } });
    let none = json!({ "ClientId": ID });
    let wire = Wire::new([described(&full_client()), described(&none), described(&kept)]);
    wire.run(async |aws| {
        let known = aws.app_client(POOL, ID).await?;
        let secret = known.secret.known().expect("a secret");
        assert_eq!(secret.0, "s3cr3t-s3cr3t-s3cr3t");
        assert!(!format!("{known:?}").contains("s3cr3t"));
        assert!(matches!(aws.app_client(POOL, ID).await?.secret, Secret::None));
        let kept = aws.app_client(POOL, ID).await?;
        assert!(matches!(&kept.secret, Secret::Elsewhere(found) if found == arn));
        assert!(kept.rotates_refresh_tokens);
        Ok::<_, CloudError>(())
    })
    .expect("read");
}

#[test]
fn what_users_may_write_is_read_of_every_client() {
    let named = |id: &str| json!({ "ClientId": id, "ClientName": "app" });
    let listed = json!({ "UserPoolClients": [named("a"), named("b"), named("c")] });
    let wire = Wire::new([
        ("ListUserPoolClients", ok(listed)),
        described(&json!({ "ClientId": "a", "WriteAttributes": ["custom:plan", "email"] })),
        described(&json!({ "ClientId": "b" })),
        ("DescribeUserPoolClient", refused(400, "ResourceNotFoundException", "gone")),
    ]);
    let writers = wire.run(async |aws| aws.writers(POOL).await).expect("read");
    let writers: Vec<_> = writers.into_iter().map(|it| (it.id, it.write_attributes)).collect();
    let listed = ["custom:plan".to_owned(), "email".to_owned()];
    assert_eq!(writers, [("a".to_owned(), listed.to_vec()), ("b".to_owned(), vec![])]);
}

#[test]
fn a_client_that_is_gone_is_deleted() {
    let wire =
        Wire::new([("DeleteUserPoolClient", refused(400, "ResourceNotFoundException", "gone"))]);
    wire.run(async |aws| aws.delete_client(POOL, ID).await).expect("nothing to delete");
    assert_eq!(wire.body("DeleteUserPoolClient"), json!({ "UserPoolId": POOL, "ClientId": ID }));
}
