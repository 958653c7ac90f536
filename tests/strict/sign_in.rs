//! Signing in: whether Cognito may invoke the trigger, and what it makes of the trigger's answer.
//!
//! The emulator invokes the function itself, once a token, whoever may, and forgives what it answers. So a sign-in that
//! went through is judged by one more invocation, with the same event.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};

use super::{
    call::Call,
    function::Reference,
    http::Response,
    layer::{Answer, Layer, Stop},
    refusal::Refusal,
    upstream::body,
};

/// A pool's pre token generation trigger.
struct Trigger {
    pool: String,
    region: String,
    arn: String,
    version: String,
}

/// `InitiateAuth` and its answer to challenges need no credentials, and find the pool by the client, wherever it is.
pub(crate) async fn public(layer: &Layer, call: &Call) -> Answer {
    let client = call.text("ClientId");
    let pool = layer
        .world()
        .pools
        .iter()
        .find(|(_, pool)| pool.clients.contains_key(client))
        .map(|(id, _)| id.clone());
    let Some(pool) = pool else { return Ok(layer.pass(call).await?) };
    let region = pool.split_once('_').map_or("", |(region, _)| region);
    let request = layer.upstream.signed(&call.request, region);
    let response = layer.pass(&Call { request, ..call.clone() }).await?;
    judged(layer, call, &pool, region, response).await
}

/// `AdminInitiateAuth` and its answer to challenges.
pub(crate) async fn admin(layer: &Layer, call: &Call) -> Answer {
    let response = layer.pass(call).await?;
    judged(layer, call, call.text("UserPoolId"), &call.region, response).await
}

/// The token endpoint. Only V3 triggers are asked about machines ("Pre token generation Lambda trigger"). What it says
/// when the trigger fails was not measured.
pub(crate) async fn machine(layer: &Layer, call: &Call) -> Answer {
    let response = layer.pass(call).await?;
    let Some(client) = basic_user(call).filter(|_| response.status == 200) else {
        return Ok(response);
    };
    let found = |pool: &(&String, &super::Pool)| pool.1.clients.contains_key(&client);
    let pool = layer.world().pools.iter().find(found).map(|(id, _)| id.clone());
    let Some(pool) = pool else { return Ok(response) };
    let region = pool.split_once('_').map_or("", |(region, _)| region);
    let trigger = Trigger::of(layer, &pool, region).filter(|trigger| trigger.version == "V3_0");
    let Some(trigger) = trigger else { return Ok(response) };
    let event = json!({
        "version": "3", "triggerSource": "TokenGeneration_ClientCredentials", "region": region,
        "userPoolId": pool, "userName": "ClientCredentials",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": client},
        "request": {
            "userAttributes": {}, "scopes": [],
            "groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null},
        },
        "response": {"claimsAndScopeOverrideDetails": null},
    });
    trigger.ask(layer, &event).await?;
    Ok(response)
}

/// The client that proves itself by its secret.
fn basic_user(call: &Call) -> Option<String> {
    let credentials = call.request.header("authorization")?.strip_prefix("Basic ")?;
    let credentials = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    credentials.split_once(':').map(|(client, _)| client.to_owned())
}

/// Wrong passwords and challenges come before the trigger; only tokens, or the trigger's fault, are judged.
async fn judged(
    layer: &Layer,
    call: &Call,
    pool: &str,
    region: &str,
    response: Response,
) -> Answer {
    let tokens = body(&response)["AuthenticationResult"].take();
    let Some(trigger) = Trigger::of(layer, pool, region) else { return Ok(response) };
    if tokens.is_null() && response.status < 500 {
        return Ok(response);
    }
    let event = trigger.event(layer, call, &tokens).await;
    trigger.ask(layer, &event).await?;
    Ok(response)
}

/// amazon-cognito-identity-dart-2 #204, sst #4421, serverless-application-model #1253.
fn unexpected(error: &str) -> Refusal {
    let message = format!("PreTokenGeneration invocation failed due to error {error}");
    Refusal::new(400, "UnexpectedLambdaException", message)
}

impl Trigger {
    fn of(layer: &Layer, pool: &str, region: &str) -> Option<Self> {
        let world = layer.world();
        let config = &world.pools.get(pool)?.document["LambdaConfig"]["PreTokenGenerationConfig"];
        Some(Self {
            pool: pool.to_owned(),
            region: region.to_owned(),
            arn: config["LambdaArn"].as_str()?.to_owned(),
            version: config["LambdaVersion"].as_str()?.to_owned(),
        })
    }

    fn container(&self) -> &'static str {
        if self.version == "V1_0" {
            "claimsOverrideDetails"
        } else {
            "claimsAndScopeOverrideDetails"
        }
    }

    /// The event that this sign-in sends, as far as it can be known from outside.
    async fn event(&self, layer: &Layer, call: &Call, tokens: &Value) -> Value {
        let named = call.params["AuthParameters"]["USERNAME"].as_str().map(ToOwned::to_owned);
        let user = named.or_else(|| username(tokens)).unwrap_or_else(|| "unknown".to_owned());
        let source = match call.text("AuthFlow") {
            "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => "TokenGeneration_RefreshTokens",
            _ if call.text("ChallengeName") == "NEW_PASSWORD_REQUIRED" => {
                "TokenGeneration_NewPasswordChallenge"
            }
            _ => "TokenGeneration_Authentication",
        };
        let ids = json!({"UserPoolId": self.pool, "Username": user});
        let attributes =
            layer.upstream.cognito(&self.region, "AdminGetUser", &ids).await.unwrap_or_default();
        let groups = layer
            .upstream
            .cognito(&self.region, "AdminListGroupsForUser", &ids)
            .await
            .unwrap_or_default();
        let list =
            |value: &Value, member: &str| value[member].as_array().cloned().unwrap_or_default();
        let attributes = list(&attributes, "UserAttributes");
        let attributes: serde_json::Map<_, _> = attributes
            .iter()
            .map(|a| (a["Name"].as_str().unwrap_or_default().to_owned(), a["Value"].clone()))
            .collect();
        let groups: Vec<Value> =
            list(&groups, "Groups").iter().map(|group| group["GroupName"].clone()).collect();
        json!({
            "version": &self.version[1..2], "triggerSource": source, "region": self.region, "userPoolId": self.pool,
            "userName": user,
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": call.text("ClientId")},
            "request": {
                "userAttributes": attributes,
                "groupConfiguration": {"groupsToOverride": groups, "iamRolesToOverride": [], "preferredRole": null},
                "scopes": ["aws.cognito.signin.user.admin"],
            },
            "response": {self.container(): null},
        })
    }

    /// Invokes the trigger, if the pool may, and judges its answer.
    async fn ask(&self, layer: &Layer, event: &Value) -> Result<(), Stop> {
        let Self { pool, region, .. } = self;
        let account = &layer.upstream.account;
        let arn = format!("arn:aws:cognito-idp:{region}:{account}:userpool/{pool}");
        if !layer.world().allows(&self.arn, &arn, account) {
            return Err(unexpected("AccessDeniedException.").into());
        }
        let answer = self.invoke(layer, event).await?;
        if layer.options.triggers_are_late {
            return Err(unexpected("Socket timeout while invoking Lambda function.").into());
        }
        Ok(self.judge(&answer)?)
    }

    async fn invoke(&self, layer: &Layer, event: &Value) -> Result<Response, Stop> {
        let Reference { name, qualifier, .. } =
            Reference::parse(&layer.upstream.account, &self.region, &self.arn, "");
        let query =
            qualifier.map(|qualifier| format!("?Qualifier={qualifier}")).unwrap_or_default();
        let path = format!("{name}/invocations{query}");
        Ok(layer.upstream.lambda(&self.region, "POST", &path, event).await?)
    }

    /// amplify-js #9127 and aws-lambda-rust-runtime #1129 for an error's text, amplify-cli #2735 for what is no JSON,
    /// amazon-cognito-identity-js #167 for what is not the event.
    fn judge(&self, invoked: &Response) -> Result<(), Refusal> {
        if invoked.status == 404 {
            return Err(unexpected("ResourceNotFoundException."));
        }
        let answer = body(invoked);
        if invoked.header("x-amz-function-error").is_some() {
            let name = if self.version == "V1_0" { String::new() } else { self.version.clone() };
            let error = answer["errorMessage"].as_str().unwrap_or_default();
            let message = format!("PreTokenGeneration{name} failed with error {error}.");
            return Err(Refusal::new(400, "UserLambdaValidationException", message));
        }
        let invalid = |message| Err(Refusal::new(400, "InvalidLambdaResponseException", message));
        if answer.is_null() {
            return invalid("Invalid lambda function output : Invalid JSON");
        }
        if !answer.is_object()
            || !answer["response"].is_object()
            || !self.recognises(&answer["response"])
        {
            return invalid("Unrecognizable lambda output");
        }
        Ok(())
    }

    /// Whether the overrides have the shape of the trigger's version. An empty list is what AWS's own samples hold.
    fn recognises(&self, response: &Value) -> bool {
        let overrides = &response[self.container()];
        let is_object = |value: &Value| value.is_null() || value.is_object();
        let is_list = |value: &Value| value.is_null() || value.is_array();
        let tokens =
            ["accessTokenGeneration", "idTokenGeneration"].iter().map(|token| &overrides[token]);
        let lists = ["scopesToAdd", "scopesToSuppress", "claimsToSuppress"];
        (is_object(overrides) || overrides == &json!([]))
            && tokens.clone().all(is_object)
            && tokens.clone().all(|token| lists.iter().all(|list| is_list(&token[list])))
            && tokens.clone().all(|token| is_object(&token["claimsToAddOrOverride"]))
            && is_object(&overrides["groupOverrideDetails"])
    }
}

/// The user of an access token.
pub(super) fn username(tokens: &Value) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(tokens["AccessToken"].as_str()?.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&claims).ok()?["username"].as_str().map(ToOwned::to_owned)
}
