//! Users, and what Cognito does when one of them, or a machine, asks for tokens.
#![expect(
    clippy::unnecessary_wraps,
    clippy::unused_self,
    clippy::unused_async,
    reason = "each is a call of the seam, which could fail"
)]

use std::collections::BTreeMap;

use pretoken::cloud::{
    AppClient, Challenge, ClientCredentialsSignIn, ClientSecret, CloudError, DeviceVerifier,
    ExistingUser, Invocation, Knock, NewUser, Parameters, Refresh, Result, Secret, SignIn, Signed,
    SoftwareToken, Tokens,
};
use pretoken::model::{
    Client, DEFAULT_SCOPE, Flow, LivePool, TemporaryUser, UserRules, VERIFICATION_PREFIX,
};
use serde_json::{Map, Value, json};
use trigger::Ids;

use crate::account::{Account, function_at, is_invokable};
use crate::code::{Asker, Code};
use crate::key;

/// Users by their pool and name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Users {
    all: BTreeMap<(String, String), NewPerson>,
    made: u32,
    /// So many sign-ins came to an alias that routes to two versions.
    routed: u32,
}

#[derive(Debug, Clone, PartialEq)]
struct NewPerson {
    sub: String,
    made: i64,
    password: String,
    groups: Vec<String>,
    attributes: BTreeMap<String, String>,
}

/// Somebody who asks for tokens.
struct Asking<'a> {
    source: &'static str,
    pool: &'a LivePool,
    client_id: &'a str,
    username: Option<&'a str>,
    groups: Vec<String>,
    attributes: BTreeMap<String, String>,
    scopes: Vec<String>,
}

/// Access token and ID token, before they are signed.
type Claims = [Map<String, Value>; 2];

fn refused(operation: &str, code: &str, message: &str) -> CloudError {
    CloudError::Refused {
        operation: operation.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        request_id: None,
    }
}

fn unasked() -> CloudError {
    refused("cognito-idp", "InvalidParameterException", "this world does not ask for it")
}

impl Users {
    /// Pools and names.
    pub fn names(&self) -> impl Iterator<Item = (&String, String)> {
        self.all.keys().map(|(pool, name)| (pool, name.clone()))
    }
}

impl Account {
    /// What the version does that this number or alias names.
    pub fn code(&self, function: &str, qualifier: &str) -> Option<Code> {
        let state = self.world.state.borrow();
        let function = state.functions.get(function)?;
        let live = function.alias.as_ref().map(|route| route.version.as_str());
        let number = if qualifier == pretoken::model::ALIAS { live? } else { qualifier };
        function.version(number).map(|frozen| Code::of(&frozen.code_sha256))
    }

    /// A version's answer.
    pub async fn asked(
        &self,
        asker: Asker,
        function: &str,
        version: &str,
        event: &str,
    ) -> Result<Invocation> {
        self.answer(asker, function, version, event)
    }

    fn answer(
        &self,
        asker: Asker,
        function: &str,
        version: &str,
        event: &str,
    ) -> Result<Invocation> {
        let absent =
            || refused("lambda:InvokeFunction", "ResourceNotFoundException", "no such version");
        let code = self.code(function, version).ok_or_else(absent)?;
        if (code, asker) == (Code::NotAskable, Asker::SmokeTest) {
            let operation = "lambda:InvokeFunction".to_owned();
            return Err(CloudError::Denied { operation, message: "no".to_owned() });
        }
        let state = self.world.state.borrow();
        let frozen = state.functions[function].version(version).ok_or_else(absent)?;
        let ids = frozen.environment.get(trigger::IDS_VARIABLE);
        let ids = ids.map(|ids| Ids::from_json(ids).expect("readable ids")).unwrap_or_default();
        Ok(code.answer(asker, event, &ids, &self.world.rules, self.now.get().cast_signed()))
    }

    pub fn user_rules(&self, _: &str) -> Result<UserRules> {
        Ok(UserRules { password_length: 12, ..UserRules::default() })
    }

    pub fn create_user(&self, pool_id: &str, user: &NewUser) -> Result<Option<String>> {
        let state = self.world.state.borrow();
        let pool = state.pools.get(pool_id);
        let no = |code| refused("cognito-idp:AdminCreateUser", code, "refused by the world");
        let pool = pool.ok_or_else(|| no("ResourceNotFoundException"))?;
        if user.groups.iter().any(|group| !pool.groups.contains_key(group)) {
            return Err(no("ResourceNotFoundException"));
        }
        let users = &mut *self.users.borrow_mut();
        users.made += 1;
        let sub = format!("sub-{}", users.made);
        let person = NewPerson {
            sub: sub.clone(),
            made: self.now.get().cast_signed(),
            password: user.password.clone(),
            groups: user.groups.clone(),
            attributes: user.attributes.iter().cloned().collect(),
        };
        match users.all.insert((pool_id.to_owned(), user.username.clone()), person) {
            Some(_) => Err(no("UsernameExistsException")),
            None => Ok(Some(sub)),
        }
    }

    pub fn delete_user(&self, pool_id: &str, username: &str) -> Result<()> {
        self.users.borrow_mut().all.remove(&(pool_id.to_owned(), username.to_owned()));
        Ok(())
    }

    pub fn user(&self, pool_id: &str, username: &str) -> Result<Option<ExistingUser>> {
        let users = self.users.borrow();
        let found = users.all.get(&(pool_id.to_owned(), username.to_owned()));
        Ok(found.map(|person| ExistingUser {
            name: username.to_owned(),
            status: "CONFIRMED".to_owned(),
            attributes: person.attributes.clone(),
            groups: person.groups.clone(),
            preferred_mfa: None,
        }))
    }

    pub fn temporary_users(&self, pool_id: &str) -> Result<Vec<TemporaryUser>> {
        let users = self.users.borrow();
        let here = users.all.iter().filter(|((pool, _), _)| pool == pool_id);
        let made = |((_, name), person): (&(String, String), &NewPerson)| TemporaryUser {
            username: name.clone(),
            shown: name.clone(),
            made: Some(person.made),
        };
        Ok(here.filter(|((_, name), _)| name.starts_with(VERIFICATION_PREFIX)).map(made).collect())
    }

    pub fn app_client(&self, pool_id: &str, client_id: &str) -> Result<AppClient> {
        let state = self.world.state.borrow();
        let client = state.pools.get(pool_id).and_then(|pool| pool.clients.get(client_id));
        let no = || {
            refused(
                "cognito-idp:DescribeUserPoolClient",
                "ResourceNotFoundException",
                "no such client",
            )
        };
        let has_secret = client.ok_or_else(no)?.has_secret;
        let secret = if has_secret { Secret::Known(secret_of(client_id)) } else { Secret::None };
        Ok(AppClient { secret, rotates_refresh_tokens: false })
    }

    /// No pool of this world asks anything more.
    pub fn respond(&self, _: &SignIn<'_>, _: &Challenge, _: &Parameters) -> Result<Signed> {
        Err(unasked())
    }
    pub fn refresh(&self, _: &SignIn<'_>, _: &Refresh<'_>) -> Result<Signed> {
        Err(unasked())
    }
    pub fn associate_software_token(&self, _: &str) -> Result<SoftwareToken> {
        Err(unasked())
    }
    pub fn verify_software_token(&self, _: &str, _: &str) -> Result<String> {
        Err(unasked())
    }
    pub fn confirm_device(&self, _: &str, _: &str, _: &DeviceVerifier) -> Result<bool> {
        Err(unasked())
    }
    pub fn remember_device(&self, _: &str, _: &str) -> Result<()> {
        Err(unasked())
    }

    pub fn initiate(&self, sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Signed> {
        let no = |code| refused("cognito-idp:InitiateAuth", code, "refused by the world");
        let state = self.world.state.borrow();
        let pool = state.pools.get(sign_in.pool_id);
        let pool = pool.ok_or_else(|| no("ResourceNotFoundException"))?;
        let client = pool.clients.get(sign_in.client_id);
        let client = client.ok_or_else(|| no("ResourceNotFoundException"))?;
        let (flow, source) = match sign_in.flow {
            Flow::UserPassword => ("ALLOW_USER_PASSWORD_AUTH", "TokenGeneration_Authentication"),
            Flow::AdminUserPassword => {
                ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "TokenGeneration_Authentication")
            }
            Flow::RefreshToken => ("ALLOW_REFRESH_TOKEN_AUTH", "TokenGeneration_RefreshTokens"),
            Flow::UserSrp | Flow::User => return Err(unasked()),
        };
        if !client.auth_flows.contains(flow) {
            return Err(no("InvalidParameterException"));
        }
        let token_of = |person: &NewPerson| format!("refresh-token-of-{}", person.sub);
        let users = self.users.borrow();
        let mut here = users.all.iter().filter(|((pool, _), _)| pool == sign_in.pool_id);
        let is_meant = |name: &str, person: &NewPerson| match parameters.get("REFRESH_TOKEN") {
            Some(token) => token == token_of(person),
            None => parameters.get("USERNAME") == Some(name),
        };
        let found = here.find(|((_, name), person)| is_meant(name, person));
        let ((_, username), person) = found.ok_or_else(|| no("UserNotFoundException"))?;
        let (username, person) = (username.clone(), person.clone());
        drop(users);
        let refresh = token_of(&person);
        let is_refresh = sign_in.flow == Flow::RefreshToken;
        if !is_refresh && parameters.get("PASSWORD") != Some(&person.password) {
            return Err(no("NotAuthorizedException"));
        }
        let mut attributes = person.attributes;
        attributes.insert("sub".to_owned(), person.sub);
        attributes.insert("cognito:user_status".to_owned(), "CONFIRMED".to_owned());
        let asking = Asking {
            source,
            pool,
            client_id: sign_in.client_id,
            username: Some(&username),
            groups: person.groups,
            attributes,
            scopes: vec![DEFAULT_SCOPE.to_owned()],
        };
        let [access, id] = self.claims(&asking)?;
        let (access, id) = (key::signed(&access), key::signed(&id));
        let refresh = (!is_refresh).then_some(refresh);
        Ok(Signed::In(Tokens { access, id, refresh, device: None }))
    }

    pub fn machine_token(&self, sign_in: &ClientCredentialsSignIn<'_>) -> Result<String> {
        let no = |code| refused("oauth2:token", code, "");
        let state = self.world.state.borrow();
        let holds = |pool: &&LivePool| pool.clients.contains_key(sign_in.client_id);
        let pool = state.pools.values().find(holds).ok_or_else(|| no("invalid_client"))?;
        let Client { machine, .. } = &pool.clients[sign_in.client_id];
        let at = pool.domain.as_deref().is_some_and(|domain| sign_in.url.contains(domain));
        if !at || sign_in.client_secret.0 != secret_of(sign_in.client_id).0 {
            return Err(no("invalid_client"));
        }
        let allowed = machine.as_ref().ok_or_else(|| no("unauthorized_client"))?;
        if !sign_in.scopes.is_subset(allowed) {
            return Err(no("invalid_scope"));
        }
        let asking = Asking {
            source: "TokenGeneration_ClientCredentials",
            pool,
            client_id: sign_in.client_id,
            username: None,
            groups: vec![],
            attributes: BTreeMap::new(),
            scopes: sign_in.scopes.iter().cloned().collect(),
        };
        Ok(key::signed(&self.claims(&asking)?[0]))
    }

    /// The API of this world: everyone with a token may look, and nobody may do more.
    pub fn knock(&self, knock: &Knock<'_>) -> Result<u16> {
        let own = knock.url.starts_with("https://api.example.com/") && knock.token.contains('.');
        match (own, knock.method) {
            (false, _) => Ok(401),
            _ if knock.url.contains("/broken") => Ok(500),
            (true, "GET") => Ok(200),
            (true, _) => Ok(403),
        }
    }

    pub fn fetch(&self, _: &str) -> Result<String> {
        Ok(key::published())
    }

    /// The claims of its tokens, as the pool's trigger wants them.
    fn claims(&self, asking: &Asking<'_>) -> Result<Claims> {
        let mut response = Value::Null;
        let asked = |version: &str| asking.username.is_some() || version == "V3_0";
        // What functions of others do is their own: here nothing.
        let ours = |arn: &String| !self.world.state.borrow().others.contains_key(arn);
        let trigger = asking.pool.trigger.as_ref();
        let trigger = trigger.filter(|held| asked(&held.version) && ours(&held.arn));
        if let Some(trigger) = trigger {
            let failed = |message: &str| {
                refused("cognito-idp:InitiateAuth", "UserLambdaValidationException", message)
            };
            let no = || failed("the trigger failed");
            let (function, version) = self.routed(&trigger.arn, &asking.pool.id).ok_or_else(no)?;
            let event = asking.event(&trigger.version).to_string();
            let answer = match self.answer(Asker::SignIn, &function, &version, &event)? {
                Invocation::Answer(answer) => answer,
                // As AWS says it (tests/strict/sign_in.rs).
                Invocation::Fault(fault) => {
                    let fault: Value = serde_json::from_str(&fault).unwrap_or_default();
                    let text = fault["errorMessage"].as_str().unwrap_or_default();
                    let name = &trigger.version;
                    return Err(failed(&format!(
                        "PreTokenGeneration{name} failed with error {text}."
                    )));
                }
            };
            let answer: Value = serde_json::from_str(&answer).map_err(|_| no())?;
            response = answer["response"]["claimsAndScopeOverrideDetails"].clone();
        }
        Ok(asking.claims(&response, self.now.get()))
    }

    /// The version that is invoked now, if the pool may: a canary gets its share, evenly.
    fn routed(&self, alias_arn: &str, pool_id: &str) -> Option<(String, String)> {
        let state = self.world.state.borrow();
        let (name, function) = function_at(&state, alias_arn)?;
        if !is_invokable(function, pool_id) {
            return None;
        }
        let route = function.alias.as_ref()?;
        let Some((canary, percent)) = &route.canary else {
            return Some((name.to_owned(), route.version.clone()));
        };
        let users = &mut *self.users.borrow_mut();
        users.routed += 1;
        let so_far = |sign_ins: u32| sign_ins * u32::from(*percent) / 100;
        let is_canary = so_far(users.routed) > so_far(users.routed - 1);
        Some((name.to_owned(), if is_canary { canary } else { &route.version }.clone()))
    }
}

fn secret_of(client_id: &str) -> ClientSecret {
    ClientSecret(format!("secret-of-{client_id}"))
}

impl Asking<'_> {
    fn event(&self, version: &str) -> Value {
        json!({
            "version": if version == "V3_0" { "3" } else { "2" },
            "triggerSource": self.source,
            "region": "eu-west-1",
            "userPoolId": self.pool.id,
            "userName": self.username,
            "callerContext": { "awsSdkVersion": "3", "clientId": self.client_id },
            "request": {
                "userAttributes": self.attributes,
                "groupConfiguration": { "groupsToOverride": self.groups },
                "scopes": self.scopes,
            },
            "response": {},
        })
    }

    fn claims(&self, response: &Value, now: u64) -> Claims {
        let overridden = response["groupOverrideDetails"]["groupsToOverride"].as_array().cloned();
        let groups = overridden.unwrap_or_else(|| self.groups.iter().map(|it| json!(it)).collect());
        let mut common = Map::new();
        let issuer = format!("https://cognito-idp.eu-west-1.amazonaws.com/{}", self.pool.id);
        common.insert("iss".to_owned(), json!(issuer));
        common.insert("sub".to_owned(), json!(self.attributes.get("sub")));
        common.insert("exp".to_owned(), json!(now + 3600));
        if !groups.is_empty() {
            common.insert("cognito:groups".to_owned(), json!(groups));
        }
        let (mut access, mut id) = (common.clone(), common);
        access.insert("token_use".to_owned(), json!("access"));
        access.insert("client_id".to_owned(), json!(self.client_id));
        let changes = &response["accessTokenGeneration"];
        let mut scopes = self.scopes.clone();
        scopes.extend(texts(&changes["scopesToAdd"]));
        scopes.retain(|scope| !texts(&changes["scopesToSuppress"]).contains(scope));
        access.insert("scope".to_owned(), json!(scopes.join(" ")));
        change(&mut access, changes);
        id.insert("token_use".to_owned(), json!("id"));
        id.insert("aud".to_owned(), json!(self.client_id));
        change(&mut id, &response["idTokenGeneration"]);
        [access, id]
    }
}

fn change(claims: &mut Map<String, Value>, changes: &Value) {
    claims.extend(changes["claimsToAddOrOverride"].as_object().cloned().unwrap_or_default());
    claims.retain(|claim, _| !texts(&changes["claimsToSuppress"]).contains(claim));
}

fn texts(list: &Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten().filter_map(Value::as_str);
    texts.map(ToOwned::to_owned).collect()
}
