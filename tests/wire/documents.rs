//! The descriptions of pools and clients, and the requests that write them back.

use pretoken::aws::cognito::pool_document::PoolChange;
use pretoken::aws::cognito::{app_client_document, pool_document};
use pretoken::model::{ClientEdit, PoolEdit, Tags, Trigger, validity};
use serde_json::{Value, json};

/// A pool in which everything is set, members that nobody has heard of included.
pub(crate) fn full_pool() -> Value {
    serde_json::from_str(include_str!("../fixtures/pools/full.json")).expect("JSON")
}

/// The update of [`full_pool`] that sets [`our_trigger`].
pub(crate) fn full_update() -> Value {
    serde_json::from_str(include_str!("../fixtures/pools/full_update.json")).expect("JSON")
}

/// A client in which everything is set.
pub(crate) fn full_client() -> Value {
    serde_json::from_str(include_str!("../fixtures/pools/client_full.json")).expect("JSON")
}

/// The trigger that this program sets.
pub(crate) fn our_trigger() -> Trigger {
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders-auth:live".to_owned();
    Trigger { arn, version: "V2_0".to_owned(), legacy: false }
}

/// The update that makes this change.
fn update(described: &Value, change: PoolChange<'_>) -> Value {
    Value::Object(pool_document::request(described, change).body)
}

/// What differs after nothing was to be changed.
fn differences(before: &Value, after: &Value) -> Vec<String> {
    pool_document::differences(before, after, PoolChange::Edit(&PoolEdit::default()))
}

/// The update that carries a pool unchanged.
fn preserving(described: &Value) -> Value {
    update(described, PoolChange::Edit(&PoolEdit::default()))
}

fn without(mut value: Value, path: &[&str]) -> Value {
    let (last, parents) = path.split_last().expect("a path");
    let parent = parents.iter().fold(&mut value, |value, name| &mut value[*name]);
    assert!(parent.as_object_mut().expect("an object").shift_remove(*last).is_some(), "{path:?}");
    value
}

#[test]
fn everything_that_an_update_takes_goes_back() {
    let ours = our_trigger();
    let update = pool_document::request(&full_pool(), PoolChange::Slot(Some(&ours)));
    assert_eq!(Value::Object(update.body), full_update());
    assert_eq!(update.unknown, ["FutureSetting"]);
    assert_eq!(update.left_out, []);
}

#[test]
fn clearing_the_slot_keeps_every_other_trigger_and_the_key() {
    let pool = full_pool();
    let update = update(&pool, PoolChange::Slot(None));
    let kept = without(
        without(pool["LambdaConfig"].clone(), &["PreTokenGeneration"]),
        &["PreTokenGenerationConfig"],
    );
    assert_eq!(update["LambdaConfig"], kept);
    assert_eq!(kept.as_object().map(serde_json::Map::len), Some(14));
}

#[test]
fn clearing_the_only_trigger_sends_an_empty_object() {
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:orders-auth:live";
    let pool = json!({ "Id": "eu-west-1_a", "LambdaConfig": { "PreTokenGeneration": arn } });
    let clear = PoolChange::Slot(None);
    let expected = json!({ "UserPoolId": "eu-west-1_a", "LambdaConfig": {} });
    assert_eq!(update(&pool, clear), expected);
    assert_eq!(
        pool_document::differences(&pool, &json!({ "Id": "eu-west-1_a" }), clear),
        Vec::<String>::new()
    );
}

#[test]
fn an_edit_changes_what_it_names_and_adds_tags() {
    let tags = Tags(
        [("pretoken:stack", "orders"), ("team", "access")]
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .into(),
    );
    let edit = PoolEdit {
        name: Some("renamed".to_owned()),
        tier: Some("ESSENTIALS".to_owned()),
        deletion_protection: Some(false),
        tags: Some(tags),
        ..PoolEdit::default()
    };
    let mut expected = preserving(&full_pool());
    expected["PoolName"] = json!("renamed");
    expected["UserPoolTier"] = json!("ESSENTIALS");
    expected["DeletionProtection"] = json!("INACTIVE");
    expected["UserPoolTags"] = json!({ "team": "access", "note": "", "pretoken:stack": "orders" });
    assert_eq!(update(&full_pool(), PoolChange::Edit(&edit)), expected);
}

/// What AWS is known to refuse when it is given back what it describes: description, and what becomes of it.
#[test]
fn known_refusals_are_avoided() {
    let cases = [
        (
            "both settings of a new user's validity",
            json!({ "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
                    "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7 } }),
            json!({ "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
                    "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": false } }),
        ),
        (
            "the older setting alone",
            json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 30 } }),
            json!({ "AdminCreateUserConfig": { "UnusedAccountValidityDays": 30 } }),
        ),
        (
            "sections without the members that they must have",
            json!({ "SmsConfiguration": {}, "UserPoolAddOns": {}, "AccountRecoverySetting": {
                "RecoveryMechanisms": [] },
                    "DeviceConfiguration": {}, "Domain": null, "SmsAuthenticationMessage": "" }),
            json!({}),
        ),
        (
            "an SMS configuration without a sender",
            json!({ "SmsConfiguration": { "SnsRegion": "eu-west-1" } }),
            json!({}),
        ),
        (
            "another SMS service, beside an empty role",
            json!({ "SmsConfiguration": { "SnsCallerArn": "", "EumsSms": { "ConfigurationSet": "x" } } }),
            json!({ "SmsConfiguration": { "EumsSms": { "ConfigurationSet": "x" } } }),
        ),
        (
            "a message for links beside one for codes",
            json!({ "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_LINK",
                "EmailMessage": "{####}",
                    "EmailSubject": "c", "EmailMessageByLink": "{##Go##}", "EmailSubjectByLink": "l" },
                    "EmailVerificationMessage": "{####}", "EmailVerificationSubject": "c" }),
            json!({ "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_LINK",
                    "EmailMessageByLink": "{##Go##}", "EmailSubjectByLink": "l" } }),
        ),
        (
            "a message for codes beside one for links",
            json!({ "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE",
                "EmailMessage": "{####}",
                    "EmailMessageByLink": "{##Go##}", "EmailSubjectByLink": "l" } }),
            json!({ "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE",
                "EmailMessage": "{####}" } }),
        ),
        (
            "messages that the template does not repeat",
            json!({ "SmsVerificationMessage": "s {####}", "EmailVerificationMessage": "e {####}",
                    "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE",
                    "SmsMessage": "s {####}" } }),
            json!({ "EmailVerificationMessage": "e {####}",
                    "VerificationMessageTemplate": { "DefaultEmailOption": "CONFIRM_WITH_CODE",
                    "SmsMessage": "s {####}" } }),
        ),
        (
            "attributes to verify that are not verified automatically",
            json!({ "AutoVerifiedAttributes": ["email"],
                    "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email",
                    "phone_number"] } }),
            json!({ "AutoVerifiedAttributes": ["email"],
                    "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] } }),
        ),
        (
            "attributes to verify when none is verified automatically",
            json!({ "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] } }),
            json!({}),
        ),
        (
            "tags of AWS's own",
            json!({ "UserPoolTags": { "aws:cloudformation:stack-id": "x", "team": "" } }),
            json!({ "UserPoolTags": { "team": "" } }),
        ),
        (
            "dynamic client registration without its switch",
            json!({ "DcrConfiguration": { "AllowedScopes": ["a"] } }),
            json!({}),
        ),
        (
            "a way to sign in that is LITE's only one",
            json!({ "UserPoolTier": "LITE", "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] },
                    "PasswordPolicy": { "MinimumLength": 8 } } }),
            json!({ "UserPoolTier": "LITE", "Policies": { "PasswordPolicy": { "MinimumLength": 8 } } }),
        ),
        (
            "two forms of the slot that do not agree",
            json!({ "LambdaConfig": { "PreTokenGeneration": "a", "PreTokenGenerationConfig": {
                "LambdaVersion": "V2_0", "LambdaArn": "b" } } }),
            json!({ "LambdaConfig": { "PreTokenGeneration": "b", "PreTokenGenerationConfig": {
                "LambdaVersion": "V2_0", "LambdaArn": "b" } } }),
        ),
        (
            "a custom message that is sent from Cognito's own address",
            json!({ "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
                    "VerificationMessageTemplate": { "EmailMessage": "{####}", "EmailSubject": "s" } }),
            json!({ "EmailConfiguration": { "EmailSendingAccount": "COGNITO_DEFAULT" },
                    "VerificationMessageTemplate": { "EmailMessage": "{####}", "EmailSubject": "s" } }),
        ),
    ];
    for (what, described, sent) in cases {
        assert_eq!(preserving(&described), sent, "{what}");
    }
}

#[test]
fn what_cannot_go_back_is_named() {
    let pool = json!({
        "SmsConfiguration": { "SnsRegion": "eu-west-1" },
        "UserAttributeUpdateSettings": { "AttributesRequireVerificationBeforeUpdate": ["email"] },
        "VerificationMessageTemplate": { "EmailMessage": "{####}", "EmailMessageByLink": "{##Go##}" }
    });
    let left_out = pool_document::request(&pool, PoolChange::Edit(&PoolEdit::default())).left_out;
    let left_out: Vec<String> = left_out.iter().map(ToString::to_string).collect();
    let expected = [
        r#"VerificationMessageTemplate.EmailMessageByLink: "{##Go##}""#,
        r#"UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate: ["email"]"#,
        r#"SmsConfiguration: {"SnsRegion":"eu-west-1"}"#,
    ];
    assert_eq!(left_out, expected);
}

#[test]
fn every_lost_member_is_unexpected() {
    let ours = our_trigger();
    let edit = PoolChange::Slot(Some(&ours));
    let mut after = full_pool();
    after["LambdaConfig"] = full_update()["LambdaConfig"].clone();
    after["LastModifiedDate"] = json!(1_763_900_000.0);
    after["EstimatedNumberOfUsers"] = json!(48_214);
    assert_eq!(pool_document::differences(&full_pool(), &after, edit), Vec::<String>::new());

    let moves_by_itself = [
        "Status",
        "LastModifiedDate",
        "EstimatedNumberOfUsers",
        "SmsConfigurationFailure",
        "EmailConfigurationFailure",
    ];
    // Messages stand there twice.
    let repeated = [
        "SmsVerificationMessage",
        "EmailVerificationMessage",
        "EmailVerificationSubject",
        "VerificationMessageTemplate",
    ];
    for name in full_pool().as_object().expect("an object").keys() {
        let differences =
            pool_document::differences(&full_pool(), &without(after.clone(), &[name]), edit);
        let ignored = moves_by_itself.contains(&name.as_str()) || repeated.contains(&name.as_str());
        assert_eq!(differences.is_empty(), ignored, "{name}: {differences:?}");
    }
    let mut without_messages = after.clone();
    for name in repeated {
        without_messages = without(without_messages, &[name]);
    }
    assert_eq!(pool_document::differences(&full_pool(), &without_messages, edit).len(), 1);
    for name in full_pool()["LambdaConfig"].as_object().expect("an object").keys() {
        let differences = pool_document::differences(
            &full_pool(),
            &without(after.clone(), &["LambdaConfig", name]),
            edit,
        );
        // The slot stands there twice too, but the older form means an older event.
        assert_eq!(differences.is_empty(), name == "PreTokenGeneration", "{name}: {differences:?}");
    }
}

#[test]
fn a_difference_says_where_and_what() {
    let mut after = full_pool();
    after["Policies"]["PasswordPolicy"]["MinimumLength"] = json!(8);
    after["AutoVerifiedAttributes"] = json!([]);
    after["FutureSetting"]["Mode"] = json!("LAX");
    after["UserPoolTags"]["note"] = json!("x");
    let differences = differences(&full_pool(), &after);
    let expected = [
        r#"AutoVerifiedAttributes: ["email","phone_number"] -> (absent)"#,
        r#"FutureSetting.Mode: "STRICT" -> "LAX""#,
        "Policies.PasswordPolicy.MinimumLength: 12 -> 8",
        r#"UserPoolTags.note: "" -> "x""#,
    ];
    assert_eq!(differences, expected);
}

#[test]
fn a_trigger_that_fell_back_to_an_older_version_is_unexpected() {
    let mut after = full_pool();
    after["LambdaConfig"] = full_update()["LambdaConfig"].clone();
    after["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaVersion"] = json!("V1_0");
    let differences =
        pool_document::differences(&full_pool(), &after, PoolChange::Slot(Some(&our_trigger())));
    assert_eq!(
        differences,
        [r#"LambdaConfig.PreTokenGenerationConfig.LambdaVersion: "V2_0" -> "V1_0""#]
    );
}

/// The same settings, said in two ways: before, after.
#[test]
fn what_aws_spells_out_is_no_harm() {
    let cases = [
        (json!({}), json!({ "DeletionProtection": "INACTIVE", "MfaConfiguration": "OFF" })),
        (json!({ "SmsConfiguration": {} }), json!({})),
        (
            json!({ "AutoVerifiedAttributes": ["email", "phone_number"] }),
            json!({ "AutoVerifiedAttributes": ["phone_number", "email"] }),
        ),
        (
            json!({ "EmailVerificationMessage": "{####}" }),
            json!({ "EmailVerificationMessage": "{####}", "VerificationMessageTemplate": {
                "EmailMessage": "{####}", "DefaultEmailOption": "CONFIRM_WITH_CODE" } }),
        ),
        (
            json!({ "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 0 } } }),
            json!({ "Policies": { "PasswordPolicy": { "TemporaryPasswordValidityDays": 7 } },
                "AdminCreateUserConfig": { "UnusedAccountValidityDays": 7 } }),
        ),
        (
            json!({ "LambdaConfig": { "PreTokenGeneration": "a" } }),
            json!({ "LambdaConfig": { "PreTokenGeneration": "a", "PreTokenGenerationConfig": {
                "LambdaVersion": "V1_0", "LambdaArn": "a" } } }),
        ),
        (
            json!({}),
            json!({ "Policies": { "SignInPolicy": { "AllowedFirstAuthFactors": ["PASSWORD"] } } }),
        ),
    ];
    for (before, after) in cases {
        for (before, after) in [(&before, &after), (&after, &before)] {
            let differences = differences(before, after);
            assert_eq!(differences, Vec::<String>::new(), "{before} {after}");
        }
    }
}

#[test]
fn everything_that_a_clients_update_takes_goes_back_and_the_secret_does_not() {
    let edit = ClientEdit {
        auth_flows: Some(vec!["ALLOW_USER_PASSWORD_AUTH".to_owned()]),
        access_token_s: Some(5400),
        ..ClientEdit::default()
    };
    let update = app_client_document::update_request(&full_client(), &edit);
    let mut expected = full_client();
    for read_only in ["ClientSecret", "LastModifiedDate", "CreationDate", "ClientType"] {
        expected = without(expected, &[read_only]);
    }
    expected["ExplicitAuthFlows"] = json!(["ALLOW_USER_PASSWORD_AUTH"]);
    expected["AccessTokenValidity"] = json!(90);
    expected["TokenValidityUnits"]["AccessToken"] = json!("minutes");
    assert_eq!(Value::Object(update.body), expected);
    assert_eq!(update.unknown, ["FutureSetting"]);
}

#[test]
fn every_lost_member_of_a_client_is_unexpected() {
    for name in full_client().as_object().expect("an object").keys() {
        let after = without(full_client(), &[name]);
        let differences =
            app_client_document::differences(&full_client(), &after, &ClientEdit::default());
        let ignored = ["ClientSecret", "LastModifiedDate"].contains(&name.as_str());
        assert_eq!(differences.is_empty(), ignored, "{name}: {differences:?}");
        assert!(!differences.join(" ").contains("s3cr3t"), "{differences:?}");
    }
}

#[test]
fn what_aws_spells_out_of_a_client_is_no_harm() {
    let terse = json!({ "RefreshTokenValidity": 0, "AccessTokenValidity": 90, "TokenValidityUnits": {
        "AccessToken": "minutes" } });
    let spelt_out = json!({
        "RefreshTokenValidity": 30, "AccessTokenValidity": 5400, "IdTokenValidity": 60,
        "TokenValidityUnits": { "RefreshToken": "days", "AccessToken": "seconds", "IdToken": "minutes" },
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"],
        "PreventUserExistenceErrors": "LEGACY", "AuthSessionValidity": 3, "EnableTokenRevocation": false,
        "CallbackURLs": []
    });
    let differences = app_client_document::differences(&terse, &spelt_out, &ClientEdit::default());
    assert_eq!(differences, Vec::<String>::new());
    let update = app_client_document::update_request(&terse, &ClientEdit::default());
    assert!(
        !update.body.contains_key("RefreshTokenValidity"),
        "described, 0 means the default; written, it is refused"
    );
}

#[test]
fn lifetimes_are_in_seconds() {
    let lifetime = |client: Value| app_client_document::settings(&client).access_token_s;
    assert_eq!(lifetime(json!({})), 3600);
    assert_eq!(lifetime(json!({ "AccessTokenValidity": 2 })), 7200);
    assert_eq!(
        lifetime(
            json!({ "AccessTokenValidity": 1, "TokenValidityUnits": { "AccessToken": "days" } })
        ),
        86_400
    );
    assert_eq!(validity(3600), (60, "minutes"));
    assert_eq!(validity(301), (301, "seconds"));
}
