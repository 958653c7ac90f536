//! Users and sign-ins, as a proof needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Result;
use crate::model::{Flow, TemporaryUser, UserRules};

/// A new user, as verification makes one. Its `Debug` hides the password.
#[derive(Clone)]
pub struct NewUser {
    /// Name to sign in with.
    pub username: String,
    /// Attributes at creation.
    pub attributes: Vec<(String, String)>,
    /// Groups to join.
    pub groups: Vec<String>,
    /// The permanent password.
    pub password: String,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser")
            .field("username", &self.username)
            .field("groups", &self.groups)
            .finish_non_exhaustive()
    }
}

/// A sign-in under way: where, and by which flow it began.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// Pool id.
    pub pool_id: &'a str,
    /// Client id.
    pub client_id: &'a str,
    /// The flow.
    pub flow: Flow,
    /// Whether an administrator asks for the user (`AdminInitiateAuth`, which needs IAM).
    pub by_admin: bool,
}

impl<'a> SignIn<'a> {
    /// As a user would, unless the flow is one of administrators alone.
    #[must_use]
    pub fn new(pool_id: &'a str, client_id: &'a str, flow: Flow) -> Self {
        Self { pool_id, client_id, flow, by_admin: flow == Flow::AdminUserPassword }
    }

    /// As an administrator.
    #[must_use]
    pub fn by_admin(self) -> Self {
        Self { by_admin: true, ..self }
    }
}

/// What is sent along: names are AWS's, values may be secrets, and its `Debug` hides them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    /// These.
    #[must_use]
    pub fn new(all: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(all.into_iter().collect())
    }

    /// With one more, if there is one.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Option<String>) -> Self {
        self.0.extend(value.map(|value| (name, value)));
        self
    }

    /// The value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &String)> {
        self.0.iter().map(|(name, value)| (*name, value))
    }
}

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A refresh token that is spent by being used (`GetTokensFromRefreshToken`).
pub struct Refresh<'a> {
    /// The token.
    pub token: &'a str,
    /// The client's secret, in the open, if it has one.
    pub client_secret: Option<&'a ClientSecret>,
    /// The key of the device that it belongs to, if the pool tracks devices.
    pub device_key: Option<&'a str>,
}

/// A client's secret. It has no `Display`, and its `Debug` hides it.
#[derive(Clone)]
pub struct ClientSecret(pub String);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(hidden)")
    }
}

/// A machine that asks for a token of its own (client credentials).
pub struct ClientCredentialsSignIn<'a> {
    /// The token endpoint.
    pub url: &'a str,
    /// Client id.
    pub client_id: &'a str,
    /// Its secret.
    pub client_secret: &'a ClientSecret,
    /// What it asks for.
    pub scopes: &'a BTreeSet<String>,
    /// What it sends along; the trigger sees it.
    pub client_metadata: &'a BTreeMap<String, String>,
}

/// A call to an API with a token. It has no `Debug`, since the token is a credential.
pub struct Knock<'a> {
    /// The method.
    pub method: &'a str,
    /// The whole address: https, or http to this machine.
    pub url: &'a str,
    /// The access token.
    pub token: &'a str,
}

/// The tokens of a sign-in.
#[derive(Clone)]
pub struct Tokens {
    /// Access token.
    pub access: String,
    /// ID token.
    pub id: String,
    /// Refresh token; a refresh may return none.
    pub refresh: Option<String>,
    /// What the pool calls the device, if it tracks devices and did not know this one.
    pub device: Option<NewDevice>,
}

/// A device as a pool knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDevice {
    /// Its key.
    pub key: String,
    /// The key of its group.
    pub group_key: String,
}

/// What a device proves itself by later; its `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceVerifier {
    /// Base64.
    pub password_verifier: String,
    /// Base64.
    pub salt: String,
}

impl fmt::Debug for DeviceVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceVerifier(hidden)")
    }
}

/// A question of the pool, on the way to tokens.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// Such as `PASSWORD_VERIFIER`.
    pub name: String,
    /// What the answer must name; some challenges have none.
    pub session: Option<String>,
    /// What it says.
    pub parameters: BTreeMap<String, String>,
    /// What one may choose from, where it is a choice.
    pub available: Vec<String>,
}

impl Challenge {
    /// The parameter of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a pool answers to a step of a sign-in.
#[derive(Clone)]
pub enum Signed {
    /// Tokens.
    In(Tokens),
    /// Another question.
    Challenge(Challenge),
}

/// A secret that makes one-time codes (TOTP), and the session in which it is proven; its `Debug` hides both.
#[derive(Clone, PartialEq, Eq)]
pub struct SoftwareToken {
    /// Base32.
    pub secret: String,
    /// The session to go on with.
    pub session: String,
}

impl fmt::Debug for SoftwareToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SoftwareToken(hidden)")
    }
}

/// The secret of a client, as far as it can be had.
#[derive(Debug, Clone, Default)]
pub enum Secret {
    /// It has none.
    #[default]
    None,
    /// This.
    Known(ClientSecret),
    /// Cognito keeps it in Secrets Manager, under this ARN (`ClientSecretArn`).
    Elsewhere(String),
}

impl Secret {
    /// The secret, if it is known.
    #[must_use]
    pub fn known(&self) -> Option<&ClientSecret> {
        if let Self::Known(secret) = self { Some(secret) } else { None }
    }
}

/// What a client asks of whoever signs in.
#[derive(Debug, Clone, Default)]
pub struct AppClient {
    /// Its secret.
    pub secret: Secret,
    /// Whether a refresh token is replaced when it is used (`RefreshTokenRotation`).
    pub rotates_refresh_tokens: bool,
}

/// A user that exists, as an administrator sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExistingUser {
    /// The name that the pool has for it, whatever it signs in with.
    pub name: String,
    /// Such as `CONFIRMED`.
    pub status: String,
    /// Its attributes, `sub` included.
    pub attributes: BTreeMap<String, String>,
    /// Its groups.
    pub groups: Vec<String>,
    /// The second factor that the pool would ask it for (`PreferredMfaSetting`).
    pub preferred_mfa: Option<String>,
}

/// Finding users that proofs made.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait FindUsers {
    /// Those in a pool, of whichever stack.
    async fn temporary_users(&self, pool_id: &str) -> Result<Vec<TemporaryUser>>;
}

/// Removing users.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Users {
    /// Deletes a user; an absent one is no error.
    async fn delete_user(&self, pool_id: &str, username: &str) -> Result<()>;
}

/// Users and sign-ins: what a proof needs.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Auth: FindUsers + Users {
    /// What the pool asks of a new user.
    async fn user_rules(&self, pool_id: &str) -> Result<UserRules>;
    /// Creates a user that can sign in at once, without sending a message; returns its `sub`.
    async fn create_user(&self, pool_id: &str, user: &NewUser) -> Result<Option<String>>;
    /// A user, with its groups, if there is one of this name or alias.
    async fn user(&self, pool_id: &str, username: &str) -> Result<Option<ExistingUser>>;
    /// What the client asks of whoever signs in.
    async fn app_client(&self, pool_id: &str, client_id: &str) -> Result<AppClient>;
    /// Begins a sign-in.
    async fn initiate(&self, sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Signed>;
    /// Answers a challenge of a sign-in.
    async fn respond(
        &self,
        sign_in: &SignIn<'_>,
        challenge: &Challenge,
        answers: &Parameters,
    ) -> Result<Signed>;
    /// Spends a refresh token at a client that rotates them.
    async fn refresh(&self, sign_in: &SignIn<'_>, refresh: &Refresh<'_>) -> Result<Signed>;
    /// Begins to set up one-time codes in the session of a challenge.
    async fn associate_software_token(&self, session: &str) -> Result<SoftwareToken>;
    /// Proves that codes can be made; returns the session to go on with.
    async fn verify_software_token(&self, session: &str, code: &str) -> Result<String>;
    /// Makes the pool know a device; returns whether the user must still agree to its being remembered.
    async fn confirm_device(
        &self,
        access_token: &str,
        device_key: &str,
        verifier: &DeviceVerifier,
    ) -> Result<bool>;
    /// Agrees to a device's being remembered.
    async fn remember_device(&self, access_token: &str, device_key: &str) -> Result<()>;
    /// By how many seconds AWS's clock is ahead of this machine's, as its last answer said.
    fn clock_ahead(&self) -> i64;
    /// Asks the token endpoint for an access token; a refusal is [`Refused`](super::CloudError::Refused) with OAuth's own code.
    async fn machine_token(&self, sign_in: &ClientCredentialsSignIn<'_>) -> Result<String>;
    /// The status that an API answers: no redirect is followed, no body is read, nothing is tried again.
    async fn knock(&self, knock: &Knock<'_>) -> Result<u16>;
    /// Reads a document over HTTP(S) with the same trust and proxies as every other call.
    async fn fetch(&self, url: &str) -> Result<String>;
}

/// Users that stay, as seeds do.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Seeding: Auth {
    /// Makes a user that exists be as it is wanted: its password, the attributes that are named, and exactly these groups.
    async fn repair_user(
        &self,
        pool_id: &str,
        existing: &ExistingUser,
        wanted: &NewUser,
    ) -> Result<()>;
    /// Begins to set up one-time codes for whoever has signed in; returns the secret that makes them (Base32).
    async fn new_totp_secret(&self, access_token: &str) -> Result<String>;
    /// Proves that codes can be made, and asks for one from the next sign-in on.
    async fn require_totp(&self, access_token: &str, code: &str) -> Result<()>;
}
