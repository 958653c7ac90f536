//! The same through AWS's SDK: signatures hold behind the proxy, and every service's errors are understood.

use aws_credential_types::Credentials;
use aws_smithy_types::{error::metadata::ProvideErrorMetadata, retry::RetryConfig};
use serde_json::json;

use crate::{
    aws::Aws,
    strict::{Pick, Strict},
};

macro_rules! client {
    ($sdk:ident, $aws:expr, $key:expr, $secret:expr) => {{
        let config = $sdk::Config::builder()
            .behavior_version($sdk::config::BehaviorVersion::latest())
            .region($sdk::config::Region::new("us-east-1"))
            .credentials_provider(Credentials::new($key, $secret, None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .retry_config(RetryConfig::disabled())
            .endpoint_url($aws.strict.url())
            .build();
        $sdk::Client::from_conf(config)
    }};
}

fn told(error: &impl ProvideErrorMetadata) -> (String, String) {
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}

fn pair(code: &str, message: &str) -> (String, String) {
    (code.to_owned(), message.to_owned())
}

#[test]
fn errors_of_every_protocol_are_understood_by_the_sdk() {
    let aws = Aws::new();
    for operation in
        ["ListUserPools", "GetFunction", "DescribeLogGroups", "GetRole", "GetCallerIdentity"]
    {
        aws.strict.throttle(Pick::Operation(operation), 1);
    }
    let root = aws.strict.account();
    aws.block_on(async {
        let pools = client!(aws_sdk_cognitoidentityprovider, aws, root, Strict::SECRET);
        let answer = pools.list_user_pools().max_results(1).send().await;
        assert_eq!(
            told(&answer.expect_err("throttled")),
            pair("TooManyRequestsException", "Rate exceeded")
        );
        let functions = client!(aws_sdk_lambda, aws, root, Strict::SECRET);
        let answer = functions.get_function().function_name("f").send().await;
        assert_eq!(
            told(&answer.expect_err("throttled")),
            pair("TooManyRequestsException", "Rate exceeded")
        );
        let groups = client!(aws_sdk_cloudwatchlogs, aws, root, Strict::SECRET);
        let answer = groups.describe_log_groups().send().await;
        assert_eq!(
            told(&answer.expect_err("throttled")),
            pair("ThrottlingException", "Rate exceeded")
        );
        let roles = client!(aws_sdk_iam, aws, root, Strict::SECRET);
        let answer = roles.get_role().role_name("r").send().await;
        assert_eq!(told(&answer.expect_err("throttled")), pair("Throttling", "Rate exceeded"));
        let identity = client!(aws_sdk_sts, aws, root, Strict::SECRET);
        let answer = identity.get_caller_identity().send().await;
        assert_eq!(told(&answer.expect_err("throttled")), pair("Throttling", "Rate exceeded"));
        let answer = identity.get_caller_identity().send().await.expect("the second time");
        assert_eq!(answer.account(), Some(root));
    });
}

#[test]
fn refusals_of_this_layer_are_modelled_errors_for_the_sdk() {
    let aws = Aws::new();
    let pool = aws.pool(json!({"DeletionProtection": "ACTIVE"}));
    let (root, id) = (aws.strict.account(), pool["Id"].as_str().expect("an id"));
    aws.block_on(async {
        let pools = client!(aws_sdk_cognitoidentityprovider, aws, root, Strict::SECRET);
        let refused =
            pools.delete_user_pool().user_pool_id(id).send().await.expect_err("protected");
        assert!(refused.into_service_error().is_invalid_parameter_exception());
        let functions = client!(aws_sdk_lambda, aws, root, Strict::SECRET);
        let refused =
            functions.get_policy().function_name("f").send().await.expect_err("no function");
        assert!(refused.into_service_error().is_resource_not_found_exception());
    });
}

#[test]
fn the_signature_and_the_permissions_of_a_user_are_checked() {
    let aws = Aws::new();
    aws.iam("CreateUser", &[("UserName", "ci")]).expect("a user");
    let keys = aws.iam("CreateAccessKey", &[("UserName", "ci")]).expect("a key");
    let member = |name: &str| {
        let rest = keys.split_once(&format!("<{name}>")).expect(name).1;
        rest.split_once('<').expect(name).0.to_owned()
    };
    let (key, secret) = (member("AccessKeyId"), member("SecretAccessKey"));
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["cognito-idp:CreateUserPool", "cognito-idp:UpdateUserPool"], "Resource": "*"}
    ]});
    let params = [("UserName", "ci"), ("PolicyName", "p"), ("PolicyDocument", &policy.to_string())];
    aws.iam("PutUserPolicy", &params).expect("a policy");
    aws.block_on(async {
        let pools = client!(aws_sdk_cognitoidentityprovider, aws, &key, &secret);
        let pool = pools.create_user_pool().pool_name("p").send().await.expect("allowed");
        let id = pool.user_pool().and_then(|pool| pool.id()).expect("an id");
        pools.update_user_pool().user_pool_id(id).send().await.expect("allowed");
        let denied =
            pools.describe_user_pool().user_pool_id(id).send().await.expect_err("not allowed");
        assert_eq!(told(&denied).0, "AccessDeniedException");
        let impostor = client!(aws_sdk_cognitoidentityprovider, aws, &key, "not the secret");
        let refused =
            impostor.create_user_pool().pool_name("p").send().await.expect_err("a wrong signature");
        assert_eq!(told(&refused).0, "InvalidSignatureException");
    });
}

#[test]
fn what_is_no_operation_passes() {
    let aws = Aws::new();
    let path =
        format!("/{}/.well-known/jwks.json", aws.pool(json!({}))["Id"].as_str().expect("an id"));
    let keys = aws.get(&path).expect("the pool's keys");
    assert_eq!(keys["keys"][0]["alg"], "RS256");
    let called = aws.strict.calls().pop().expect("a call");
    assert_eq!((called.service, called.operation, called.mutating), ("other", path, false));
}

#[test]
fn a_command_finds_the_account_by_its_environment() {
    let aws = Aws::new();
    let environment = aws.strict.environment();
    let value = |name: &str| {
        environment.iter().find(|(n, _)| *n == name).map_or("", |(_, value)| value.as_str())
    };
    assert_eq!(value("AWS_ENDPOINT_URL"), aws.strict.url());
    aws.block_on(async {
        let identity =
            client!(aws_sdk_sts, aws, value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
        let answer = identity.get_caller_identity().send().await.expect("an identity");
        assert_eq!(answer.account(), Some(aws.strict.account()));
    });
}
