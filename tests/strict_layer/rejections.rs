//! The known rejections of a naive round trip, R1 to R15, each with the text that AWS gives it.

use serde_json::{Value, json};

use crate::{
    aws::{Answered, Aws, assert_refused},
    strict::{Moment, Pick},
};

const HOOK: &str = "arn:aws:lambda:us-east-1:123456789012:function:hook:live";

fn update(aws: &Aws, pool: &Value, mut params: Value) -> Answered {
    params["UserPoolId"] = pool["Id"].clone();
    aws.cognito("UpdateUserPool", params)
}

#[track_caller]
fn assert_invalid(answer: Answered, message: &str) {
    assert_refused(answer, 400, "InvalidParameterException", message);
}

#[test]
fn r1_two_validities_of_temporary_passwords() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    // What a description shows, sent back as it is.
    let copy = json!({"Policies": pool["Policies"], "AdminCreateUserConfig": pool["AdminCreateUserConfig"]});
    assert_invalid(
        update(&aws, &pool, copy.clone()),
        "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    );
    let mut zero = copy;
    zero["AdminCreateUserConfig"]["UnusedAccountValidityDays"] = 0.into();
    update(&aws, &pool, zero).expect("0 says nothing");
}

#[test]
fn r2_empty_documents() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    assert_invalid(
        update(&aws, &pool, json!({"SmsConfiguration": {}})),
        "1 validation error detected: Value null at 'smsConfiguration.snsCallerArn' failed to satisfy constraint: Member must not be null",
    );
    assert_invalid(
        update(&aws, &pool, json!({"UserPoolAddOns": {}})),
        "1 validation error detected: Value null at 'userPoolAddOns.advancedSecurityMode' failed to satisfy constraint: Member must not be null",
    );
    let role = "arn:aws:iam::123456789012:role/sms";
    let both = json!({"SnsCallerArn": role, "EumsSms": {"CallerArn": role}});
    assert_invalid(
        update(&aws, &pool, json!({"SmsConfiguration": both})),
        "SnsCallerArn and EumsSms cannot both be provided.",
    );
}

#[test]
fn r3_two_email_messages() {
    let aws = Aws::new();
    let template = json!({"EmailMessage": "Code {####}", "EmailMessageByLink": "Click {##here##}"});
    assert_invalid(
        update(&aws, &aws.pool(json!({})), json!({"VerificationMessageTemplate": template})),
        "The message is invalid.",
    );
}

#[test]
fn r4_own_messages_need_an_own_sender() {
    let aws = Aws::new();
    let template = json!({"EmailMessage": "Code {####}"});
    assert_invalid(
        update(&aws, &aws.pool(json!({})), json!({"VerificationMessageTemplate": template})),
        "Email messages and subjects can be customized only when EmailSendingAccount is DEVELOPER.",
    );
}

#[test]
fn r5_verification_before_update_of_attributes_that_are_not_verified() {
    let aws = Aws::new();
    let pool = aws.pool(json!({"AutoVerifiedAttributes": ["email"]}));
    let settings = json!({"AttributesRequireVerificationBeforeUpdate": ["email"]});
    assert_invalid(
        update(&aws, &pool, json!({"UserAttributeUpdateSettings": settings})),
        "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
    );
    let both =
        json!({"UserAttributeUpdateSettings": settings, "AutoVerifiedAttributes": ["email"]});
    update(&aws, &pool, both).expect("sent together");
}

#[test]
fn r6_empty_recovery() {
    let aws = Aws::new();
    assert_invalid(
        update(
            &aws,
            &aws.pool(json!({})),
            json!({"AccountRecoverySetting": {"RecoveryMechanisms": []}}),
        ),
        "1 validation error detected: Value '[]' at 'accountRecoverySetting.recoveryMechanisms' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
}

#[test]
fn r7_features_above_the_tier() {
    let aws = Aws::new();
    let config = |version: &str| json!({"PreTokenGenerationConfig": {"LambdaVersion": version, "LambdaArn": HOOK}});
    let refused = |params: Value, tier: &str, feature: &str| {
        let mut request = json!({"PoolName": "p", "UserPoolTier": tier});
        request
            .as_object_mut()
            .expect("an object")
            .extend(params.as_object().cloned().expect("an object"));
        assert_refused(
            aws.cognito("CreateUserPool", request),
            400,
            "FeatureUnavailableInTierException",
            &format!(
                "The following features need to be disabled for the {tier} pricing tier configured: {feature}"
            ),
        );
    };
    refused(json!({"LambdaConfig": config("V2_0")}), "LITE", "Access Token Customization");
    refused(json!({"LambdaConfig": config("V3_0")}), "LITE", "Access Token Customization");
    let otp = json!({"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}});
    refused(json!({"Policies": otp}), "LITE", "Passwordless Sign-In");
    refused(
        json!({"Policies": {"PasswordPolicy": {"PasswordHistorySize": 3}}}),
        "LITE",
        "Password History",
    );
    refused(
        json!({"UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}),
        "ESSENTIALS",
        "Threat Protection",
    );
    aws.pool(json!({"UserPoolTier": "LITE", "LambdaConfig": config("V1_0")}));
}

#[test]
fn r7_pools_from_before_the_tiers_keep_v2_triggers() {
    let aws = Aws::new();
    let pool = aws.pool(json!({"UserPoolTier": "LITE"}));
    aws.strict.edit(pool["Id"].as_str().expect("an id"), |pool| pool.grandfathered = true);
    let config = |version: &str| json!({"PreTokenGenerationConfig": {"LambdaVersion": version, "LambdaArn": HOOK}});
    update(&aws, &pool, json!({"UserPoolTier": "LITE", "LambdaConfig": config("V2_0")}))
        .expect("V2_0");
    update(&aws, &pool, json!({"UserPoolTier": "LITE", "LambdaConfig": config("V3_0")}))
        .expect_err("never V3_0");
}

#[test]
fn r8_second_factors_that_nobody_could_use() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    assert_invalid(
        update(&aws, &pool, json!({"MfaConfiguration": "OPTIONAL"})),
        "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
    );
    assert_invalid(
        update(&aws, &pool, json!({"AutoVerifiedAttributes": ["phone_number"]})),
        "SMS configuration is required when phone_number is selected for auto verification",
    );
    let software = json!({"UserPoolId": pool["Id"], "MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    aws.cognito("SetUserPoolMfaConfig", software).expect("a software token");
    assert_eq!(aws.described(&pool)["MfaConfiguration"], "OPTIONAL");
    update(&aws, &pool, json!({"MfaConfiguration": "ON"})).expect("a software token will do");
    let set = |members: &Value| {
        let mut request = json!({"UserPoolId": pool["Id"]});
        for (name, value) in members.as_object().expect("members") {
            request[name] = value.clone();
        }
        aws.cognito("SetUserPoolMfaConfig", request)
    };
    assert_invalid(
        set(&json!({"SoftwareTokenMfaConfiguration": {"Enabled": true}})),
        "Factors cannot be configured while MFA is OFF.",
    );
    assert_invalid(
        set(
            &json!({"MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": false}}),
        ),
        "MFA needs at least one factor that is enabled.",
    );
    let otp = json!({"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}});
    assert_invalid(
        update(&aws, &pool, json!({"MfaConfiguration": "ON", "Policies": otp})),
        "MFA cannot be required when one-time passwords are first factors.",
    );
}

#[test]
fn r9_tags_of_aws_own() {
    const KEY: &str = "aws:cloudformation:stack-name";
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    aws.strict.edit(pool["Id"].as_str().expect("an id"), |pool| {
        pool.document.insert("UserPoolTags".to_owned(), json!({KEY: "shop"}));
    });
    let text = "aws: prefixed tag key names are not allowed for external use.";
    assert_invalid(update(&aws, &pool, json!({"UserPoolTags": {KEY: "shop"}})), text);
    assert_invalid(
        aws.cognito("TagResource", json!({"ResourceArn": pool["Arn"], "Tags": {KEY: "x"}})),
        text,
    );
    update(&aws, &pool, json!({"UserPoolTags": {"a": "1"}})).expect("without it");
    assert_eq!(aws.described(&pool)["UserPoolTags"], json!({"a": "1", KEY: "shop"}));
}

#[test]
fn r10_sms_roles() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let sms = |id: &str| json!({"SmsConfiguration": {"SnsCallerArn": format!("arn:aws:iam::{}:role/sms", aws.strict.account()), "ExternalId": id}});
    let untrusted = |answer| {
        assert_refused(
            answer,
            400,
            "InvalidSmsRoleTrustRelationshipException",
            "Role does not have a trust relationship allowing Cognito to assume the role",
        );
    };
    untrusted(update(&aws, &pool, sms("x")));
    aws.role("sms", "sns.amazonaws.com");
    untrusted(update(&aws, &pool, sms("x")));
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"},
        "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}]});
    aws.iam(
        "UpdateAssumeRolePolicy",
        &[("RoleName", "sms"), ("PolicyDocument", &trust.to_string())],
    )
    .expect("trust");
    untrusted(update(&aws, &pool, sms("y")));
    assert_refused(
        update(&aws, &pool, sms("x")),
        400,
        "InvalidSmsRoleAccessPolicyException",
        "Role does not have permission to publish with SNS",
    );
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sns:Publish"], "Resource": "*"}]});
    aws.iam(
        "PutRolePolicy",
        &[("RoleName", "sms"), ("PolicyName", "p"), ("PolicyDocument", &policy.to_string())],
    )
    .expect("policy");
    update(&aws, &pool, sms("x")).expect("now it can");
    aws.iam("DeleteRolePolicy", &[("RoleName", "sms"), ("PolicyName", "p")]).expect("no policy");
    aws.iam("DeleteRole", &[("RoleName", "sms")]).expect("no role");
    untrusted(update(&aws, &pool, sms("x")));
}

#[test]
fn r11_user_import() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    aws.strict.edit(pool["Id"].as_str().expect("an id"), |pool| pool.user_import_running = true);
    assert_refused(
        update(&aws, &pool, json!({})),
        400,
        "UserImportInProgressException",
        "User import is in progress for the pool.",
    );
}

#[test]
fn r12_two_functions_in_one_slot() {
    let aws = Aws::new();
    let config = json!({"LambdaVersion": "V2_0", "LambdaArn": HOOK});
    let other = HOOK.replace("hook", "other");
    assert_invalid(
        update(
            &aws,
            &aws.pool(json!({})),
            json!({"LambdaConfig": {"PreTokenGeneration": other, "PreTokenGenerationConfig": config}}),
        ),
        "PreTokenGeneration and PreTokenGenerationConfig.LambdaArn must have the same value.",
    );
}

#[test]
fn r13_two_updates_at_once() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let held = aws.strict.hold(Pick::Operation("UpdateUserPool"), Moment::Before);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| update(&aws, &pool, json!({})));
        held.wait_for(1);
        assert_refused(
            update(&aws, &pool, json!({})),
            400,
            "ConcurrentModificationException",
            "Only one request to update this UserPool can be processed at a time",
        );
        held.release();
        first.join().expect("no panic").expect("the first one");
    });
    update(&aws, &pool, json!({})).expect("one after the other");
}

#[test]
fn r14_secondary_region() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    aws.strict.edit(pool["Id"].as_str().expect("an id"), |pool| pool.secondary_region = true);
    assert_refused(
        update(&aws, &pool, json!({})),
        400,
        "OperationNotEnabledException",
        "This operation is not enabled in a secondary Region.",
    );
}

#[test]
fn r15_custom_senders_without_a_key() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let sender = json!({"LambdaVersion": "V1_0", "LambdaArn": HOOK});
    let mut triggers = json!({"CustomEmailSender": sender});
    assert_invalid(
        update(&aws, &pool, json!({"LambdaConfig": triggers})),
        "KMSKeyID is required for custom sender Lambda triggers.",
    );
    triggers["KMSKeyID"] = "arn:aws:kms:us-east-1:123456789012:key/1".into();
    update(&aws, &pool, json!({"LambdaConfig": triggers})).expect("with a key");
}
