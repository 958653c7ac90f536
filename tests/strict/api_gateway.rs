//! API Gateway. The emulator has no export of HTTP APIs, leaves Cognito's authorizers out of those of REST APIs, shows there what is
//! being edited rather than what was deployed, and lets access tokens through where a method asks for no scope.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::{
    call::Call,
    http::Response,
    layer::{Answer, Layer, Stop},
    upstream::json as answer,
};

/// Where the emulator serves APIs.
const SERVED: &str = "/_aws/execute-api/";

/// What of it this layer answers or watches.
pub(super) async fn request(layer: &Layer, call: &Call) -> Answer {
    let path = call.request.target.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match (call.request.method.as_str(), parts.as_slice()) {
        ("GET", ["v2", "apis", id, "exports", "OAS30"]) => of_http(layer, call, id).await,
        ("GET", ["restapis", id, "stages", stage, "exports", "oas30"]) => {
            of_rest(layer, call, (id, stage)).await
        }
        ("POST", ["restapis", id, "deployments"]) => deployed(layer, call, id).await,
        (method, ["_aws", "execute-api", id, stage, rest @ ..]) => {
            if wants_id_tokens(layer, (id, stage), method, &rest.join("/"))
                && token_use(call).as_deref() == Some("access")
            {
                let message = json!({"message": "Unauthorized"});
                return Ok(answer(401, &message));
            }
            passed(layer, &as_owner(layer, call)).await
        }
        _ => passed(layer, call).await,
    }
}

/// Whether a request is for API Gateway or for an API that it serves.
pub(super) fn is_ours(path: &str) -> bool {
    ["/v2/apis", "/restapis", SERVED].iter().any(|start| path.starts_with(start))
}

async fn passed(layer: &Layer, call: &Call) -> Answer {
    layer.pass(call).await.map_err(Stop::from)
}

/// The emulator looks for APIs in the caller's account, and who comes with a token of a pool has none.
fn as_owner(layer: &Layer, call: &Call) -> Call {
    let mut call = call.clone();
    let (account, target) = (&layer.upstream.account, &mut call.request.target);
    target.push(if target.contains('?') { '&' } else { '?' });
    target.push_str(&format!(
        "X-Amz-Credential={account}%2F20260101%2Feu-west-1%2Fexecute-api%2Faws4_request"
    ));
    call
}

/// Only what the emulator denies: it has no export to give, or another one.
async fn allowed(layer: &Layer, call: &Call) -> Result<(), Stop> {
    let response = layer.pass(call).await?;
    if response.status == 403 { Err(Stop::Passed(response)) } else { Ok(()) }
}

fn absent() -> Response {
    answer(404, &json!({"message": "Invalid API identifier specified"}))
}

/// `ExportApi`: here stages are deployed as they are edited.
async fn of_http(layer: &Layer, call: &Call, id: &str) -> Answer {
    allowed(layer, call).await?;
    let get = async |part: &str| {
        let target = format!("/v2/apis/{id}/{part}");
        layer.upstream.get(&call.region, "apigateway", &target).await
    };
    let (routes, authorizers, stages) =
        (get("routes").await?, get("authorizers").await?, get("stages").await?);
    let is_default = |stage: &&Value| stage["stageName"] == "$default";
    if items(&stages).find(is_default).is_none() {
        return Ok(absent());
    }
    let name = |route: &Value| {
        let of = |one: &&Value| one["authorizerId"] == route["authorizerId"];
        items(&authorizers).find(of).map(|one| one["name"].as_str().expect("a name").to_owned())
    };
    let mut paths = Map::new();
    for route in items(&routes) {
        let key = route["routeKey"].as_str().expect("a key");
        let (method, path) = key.split_once(' ').unwrap_or(("ANY", "/$default"));
        let mut operation = json!({"responses": {"default": {}}});
        if let Some(name) = name(route).filter(|_| route["authorizationType"] == "JWT") {
            let scopes = route["authorizationScopes"].as_array().cloned().unwrap_or_default();
            operation["security"] = json!([{ (name): scopes }]);
        }
        put(&mut paths, path, method, operation);
    }
    let schemes = items(&authorizers).map(|one| {
        let scheme = json!({"type": "oauth2", "x-amazon-apigateway-authorizer": {
            "type": "jwt",
            "identitySource": "$request.header.Authorization",
            "jwtConfiguration": one["jwtConfiguration"],
        }});
        (one["name"].as_str().expect("a name").to_owned(), scheme)
    });
    let schemes: Map<_, _> = schemes.collect();
    Ok(answer(200, &document(&call.region, id, "", &paths, &schemes)))
}

/// `GetExport`: what was deployed to the stage.
async fn of_rest(layer: &Layer, call: &Call, (id, stage): (&str, &str)) -> Answer {
    allowed(layer, call).await?;
    let key = format!("{id}/{stage}");
    let document = layer.world().apis.get(&key).cloned();
    Ok(document.map_or_else(absent, |document| answer(200, &document)))
}

/// `CreateDeployment` with a stage: from now on that is what the stage serves.
async fn deployed(layer: &Layer, call: &Call, id: &str) -> Answer {
    let response = layer.forward(call).await?;
    let asked: Value = serde_json::from_slice(&call.request.body).unwrap_or_default();
    let Some(stage) = asked["stageName"].as_str() else { return Ok(response) };
    let get = async |part: &str| {
        let target = format!("/restapis/{id}/{part}");
        layer.upstream.get(&call.region, "apigateway", &target).await
    };
    let (resources, authorizers) =
        (get("resources?embed=methods&limit=500").await?, get("authorizers").await?);
    let mut paths = Map::new();
    let mut schemes = Map::new();
    for resource in items(&resources) {
        let methods = resource["resourceMethods"].as_object().into_iter().flatten();
        for (method, settings) in methods {
            let mut operation = json!({"responses": {"default": {}}});
            let of = |one: &&Value| one["id"] == settings["authorizerId"];
            let authorizer = items(&authorizers).find(of);
            if let Some(one) =
                authorizer.filter(|_| settings["authorizationType"] == "COGNITO_USER_POOLS")
            {
                let name = one["name"].as_str().expect("a name").to_owned();
                let scopes = settings["authorizationScopes"].as_array().cloned();
                operation["security"] = json!([{ (name.clone()): scopes.unwrap_or_default() }]);
                schemes.insert(
                    name,
                    json!({
                        "type": "apiKey", "name": "Authorization", "in": "header",
                        "x-amazon-apigateway-authtype": "cognito_user_pools",
                        "x-amazon-apigateway-authorizer": {
                            "type": "cognito_user_pools", "providerARNs": one["providerARNs"],
                        },
                    }),
                );
            }
            put(&mut paths, resource["path"].as_str().expect("a path"), method, operation);
        }
    }
    let document = document(&call.region, id, stage, &paths, &schemes);
    layer.world().apis.insert(format!("{id}/{stage}"), document);
    Ok(response)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().or_else(|| list["item"].as_array()).into_iter().flatten()
}

fn put(paths: &mut Map<String, Value>, path: &str, method: &str, operation: Value) {
    let method = match method {
        "ANY" => "x-amazon-apigateway-any-method".to_owned(),
        method => method.to_lowercase(),
    };
    paths.entry(path).or_insert_with(|| json!({}))[method] = operation;
}

fn document(
    region: &str,
    id: &str,
    stage: &str,
    paths: &Map<String, Value>,
    schemes: &Map<String, Value>,
) -> Value {
    json!({
        "openapi": "3.0.1",
        "info": {"title": "an API", "version": "1"},
        "servers": [{
            "url": format!("https://{id}.execute-api.{region}.amazonaws.com/{{basePath}}"),
            "variables": {"basePath": {"default": stage}},
        }],
        "paths": paths,
        "components": {"securitySchemes": schemes},
    })
}

/// A REST API's method with Cognito's authorizer and without scopes takes no access token (AWS re:Post,
/// "api-gateway-cognito-401-unauthorized").
fn wants_id_tokens(layer: &Layer, (id, stage): (&str, &str), method: &str, path: &str) -> bool {
    let path = format!("/{}", path.split('?').next().unwrap_or_default());
    let world = layer.world();
    let Some(document) = world.apis.get(&format!("{id}/{stage}")) else { return false };
    let operation = &document["paths"][path][method.to_lowercase()];
    let scopes = operation["security"][0].as_object().into_iter().flat_map(Map::values);
    scopes.into_iter().any(|scopes| scopes.as_array().is_some_and(Vec::is_empty))
}

fn token_use(call: &Call) -> Option<String> {
    let token = call.request.header("authorization")?.strip_prefix("Bearer ")?;
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims["token_use"].as_str().map(ToOwned::to_owned)
}
