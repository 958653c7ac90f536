//! What stands between a right password and tokens: the firewall, triggers of others, threat protection, second factors.
//!
//! The emulator checks passwords, SRP's proofs and secret hashes by computations of its own, and lets in whoever passes.
//! Tokens are kept back here until every question is answered; who asks what is in the pool's settings and in [`Doors`].

use std::collections::{BTreeMap, BTreeSet};

use ring::hmac;
use serde_json::{Value, json};

use super::{
    call::Call,
    devices::{self, Devices},
    http::Response,
    layer::{Answer, Layer},
    pool::Pool,
    refusal::Refusal,
    sign_in,
    upstream::{body, with_body},
};

/// Of a pool: switches, and what its users have set up.
#[derive(Debug, Clone, Default)]
pub(crate) struct Doors {
    /// AWS WAF blocks whoever asks without credentials.
    pub(crate) firewall: bool,
    /// Another trigger of the pool refuses sign-ins: its name, and what it says.
    pub(crate) refused_by: Option<(&'static str, &'static str)>,
    /// Threat protection blocks every sign-in.
    pub(crate) blocks_risks: bool,
    /// `USER_AUTH` asks which factor to begin with, whatever is preferred.
    pub(crate) asks_first: bool,
    /// Text messages that were sent.
    pub(crate) texts: usize,
    /// Refresh tokens, and devices.
    pub(crate) devices: Devices,
    sessions: BTreeMap<String, Pending>,
    /// Secrets of one-time codes, by user.
    totp: BTreeMap<String, String>,
    used: BTreeSet<(String, String)>,
    asked: usize,
}

/// A sign-in whose tokens are kept back.
#[derive(Debug, Clone)]
struct Pending {
    user: String,
    tokens: Value,
    secret: Option<String>,
    is_proven: bool,
}

/// `InitiateAuth` and `AdminInitiateAuth`.
pub(crate) async fn begin(layer: &Layer, call: &Call) -> Answer {
    let Some(id) = pool_of(layer, call) else { return signed(layer, call).await };
    walls(layer, &id, call)?;
    match call.text("AuthFlow") {
        "USER_AUTH" => first_factor(layer, &id, call).await,
        "REFRESH_TOKEN_AUTH" | "REFRESH_TOKEN" => devices::refresh(layer, &id, call).await,
        _ => {
            let response = signed(layer, call).await?;
            Ok(next(layer, &id, call, response))
        }
    }
}

/// `RespondToAuthChallenge` and `AdminRespondToAuthChallenge`.
pub(crate) async fn respond(layer: &Layer, call: &Call) -> Answer {
    let Some(id) = pool_of(layer, call) else { return signed(layer, call).await };
    let answers = &call.params["ChallengeResponses"];
    match call.text("ChallengeName") {
        "SELECT_CHALLENGE" => {
            let mut parameters = answers.clone();
            parameters["PREFERRED_CHALLENGE"] = answers["ANSWER"].clone();
            by_password(layer, &id, call, &parameters).await
        }
        "MFA_SETUP" | "SOFTWARE_TOKEN_MFA" => {
            let mut world = layer.world();
            let pool = world.pools.get_mut(&id).expect("it was found");
            let tokens = pool.second_factor(call)?;
            Ok(super::upstream::json(200, &tokens))
        }
        _ => {
            let response = signed(layer, call).await?;
            Ok(next(layer, &id, call, response))
        }
    }
}

/// `AssociateSoftwareToken` and `VerifySoftwareToken` in the session of a challenge. The emulator makes the secret and
/// checks the code; every answer has a session of its own.
pub(crate) async fn software_token(layer: &Layer, call: &Call) -> Answer {
    let session = call.text("Session").to_owned();
    let request = layer.upstream.signed(&call.request, &call.region);
    let response = layer.forward(&Call { request, ..call.clone() }).await?;
    let mut world = layer.world();
    let mut doors = world.pools.values_mut().map(|pool| &mut pool.doors);
    let Some(doors) = doors.find(|doors| doors.sessions.contains_key(&session)) else {
        return Ok(response);
    };
    let answer = body(&response);
    let mut pending = doors.sessions.remove(&session).expect("it was found");
    if let Some(secret) = answer["SecretCode"].as_str() {
        pending.secret = Some(secret.to_owned());
    }
    pending.is_proven = answer["Status"] == "SUCCESS";
    doors.sessions.insert(answer["Session"].as_str().unwrap_or_default().to_owned(), pending);
    Ok(response)
}

/// The emulator's answer, with the trigger's judged.
pub(super) async fn signed(layer: &Layer, call: &Call) -> Answer {
    if call.operation.starts_with("Admin") {
        sign_in::admin(layer, call).await
    } else {
        sign_in::public(layer, call).await
    }
}

fn pool_of(layer: &Layer, call: &Call) -> Option<String> {
    let world = layer.world();
    let named = Some(call.text("UserPoolId")).filter(|id| world.pools.contains_key(*id));
    let holds = |pool: &(&String, &Pool)| pool.1.clients.contains_key(call.text("ClientId"));
    named.map(ToOwned::to_owned).or_else(|| Some(world.pools.iter().find(holds)?.0.clone()))
}

/// `ForbiddenException`: API reference of `InitiateAuth`, and pycognito's users. WAF does not see administrators' calls
/// ("Associating an AWS WAF web ACL with a user pool", Dev Guide). Triggers: amplify-js #9127. Threat protection: the
/// words of amplify-js #6544.
fn walls(layer: &Layer, id: &str, call: &Call) -> Result<(), Refusal> {
    let world = layer.world();
    let doors = &world.pools[id].doors;
    if doors.firewall && !call.operation.starts_with("Admin") {
        let message = "Request not allowed due to WAF block.";
        return Err(Refusal::new(400, "ForbiddenException", message));
    }
    if call.text("AuthFlow").starts_with("REFRESH") {
        return Ok(());
    }
    if let Some((trigger, says)) = doors.refused_by {
        let message = format!("{trigger} failed with error {says}.");
        return Err(Refusal::new(400, "UserLambdaValidationException", message));
    }
    if doors.blocks_risks {
        let message = "Unable to login because of security reasons.";
        return Err(Refusal::new(400, "NotAuthorizedException", message));
    }
    Ok(())
}

/// Choice-based sign-in ("Authentication flows", Dev Guide): what is preferred, if the pool has it, or a question.
async fn first_factor(layer: &Layer, id: &str, call: &Call) -> Answer {
    let parameters = &call.params["AuthParameters"];
    let (allowed, asks) = {
        let world = layer.world();
        let pool = &world.pools[id];
        let client = &pool.clients[call.text("ClientId")];
        let allowed = client["ExplicitAuthFlows"]
            .as_array()
            .is_some_and(|flows| flows.iter().any(|flow| flow == "ALLOW_USER_AUTH"));
        (allowed, pool.doors.asks_first || parameters["PREFERRED_CHALLENGE"].is_null())
    };
    if !allowed {
        // The words of another flow: AWS's own for this one are not known.
        return Err(Refusal::invalid_parameter("USER_AUTH is not enabled for the client.").into());
    }
    if !asks {
        return by_password(layer, id, call, parameters).await;
    }
    let name = parameters["USERNAME"].clone();
    let answer = json!({
        "ChallengeName": "SELECT_CHALLENGE", "Session": format!("{id}-first-factor-session"),
        "ChallengeParameters": {"USERNAME": name},
        "AvailableChallenges": ["PASSWORD", "PASSWORD_SRP"],
    });
    Ok(super::upstream::json(200, &answer))
}

/// The chosen kind of password, as the flow that has nothing else.
async fn by_password(layer: &Layer, id: &str, call: &Call, parameters: &Value) -> Answer {
    let flow = match parameters["PREFERRED_CHALLENGE"].as_str() {
        Some("PASSWORD") => "USER_PASSWORD_AUTH",
        _ => "USER_SRP_AUTH",
    };
    let mut params = json!({"ClientId": call.params["ClientId"], "AuthFlow": flow});
    for name in ["USERNAME", "PASSWORD", "SRP_A", "SECRET_HASH"] {
        if !parameters[name].is_null() {
            params["AuthParameters"][name] = parameters[name].clone();
        }
    }
    let mut request = call.request.clone();
    let target = |name: &str| name.eq_ignore_ascii_case("x-amz-target");
    for (_, value) in request.headers.iter_mut().filter(|(name, _)| target(name)) {
        "AWSCognitoIdentityProviderService.InitiateAuth".clone_into(value);
    }
    request.body = params.to_string().into_bytes();
    let operation = "InitiateAuth".to_owned();
    let call = Call { operation, params, request, ..call.clone() };
    let response = signed(layer, &call).await?;
    Ok(next(layer, id, &call, response))
}

/// What follows a right password.
fn next(layer: &Layer, id: &str, call: &Call, response: Response) -> Response {
    let mut answer = body(&response);
    let Some(user) = sign_in::username(&answer["AuthenticationResult"]) else {
        return response;
    };
    let mut world = layer.world();
    let pool = world.pools.get_mut(id).expect("it was found");
    pool.doors.devices.greet(&pool.document, &mut answer);
    let answer = pool.asked(call, user, answer);
    with_body(response, &answer)
}

impl Pool {
    /// A second factor, where the pool requires one ("Adding MFA to a user pool", Dev Guide): whoever has none is to set
    /// one up, and gets a text message if the pool can send it and knows a number.
    fn asked(&mut self, call: &Call, user: String, tokens: Value) -> Value {
        if self.document.get("MfaConfiguration") != Some(&json!("ON")) {
            return tokens;
        }
        let texts = self.document.contains_key("SmsConfiguration")
            && call.params["AuthParameters"]["USERNAME"]
                .as_str()
                .is_some_and(|name| name.starts_with('+'));
        let doors = &mut self.doors;
        let name = match doors.totp.get(&user) {
            Some(_) => "SOFTWARE_TOKEN_MFA",
            None if texts => {
                doors.texts += 1;
                "SMS_MFA"
            }
            None => "MFA_SETUP",
        };
        doors.asked += 1;
        let session = format!("a-session-of-twenty-letters-{}", doors.asked);
        let parameters =
            json!({"USER_ID_FOR_SRP": user, "MFAS_CAN_SETUP": "[\"SOFTWARE_TOKEN_MFA\"]"});
        let secret = doors.totp.get(&user).cloned();
        let pending = Pending { user, tokens, secret, is_proven: false };
        doors.sessions.insert(session.clone(), pending);
        json!({"ChallengeName": name, "Session": session, "ChallengeParameters": parameters})
    }

    /// Codes may be used once (amplify-js #9126), within half a minute of their time (the emulator's measure).
    fn second_factor(&mut self, call: &Call) -> Result<Value, Refusal> {
        let doors = &mut self.doors;
        let session = call.text("Session");
        let invalid =
            || Refusal::new(400, "NotAuthorizedException", "Invalid session for the user.");
        let pending = doors.sessions.get(session).cloned().ok_or_else(invalid)?;
        let Pending { user, tokens, secret, is_proven } = pending;
        let secret = secret.ok_or_else(invalid)?;
        if call.text("ChallengeName") == "MFA_SETUP" {
            if !is_proven {
                return Err(invalid());
            }
        } else {
            let code = call.params["ChallengeResponses"]["SOFTWARE_TOKEN_MFA_CODE"]
                .as_str()
                .unwrap_or_default();
            if !codes(&secret).iter().any(|expected| expected == code) {
                let message = "Invalid code received for user";
                return Err(Refusal::new(400, "CodeMismatchException", message));
            }
            if !doors.used.insert((user.clone(), code.to_owned())) {
                let message = "Your software token has already been used once.";
                return Err(Refusal::new(400, "ExpiredCodeException", message));
            }
        }
        doors.sessions.remove(session);
        doors.totp.insert(user, secret);
        Ok(tokens)
    }
}

/// RFC 6238: the code of now, and its neighbours.
fn codes(secret: &str) -> Vec<String> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digits = secret.chars().filter_map(|letter| alphabet.find(letter));
    let bits: Vec<bool> =
        digits.flat_map(|digit| (0..5).rev().map(move |bit| digit >> bit & 1 == 1)).collect();
    let byte = |bits: &[bool]| bits.iter().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit));
    let key: Vec<u8> = bits.chunks_exact(8).map(byte).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = since.expect("a clock").as_secs() / 30;
    let code = |step: u64| {
        let mac = hmac::sign(&key, &step.to_be_bytes());
        let mac = mac.as_ref();
        let at = usize::from(mac[19] & 15);
        let four: [u8; 4] = mac[at..at + 4].try_into().expect("four bytes");
        format!("{:06}", (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000)
    };
    (now - 1..=now + 1).map(code).collect()
}
