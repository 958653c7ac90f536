//! App clients and resource servers.

use serde_json::{Value, json};

use crate::aws::{Answered, Aws, assert_refused};

fn create(aws: &Aws, pool: &Value, mut params: Value) -> Answered {
    params["UserPoolId"] = pool["Id"].clone();
    params["ClientName"] = "web".into();
    Ok(aws.cognito("CreateUserPoolClient", params)?["UserPoolClient"].take())
}

fn update(aws: &Aws, client: &Value, mut params: Value) -> Answered {
    params["UserPoolId"] = client["UserPoolId"].clone();
    params["ClientId"] = client["ClientId"].clone();
    Ok(aws.cognito("UpdateUserPoolClient", params)?["UserPoolClient"].take())
}

fn described(aws: &Aws, client: &Value) -> Value {
    let ids = json!({"UserPoolId": client["UserPoolId"], "ClientId": client["ClientId"]});
    let mut described =
        aws.cognito("DescribeUserPoolClient", ids).expect("a description")["UserPoolClient"].take();
    described.as_object_mut().expect("an object").retain(|name, _| !name.ends_with("Date"));
    described
}

#[test]
fn an_update_resets_what_it_leaves_out() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let rich = create(&aws, &pool, json!({
        "GenerateSecret": true, "RefreshTokenValidity": 7, "AccessTokenValidity": 10, "TokenValidityUnits": {"AccessToken": "minutes"},
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"], "PreventUserExistenceErrors": "ENABLED",
        "CallbackURLs": ["https://example.com"], "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
        "AllowedOAuthFlowsUserPoolClient": true, "ReadAttributes": ["email"], "AuthSessionValidity": 5, "EnableTokenRevocation": false,
        "EnablePropagateAdditionalUserContextData": true,
    }))
    .expect("a client");
    assert!(rich["ClientSecret"].is_string() && rich["AccessTokenValidity"] == 10);
    update(&aws, &rich, json!({})).expect("an update");
    assert_eq!(
        described(&aws, &rich),
        json!({
            "UserPoolId": pool["Id"], "ClientId": rich["ClientId"], "ClientSecret": rich["ClientSecret"], "ClientName": "web",
            "RefreshTokenValidity": 30,
            "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
            "AllowedOAuthFlowsUserPoolClient": false, "PreventUserExistenceErrors": "LEGACY", "EnableTokenRevocation": true,
            "EnablePropagateAdditionalUserContextData": false, "AuthSessionValidity": 3
        })
    );
}

#[test]
fn flows() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let refused = |flows: Value, message: &str| {
        let answer = create(&aws, &pool, json!({"ExplicitAuthFlows": flows}));
        assert_refused(answer, 400, "InvalidParameterException", message);
    };
    refused(json!(["ALLOW_USER_PASSWORD_AUTH"]), "REFRESH_TOKEN_AUTH should always be allowed.");
    refused(
        json!(["ALLOW_REFRESH_TOKEN_AUTH", "ADMIN_NO_SRP_AUTH"]),
        "The values ADMIN_NO_SRP_AUTH, CUSTOM_AUTH_FLOW_ONLY and USER_PASSWORD_AUTH cannot be combined with ALLOW_ values.",
    );
    let unknown = create(&aws, &pool, json!({"ExplicitAuthFlows": ["ALLOW_PASSWORD"]}))
        .expect_err("no such flow");
    assert_eq!((unknown.0, unknown.1.as_str()), (400, "InvalidParameterException"));
    assert!(
        unknown.2.starts_with(
            "1 validation error detected: Value '[ALLOW_PASSWORD]' at 'explicitAuthFlows'"
        ),
        "{unknown:?}"
    );
    let rotation = json!({"Feature": "ENABLED", "RetryGracePeriodSeconds": 0});
    create(&aws, &pool, json!({"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"], "RefreshTokenRotation": rotation})).expect("rotation instead");
    let both = create(
        &aws,
        &pool,
        json!({"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"], "RefreshTokenRotation": rotation}),
    );
    assert_refused(
        both,
        400,
        "InvalidParameterException",
        "ALLOW_REFRESH_TOKEN_AUTH cannot be used with refresh token rotation.",
    );
}

#[test]
fn oauth() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let m2m = json!({"AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": ["orders/read"], "AllowedOAuthFlowsUserPoolClient": true});
    assert_refused(
        create(&aws, &pool, m2m.clone()),
        400,
        "InvalidOAuthFlowException",
        "client_credentials flow can not be selected if client does not have a client secret.",
    );
    let mut with_secret = m2m.clone();
    with_secret["GenerateSecret"] = true.into();
    assert_refused(
        create(&aws, &pool, with_secret.clone()),
        400,
        "ScopeDoesNotExistException",
        "Invalid scope requested: orders/read",
    );
    let server = json!({"UserPoolId": pool["Id"], "Identifier": "orders", "Name": "orders", "Scopes": [{"ScopeName": "read", "ScopeDescription": "Read"}]});
    aws.cognito("CreateResourceServer", server).expect("a resource server");
    let client = create(&aws, &pool, with_secret).expect("a client");
    update(&aws, &client, m2m).expect("its secret stays");
    assert_refused(
        update(&aws, &client, json!({"AllowedOAuthFlowsUserPoolClient": true})),
        400,
        "InvalidParameterException",
        "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
    );
}

#[test]
fn a_browser_comes_back_somewhere_and_attributes_exist() {
    let aws = Aws::new();
    let pool = aws.pool(json!({"Schema": [{"Name": "tenant", "AttributeDataType": "String"}]}));
    let code = json!({"AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "AllowedOAuthFlowsUserPoolClient": true});
    assert_refused(
        create(&aws, &pool, code.clone()),
        400,
        "InvalidOAuthFlowException",
        "CallbackUrls can not be empty when code flow or implicit flow is selected",
    );
    let mut whole = code;
    whole["CallbackURLs"] = json!(["https://shop.example/in"]);
    whole["ReadAttributes"] = json!(["email_verified", "custom:tenant"]);
    whole["WriteAttributes"] = json!(["email"]);
    let client = create(&aws, &pool, whole).expect("a client");
    for attributes in [json!(["custom:plan"]), json!(["email_verified"])] {
        assert_refused(
            update(&aws, &client, json!({"WriteAttributes": attributes})),
            400,
            "InvalidParameterException",
            "Invalid write attributes specified while updating a client",
        );
    }
}

#[test]
fn validity() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    for (validity, unit) in [(1, "minutes"), (2, "days"), (299, "seconds")] {
        let params =
            json!({"AccessTokenValidity": validity, "TokenValidityUnits": {"AccessToken": unit}});
        assert_refused(
            create(&aws, &pool, params),
            400,
            "InvalidParameterException",
            "Invalid range for token validity.",
        );
    }
    create(
        &aws,
        &pool,
        json!({"AccessTokenValidity": 1, "TokenValidityUnits": {"AccessToken": "days"}}),
    )
    .expect("one day");
    let none = create(&aws, &pool, json!({"RefreshTokenValidity": 0})).expect("0 is the default");
    assert_eq!(none["RefreshTokenValidity"], 30);
}

#[test]
fn a_client_without_a_secret_has_no_context_to_propagate() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    assert_refused(
        create(&aws, &pool, json!({"EnablePropagateAdditionalUserContextData": true})),
        400,
        "InvalidParameterException",
        "EnablePropagateAdditionalUserContextData can only be activated for a client with a client secret.",
    );
}

#[test]
fn a_client_names_only_identity_providers_that_there_are() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let named = || json!({"SupportedIdentityProviders": ["COGNITO", "Google"]});
    let message = format!(
        "The provider Google does not exist for User Pool {}.",
        pool["Id"].as_str().expect("an id")
    );
    let refused = create(&aws, &pool, named());
    assert_refused(refused, 400, "InvalidParameterException", &message);
    let details = json!({"client_id": "1", "client_secret": "2", "authorize_scopes": "openid"});
    let google = json!({
        "UserPoolId": pool["Id"],
        "ProviderName": "Google",
        "ProviderType": "Google",
        "ProviderDetails": details,
    });
    aws.cognito("CreateIdentityProvider", google).expect("a provider");
    create(&aws, &pool, named()).expect("a client");
}

#[test]
fn a_deleted_client_is_gone() {
    let aws = Aws::new();
    let client = create(&aws, &aws.pool(json!({})), json!({})).expect("a client");
    let ids = json!({"UserPoolId": client["UserPoolId"], "ClientId": client["ClientId"]});
    aws.cognito("DeleteUserPoolClient", ids.clone()).expect("deleted");
    assert_eq!(
        aws.cognito("DescribeUserPoolClient", ids).expect_err("gone").1,
        "ResourceNotFoundException"
    );
}

#[test]
fn a_resource_server_that_is_updated_without_scopes_has_none() {
    let aws = Aws::new();
    let pool = aws.pool(json!({}));
    let scopes = json!([{"ScopeName": "read", "ScopeDescription": "Read"}]);
    let server = json!({"UserPoolId": pool["Id"], "Identifier": "orders", "Name": "orders", "Scopes": scopes});
    aws.cognito("CreateResourceServer", server.clone()).expect("a resource server");
    aws.cognito("UpdateResourceServer", server).expect("the same");
    let ids = json!({"UserPoolId": pool["Id"], "Identifier": "orders"});
    let scopes_now = || {
        aws.cognito("DescribeResourceServer", ids.clone()).expect("it")["ResourceServer"]["Scopes"]
            .take()
    };
    assert_eq!(scopes_now(), scopes);
    let mut renamed = ids.clone();
    renamed["Name"] = "Orders".into();
    let answer = aws.cognito("UpdateResourceServer", renamed).expect("a new name");
    assert_eq!(answer["ResourceServer"]["Scopes"], json!([]));
    assert_eq!(scopes_now(), json!([]));
}
