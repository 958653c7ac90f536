//! The sign-ins of one subject: by every flow that its client allows, and by the refresh token that they leave.

use serde_json::{Map, Value};

use super::challenge::{Attempt, Person, SignInEnd};
use super::decision::Decided;
use super::device::Device;
use super::firewall::{Firewall, closed};
use super::jwt::{ClaimedIdentity, JwtError, Keys, decode};
use super::keys::PoolKeys;
use super::refusal::SignInRefusal;
use super::report::Check;
use super::secret_hash::secret_hash;
use super::user::ProofUser;
use super::{Proof, unproven};
use crate::cloud::wait::Poll;
use crate::cloud::{
    AppClient, Auth, CloudError, Parameters, Refresh, Secret, SignIn, Signed, Tokens,
};
use crate::config::TriggerSource;
use crate::model::{ClientKey, Flow, Verdict};
use crate::system::clock::timed;
use crate::tokens::persona::Persona;
use crate::tokens::prospect::{Candidate, TokenFlow};
use crate::user::Progress;

/// One subject at one client.
struct Trial<'a> {
    pool: &'a PoolKeys,
    user: &'a ProofUser,
    persona: &'a Persona,
    client_id: &'a str,
    client: &'a AppClient,
}

/// One way to tokens.
#[derive(Clone, Copy)]
enum Way<'a> {
    /// By name and password.
    In(Flow),
    /// The same from a device that the pool remembers.
    FromDevice(Flow, &'a Device),
    /// By the refresh token of an earlier sign-in, and the device that it belongs to.
    Again { token: &'a str, username: &'a str, device: Option<&'a Device> },
}

impl Way<'_> {
    fn name(self, client: &AppClient) -> &'static str {
        let way = match self {
            Self::In(flow) => TokenFlow::SignIn(flow),
            Self::FromDevice(..) => TokenFlow::FromDevice,
            Self::Again { .. } if client.rotates_refresh_tokens => TokenFlow::Rotation,
            Self::Again { .. } => TokenFlow::Refresh,
        };
        way.as_str()
    }

    /// The flow that an administrator could begin as well, if there is one.
    fn is_open_to_admins(self, client: &AppClient) -> bool {
        match self {
            Self::In(flow) | Self::FromDevice(flow, _) => flow.is_open_to_admins(),
            Self::Again { .. } => !client.rotates_refresh_tokens,
        }
    }

    /// What the trigger is told. For `GetTokensFromRefreshToken` the guide says `Authentication` ("Pre token generation
    /// Lambda trigger"), and emulators say `RefreshTokens`: either will do.
    fn sources(self, client: &AppClient) -> &'static [TriggerSource] {
        match self {
            Self::In(_) => &[TriggerSource::Authentication],
            Self::FromDevice(..) => &[TriggerSource::AuthenticateDevice],
            Self::Again { .. } if client.rotates_refresh_tokens => {
                &[TriggerSource::Authentication, TriggerSource::RefreshTokens]
            }
            Self::Again { .. } => &[TriggerSource::RefreshTokens],
        }
    }
}

/// Access token and ID token.
type Claims = (Map<String, Value>, Map<String, Value>);

impl<C: Auth, P: Progress> Proof<'_, C, P> {
    /// Every check of this subject.
    pub(super) async fn subject(
        &self,
        pool: &PoolKeys,
        user: &ProofUser,
        subject: &Candidate,
    ) -> Result<Vec<Check>, CloudError> {
        let Candidate { persona, ways } = subject;
        let ways = ways.as_deref().unwrap_or_default();
        let client_id = &self.ids.clients[&persona.at];
        let client = match self.entrance(pool, user, &persona.at).await? {
            Ok(client) => client,
            Err(reason) => return Ok(unproven(&[subject], &reason)),
        };
        let trial = Trial { pool, user, persona, client_id, client: &client };
        let (mut checks, mut last) = (vec![], None);
        for flow in ways.iter().filter_map(|way| way.of_password()) {
            let (mut check, tokens) = self.way(&trial, Way::In(flow)).await?;
            if let (true, Some(tokens)) = (checks.is_empty(), &tokens) {
                self.at_the_door(&mut check, persona, &tokens.access).await;
            }
            last = tokens.map(|tokens| (flow, tokens)).or(last);
            checks.push(check);
        }
        if let Some((flow, tokens)) = last {
            checks.extend(self.later(&trial, flow, &tokens, ways).await?);
        }
        Ok(checks)
    }

    /// The client, if this user may try to sign in there.
    pub(super) async fn entrance(
        &self,
        pool: &PoolKeys,
        user: &ProofUser,
        at: &ClientKey,
    ) -> Result<Result<AppClient, String>, CloudError> {
        let client = match self.cloud.app_client(&pool.id, &self.ids.clients[at]).await {
            Ok(client) => client,
            Err(error) => return Ok(Err(SignInRefusal::of(error)?.reason)),
        };
        if let Some(secret) = client.secret.known() {
            self.progress.secret(&secret.0);
        }
        Ok(wall(&client, user).map_or(Ok(client), Err))
    }

    /// One sign-in, by the plainest way.
    pub(super) async fn once(
        &self,
        pool: &PoolKeys,
        user: &ProofUser,
        client: &AppClient,
        subject: &Candidate,
    ) -> Result<Check, CloudError> {
        let Candidate { persona, ways } = subject;
        let client_id = &self.ids.clients[&persona.at];
        let trial = Trial { pool, user, persona, client_id, client };
        let ways = ways.as_deref().unwrap_or_default();
        match ways.iter().find_map(|way| way.of_password()) {
            Some(flow) => Ok(self.way(&trial, Way::In(flow)).await?.0),
            None => Ok(Check::new(&persona.name, &persona.at, "")),
        }
    }

    /// What one may do who signed in once: come back from the same device, and refresh.
    async fn later(
        &self,
        trial: &Trial<'_>,
        flow: Flow,
        tokens: &Tokens,
        ways: &[TokenFlow],
    ) -> Result<Vec<Check>, CloudError> {
        let Trial { persona, client, .. } = *trial;
        let check = |way: TokenFlow| Check::new(&persona.name, &persona.at, way.as_str());
        let refresh =
            if client.rotates_refresh_tokens { TokenFlow::Rotation } else { TokenFlow::Refresh };
        let comes_back = ways.contains(&TokenFlow::FromDevice);
        let refreshes = ways.iter().any(|way| way.is_refresh());
        let token = tokens.refresh.as_ref().filter(|_| refreshes);
        let mut checks = vec![];
        let device = match &tokens.device {
            None if comes_back => {
                let reason = "the pool tracks no devices".to_owned();
                checks.push(check(TokenFlow::FromDevice).not_proven(reason));
                None
            }
            None => None,
            Some(_) if token.is_none() && !comes_back => None,
            Some(_) if !trial.user.is_temporary() => {
                let reason =
                    "the pool would remember a device of a user that is not ours".to_owned();
                let way = if comes_back { TokenFlow::FromDevice } else { refresh };
                return Ok(vec![check(way).not_proven(reason)]);
            }
            Some(names) => match Device::confirm(self.cloud, &tokens.access, names).await {
                Ok(device) => Some(device),
                Err(error) => {
                    let reason = SignInRefusal::of(error)?.reason;
                    let reason = format!("the pool does not remember the device: {reason}");
                    let way = if comes_back { TokenFlow::FromDevice } else { refresh };
                    return Ok(vec![check(way).not_proven(reason)]);
                }
            },
        };
        if let Some(device) = device.as_ref().filter(|_| comes_back) {
            checks.push(self.way(trial, Way::FromDevice(flow, device)).await?.0);
        }
        if let Some(token) = token {
            // The name that the pool has for the user stands in its token.
            let username = decode(&tokens.access)
                .ok()
                .and_then(|decoded| Some(decoded.claims.get("username")?.as_str()?.to_owned()))
                .unwrap_or_else(|| trial.user.cognito_name());
            let way = Way::Again { token, username: &username, device: device.as_ref() };
            checks.push(self.way(trial, way).await?.0);
        }
        Ok(checks)
    }

    /// One way, tried again for a while where its token may not be right yet.
    async fn way(
        &self,
        trial: &Trial<'_>,
        way: Way<'_>,
    ) -> Result<(Check, Option<Tokens>), CloudError> {
        let what = "the pool to show the change in its tokens";
        let poll = Poll::new(self.progress, what, self.patience);
        loop {
            if self.progress.stopped() {
                return Err(CloudError::Stopped { what: "verification".to_owned() });
            }
            let (check, tokens, is_final) = match self.tokens(trial, way).await? {
                Ok(tokens) => {
                    let check = self.compared(trial, way, &tokens).await?;
                    let is_final = check.verdict != Verdict::Failed;
                    // A token that was spent is not to be had again.
                    let is_spent = tokens.refresh.is_some() && matches!(way, Way::Again { .. });
                    (check, Some(tokens), is_final || is_spent)
                }
                Err(refusal) if self.is_wanted(trial, way, &refusal) => {
                    (trial.check(way).refused(), None, true)
                }
                Err(SignInRefusal { verdict: Verdict::Failed, reason, is_final, .. }) => {
                    (trial.check(way).failed(reason), None, is_final)
                }
                Err(SignInRefusal { reason, is_final, .. }) => {
                    (trial.check(way).not_proven(reason), None, is_final)
                }
            };
            if is_final || trial.user.is_spent(self.now()) || !poll.again().await {
                return Ok((check, tokens));
            }
        }
    }

    /// Whether the trigger refuses what it must refuse, in these words.
    fn is_wanted(&self, trial: &Trial<'_>, way: Way<'_>, refusal: &SignInRefusal) -> bool {
        let Some(text) = &refusal.text else { return false };
        let mut decided =
            way.sources(trial.client).iter().map(|source| self.decided(trial, *source));
        decided.any(|decided| decided.expected.refused.is_some_and(|wanted| wanted.is_met_by(text)))
    }

    /// The tokens of one sign-in or refresh, or why there are none.
    async fn tokens(
        &self,
        trial: &Trial<'_>,
        way: Way<'_>,
    ) -> Result<Result<Tokens, SignInRefusal>, CloudError> {
        let firewall = &trial.pool.firewall;
        let may_pass = way.is_open_to_admins(trial.client) && firewall.get() != Firewall::Closed;
        let by_admin = may_pass && firewall.get() == Firewall::Passed;
        let ended = match self.once_by(trial, way, by_admin).await {
            Err(blocked) if may_pass && !by_admin && Firewall::blocks(&blocked) => {
                self.past_firewall(trial, way, blocked).await
            }
            ended => ended,
        };
        match ended {
            Ok(SignInEnd::In(tokens)) => Ok(Ok(tokens)),
            Ok(SignInEnd::Stuck(reason)) => Ok(Err(SignInRefusal::unproven(reason))),
            Err(error) => SignInRefusal::of(error).map(Err),
        }
    }

    /// The same by an administrator, if this machine may be one.
    async fn past_firewall(
        &self,
        trial: &Trial<'_>,
        way: Way<'_>,
        blocked: CloudError,
    ) -> Result<SignInEnd, CloudError> {
        let (ended, firewall) = match self.once_by(trial, way, true).await {
            Err(CloudError::Denied { operation, .. }) => {
                (Err(closed(blocked, &operation)), Firewall::Closed)
            }
            ended => (ended, Firewall::Passed),
        };
        trial.pool.firewall.set(firewall);
        ended
    }

    /// One sign-in or refresh, as a user makes it or as an administrator does.
    async fn once_by(
        &self,
        trial: &Trial<'_>,
        way: Way<'_>,
        by_admin: bool,
    ) -> Result<SignInEnd, CloudError> {
        let flow = match way {
            Way::In(flow) | Way::FromDevice(flow, _) => flow,
            Way::Again { .. } => Flow::RefreshToken,
        };
        let sign_in = SignIn::new(&trial.pool.id, trial.client_id, flow);
        let sign_in = if by_admin { sign_in.by_admin() } else { sign_in };
        match way {
            Way::In(_) => self.sign_in(trial, sign_in, None).await,
            Way::FromDevice(_, device) => self.sign_in(trial, sign_in, Some(device)).await,
            Way::Again { token, username, device } => {
                self.refresh(trial, sign_in, (token, username, device)).await
            }
        }
    }

    async fn sign_in(
        &self,
        trial: &Trial<'_>,
        sign_in: SignIn<'_>,
        device: Option<&Device>,
    ) -> Result<SignInEnd, CloudError> {
        let Trial { user, client, .. } = *trial;
        let person = Person {
            username: &user.username,
            password: &user.password,
            is_temporary: user.is_temporary(),
            totp: &user.totp,
        };
        let ways = (self.cloud, self.progress, self.clock);
        let attempt = Attempt::new(ways, sign_in, client.secret.known(), &person);
        let attempt = match device {
            Some(device) => attempt.at_device(device),
            None => attempt,
        };
        let end = attempt.run().await;
        self.tally.signed_in(attempt.last_ms());
        end
    }

    async fn refresh(
        &self,
        trial: &Trial<'_>,
        sign_in: SignIn<'_>,
        (token, username, device): (&str, &str, Option<&Device>),
    ) -> Result<SignInEnd, CloudError> {
        let Trial { client_id, client, .. } = *trial;
        let (client_secret, device_key) =
            (client.secret.known(), device.map(|device| device.names.key.as_str()));
        let (signed, ms) = if client.rotates_refresh_tokens {
            let refresh = Refresh { token, client_secret, device_key };
            timed(self.cloud.refresh(&sign_in, &refresh)).await
        } else {
            let hash = client_secret.map(|secret| secret_hash(secret, username, client_id));
            let parameters = Parameters::new([("REFRESH_TOKEN", token.to_owned())])
                .with("SECRET_HASH", hash)
                .with("DEVICE_KEY", device_key.map(ToOwned::to_owned));
            timed(self.cloud.initiate(&sign_in, &parameters)).await
        };
        self.tally.signed_in(ms);
        Ok(match signed? {
            Signed::In(tokens) => SignInEnd::In(tokens),
            Signed::Challenge(challenge) => {
                SignInEnd::Stuck(format!("the pool asks for {} at a refresh", challenge.name))
            }
        })
    }

    /// Whether the tokens are right.
    async fn compared(
        &self,
        trial: &Trial<'_>,
        way: Way<'_>,
        tokens: &Tokens,
    ) -> Result<Check, CloudError> {
        let url = self.authority.jwks_url(&trial.pool.id);
        let keys = match trial.pool.keys(self.cloud, &url).await {
            Ok(keys) => keys,
            Err(error) => {
                let reason = format!("no public keys: {}", SignInRefusal::of(error)?.reason);
                return Ok(trial.check(way).not_proven(reason));
            }
        };
        let (access, id) = match self.claims(trial, &keys, tokens) {
            Ok(claims) => claims,
            Err(error) => return Ok(trial.check(way).failed(error.to_string())),
        };
        let compared = way.sources(trial.client).iter().map(|source| {
            let mut check = trial.check(way);
            check.compare(&self.decided(trial, *source), &access, &id);
            check
        });
        let mut compared: Vec<Check> = compared.collect();
        let right = compared.iter().position(|check| check.ok).unwrap_or_default();
        Ok(compared.swap_remove(right))
    }

    fn claims(&self, trial: &Trial<'_>, keys: &Keys, tokens: &Tokens) -> Result<Claims, JwtError> {
        let issuers = self.authority.issuers(&trial.pool.id);
        let read = |token: &str, token_use| {
            let claims = keys.verify(token)?.claims;
            let (client_id, now) = (trial.client_id, self.now());
            ClaimedIdentity { token_use, client_id, issuers: &issuers, now }.check(&claims)?;
            Ok(claims)
        };
        Ok((read(&tokens.access, "access")?, read(&tokens.id, "id")?))
    }

    fn decided(&self, trial: &Trial<'_>, source: TriggerSource) -> Decided {
        let Some(rules) = self.rules else { return Decided::promised(trial.persona, source) };
        let mut subject = trial.persona.subject(source, self.now());
        subject.groups.clone_from(&trial.user.groups);
        subject.attributes = trial.user.attributes();
        subject.user_name = Some(trial.user.cognito_name());
        subject.client_id = Some(trial.client_id.to_owned());
        Decided::of(trial.persona, rules.for_users, &subject, source)
    }
}

impl Trial<'_> {
    fn check(&self, way: Way<'_>) -> Check {
        Check::new(&self.persona.name, &self.persona.at, way.name(self.client))
    }
}

/// Why nobody is to try: the secret is not to be had, or somebody would get a message.
fn wall(client: &AppClient, user: &ProofUser) -> Option<String> {
    if let Secret::Elsewhere(arn) = &client.secret {
        return Some(format!("Cognito keeps the client's secret in Secrets Manager ({arn})"));
    }
    user.would_get_a_code()
}
