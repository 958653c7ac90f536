//! Drift that somebody makes by hand, one property at a time: `plan` names it, `up` repairs it, and then nothing is left.

use aws_sdk_cognitoidentityprovider::types::{
    DeletionProtectionType, ExplicitAuthFlowsType, LambdaConfigType,
    PreTokenGenerationLambdaVersionType, PreTokenGenerationVersionConfigType,
    PreventUserExistenceErrorTypes, RiskExceptionConfigurationType, UserPoolTierType,
};
use aws_sdk_lambda::types::{Architecture, Environment, LastUpdateStatus};
use serde_json::Value;

use crate::stack::{STACK, Sdk, Stack};

/// The ids that drifting needs.
struct Place {
    pool: String,
    client: String,
    account: String,
}

type Drift = (&'static str, &'static [&'static str], fn(&Sdk, &Place));

const FUNCTION: &str = "orders-pre-token";
const GROUP: &str = "/aws/lambda/orders-pre-token";

const DRIFTS: &[Drift] = &[
    ("role trust", &["role orders-pre-token update"], |sdk, _| {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        sdk.call(
            sdk.iam.update_assume_role_policy().role_name(FUNCTION).policy_document(trust).send(),
        );
    }),
    ("role policy", &["role orders-pre-token update"], |sdk, _| {
        sdk.call(sdk.iam.delete_role_policy().role_name(FUNCTION).policy_name("logs").send());
    }),
    ("another policy", &["role orders-pre-token update"], |sdk, _| {
        let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
        sdk.call(
            sdk.iam
                .put_role_policy()
                .role_name(FUNCTION)
                .policy_name("more")
                .policy_document(all)
                .send(),
        );
    }),
    ("retention", &["log-group /aws/lambda/orders-pre-token update"], |sdk, _| {
        sdk.call(sdk.logs.put_retention_policy().log_group_name(GROUP).retention_in_days(1).send());
    }),
    ("log group", &["log-group /aws/lambda/orders-pre-token create"], |sdk, _| {
        sdk.call(sdk.logs.delete_log_group().log_group_name(GROUP).send());
    }),
    ("memory", &["function orders-pre-token update"], |sdk, _| {
        sdk.call(
            sdk.lambda
                .update_function_configuration()
                .function_name(FUNCTION)
                .memory_size(512)
                .send(),
        );
    }),
    ("timeout", &["function orders-pre-token update"], |sdk, _| {
        sdk.call(
            sdk.lambda.update_function_configuration().function_name(FUNCTION).timeout(3).send(),
        );
    }),
    ("variables", &["function orders-pre-token update"], |sdk, _| {
        let variables = Environment::builder().variables("MINE", "1").build();
        sdk.call(
            sdk.lambda
                .update_function_configuration()
                .function_name(FUNCTION)
                .environment(variables)
                .send(),
        );
    }),
    ("architecture and code", &["function orders-pre-token update"], |sdk, _| {
        let other =
            if cfg!(target_arch = "aarch64") { Architecture::X8664 } else { Architecture::Arm64 };
        let code = aws_sdk_lambda::primitives::Blob::new(EMPTY_ZIP);
        sdk.call(
            sdk.lambda
                .update_function_code()
                .function_name(FUNCTION)
                .architectures(other)
                .zip_file(code)
                .send(),
        );
    }),
    ("alias target", &["release orders-pre-token:live update"], |sdk, _| {
        // A version of other settings, and $LATEST as it was.
        sdk.call(
            sdk.lambda
                .update_function_configuration()
                .function_name(FUNCTION)
                .memory_size(1024)
                .send(),
        );
        settle(sdk);
        let version = sdk.call(sdk.lambda.publish_version().function_name(FUNCTION).send());
        sdk.call(
            sdk.lambda
                .update_function_configuration()
                .function_name(FUNCTION)
                .memory_size(128)
                .send(),
        );
        settle(sdk);
        let version = version.version().expect("a version").to_owned();
        sdk.call(
            sdk.lambda
                .update_alias()
                .function_name(FUNCTION)
                .name("live")
                .function_version(version)
                .send(),
        );
    }),
    ("no permission", &["permission customers create"], |sdk, _| revoke_all(sdk)),
    ("permission for another pool", PERMISSION_CHANGES, |sdk, place| {
        revoke_all(sdk);
        grant(
            sdk,
            &format!("arn:aws:cognito-idp:eu-west-1:{}:userpool/eu-west-1_Gone", place.account),
            &place.account,
        );
    }),
    ("permission for another account", PERMISSION_CHANGES, |sdk, place| {
        revoke_all(sdk);
        grant(sdk, &pool_arn(place), "999999999999");
    }),
    ("no trigger", &["trigger customers create"], |sdk, place| {
        sdk.call(
            sdk.cognito
                .update_user_pool()
                .user_pool_id(&place.pool)
                .lambda_config(LambdaConfigType::builder().build())
                .send(),
        );
    }),
    ("another function in the slot", &["trigger customers update"], |sdk, place| {
        let arn = format!("arn:aws:lambda:eu-west-1:{}:function:other", place.account);
        set_trigger(sdk, place, &arn, PreTokenGenerationLambdaVersionType::V20);
    }),
    ("an older event", &["trigger customers update"], |sdk, place| {
        let arn = format!("arn:aws:lambda:eu-west-1:{}:function:{FUNCTION}:live", place.account);
        set_trigger(sdk, place, &arn, PreTokenGenerationLambdaVersionType::V10);
    }),
    ("client flows", &["client customers/web update"], |sdk, place| {
        let call = sdk
            .cognito
            .update_user_pool_client()
            .user_pool_id(&place.pool)
            .client_id(&place.client);
        let flows = vec![
            ExplicitAuthFlowsType::AllowUserSrpAuth,
            ExplicitAuthFlowsType::AllowRefreshTokenAuth,
        ];
        sdk.call(call.set_explicit_auth_flows(Some(flows)).send());
    }),
    (
        "client gone",
        &[
            "client customers/web create",
            "function orders-pre-token update",
            "release orders-pre-token:live update",
        ],
        |sdk, place| {
            sdk.call(
                sdk.cognito
                    .delete_user_pool_client()
                    .user_pool_id(&place.pool)
                    .client_id(&place.client)
                    .send(),
            );
        },
    ),
    ("scopes", &["resource-server customers/orders update"], |sdk, place| {
        let call =
            sdk.cognito.update_resource_server().user_pool_id(&place.pool).identifier("orders");
        sdk.call(call.name("orders-orders").send());
    }),
    ("group", &["group customers/staff create"], |sdk, place| {
        sdk.call(sdk.cognito.delete_group().user_pool_id(&place.pool).group_name("staff").send());
    }),
    ("tier and protection", &["pool customers update"], |sdk, place| {
        let call = sdk
            .cognito
            .update_user_pool()
            .user_pool_id(&place.pool)
            .user_pool_tier(UserPoolTierType::Plus);
        let call = call.deletion_protection(DeletionProtectionType::Active);
        let tags = sdk.call(sdk.cognito.describe_user_pool().user_pool_id(&place.pool).send());
        let pool = tags.user_pool().expect("a pool");
        let call = call
            .set_user_pool_tags(pool.user_pool_tags().cloned())
            .set_lambda_config(pool.lambda_config().cloned());
        sdk.call(call.send());
    }),
    (
        "function gone",
        &[
            "function orders-pre-token create",
            "release orders-pre-token:live create",
            "permission customers create",
        ],
        |sdk, _| {
            sdk.call(sdk.lambda.delete_function().function_name(FUNCTION).send());
        },
    ),
];

const PERMISSION_CHANGES: &[&str] = &["permission customers create", "permission by-hand delete"];

/// The smallest zip file: no entry.
const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fn pool_arn(place: &Place) -> String {
    format!("arn:aws:cognito-idp:eu-west-1:{}:userpool/{}", place.account, place.pool)
}

/// Looks until the last change of the function is done.
fn settle(sdk: &Sdk) {
    let look = || sdk.call(sdk.lambda.get_function_configuration().function_name(FUNCTION).send());
    while look().last_update_status() == Some(&LastUpdateStatus::InProgress) {}
}

fn revoke_all(sdk: &Sdk) {
    let policy = sdk.call(sdk.lambda.get_policy().function_name(FUNCTION).qualifier("live").send());
    let policy: serde_json::Value =
        serde_json::from_str(policy.policy().expect("a policy")).expect("JSON");
    for statement in policy["Statement"].as_array().expect("statements") {
        let id = statement["Sid"].as_str().expect("an id");
        sdk.call(
            sdk.lambda
                .remove_permission()
                .function_name(FUNCTION)
                .qualifier("live")
                .statement_id(id)
                .send(),
        );
    }
}

fn grant(sdk: &Sdk, source: &str, account: &str) {
    let call = sdk
        .lambda
        .add_permission()
        .function_name(FUNCTION)
        .qualifier("live")
        .statement_id("by-hand");
    let call = call.action("lambda:InvokeFunction").principal("cognito-idp.amazonaws.com");
    sdk.call(call.source_arn(source).source_account(account).send());
}

fn set_trigger(sdk: &Sdk, place: &Place, arn: &str, version: PreTokenGenerationLambdaVersionType) {
    let config = PreTokenGenerationVersionConfigType::builder()
        .lambda_arn(arn)
        .lambda_version(version)
        .build();
    let config =
        LambdaConfigType::builder().pre_token_generation_config(config.expect("whole")).build();
    let described = sdk.call(sdk.cognito.describe_user_pool().user_pool_id(&place.pool).send());
    let tags = described.user_pool().and_then(|pool| pool.user_pool_tags()).cloned();
    let call = sdk.cognito.update_user_pool().user_pool_id(&place.pool).set_user_pool_tags(tags);
    sdk.call(call.lambda_config(config).send());
}

#[test]
fn every_drift_is_named_and_repaired() {
    let stack = Stack::new();
    stack.up();
    let sdk = stack.sdk();
    for (name, expected, drift) in DRIFTS {
        let outputs = stack.run(&["status", "-o", "json"]).exits(0).json();
        let pool = &outputs["outputs"]["pools"]["customers"];
        let text = |value: &serde_json::Value| value.as_str().expect("an id").to_owned();
        let place = Place {
            pool: text(&pool["id"]),
            client: text(&pool["clients"]["web"]["id"]),
            account: stack.aws.account().to_owned(),
        };
        drift(&sdk, &place);
        settle_if_there(&sdk);
        let plan = stack.plan();
        for change in *expected {
            assert!(plan.iter().any(|line| line == change), "{name}: {plan:?} has no `{change}`");
        }
        stack.up();
        assert_eq!(stack.plan(), Vec::<String>::new(), "{name}: something is left");
    }
    stack.run(&["verify"]).exits(0);
}

/// What a client declares of itself: drifted by hand, named by its path, and repaired by one write that loses nothing.
#[test]
fn a_clients_settings_are_declared_named_and_repaired() {
    const CLIENT: &str = r#"[pools.customers.clients.web]
oauth_flows = ["code"]
oauth_scopes = ["openid", "orders/read"]
callback_urls = ["https://shop.example/in"]
refresh_token_days = 7
read_attributes = ["email", "custom:tenant"]
[pools.customers.attributes.tenant]
"#;
    let stack = Stack::of(&STACK.replace("[pools.customers.clients.web]\n", CLIENT));
    let up = stack.up();
    let pool = &up["outputs"]["pools"]["customers"];
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    let (pool, client) = (text(&pool["id"]), text(&pool["clients"]["web"]["id"]));
    let sdk = stack.sdk();
    let look = || {
        let call = sdk.cognito.describe_user_pool_client().user_pool_id(&pool).client_id(&client);
        sdk.call(call.send()).user_pool_client.expect("a client")
    };
    let right = look();
    assert_eq!(right.callback_urls(), ["https://shop.example/in"]);
    assert_eq!(
        right.prevent_user_existence_errors().map(PreventUserExistenceErrorTypes::as_str),
        Some("ENABLED")
    );

    // By hand: whatever is left out goes back to its default, and something is set that nobody declares.
    let by_hand = sdk.cognito.update_user_pool_client().user_pool_id(&pool).client_id(&client);
    sdk.call(by_hand.logout_urls("https://shop.example/out").send());
    let plan = stack.run(&["plan", "-o", "json"]).exits(0).json();
    let fields = plan["changes"][0]["fields"].as_array().expect("fields").iter();
    let paths: Vec<_> = fields.map(|field| text(&field["path"])).collect();
    for path in [
        "auth_flows",
        "callback_urls",
        "oauth_flows",
        "oauth_scopes",
        "prevent_user_existence_errors",
        "read_attributes",
        "refresh_token_s",
    ] {
        assert!(paths.iter().any(|it| it == path), "{path}: {paths:?}");
    }
    stack.up();
    assert_eq!(stack.plan(), Vec::<String>::new());
    let repaired = look();
    assert_eq!(repaired.logout_urls(), ["https://shop.example/out"], "what nobody declares stays");
    assert_eq!(repaired.callback_urls(), right.callback_urls());
    assert_eq!(repaired.refresh_token_validity(), right.refresh_token_validity());
    assert_eq!(repaired.read_attributes(), right.read_attributes());
}

/// Settings that have calls of their own: drifted by hand, named by their paths, repaired, and nothing beside them is lost.
#[test]
fn second_factors_risks_and_logs_are_named_and_repaired() {
    const POOL: &str = r#"tier = "PLUS"
user_pool_add_ons.advanced_security_mode = "ENFORCED"
mfa_configuration = "OPTIONAL"
mfa.software_token_mfa_configuration.enabled = true
risk_configuration.compromised_credentials_risk_configuration.actions.event_action = "BLOCK"
[[pools.customers.log_delivery.log_configurations]]
event_source = "userAuthEvents"
log_level = "INFO"
s3_configuration.bucket_arn = "arn:aws:s3:::sign-ins"
[pools.customers.clients.web]
"#;
    let stack = Stack::of(&STACK.replace("[pools.customers.clients.web]\n", POOL));
    let up = stack.up();
    let pool = up["outputs"]["pools"]["customers"]["id"].as_str().expect("an id").to_owned();
    assert_eq!(stack.plan(), Vec::<String>::new());
    let sdk = stack.sdk();
    let skipped = ["192.0.2.0/24".to_owned()];

    // By hand: second factors are off, logs go nowhere, and passwords that leaked may pass from one address.
    sdk.call(sdk.cognito.set_user_pool_mfa_config().user_pool_id(&pool).send());
    let nowhere = sdk.cognito.set_log_delivery_configuration().user_pool_id(&pool);
    sdk.call(nowhere.set_log_configurations(Some(vec![])).send());
    let except = RiskExceptionConfigurationType::builder()
        .set_skipped_ip_range_list(Some(skipped.to_vec()))
        .build();
    let risk = sdk.cognito.set_risk_configuration().user_pool_id(&pool);
    sdk.call(risk.risk_exception_configuration(except).send());

    let plan = stack.run(&["plan", "-o", "json"]).exits(0).json();
    let fields = plan["changes"][0]["fields"].as_array().expect("fields").iter();
    let mut paths: Vec<_> = fields.filter_map(|field| field["path"].as_str()).collect();
    paths.sort_unstable();
    let expected = [
        "log_delivery.log_configurations",
        "mfa.software_token_mfa_configuration.enabled",
        "mfa_configuration",
        "risk_configuration.compromised_credentials_risk_configuration.actions.event_action",
    ];
    assert_eq!(paths, expected);
    stack.up();
    assert_eq!(stack.plan(), Vec::<String>::new());
    let risk = sdk.call(sdk.cognito.describe_risk_configuration().user_pool_id(&pool).send());
    let except = risk.risk_configuration.and_then(|risk| risk.risk_exception_configuration);
    let kept = except.expect("what nobody declares stays");
    assert_eq!(kept.skipped_ip_range_list(), skipped);
}

fn settle_if_there(sdk: &Sdk) {
    let functions = sdk.call(sdk.lambda.list_functions().send());
    if functions.functions().iter().any(|function| function.function_name() == Some(FUNCTION)) {
        settle(sdk);
    }
}
