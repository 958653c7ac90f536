//! Both engines are told the same: what Terraform's parser makes of the module is what is in the other template, of which an
//! end to end test shows that it is right.

use serde_json::{Value, json};

use crate::linters::module;
use crate::{STACK, export, project};

/// A kind of resource in both engines' words, and where both have the same value.
type Kind = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const KINDS: [Kind; 10] = [
    (
        "aws_cognito_risk_configuration",
        "AWS::Cognito::UserPoolRiskConfigurationAttachment",
        &[
            (
                "/compromised_credentials_risk_configuration/actions/event_action",
                "/CompromisedCredentialsRiskConfiguration/Actions/EventAction",
            ),
            (
                "/account_takeover_risk_configuration/actions/high_action/notify",
                "/AccountTakeoverRiskConfiguration/Actions/HighAction/Notify",
            ),
        ],
    ),
    (
        "aws_cloudwatch_log_group",
        "AWS::Logs::LogGroup",
        &[("/name", "/LogGroupName"), ("/retention_in_days", "/RetentionInDays")],
    ),
    (
        "aws_iam_role",
        "AWS::IAM::Role",
        &[
            ("/name", "/RoleName"),
            ("/assume_role_policy", "/AssumeRolePolicyDocument"),
            ("/permissions_boundary", "/PermissionsBoundary"),
        ],
    ),
    (
        "aws_cognito_user_pool",
        "AWS::Cognito::UserPool",
        &[
            ("/name", "/UserPoolName"),
            ("/user_pool_tier", "/UserPoolTier"),
            ("/deletion_protection", "/DeletionProtection"),
            (
                "/lambda_config/pre_token_generation_config/lambda_version",
                "/LambdaConfig/PreTokenGenerationConfig/LambdaVersion",
            ),
            ("/lambda_config/post_confirmation", "/LambdaConfig/PostConfirmation"),
            ("/lambda_config/kms_key_id", "/LambdaConfig/KMSKeyID"),
            ("/mfa_configuration", "/MfaConfiguration"),
            ("/web_authn_configuration/relying_party_id", "/WebAuthnRelyingPartyID"),
            (
                "/lambda_config/custom_email_sender/lambda_arn",
                "/LambdaConfig/CustomEmailSender/LambdaArn",
            ),
            ("/tags/pretoken:stack", "/UserPoolTags/pretoken:stack"),
        ],
    ),
    (
        "aws_cognito_resource_server",
        "AWS::Cognito::UserPoolResourceServer",
        &[("/identifier", "/Identifier"), ("/name", "/Name"), ("/scope", "/Scopes")],
    ),
    (
        "aws_cognito_user_group",
        "AWS::Cognito::UserPoolGroup",
        &[("/name", "/GroupName"), ("/description", "/Description")],
    ),
    (
        "aws_cognito_user_pool_client",
        "AWS::Cognito::UserPoolClient",
        &[
            ("/name", "/ClientName"),
            ("/generate_secret", "/GenerateSecret"),
            ("/explicit_auth_flows", "/ExplicitAuthFlows"),
            ("/access_token_validity", "/AccessTokenValidity"),
            ("/token_validity_units/access_token", "/TokenValidityUnits/AccessToken"),
            ("/prevent_user_existence_errors", "/PreventUserExistenceErrors"),
            ("/enable_token_revocation", "/EnableTokenRevocation"),
            ("/allowed_oauth_flows", "/AllowedOAuthFlows"),
            ("/allowed_oauth_flows_user_pool_client", "/AllowedOAuthFlowsUserPoolClient"),
            ("/allowed_oauth_scopes", "/AllowedOAuthScopes"),
            ("/callback_urls", "/CallbackURLs"),
            ("/logout_urls", "/LogoutURLs"),
            ("/default_redirect_uri", "/DefaultRedirectURI"),
            ("/supported_identity_providers", "/SupportedIdentityProviders"),
            ("/id_token_validity", "/IdTokenValidity"),
            ("/refresh_token_validity", "/RefreshTokenValidity"),
            ("/token_validity_units/id_token", "/TokenValidityUnits/IdToken"),
            ("/token_validity_units/refresh_token", "/TokenValidityUnits/RefreshToken"),
            ("/read_attributes", "/ReadAttributes"),
            ("/write_attributes", "/WriteAttributes"),
            ("/refresh_token_rotation/feature", "/RefreshTokenRotation/Feature"),
            (
                "/refresh_token_rotation/retry_grace_period_seconds",
                "/RefreshTokenRotation/RetryGracePeriodSeconds",
            ),
            ("/auth_session_validity", "/AuthSessionValidity"),
            (
                "/enable_propagate_additional_user_context_data",
                "/EnablePropagateAdditionalUserContextData",
            ),
        ],
    ),
    (
        "aws_lambda_function",
        "AWS::Lambda::Function",
        &[
            ("/function_name", "/FunctionName"),
            ("/runtime", "/Runtime"),
            ("/handler", "/Handler"),
            ("/architectures", "/Architectures"),
            ("/memory_size", "/MemorySize"),
            ("/timeout", "/Timeout"),
        ],
    ),
    ("aws_lambda_alias", "AWS::Lambda::Alias", &[("/name", "/Name")]),
    (
        "aws_lambda_permission",
        "AWS::Lambda::Permission",
        &[("/action", "/Action"), ("/principal", "/Principal")],
    ),
];

/// The values at these places of every resource, in an order of their own.
fn rows<'a>(resources: impl Iterator<Item = &'a Value>, places: &[&str]) -> Vec<Vec<Value>> {
    let row = |resource: &Value| {
        places.iter().map(|place| plain(resource.pointer(place).unwrap_or(&Value::Null))).collect()
    };
    let mut rows: Vec<Vec<Value>> = resources.map(row).collect();
    rows.sort_by_key(|row| row.iter().map(ToString::to_string).collect::<Vec<_>>());
    rows
}

/// A value without the words in which only one engine says it.
fn plain(value: &Value) -> Value {
    let scope = |value: &Value| {
        let name = value.get("scope_name").or_else(|| value.get("ScopeName"))?;
        let about = value.get("scope_description").or_else(|| value.get("ScopeDescription"))?;
        Some(json!([name, about]))
    };
    match value {
        // Terraform's documents are texts, and one block is no list.
        Value::String(text) if text.starts_with('{') => serde_json::from_str(text).expect("JSON"),
        Value::Array(items) if items.is_empty() => Value::Null,
        Value::Array(items) => {
            items.iter().map(|item| scope(item).unwrap_or_else(|| item.clone())).collect()
        }
        other => scope(other).map_or_else(|| other.clone(), |scope| json!([scope])),
    }
}

#[test]
fn both_engines_are_told_the_same() {
    let project = project(STACK);
    let exported = |engine: &str| {
        let flags = ["--package", "trigger.zip", "-e", "pr-7"];
        export(&project.path(""), &[&[engine], &flags[..]].concat())["template"].take()
    };
    let template = exported("cloudformation");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let text = exported("terraform");
    let path = directory.path().join("main.tf");
    std::fs::write(path, text.as_str().expect("text")).expect("written");
    let module = module(directory.path());
    let resources = template["Resources"].as_object().expect("resources");
    for (terraform, cloudformation, places) in KINDS {
        let blocks = module[terraform].as_array().expect("blocks").iter();
        let others = resources.values().filter(|resource| resource["Type"] == cloudformation);
        let others = others.map(|resource| &resource["Properties"]);
        let rows = [
            rows(blocks, &places.iter().map(|place| place.0).collect::<Vec<_>>()),
            rows(others, &places.iter().map(|place| place.1).collect::<Vec<_>>()),
        ];
        assert!(!rows[0].is_empty() && rows[0].iter().all(|row| row[0].is_string()), "{rows:?}");
        assert_eq!(rows[0], rows[1], "{terraform}");
    }
}
