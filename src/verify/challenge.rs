//! The steps of a sign-in, from its beginning to tokens or to a question that no program can answer.
//!
//! Nothing is begun that would send somebody a message, and nobody's account but a temporary one is changed on the way.

use std::cell::{Cell, LazyCell, RefCell};
use std::time::Duration;

use super::device::Device;
use super::secret_hash::secret_hash;
use super::srp::{Ephemeral, PasswordVerifier, SrpIdentity};
use super::totp;
use crate::cloud::wait::Poll;
use crate::cloud::{Auth, Challenge, ClientSecret, CloudError, Parameters, SignIn, Signed, Tokens};
use crate::model::Flow;
use crate::model::dates;
use crate::system::clock::{Clock, timed};
use crate::user::Progress;

/// No sign-in asks more than this: password, new password, choice of a factor, its setup, the device's two.
const MOST_QUESTIONS: usize = 8;

/// Who signs in.
pub struct Person<'a> {
    /// The name to sign in with.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
    /// Whether it is a temporary user of ours, which may be changed.
    pub is_temporary: bool,
    /// What makes its one-time codes, once that is set up (Base32).
    pub totp: &'a RefCell<Option<String>>,
}

/// What a sign-in came to.
pub enum SignInEnd {
    /// Tokens.
    In(Tokens),
    /// Nobody could go on, for this reason.
    Stuck(String),
}

/// One sign-in.
pub struct Attempt<'a, C, P> {
    /// The way to the pool.
    pub cloud: &'a C,
    /// What hears of waits.
    pub progress: &'a P,
    /// What time it is.
    pub clock: Clock,
    /// Where, and by which flow.
    pub sign_in: SignIn<'a>,
    /// The client's secret.
    pub client_secret: Option<&'a ClientSecret>,
    /// Who.
    pub person: &'a Person<'a>,
    device: Option<&'a Device>,
    /// Numbers of 3072 bits: made when a step needs them.
    srp: LazyCell<Ephemeral>,
    /// The step whose one-time code was used last.
    used: Cell<Option<u64>>,
    /// How long the last call took.
    last_ms: Cell<u64>,
}

impl<'a, C: Auth, P: Progress> Attempt<'a, C, P> {
    /// Ready to begin.
    pub fn new(
        (cloud, progress, clock): (&'a C, &'a P, Clock),
        sign_in: SignIn<'a>,
        client_secret: Option<&'a ClientSecret>,
        person: &'a Person<'a>,
    ) -> Self {
        let srp = LazyCell::new(Ephemeral::new as fn() -> Ephemeral);
        let (device, used) = (None, Cell::default());
        let last_ms = Cell::default();
        Self { cloud, progress, clock, sign_in, client_secret, person, device, srp, used, last_ms }
    }

    /// From a device that the pool remembers.
    pub(super) fn at_device(self, device: &'a Device) -> Self {
        Self { device: Some(device), ..self }
    }

    /// Signs in.
    pub async fn run(&self) -> Result<SignInEnd, CloudError> {
        let beginning = self.beginning();
        let mut signed = self.timed(self.cloud.initiate(&self.sign_in, &beginning)).await?;
        for _ in 0..MOST_QUESTIONS {
            let challenge = match signed {
                Signed::In(tokens) => return Ok(SignInEnd::In(tokens)),
                Signed::Challenge(challenge) => challenge,
            };
            signed = match self.answer(challenge).await? {
                Ok(signed) => signed,
                Err(reason) => return Ok(SignInEnd::Stuck(reason)),
            };
        }
        Ok(SignInEnd::Stuck(format!("the pool asks more than {MOST_QUESTIONS} questions")))
    }

    /// How many milliseconds the last call took: the one that waits for the trigger, if there are tokens.
    pub(super) fn last_ms(&self) -> u64 {
        self.last_ms.get()
    }

    async fn timed<T>(&self, call: impl Future<Output = T>) -> T {
        let (answer, ms) = timed(call).await;
        self.last_ms.set(ms);
        answer
    }

    fn beginning(&self) -> Parameters {
        let Person { username, password, .. } = *self.person;
        let parameters = Parameters::new([("USERNAME", username.to_owned())]);
        let parameters = match self.sign_in.flow {
            Flow::UserSrp => parameters.with("SRP_A", Some(self.srp.public())),
            Flow::User => parameters
                .with("PREFERRED_CHALLENGE", Some("PASSWORD_SRP".to_owned()))
                .with("SRP_A", Some(self.srp.public())),
            Flow::UserPassword | Flow::AdminUserPassword | Flow::RefreshToken => {
                parameters.with("PASSWORD", Some(password.to_owned()))
            }
        };
        let device = self.device.map(|device| device.names.key.clone());
        parameters.with("SECRET_HASH", self.hash(username)).with("DEVICE_KEY", device)
    }

    /// AWS's time: proofs and codes are measured by it.
    fn now(&self) -> i64 {
        self.clock.now() + self.cloud.clock_ahead()
    }

    fn hash(&self, username: &str) -> Option<String> {
        let hash = |secret| secret_hash(secret, username, self.sign_in.client_id);
        self.client_secret.map(hash)
    }

    /// The next answer of the pool, or why there can be none.
    async fn answer(&self, challenge: Challenge) -> Result<Result<Signed, String>, CloudError> {
        match challenge.name.as_str() {
            "SOFTWARE_TOKEN_MFA" => return self.one_time_code(&challenge).await,
            "MFA_SETUP" => return self.set_up_codes(challenge).await,
            _ => {}
        }
        let answers = match self.known_answer(&challenge) {
            Ok(answers) => answers,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(Ok(self.respond(&challenge, answers).await?))
    }

    async fn respond(
        &self,
        challenge: &Challenge,
        answers: Parameters,
    ) -> Result<Signed, CloudError> {
        let name = self.name_in(challenge).to_owned();
        let device = self.device.map(|device| device.names.key.clone());
        let answers = answers
            .with("SECRET_HASH", self.hash(&name))
            .with("USERNAME", Some(name))
            .with("DEVICE_KEY", device);
        self.timed(self.cloud.respond(&self.sign_in, challenge, &answers)).await
    }

    /// The name that the pool has for the user, once it has said it.
    fn name_in<'c>(&'c self, challenge: &'c Challenge) -> &'c str {
        let names = ["USERNAME", "USER_ID_FOR_SRP"];
        names.iter().find_map(|name| challenge.get(name)).unwrap_or(self.person.username)
    }

    /// What needs no further call.
    fn known_answer(&self, challenge: &Challenge) -> Result<Parameters, String> {
        let password = || self.person.password.to_owned();
        let one = |name, value| Ok(Parameters::new([(name, value)]));
        match challenge.name.as_str() {
            "PASSWORD_VERIFIER" => self.password_claim(challenge),
            "PASSWORD_SRP" | "DEVICE_SRP_AUTH" => one("SRP_A", self.srp.public()),
            "PASSWORD" => one("PASSWORD", password()),
            "DEVICE_PASSWORD_VERIFIER" => self.device_claim(challenge),
            "SELECT_CHALLENGE" => self.first_factor(challenge),
            "SELECT_MFA_TYPE" if self.person.totp.borrow().is_some() => {
                one("ANSWER", "SOFTWARE_TOKEN_MFA".to_owned())
            }
            "NEW_PASSWORD_REQUIRED" if self.person.is_temporary => {
                one("NEW_PASSWORD", format!("{}x", password()))
            }
            "SMS_MFA" | "SMS_OTP" => Err(unanswerable(challenge, "a code by text message")),
            "EMAIL_OTP" => Err(unanswerable(challenge, "a code by e-mail")),
            "WEB_AUTHN" => Err(unanswerable(challenge, "a passkey")),
            "CUSTOM_CHALLENGE" => Err(unanswerable(challenge, "what its own triggers invented")),
            "SELECT_MFA_TYPE" => Err(unanswerable(challenge, "a second factor of its choice")),
            "NEW_PASSWORD_REQUIRED" => Err(unanswerable(challenge, "a new password")),
            _ => Err(unanswerable(challenge, "what this version does not know")),
        }
    }

    /// The password, proven or told, whichever the pool takes.
    fn first_factor(&self, challenge: &Challenge) -> Result<Parameters, String> {
        let takes = |name: &str| challenge.available.iter().any(|available| available == name);
        let answer = |name: &str| Parameters::new([("ANSWER", name.to_owned())]);
        if takes("PASSWORD_SRP") {
            Ok(answer("PASSWORD_SRP").with("SRP_A", Some(self.srp.public())))
        } else if takes("PASSWORD") {
            Ok(answer("PASSWORD").with("PASSWORD", Some(self.person.password.to_owned())))
        } else {
            let available = challenge.available.join(", ");
            Err(format!("the pool lets nobody in by a password, but by {available}"))
        }
    }

    fn password_claim(&self, challenge: &Challenge) -> Result<Parameters, String> {
        let realm = self.sign_in.pool_id.split_once('_').map_or("", |(_, rest)| rest);
        let name = challenge.get("USER_ID_FOR_SRP").unwrap_or(self.person.username);
        self.claim(challenge, SrpIdentity { realm, name, password: self.person.password })
    }

    fn device_claim(&self, challenge: &Challenge) -> Result<Parameters, String> {
        let device = self.device.ok_or_else(|| unanswerable(challenge, "a device"))?;
        self.claim(challenge, device.identity())
    }

    fn claim(&self, challenge: &Challenge, who: SrpIdentity<'_>) -> Result<Parameters, String> {
        let text = |name: &str| challenge.get(name).unwrap_or_default();
        let (salt, public, secret_block) = (text("SALT"), text("SRP_B"), text("SECRET_BLOCK"));
        let timestamp = dates::of_claims(self.now());
        let question = PasswordVerifier { salt, public, secret_block };
        let claim = self.srp.claim(who, question, &timestamp);
        let claim = claim.ok_or_else(|| format!("its {} makes no sense", challenge.name))?;
        Ok(Parameters::new([
            ("PASSWORD_CLAIM_SECRET_BLOCK", secret_block.to_owned()),
            ("PASSWORD_CLAIM_SIGNATURE", claim),
            ("TIMESTAMP", timestamp),
        ]))
    }

    /// A code may be used once: one that was used already is followed by the next.
    async fn one_time_code(
        &self,
        challenge: &Challenge,
    ) -> Result<Result<Signed, String>, CloudError> {
        let Some(secret) = self.person.totp.borrow().clone() else {
            return Ok(Err(unanswerable(challenge, "a code of an authenticator app")));
        };
        loop {
            let Some(code) = self.fresh_code(&secret).await else {
                return Ok(Err("no one-time code can be made".to_owned()));
            };
            let code = Parameters::new([("SOFTWARE_TOKEN_MFA_CODE", code)]);
            let first = self.used.get().is_none();
            self.used.set(Some(totp::step(self.now())));
            match self.respond(challenge, code).await {
                Err(error) if first && is_used(&error) => {}
                answer => return answer.map(Ok),
            }
        }
    }

    /// Sets up one-time codes for a temporary user.
    async fn set_up_codes(
        &self,
        mut challenge: Challenge,
    ) -> Result<Result<Signed, String>, CloudError> {
        let offered = challenge.get("MFAS_CAN_SETUP").unwrap_or("SOFTWARE_TOKEN_MFA");
        if !offered.contains("SOFTWARE_TOKEN_MFA") {
            return Ok(Err(format!("the pool wants a second factor, and offers {offered} alone")));
        }
        if !self.person.is_temporary {
            return Ok(Err(unanswerable(&challenge, "a second factor to be set up")));
        }
        let session = challenge.session.take().unwrap_or_default();
        let token = self.cloud.associate_software_token(&session).await?;
        self.progress.secret(&token.secret);
        let Some(code) = totp::code(&token.secret, totp::step(self.now())) else {
            return Ok(Err("no one-time code can be made".to_owned()));
        };
        challenge.session = Some(self.cloud.verify_software_token(&token.session, &code).await?);
        self.person.totp.replace(Some(token.secret));
        Ok(Ok(self.respond(&challenge, Parameters::default()).await?))
    }

    /// The code of a step that was not used yet, waited for if need be.
    async fn fresh_code(&self, secret: &str) -> Option<String> {
        let poll = Poll::new(self.progress, "the next one-time code", Duration::from_mins(1));
        while self.used.get() == Some(totp::step(self.now())) && poll.again().await {}
        totp::code(secret, totp::step(self.now()))
    }
}

fn unanswerable(challenge: &Challenge, wanted: &str) -> String {
    format!("the pool asks for {wanted} ({}), which no program can answer", challenge.name)
}

/// Cognito takes a code once ("Your software token has already been used once.", amplify-js #9126).
fn is_used(error: &CloudError) -> bool {
    matches!(error, CloudError::Refused { code, message, .. }
        if code == "ExpiredCodeException" || message.contains("already been used"))
}
