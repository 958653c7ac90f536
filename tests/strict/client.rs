//! App clients: settings held as AWS keeps them, replaced by updates, and the combinations that are refused.

use serde_json::{Map, Value, json};

use super::{
    call::Call,
    iam::many,
    identity_provider,
    layer::{Answer, Layer},
    pool,
    pool_rules::refuse_if,
    refusal::Refusal,
    upstream::{body, with_body},
};

/// Members that no update writes.
const READ_ONLY: [&str; 7] = [
    "UserPoolId",
    "ClientId",
    "ClientSecret",
    "ClientType",
    "CreationDate",
    "LastModifiedDate",
    "GenerateSecret",
];
/// Scopes that need no resource server.
const STANDARD_SCOPES: [&str; 5] =
    ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"];

pub(crate) async fn create(layer: &Layer, call: &Call) -> Answer {
    pool::current(layer, call).await?;
    let document = settled(&call.document());
    check(layer, call, &document, call.params["GenerateSecret"] == true).await?;
    let response = layer.forward(call).await?;
    let shown = body(&response)["UserPoolClient"].take();
    keep(layer, call, &shown, document).await?;
    Ok(described(layer, call, response, &shown))
}

pub(crate) async fn describe(layer: &Layer, call: &Call) -> Answer {
    pool::current(layer, call).await?;
    let response = layer.forward(call).await?;
    let shown = body(&response)["UserPoolClient"].take();
    Ok(described(layer, call, response, &shown))
}

/// Everything that the request leaves out goes back to its default (boto3 #1607: flows; terraform #5029: URLs).
pub(crate) async fn update(layer: &Layer, call: &Call) -> Answer {
    pool::current(layer, call).await?;
    let id = call.text("ClientId");
    let ids = json!({"UserPoolId": call.text("UserPoolId"), "ClientId": id});
    let now = layer.upstream.cognito(&call.region, "DescribeUserPoolClient", &ids).await;
    let mut document = settled(&call.document());
    if let (None, Ok(now)) = (document.get("ClientName"), &now) {
        // It has no default to go back to.
        document.insert("ClientName".to_owned(), now["UserPoolClient"]["ClientName"].clone());
    }
    let has_secret = now.is_ok_and(|now| now["UserPoolClient"]["ClientSecret"].is_string());
    check(layer, call, &document, has_secret).await?;
    let response = layer.forward(call).await?;
    let shown = body(&response)["UserPoolClient"].take();
    keep(layer, call, &shown, document).await?;
    Ok(described(layer, call, response, &shown))
}

pub(crate) async fn delete(layer: &Layer, call: &Call) -> Answer {
    let response = layer.forward(call).await?;
    if let Some(pool) = layer.world().pools.get_mut(call.text("UserPoolId")) {
        pool.clients.remove(call.text("ClientId"));
    }
    Ok(response)
}

/// What is shown: the emulator's ids, secret and dates, and the settings.
fn described(
    layer: &Layer,
    call: &Call,
    response: super::http::Response,
    shown: &Value,
) -> super::http::Response {
    let mut description = shown.as_object().cloned().unwrap_or_default();
    let world = layer.world();
    let pool = world.pools.get(call.text("UserPoolId"));
    if let Some(settings) = pool.and_then(|pool| pool.clients.get(shown["ClientId"].as_str()?)) {
        description.retain(|name, _| READ_ONLY.contains(&name.as_str()));
        description.extend(settings.clone());
    }
    with_body(response, &json!({"UserPoolClient": description}))
}

/// Remembers the settings and tells the emulator those that it acts on; it merges, so defaults are sent too.
async fn keep(
    layer: &Layer,
    call: &Call,
    shown: &Value,
    document: Map<String, Value>,
) -> Result<(), Refusal> {
    let mut units = json!({"AccessToken": "hours", "IdToken": "hours", "RefreshToken": "days"});
    let own =
        document.get("TokenValidityUnits").and_then(Value::as_object).cloned().unwrap_or_default();
    units.as_object_mut().expect("an object").extend(own);
    let mut settings = json!({"AccessTokenValidity": 1, "IdTokenValidity": 1, "AllowedOAuthFlows": [], "AllowedOAuthScopes": []});
    let all = settings.as_object_mut().expect("an object");
    all.extend(document.clone());
    // The emulator knows no `USER_AUTH`: here it is one of the flows that it knows.
    if let Some(flows) = all.get_mut("ExplicitAuthFlows").and_then(Value::as_array_mut)
        && flows.iter().any(|flow| flow == "ALLOW_USER_AUTH")
    {
        flows.extend([json!("ALLOW_USER_SRP_AUTH"), json!("ALLOW_USER_PASSWORD_AUTH")]);
    }
    all.insert("TokenValidityUnits".to_owned(), units);
    all.insert("UserPoolId".to_owned(), call.params["UserPoolId"].clone());
    all.insert("ClientId".to_owned(), shown["ClientId"].clone());
    layer.upstream.cognito(&call.region, "UpdateUserPoolClient", &settings).await?;
    let id = shown["ClientId"].as_str().unwrap_or_default().to_owned();
    let mut world = layer.world();
    if let Some(pool) = world.pools.get_mut(call.text("UserPoolId")) {
        pool.clients.insert(id, document);
    }
    Ok(())
}

/// The settings that a request makes. Without flows a client gets these three (API reference), none with a password.
fn settled(request: &Map<String, Value>) -> Map<String, Value> {
    let Value::Object(mut document) = json!({
        "RefreshTokenValidity": 30,
        "ExplicitAuthFlows": ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
        "AllowedOAuthFlowsUserPoolClient": false,
        "PreventUserExistenceErrors": "LEGACY",
        "EnableTokenRevocation": true,
        "EnablePropagateAdditionalUserContextData": false,
        "AuthSessionValidity": 3
    }) else {
        unreachable!("an object")
    };
    let given = request
        .iter()
        .filter(|(name, value)| !READ_ONLY.contains(&name.as_str()) && !value.is_null());
    document.extend(given.map(|(name, value)| (name.clone(), value.clone())));
    if document["RefreshTokenValidity"] == 0 {
        document["RefreshTokenValidity"] = 30.into();
    }
    document
}

async fn check(
    layer: &Layer,
    call: &Call,
    document: &Map<String, Value>,
    has_secret: bool,
) -> Result<(), Refusal> {
    check_flows(document)?;
    check_validity(document)?;
    refuse_if(
        document["EnablePropagateAdditionalUserContextData"] == true && !has_secret,
        "EnablePropagateAdditionalUserContextData can only be activated for a client with a client secret.",
    )?;
    check_oauth(document, has_secret)?;
    check_attributes(layer, call, document).await?;
    identity_provider::check_named(layer, call, document).await?;
    check_scopes(layer, call, document).await
}

/// aws-cdk #7625; the exception for rotation follows from the API reference.
fn check_flows(document: &Map<String, Value>) -> Result<(), Refusal> {
    let flows: Vec<String> = many(&document["ExplicitAuthFlows"]).collect();
    let new = flows.iter().filter(|flow| flow.starts_with("ALLOW_")).count();
    refuse_if(
        new > 0 && new < flows.len(),
        "The values ADMIN_NO_SRP_AUTH, CUSTOM_AUTH_FLOW_ONLY and USER_PASSWORD_AUTH cannot be combined with ALLOW_ values.",
    )?;
    let refreshes = flows.iter().any(|flow| flow == "ALLOW_REFRESH_TOKEN_AUTH");
    let rotates = document
        .get("RefreshTokenRotation")
        .is_some_and(|rotation| rotation["Feature"] == "ENABLED");
    refuse_if(new > 0 && !refreshes && !rotates, "REFRESH_TOKEN_AUTH should always be allowed.")?;
    refuse_if(
        refreshes && rotates,
        "ALLOW_REFRESH_TOKEN_AUTH cannot be used with refresh token rotation.",
    )
}

/// Five minutes to a day; an hour to ten years for the refresh token (Dev Guide).
fn check_validity(document: &Map<String, Value>) -> Result<(), Refusal> {
    const DAY: u64 = 86_400;
    let seconds = |token: &str, default: &str| {
        let value = document.get(&format!("{token}Validity")).and_then(Value::as_u64)?;
        let unit = document
            .get("TokenValidityUnits")
            .and_then(|units| units[token].as_str())
            .unwrap_or(default);
        let unit = match unit {
            "seconds" => 1,
            "minutes" => 60,
            "hours" => 3_600,
            _ => DAY,
        };
        Some(value * unit)
    };
    let short = ["AccessToken", "IdToken"].iter().filter_map(|token| seconds(token, "hours"));
    let wrong = short.into_iter().any(|time| !(300..=DAY).contains(&time))
        || seconds("RefreshToken", "days")
            .is_some_and(|time| !(3_600..=3_650 * DAY).contains(&time));
    refuse_if(wrong, "Invalid range for token validity.")
}

/// cisagov/crossfeed #440 for the URLs.
fn check_oauth(document: &Map<String, Value>, has_secret: bool) -> Result<(), Refusal> {
    let grants: Vec<String> =
        document.get("AllowedOAuthFlows").into_iter().flat_map(many).collect();
    let scopes = document.get("AllowedOAuthScopes").into_iter().flat_map(many).count();
    refuse_if(
        document["AllowedOAuthFlowsUserPoolClient"] == true && (grants.is_empty() || scopes == 0),
        "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
    )?;
    if !grants.iter().any(|grant| grant == "client_credentials") {
        let urls = document.get("CallbackURLs").into_iter().flat_map(many).count();
        let nowhere = !grants.is_empty() && urls == 0;
        let message = "CallbackUrls can not be empty when code flow or implicit flow is selected";
        let refusal = || Refusal::new(400, "InvalidOAuthFlowException", message);
        return if nowhere { Err(refusal()) } else { Ok(()) };
    }
    let message = match (grants.len(), has_secret) {
        (1, true) => return Ok(()),
        (1, false) => {
            "client_credentials flow can not be selected if client does not have a client secret."
        }
        _ => "client_credentials flow can not be selected along with code flow or implicit flow.",
    };
    Err(Refusal::new(400, "InvalidOAuthFlowException", message))
}

/// aws-cdk #2608: only attributes that the pool has, and no writing of what AWS alone writes.
async fn check_attributes(
    layer: &Layer,
    call: &Call,
    document: &Map<String, Value>,
) -> Result<(), Refusal> {
    let ids = json!({"UserPoolId": call.text("UserPoolId")});
    let pool = layer.upstream.cognito(&call.region, "DescribeUserPool", &ids).await;
    let schema = pool.map(|pool| pool["UserPool"]["SchemaAttributes"].clone()).unwrap_or_default();
    let exists = |name: &str| {
        let mut all = schema.as_array().into_iter().flatten();
        !name.starts_with("custom:") || all.any(|known| known["Name"] == name)
    };
    let doing = if call.operation.starts_with("Create") { "creating" } else { "updating" };
    for (member, what) in [("ReadAttributes", "read"), ("WriteAttributes", "write")] {
        let names: Vec<String> = document.get(member).into_iter().flat_map(many).collect();
        let aws_alone = |name: &str| what == "write" && name.ends_with("_verified");
        refuse_if(
            names.iter().any(|name| !exists(name) || aws_alone(name)),
            &format!("Invalid {what} attributes specified while {doing} a client"),
        )?;
    }
    Ok(())
}

/// awsdocs/aws-cloudformation-user-guide #564.
async fn check_scopes(
    layer: &Layer,
    call: &Call,
    document: &Map<String, Value>,
) -> Result<(), Refusal> {
    let custom = document.get("AllowedOAuthScopes").into_iter().flat_map(many);
    for scope in custom.filter(|scope| !STANDARD_SCOPES.contains(&scope.as_str())) {
        let (server, name) = scope.rsplit_once('/').unwrap_or_default();
        let ids = json!({"UserPoolId": call.text("UserPoolId"), "Identifier": server});
        let found = layer.upstream.cognito(&call.region, "DescribeResourceServer", &ids).await;
        let scopes =
            found.map(|found| found["ResourceServer"]["Scopes"].clone()).unwrap_or_default();
        if !scopes.as_array().into_iter().flatten().any(|known| known["ScopeName"] == name) {
            return Err(Refusal::new(
                400,
                "ScopeDoesNotExistException",
                format!("Invalid scope requested: {scope}"),
            ));
        }
    }
    Ok(())
}
