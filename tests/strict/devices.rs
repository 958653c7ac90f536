//! Devices that a pool tracks, and refresh tokens: which device one belongs to, and whether it was spent.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::{Map, Value, json};

use super::{
    call::Call,
    doors::signed,
    layer::{Answer, Layer},
    pool::Pool,
    refusal::Refusal,
    upstream::{body, json as answer_of, with_body},
};

/// Of a pool.
#[derive(Debug, Clone, Default)]
pub(crate) struct Devices {
    /// Keys of devices that were confirmed.
    confirmed: BTreeSet<String>,
    /// The device of each refresh token.
    of_token: BTreeMap<String, String>,
    /// What was handed out in place of a token that was spent, and the emulator's own token behind it.
    rotated: BTreeMap<String, String>,
    spent: BTreeSet<String>,
    made: usize,
}

impl Devices {
    /// A pool with any `DeviceConfiguration` tracks devices, and gives one that it does not know a key ("Working with
    /// user devices in your user pool", Dev Guide).
    pub(super) fn greet(&mut self, pool: &Map<String, Value>, answer: &mut Value) {
        static MADE: AtomicU64 = AtomicU64::new(1);
        if !pool.contains_key("DeviceConfiguration") {
            return;
        }
        let key = format!("us-east-1_{:08x}-0000", MADE.fetch_add(1, Ordering::Relaxed));
        let result = &mut answer["AuthenticationResult"];
        result["NewDeviceMetadata"] = json!({"DeviceKey": key, "DeviceGroupKey": "-group"});
        if let Some(token) = result["RefreshToken"].as_str() {
            self.of_token.insert(token.to_owned(), key);
        }
    }

    /// aws-sdk-java-v2 #3418, amplify-android #2506.
    fn check(&self, token: &str, device: &Value) -> Result<(), Refusal> {
        let belongs = self.of_token.get(token);
        let fits = belongs.is_none_or(|key| device == key && self.confirmed.contains(key));
        if fits { Ok(()) } else { Err(invalid("Invalid Refresh Token.")) }
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(400, "NotAuthorizedException", message)
}

/// `ConfirmDevice`, which the emulator does not know. A user's own token names the pool.
pub(crate) fn confirm(layer: &Layer, call: &Call) -> Answer {
    let verifier = &call.params["DeviceSecretVerifierConfig"];
    if !verifier["PasswordVerifier"].is_string() || !verifier["Salt"].is_string() {
        return Err(Refusal::invalid_parameter("Invalid device verifier").into());
    }
    let key = call.text("DeviceKey").to_owned();
    let mut world = layer.world();
    let mut all = world.pools.values_mut().map(|pool| &mut pool.doors.devices);
    let known = all.find(|devices| devices.of_token.values().any(|known| *known == key));
    let Some(devices) = known else {
        let message = "Device does not exist.";
        return Err(Refusal::new(400, "ResourceNotFoundException", message).into());
    };
    devices.confirmed.insert(key);
    Ok(answer_of(200, &json!({"UserConfirmationNecessary": false})))
}

/// `REFRESH_TOKEN_AUTH`. Where tokens rotate it is not allowed (API reference of `CreateUserPoolClient`,
/// `RefreshTokenRotation`); AWS's words for that are not known.
pub(super) async fn refresh(layer: &Layer, id: &str, call: &Call) -> Answer {
    let parameters = &call.params["AuthParameters"];
    {
        let world = layer.world();
        let pool = &world.pools[id];
        if rotates(&pool.clients[call.text("ClientId")]) {
            let message = "Auth flow not enabled for this client";
            return Err(Refusal::invalid_parameter(message).into());
        }
        let token = parameters["REFRESH_TOKEN"].as_str().unwrap_or_default();
        pool.doors.devices.check(token, &parameters["DEVICE_KEY"])?;
    }
    signed(layer, call).await
}

/// `GetTokensFromRefreshToken`: with rotation it spends the token and hands out another ("Refresh token rotation", Dev
/// Guide). Its client's secret comes in the open.
pub(crate) async fn exchange(layer: &Layer, call: &Call) -> Answer {
    let (client_id, token) = (call.text("ClientId"), call.text("RefreshToken"));
    let holds = |pool: &(&String, &Pool)| pool.1.clients.contains_key(client_id);
    let id = layer.world().pools.iter().find(holds).map(|(id, _)| id.clone());
    let Some(id) = id else { return Ok(layer.pass(call).await?) };
    let (own, rotates) = {
        let world = layer.world();
        let pool = &world.pools[&id];
        let devices = &pool.doors.devices;
        if devices.spent.contains(token) {
            let message = "Refresh token reuse detected.";
            return Err(Refusal::new(400, "RefreshTokenReuseException", message).into());
        }
        devices.check(token, &call.params["DeviceKey"])?;
        let own = devices.rotated.get(token).cloned().unwrap_or_else(|| token.to_owned());
        (own, rotates(&pool.clients[client_id]))
    };
    let mut params = call.params.clone();
    params["RefreshToken"] = own.clone().into();
    let mut request = call.request.clone();
    request.body = params.to_string().into_bytes();
    let response = super::sign_in::public(layer, &Call { params, request, ..call.clone() }).await?;
    if !rotates || response.status != 200 {
        return Ok(response);
    }
    let mut answer = body(&response);
    let mut world = layer.world();
    let devices = &mut world.pools.get_mut(&id).expect("it was found").doors.devices;
    devices.made += 1;
    let next = format!("rotated-refresh-token-{}", devices.made);
    devices.spent.insert(token.to_owned());
    if let Some(key) = devices.of_token.get(token).cloned() {
        devices.of_token.insert(next.clone(), key);
    }
    devices.rotated.insert(next.clone(), own);
    answer["AuthenticationResult"]["RefreshToken"] = next.into();
    Ok(with_body(response, &answer))
}

fn rotates(client: &Map<String, Value>) -> bool {
    client.get("RefreshTokenRotation").is_some_and(|rotation| rotation["Feature"] == "ENABLED")
}
