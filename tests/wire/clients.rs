//! App clients.

use pretoken::aws::cognito::app_client_document;
use pretoken::cloud::{Auth, CloudError, Read as _, Secret, Write};
use pretoken::model::aws_api::{CLIENT, DeclaredSettings};
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
        settings: table(&json!({
            "prevent_user_existence_errors": "ENABLED", "enable_token_revocation": true
        })),
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

/// Every setting that a client can declare, as it is declared.
fn declared() -> DeclaredSettings {
    table(&json!({
        "read_attributes": ["email", "custom:tenant"],
        "write_attributes": ["email"],
        "supported_identity_providers": ["COGNITO", "Google"],
        "callback_urls": ["https://example.com/callback"],
        "logout_urls": ["https://example.com/bye"],
        "default_redirect_uri": "https://example.com/callback",
        "oauth_flows": ["code"],
        "oauth_scopes": ["openid", "orders/read"],
        "analytics_configuration": {
            "application_arn": "arn:aws:mobiletargeting:eu-west-1:123456789012:apps/1",
            "user_data_shared": false
        },
        "prevent_user_existence_errors": "ENABLED",
        "enable_token_revocation": true,
        "enable_propagate_additional_user_context_data": true,
        "auth_session_validity": 5,
        "refresh_token_rotation": { "feature": "DISABLED", "retry_grace_period_seconds": 0 },
        "publish_secrets_in_aws_secrets_manager": false,
        "id_token_s": 2700,
        "refresh_token_s": 43200
    }))
}

fn table(value: &Value) -> DeclaredSettings {
    value.as_object().cloned().expect("a table")
}

#[test]
fn every_setting_is_sent_in_the_apis_words_and_read_back() {
    let keys: Vec<_> = declared().into_iter().map(|(key, _)| key).collect();
    for key in CLIENT.keys() {
        assert!(keys.iter().any(|known| known == key), "{key}");
    }
    let mut expected = full_client();
    for member in [
        "ClientId",
        "ClientSecret",
        "LastModifiedDate",
        "CreationDate",
        "ClientType",
        "FutureSetting",
    ] {
        expected.as_object_mut().expect("an object").shift_remove(member);
    }
    let read = app_client_document::settings(&full_client());
    assert_eq!(read.settings, declared());
    let wire =
        Wire::new([("CreateUserPoolClient", ok(json!({ "UserPoolClient": { "ClientId": ID } })))]);
    wire.run(async |aws| aws.create_client(POOL, &read).await).expect("created");
    let mut sent = wire.body("CreateUserPoolClient");
    expected["GenerateSecret"] = json!(true);
    expected["PublishSecretsInAWSSecretsManager"] = json!(false);
    expected["ExplicitAuthFlows"] = json!(["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]);
    for (token, minutes) in [("AccessToken", 120), ("IdToken", 45), ("RefreshToken", 720)] {
        expected[format!("{token}Validity")] = json!(minutes);
        expected["TokenValidityUnits"][token] = json!("minutes");
    }
    sent.sort_all_objects();
    expected.sort_all_objects();
    assert_eq!(sent, expected);
}

#[test]
fn what_aws_means_by_silence_is_read() {
    let read = app_client_document::settings(&json!({ "ClientName": "web" })).settings;
    assert_eq!(
        read,
        table(&json!({
            "prevent_user_existence_errors": "LEGACY",
            "auth_session_validity": 3,
            "refresh_token_rotation": { "feature": "DISABLED" },
            "enable_token_revocation": false,
            "enable_propagate_additional_user_context_data": false,
            "publish_secrets_in_aws_secrets_manager": false,
            "oauth_flows": [],
            "id_token_s": 3600,
            "refresh_token_s": 2_592_000
        }))
    );
    let kept = json!({ "ClientSecretArn": "arn:aws:secretsmanager:eu-west-1:1:secret:s" });
    let kept = app_client_document::settings(&kept);
    assert!(kept.has_secret);
    assert_eq!(kept.settings["publish_secrets_in_aws_secrets_manager"], true);
}

#[test]
fn an_edit_of_settings_changes_nothing_else() {
    let settings =
        table(&json!({ "callback_urls": ["https://shop.example/in"], "oauth_flows": [] }));
    let update = app_client_document::update_request(
        &full_client(),
        &ClientEdit { settings, ..ClientEdit::default() },
    );
    let mut expected = full_client();
    let members = expected.as_object_mut().expect("an object");
    for gone in
        ["ClientSecret", "LastModifiedDate", "CreationDate", "ClientType", "AllowedOAuthFlows"]
    {
        members.shift_remove(gone);
    }
    expected["CallbackURLs"] = json!(["https://shop.example/in"]);
    expected["AllowedOAuthFlowsUserPoolClient"] = json!(false);
    assert_eq!(Value::Object(update.body), expected);
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
