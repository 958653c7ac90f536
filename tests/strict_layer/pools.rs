//! What a pool shows, and what an update does to it.

use serde_json::{Value, json};

use crate::{
    aws::{Aws, assert_refused},
    strict::{Options, Reset, model::compiled},
};

const HOOK: &str = "arn:aws:lambda:us-east-1:123456789012:function:hook:live";

/// A pool with as many settings as need nothing else.
fn rich(aws: &Aws) -> Value {
    aws.pool(json!({
        "Policies": {
            "PasswordPolicy": {"MinimumLength": 20, "RequireUppercase": false, "RequireLowercase": false,
                "RequireNumbers": false, "RequireSymbols": false, "TemporaryPasswordValidityDays": 3},
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}
        },
        "DeletionProtection": "ACTIVE", "AutoVerifiedAttributes": ["email"], "UserPoolTier": "PLUS",
        "UserPoolTags": {"team": "orders"}, "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": true},
        "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"},
        "EmailConfiguration": {"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:1:identity/x"},
        "VerificationMessageTemplate": {"EmailMessage": "Code {####}", "EmailSubject": "Hello"},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": true},
        "AccountRecoverySetting": {"RecoveryMechanisms": [{"Name": "verified_email", "Priority": 1}]},
        "LambdaConfig": {"PreSignUp": HOOK, "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": HOOK}},
    }))
}

fn update(aws: &Aws, pool: &Value, mut params: Value) {
    params["UserPoolId"] = pool["Id"].clone();
    assert_eq!(aws.cognito("UpdateUserPool", params), Ok(json!({})));
}

/// The description without what no update writes.
fn settings(aws: &Aws, pool: &Value) -> Value {
    let mut described = aws.described(pool);
    for read_only in [
        "Id",
        "Arn",
        "CreationDate",
        "LastModifiedDate",
        "EstimatedNumberOfUsers",
        "SchemaAttributes",
    ] {
        assert!(described[read_only].take() != Value::Null, "{read_only}");
    }
    described.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    described
}

#[test]
fn every_pattern_of_the_models_can_be_checked() {
    let aws = Aws::new();
    let broken: Vec<_> =
        aws.strict.patterns().filter_map(|pattern| compiled(pattern).err()).collect();
    assert!(broken.is_empty(), "{broken:?}");
    assert!(aws.strict.patterns().count() > 100);
}

#[test]
fn names_and_values_are_checked_by_the_model() {
    let aws = Aws::new();
    assert_refused(
        aws.cognito("CreateUserPool", json!({"PoolName": "shop*"})),
        400,
        "InvalidParameterException",
        r"1 validation error detected: Value 'shop*' at 'poolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w\s+=,.@-]+",
    );
    let config = json!({"LambdaVersion": "V9_9", "LambdaArn": HOOK});
    assert_refused(
        aws.cognito(
            "CreateUserPool",
            json!({"PoolName": "p", "LambdaConfig": {"PreTokenGenerationConfig": config}}),
        ),
        400,
        "InvalidParameterException",
        "1 validation error detected: Value 'V9_9' at 'lambdaConfig.preTokenGenerationConfig.lambdaVersion' failed to satisfy constraint: Member must satisfy enum value set: [V1_0, V2_0, V3_0]",
    );
    let answer = aws.lambda("GET", "/no%20name", Value::Null).expect_err("a name with a blank");
    assert_eq!((answer.0, answer.1.as_str()), (400, "ValidationException"));
    let answer = aws
        .iam("CreateRole", &[("RoleName", "a/b"), ("AssumeRolePolicyDocument", "{}")])
        .expect_err("a slash");
    assert_eq!((answer.0, answer.1.as_str()), (400, "ValidationError"));
    let answer = aws
        .logs("PutRetentionPolicy", json!({"logGroupName": "a b", "retentionInDays": 3}))
        .expect_err("a blank");
    assert_eq!((answer.0, answer.1.as_str()), (400, "InvalidParameterException"));
}

#[test]
fn a_new_pool_shows_what_aws_shows() {
    let aws = Aws::new();
    let created = aws.pool(json!({"LambdaConfig": {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": HOOK}}}));
    assert_eq!(created, aws.described(&created));
    assert_eq!(
        settings(&aws, &created),
        json!({
            "Name": "customers",
            "Policies": {
                "PasswordPolicy": {
                    "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
                    "RequireSymbols": true, "TemporaryPasswordValidityDays": 7
                },
                "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}
            },
            "DeletionProtection": "INACTIVE",
            "LambdaConfig": {
                "PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": HOOK},
                "PreTokenGeneration": HOOK
            },
            "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
            "MfaConfiguration": "OFF",
            "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
            "UserPoolTags": {},
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7},
            "UserPoolTier": "ESSENTIALS"
        })
    );
}

#[test]
fn the_legacy_trigger_alone_is_v1() {
    let aws = Aws::new();
    let pool = aws.pool(json!({"LambdaConfig": {"PreTokenGeneration": HOOK}}));
    let config = &pool["LambdaConfig"]["PreTokenGenerationConfig"];
    assert_eq!(config, &json!({"LambdaVersion": "V1_0", "LambdaArn": HOOK}));
}

#[test]
fn as_documented_an_update_resets_everything_that_it_leaves_out() {
    let aws = Aws::new();
    let pool = rich(&aws);
    let plain = aws.pool(json!({"PoolName": "plain"}));
    update(&aws, &pool, json!({"PoolName": "plain"}));
    assert_eq!(settings(&aws, &pool), settings(&aws, &plain));
}

#[test]
fn as_measured_an_update_keeps_some_settings_and_resets_others() {
    let aws = Aws::with(Options { reset: Reset::Measured, ..Options::default() });
    let pool = rich(&aws);
    let before = settings(&aws, &pool);
    let plain = settings(&aws, &aws.pool(json!({})));
    update(&aws, &pool, json!({}));
    let after = settings(&aws, &pool);
    for kept in [
        "Name",
        "Policies",
        "DeletionProtection",
        "VerificationMessageTemplate",
        "EmailConfiguration",
        "UserPoolTier",
        "AccountRecoverySetting",
        "MfaConfiguration",
    ] {
        assert_eq!(after[kept], before[kept], "{kept}");
    }
    for reset in [
        "AutoVerifiedAttributes",
        "UserPoolTags",
        "LambdaConfig",
        "DeviceConfiguration",
        "UserPoolAddOns",
    ] {
        assert_eq!(after[reset], plain[reset], "{reset}");
        assert_ne!(after[reset], before[reset], "{reset}");
    }
    assert_eq!(after["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"], false);
}

#[test]
fn a_full_copy_changes_nothing() {
    for reset in [Reset::Documented, Reset::Measured] {
        let aws = Aws::with(Options { reset, ..Options::default() });
        let pool = rich(&aws);
        let before = settings(&aws, &pool);
        let mut copy = before.clone();
        copy["AdminCreateUserConfig"]["UnusedAccountValidityDays"] = 0.into();
        copy["PoolName"] = copy["Name"].take();
        update(&aws, &pool, copy);
        assert_eq!(settings(&aws, &pool), before);
    }
}

#[test]
fn a_trigger_that_is_left_out_is_gone() {
    let aws = Aws::with(Options { reset: Reset::Measured, ..Options::default() });
    let pool = rich(&aws);
    update(&aws, &pool, json!({"LambdaConfig": {"PreSignUp": HOOK}}));
    assert_eq!(aws.described(&pool)["LambdaConfig"], json!({"PreSignUp": HOOK}));
    update(&aws, &pool, json!({"LambdaConfig": {}}));
    assert_eq!(aws.described(&pool)["LambdaConfig"], json!({}));
}

#[test]
fn settings_that_nobody_knows_live_until_an_update_leaves_them_out() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let id = pool["Id"].as_str().expect("an id");
    let future = json!({"Mode": "NEW"});
    aws.strict.edit(id, |pool| {
        drop(pool.document.insert("FutureConfiguration".to_owned(), future.clone()));
    });
    assert_eq!(aws.described(&pool)["FutureConfiguration"], future);
    update(&aws, &pool, json!({"FutureConfiguration": future}));
    assert_eq!(aws.described(&pool)["FutureConfiguration"], future);
    update(&aws, &pool, json!({}));
    assert_eq!(aws.described(&pool)["FutureConfiguration"], Value::Null);
    assert_eq!(aws.strict.settings(id).get("FutureConfiguration"), None);
}

#[test]
fn client_registration_is_kept_when_left_out_and_turned_on_when_sent_in_part() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let off = json!({"EnableStatus": "DISABLED"});
    update(&aws, &pool, json!({"DcrConfiguration": off}));
    update(&aws, &pool, json!({}));
    assert_eq!(aws.described(&pool)["DcrConfiguration"], off);
    update(&aws, &pool, json!({"DcrConfiguration": {"Scopes": ["a"]}}));
    assert_eq!(aws.described(&pool)["DcrConfiguration"]["EnableStatus"], "ENABLED");
}

#[test]
fn messages_show_under_their_old_names_too() {
    let aws = Aws::new();
    let pool = aws.pool(json!({"SmsVerificationMessage": "Your code is {####}"}));
    assert_eq!(pool["VerificationMessageTemplate"]["SmsMessage"], "Your code is {####}");
    assert_eq!(pool["SmsVerificationMessage"], "Your code is {####}");
}

#[test]
fn a_pool_can_be_renamed() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    update(&aws, &pool, json!({"PoolName": "clients"}));
    let pools = aws.cognito("ListUserPools", json!({"MaxResults": 60})).expect("pools");
    assert_eq!(pools["UserPools"][0]["Name"], "clients");
    assert_eq!(aws.described(&pool)["Name"], "clients");
}

#[test]
fn tags_are_set_read_and_removed_one_by_one() {
    let aws = Aws::new();
    let pool = aws.pool(json!({"UserPoolTags": {"a": "1"}}));
    let arn = &pool["Arn"];
    aws.cognito("TagResource", json!({"ResourceArn": arn, "Tags": {"b": "2"}})).expect("tagged");
    assert_eq!(aws.described(&pool)["UserPoolTags"], json!({"a": "1", "b": "2"}));
    aws.cognito("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["a"]})).expect("untagged");
    let tags = aws.cognito("ListTagsForResource", json!({"ResourceArn": arn})).expect("tags");
    assert_eq!(tags, json!({"Tags": {"b": "2"}}));
}

#[test]
fn a_protected_pool_and_a_pool_with_a_domain_are_not_deleted() {
    let aws = Aws::new();
    let pool = aws.pool(json!({"DeletionProtection": "ACTIVE"}));
    let id = json!({"UserPoolId": pool["Id"]});
    assert_refused(
        aws.cognito("DeleteUserPool", id.clone()),
        400,
        "InvalidParameterException",
        "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.",
    );
    update(&aws, &pool, json!({"DeletionProtection": "INACTIVE"}));
    let domain =
        json!({"UserPoolId": pool["Id"], "Domain": format!("shop-{}", aws.strict.account())});
    aws.cognito("CreateUserPoolDomain", domain.clone()).expect("a domain");
    assert_refused(
        aws.cognito("DeleteUserPool", id.clone()),
        400,
        "InvalidParameterException",
        "User pool cannot be deleted. It has a domain configured that should be deleted first.",
    );
    aws.cognito("DeleteUserPoolDomain", domain).expect("no domain");
    aws.cognito("DeleteUserPool", id.clone()).expect("deleted");
    for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool"] {
        let refused = aws.cognito(operation, id.clone()).expect_err("it is gone");
        assert_eq!(refused.1, "ResourceNotFoundException", "{operation}");
    }
}
