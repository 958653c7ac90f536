//! A pool that asks what AWS asks, in memory: names, secret hashes, required attributes, factors, devices and rotation. Passwords are
//! compared, and proofs of passwords believed: how they are computed is held elsewhere, by vectors and on the emulator.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pretoken::cloud::{
    AppClient, Auth, Challenge, ClientCredentialsSignIn, ClientSecret, CloudError, DeviceVerifier,
    ExistingUser, FindUsers, Knock, NewDevice, NewUser, Parameters, Refresh, Result, Secret,
    SignIn, Signed, SoftwareToken, Tokens, Users,
};
use pretoken::model::{DEFAULT_SCOPE, Flow, TemporaryUser, UserRules};
use pretoken::system::clock::Clock;
use ring::hmac;
use serde_json::{Map, json};

use crate::{Choice, Factor, key};

pub const POOL: &str = "eu-west-1_Customers";
pub const CLIENT: &str = "client-of-the-web";
const SECRET: &str = "secret-of-the-web";
/// The secret of one-time codes: any will do.
const SEED: &str = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

/// Somebody in the pool.
pub struct Person {
    user: NewUser,
    sub: String,
    has_codes: Cell<bool>,
    device: RefCell<Option<String>>,
}

pub struct Pool {
    choice: Choice,
    rules: UserRules,
    pub clock: Clock,
    /// By how many seconds AWS's clock is ahead.
    pub ahead: i64,
    pub users: RefCell<BTreeMap<String, Person>>,
    /// How long a token is tried again.
    pub patience: Duration,
    /// Who refuses every sign-in: AWS's code, and the words.
    pub wall: Option<(&'static str, &'static str)>,
    /// What is asked for although nothing said so.
    pub surprise: Option<&'static str>,
    /// How often somebody began to sign in or to refresh, by a user's calls and by an administrator's.
    pub attempts: [Cell<usize>; 2],
    /// How often somebody would have got a message.
    pub messages: Cell<u32>,
    made: Cell<u32>,
}

fn refused<T>(code: &str, message: &str) -> Result<T> {
    Err(CloudError::Refused {
        operation: "cognito-idp".to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        request_id: None,
    })
}

fn challenge(name: &str, username: &str, parameters: &[(&str, &str)]) -> Signed {
    let parameters = parameters.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    Signed::Challenge(Challenge {
        name: name.to_owned(),
        session: Some(username.to_owned()),
        parameters: parameters.collect(),
        available: vec![],
    })
}

impl Pool {
    pub fn new(choice: Choice, clock: Clock) -> Self {
        Self {
            choice,
            rules: choice.rules(),
            clock,
            ahead: 0,
            patience: Duration::ZERO,
            wall: None,
            surprise: None,
            attempts: Default::default(),
            users: RefCell::default(),
            messages: Cell::default(),
            made: Cell::default(),
        }
    }

    fn cognito_name(&self, person: &Person) -> String {
        let by_attribute = !self.choice.names.is_empty();
        if by_attribute { person.sub.clone() } else { person.user.username.clone() }
    }

    fn check_hash(&self, parameters: &Parameters, names: &[&str]) -> Result<()> {
        let hash = |name: &&str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
            STANDARD.encode(hmac::sign(&key, format!("{name}{CLIENT}").as_bytes()))
        };
        let given = parameters.get("SECRET_HASH");
        let right = names.iter().map(hash).any(|hash| given == Some(hash.as_str()));
        if self.choice.has_secret == right && self.choice.has_secret == given.is_some() {
            return Ok(());
        }
        refused("NotAuthorizedException", "Unable to verify secret hash for client")
    }

    fn allows(&self, flow: Flow) -> bool {
        let allowed = |name: &str| self.choice.flows.contains(&name);
        let of_old = allowed("ADMIN_NO_SRP_AUTH");
        match flow {
            Flow::UserPassword => allowed("ALLOW_USER_PASSWORD_AUTH"),
            Flow::AdminUserPassword => allowed("ALLOW_ADMIN_USER_PASSWORD_AUTH") || of_old,
            Flow::UserSrp => allowed("ALLOW_USER_SRP_AUTH") || of_old,
            Flow::User => allowed("ALLOW_USER_AUTH"),
            Flow::RefreshToken => {
                !self.choice.rotates && (allowed("ALLOW_REFRESH_TOKEN_AUTH") || of_old)
            }
        }
    }

    fn verifier(&self, person: &Person) -> Signed {
        let name = self.cognito_name(person);
        let block = STANDARD.encode("a block");
        let question = [
            ("USER_ID_FOR_SRP", name.as_str()),
            ("USERNAME", &name),
            ("SALT", "5A17"),
            ("SRP_B", "2B"),
            ("SECRET_BLOCK", &block),
        ];
        challenge("PASSWORD_VERIFIER", &person.user.username, &question)
    }

    /// The password is right: what is asked next.
    fn second_factor(&self, person: &Person, parameters: &Parameters) -> Signed {
        let name = &person.user.username;
        let has = |attribute: &str| person.user.attributes.iter().any(|(it, _)| it == attribute);
        if let Some(asked) = self.surprise {
            return challenge(asked, name, &[]);
        }
        let Factor { mode, counts: [app, texts, mail], .. } = self.choice.factor;
        if mode != "ON" {
            return self.device(person, parameters);
        }
        let sent = [("SMS_MFA", texts && has("phone_number")), ("EMAIL_OTP", mail && has("email"))];
        if let Some((factor, _)) = sent.iter().find(|(_, is_sent)| *is_sent) {
            self.messages.set(self.messages.get() + 1);
            return challenge(factor, name, &[]);
        }
        let can = if app { "[\"SOFTWARE_TOKEN_MFA\"]" } else { "[\"SMS_MFA\"]" };
        let set_up = [("MFAS_CAN_SETUP", can)];
        if person.has_codes.get() {
            challenge("SOFTWARE_TOKEN_MFA", name, &[])
        } else {
            challenge("MFA_SETUP", name, &set_up)
        }
    }

    fn device(&self, person: &Person, parameters: &Parameters) -> Signed {
        let known = person.device.borrow();
        if parameters.get("DEVICE_KEY").is_some_and(|key| known.as_deref() == Some(key)) {
            return challenge("DEVICE_SRP_AUTH", &person.user.username, &[]);
        }
        let key = format!("eu-west-1_device-of-{}", person.sub);
        let new = NewDevice { key, group_key: "-group".to_owned() };
        self.tokens(person, self.choice.tracks_devices.then_some(new))
    }

    fn tokens(&self, person: &Person, device: Option<NewDevice>) -> Signed {
        let mut access = Map::new();
        access.insert(
            "iss".to_owned(),
            json!(format!("https://cognito-idp.eu-west-1.amazonaws.com/{POOL}")),
        );
        access.insert("sub".to_owned(), json!(person.sub));
        access.insert("exp".to_owned(), json!(self.clock.now() + self.ahead + 300));
        let mut id = access.clone();
        access.insert("username".to_owned(), json!(self.cognito_name(person)));
        access.insert("token_use".to_owned(), json!("access"));
        access.insert("client_id".to_owned(), json!(CLIENT));
        access.insert("scope".to_owned(), json!(DEFAULT_SCOPE));
        id.insert("token_use".to_owned(), json!("id"));
        id.insert("aud".to_owned(), json!(CLIENT));
        Signed::In(Tokens {
            access: key::signed(&access),
            id: key::signed(&id),
            refresh: Some(person.user.username.clone()),
            device,
        })
    }

    /// New tokens for the refresh token of somebody whose device, where devices are tracked, is known.
    fn refreshed(&self, token: &str, device_key: Option<&str>) -> Result<Signed> {
        let users = self.users.borrow();
        let person = users.get(token).filter(|person| {
            !self.choice.tracks_devices || device_key == person.device.borrow().as_deref()
        });
        match person {
            Some(person) => Ok(self.tokens(person, None)),
            None => refused("NotAuthorizedException", "Invalid Refresh Token."),
        }
    }

    fn fits(&self, user: &NewUser) -> bool {
        let given = |name: &str| user.attributes.iter().find(|(it, _)| it == name);
        let right = self.rules.required.iter().all(|wanted| {
            let Some((_, value)) = given(&wanted.name) else { return false };
            let size = match wanted.kind.as_str() {
                "Number" => value.parse().unwrap_or(i64::MIN),
                _ => i64::try_from(value.len()).unwrap_or(i64::MAX),
            };
            wanted.min.is_none_or(|min| size >= min) && wanted.max.is_none_or(|max| size <= max)
        });
        let named = match self.choice.names {
            [] => !user.username.contains(['@', '+']),
            ["phone_number"] => user.username.starts_with('+'),
            _ => user.username.contains('@'),
        };
        let known = ["name", "email", "phone_number", "email_verified", "phone_number_verified"];
        let known = |name: &str| known.contains(&name) || self.choice.required.0 == name;
        right
            && named
            && user.attributes.iter().all(|(name, _)| known(name))
            && user.password.len() >= self.rules.password_length
    }
}

impl FindUsers for Pool {
    async fn temporary_users(&self, _: &str) -> Result<Vec<TemporaryUser>> {
        Ok(vec![])
    }
}

impl Users for Pool {
    async fn delete_user(&self, _: &str, username: &str) -> Result<()> {
        self.users.borrow_mut().remove(username);
        Ok(())
    }
}

impl Auth for Pool {
    fn clock_ahead(&self) -> i64 {
        self.ahead
    }

    async fn user_rules(&self, _: &str) -> Result<UserRules> {
        Ok(self.rules.clone())
    }

    async fn create_user(&self, _: &str, user: &NewUser) -> Result<Option<String>> {
        if !self.fits(user) {
            return refused(
                "InvalidParameterException",
                "Attributes did not conform to the schema",
            );
        }
        self.made.set(self.made.get() + 1);
        let sub = format!("sub-{}", self.made.get());
        let (has_codes, device) = (Cell::default(), RefCell::default());
        let person = Person { user: user.clone(), sub: sub.clone(), has_codes, device };
        self.users.borrow_mut().insert(user.username.clone(), person);
        Ok(Some(sub))
    }

    async fn user(&self, _: &str, _: &str) -> Result<Option<ExistingUser>> {
        Ok(None)
    }

    async fn app_client(&self, _: &str, _: &str) -> Result<AppClient> {
        let secret = Secret::Known(ClientSecret(SECRET.to_owned()));
        let secret = if self.choice.has_secret { secret } else { Secret::None };
        Ok(AppClient { secret, rotates_refresh_tokens: self.choice.rotates })
    }

    async fn initiate(&self, sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Signed> {
        let attempts = &self.attempts[usize::from(sign_in.by_admin)];
        attempts.set(attempts.get() + 1);
        if let Some((code, message)) = self.wall
            && !(code == "ForbiddenException" && sign_in.by_admin)
        {
            return refused(code, message);
        }
        if !self.allows(sign_in.flow) {
            return refused("InvalidParameterException", "Auth flow not enabled for this client");
        }
        let users = self.users.borrow();
        if let Some(token) = parameters.get("REFRESH_TOKEN") {
            let name = users.get(token).map(|person| self.cognito_name(person));
            self.check_hash(parameters, &[&name.unwrap_or_default()])?;
            return self.refreshed(token, parameters.get("DEVICE_KEY"));
        }
        let name = parameters.get("USERNAME").unwrap_or_default();
        self.check_hash(parameters, &[name])?;
        let Some(person) = users.get(name) else {
            return refused("UserNotFoundException", "User does not exist.");
        };
        let asked = parameters.get("PREFERRED_CHALLENGE").unwrap_or_default();
        match sign_in.flow {
            Flow::UserPassword | Flow::AdminUserPassword => {
                if parameters.get("PASSWORD") != Some(&person.user.password) {
                    return refused("NotAuthorizedException", "Incorrect username or password.");
                }
                Ok(self.second_factor(person, parameters))
            }
            Flow::User if !self.choice.first.contains(&asked) => {
                let Signed::Challenge(asking) = challenge("SELECT_CHALLENGE", name, &[]) else {
                    unreachable!("it is one");
                };
                let available = self.choice.first.iter().map(ToString::to_string).collect();
                Ok(Signed::Challenge(Challenge { available, ..asking }))
            }
            Flow::UserSrp | Flow::User if parameters.get("SRP_A").is_some() => {
                Ok(self.verifier(person))
            }
            _ => refused("InvalidParameterException", "Missing required parameter SRP_A"),
        }
    }

    async fn respond(
        &self,
        _: &SignIn<'_>,
        challenged: &Challenge,
        answers: &Parameters,
    ) -> Result<Signed> {
        let users = self.users.borrow();
        let Some(person) = users.get(challenged.session.as_deref().unwrap_or_default()) else {
            return refused("NotAuthorizedException", "Invalid session for the user.");
        };
        let name = self.cognito_name(person);
        self.check_hash(answers, &[&name, &person.user.username])?;
        let is_given = |name: &str| answers.get(name).is_some();
        match challenged.name.as_str() {
            "PASSWORD_VERIFIER" if is_given("PASSWORD_CLAIM_SIGNATURE") => {
                Ok(self.second_factor(person, answers))
            }
            "SELECT_CHALLENGE" if answers.get("ANSWER") == Some("PASSWORD_SRP") => {
                Ok(self.verifier(person))
            }
            "SELECT_CHALLENGE" if answers.get("PASSWORD") == Some(&person.user.password) => {
                Ok(self.second_factor(person, answers))
            }
            "MFA_SETUP" if person.has_codes.get() => Ok(self.device(person, answers)),
            "SOFTWARE_TOKEN_MFA" if is_given("SOFTWARE_TOKEN_MFA_CODE") => {
                Ok(self.device(person, answers))
            }
            "DEVICE_SRP_AUTH" if is_given("SRP_A") => {
                let Signed::Challenge(asking) = self.verifier(person) else {
                    unreachable!("it is one");
                };
                let name = "DEVICE_PASSWORD_VERIFIER".to_owned();
                Ok(Signed::Challenge(Challenge { name, ..asking }))
            }
            "DEVICE_PASSWORD_VERIFIER" if is_given("PASSWORD_CLAIM_SIGNATURE") => {
                Ok(self.tokens(person, None))
            }
            _ => refused("NotAuthorizedException", "Incorrect username or password."),
        }
    }

    async fn refresh(&self, _: &SignIn<'_>, refresh: &Refresh<'_>) -> Result<Signed> {
        let secret = refresh.client_secret.map(|secret| secret.0.as_str());
        if !self.choice.rotates || secret != self.choice.has_secret.then_some(SECRET) {
            return refused("NotAuthorizedException", "Invalid Refresh Token.");
        }
        self.refreshed(refresh.token, refresh.device_key)
    }

    async fn associate_software_token(&self, session: &str) -> Result<SoftwareToken> {
        Ok(SoftwareToken { secret: SEED.to_owned(), session: session.to_owned() })
    }

    async fn verify_software_token(&self, session: &str, _: &str) -> Result<String> {
        self.users.borrow()[session].has_codes.set(true);
        Ok(session.to_owned())
    }

    async fn confirm_device(&self, token: &str, key: &str, _: &DeviceVerifier) -> Result<bool> {
        let claims = pretoken::verify::jwt::decode(token).expect("a token").claims;
        let users = self.users.borrow();
        let person = users.values().find(|person| claims["sub"] == person.sub.as_str());
        person.expect("somebody").device.replace(Some(key.to_owned()));
        Ok(false)
    }

    async fn remember_device(&self, _: &str, _: &str) -> Result<()> {
        Ok(())
    }

    async fn machine_token(&self, _: &ClientCredentialsSignIn<'_>) -> Result<String> {
        refused("unauthorized_client", "")
    }

    async fn knock(&self, _: &Knock<'_>) -> Result<u16> {
        Ok(401)
    }

    async fn fetch(&self, _: &str) -> Result<String> {
        Ok(key::published())
    }
}
