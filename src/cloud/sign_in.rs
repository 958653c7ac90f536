//! Users and sign-ins, as a proof needs them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Result;

/// How the name of every user that verification makes begins, so that one left behind is recognised.
///
/// In a pool that names its users by e-mail address or phone number, AWS invents the name: there the address
/// (`pretoken-verify-…@example.com`), or the attribute `name`, begins with it.
pub const VERIFICATION_PREFIX: &str = "pretoken-verify-";

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

/// How to sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// `InitiateAuth` with a password; needs no IAM.
    UserPassword,
    /// `AdminInitiateAuth` with a password.
    AdminUserPassword,
    /// `InitiateAuth` with a refresh token.
    RefreshToken,
}

/// A sign-in attempt.
pub struct SignIn<'a> {
    /// The flow.
    pub flow: Flow,
    /// Pool id.
    pub pool_id: &'a str,
    /// Client id.
    pub client_id: &'a str,
    /// User name (for a refresh: whoever the token belongs to).
    pub username: &'a str,
    /// Password, or the refresh token.
    pub secret: &'a str,
    /// `SECRET_HASH` key, for a client with a secret.
    pub client_secret: Option<&'a ClientSecret>,
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
}

/// What a sign-in came to.
pub enum Signed {
    /// Tokens.
    In(Tokens),
    /// A challenge that this program does not answer, such as `SMS_MFA`.
    Challenge(String),
}

/// What a pool asks of a new user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserRules {
    /// Names of required attributes.
    pub required: Vec<String>,
    /// `email` or `phone_number` when users are named by one of them.
    pub username_attributes: Vec<String>,
    /// Shortest password that the pool accepts.
    pub password_length: usize,
}

/// Users and sign-ins: what a proof needs.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Auth {
    /// What the pool asks of a new user.
    async fn user_rules(&self, pool_id: &str) -> Result<UserRules>;
    /// Creates a user that can sign in at once, without sending a message; returns its `sub`.
    async fn create_user(&self, pool_id: &str, user: &NewUser) -> Result<Option<String>>;
    /// Deletes a user; an absent one is no error.
    async fn delete_user(&self, pool_id: &str, username: &str) -> Result<()>;
    /// Names of the users that an earlier verification left behind.
    async fn leftover_users(&self, pool_id: &str) -> Result<Vec<String>>;
    /// The client's secret, if it has one.
    async fn client_secret(&self, pool_id: &str, client_id: &str) -> Result<Option<ClientSecret>>;
    /// Signs in.
    async fn sign_in(&self, sign_in: &SignIn<'_>) -> Result<Signed>;
    /// Asks the token endpoint for an access token; a refusal is [`Refused`](super::CloudError::Refused) with OAuth's own code.
    async fn machine_token(&self, sign_in: &ClientCredentialsSignIn<'_>) -> Result<String>;
    /// The status that an API answers: no redirect is followed, no body is read, nothing is tried again.
    async fn knock(&self, knock: &Knock<'_>) -> Result<u16>;
    /// Reads a document over HTTP(S) with the same trust and proxies as every other call.
    async fn fetch(&self, url: &str) -> Result<String>;
}
