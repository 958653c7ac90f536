//! The proof: real sign-ins of temporary users, whose tokens are checked against the pool's keys, the rules and the
//! promises. Every user that is made here is removed here, also when something fails.

mod junit;
pub mod jwt;
mod machine;
mod report;
mod user;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use serde_json::{Map, Value};
use trigger::Rules;

use crate::cloud::{Auth, ClientSecret, CloudError, Flow, SignIn, Signed, Tokens};
use crate::config::{Config, TriggerSource};
use crate::model::{ClientKey, Ids, MachineToMachine};
use crate::time::Clock;
use crate::tokens::persona::{Expected, Persona};
use crate::tokens::prospect::{Prospect, Trial, Way};
use crate::user::Progress;
use crate::wait::Poll;

use jwt::{Identity, Keys};
use report::name_of;
pub use report::{Check, Report};
use user::User;

/// How many users sign in side by side; Cognito allows a pool five administrative calls a second of a kind.
const SIDE_BY_SIDE: usize = 4;

/// Where a pool's keys are and how it names itself.
#[derive(Debug, Clone)]
pub struct Authority {
    /// Region of the pools.
    pub region: String,
    /// `amazonaws.com`, or that of the partition.
    pub domain: String,
    /// A custom endpoint, without a slash at the end.
    pub endpoint: Option<String>,
    /// A JWKS address that overrides the usual one; `{pool}` stands for the pool's id.
    pub jwks_url: Option<String>,
}

impl Authority {
    /// Where the public keys of a pool are.
    #[must_use]
    pub fn jwks_url(&self, pool_id: &str) -> String {
        match &self.jwks_url {
            Some(url) => url.replace("{pool}", pool_id),
            None => format!("{}/{pool_id}/.well-known/jwks.json", self.base()),
        }
    }

    /// The issuers that a token of this pool may name: the usual one, that of pools with an updated issuer
    /// (`IssuerConfiguration`), and a custom endpoint's own.
    #[must_use]
    pub fn issuers(&self, pool_id: &str) -> Vec<String> {
        let Self { region, domain, .. } = self;
        let mut issuers = vec![
            format!("https://cognito-idp.{region}.{domain}/{pool_id}"),
            format!("https://issuer-cognito-idp.{region}.{domain}/{pool_id}"),
        ];
        issuers.extend(self.endpoint.iter().map(|endpoint| format!("{endpoint}/{pool_id}")));
        issuers
    }

    /// The token endpoint of a pool with this domain: AWS's own (a prefix) or the user's ("Token endpoint", Cognito
    /// Developer Guide). A custom endpoint has one for all pools.
    #[must_use]
    pub fn token_url(&self, domain: Option<&str>) -> Option<String> {
        let auth = if self.region.starts_with("us-gov-") { "auth-fips" } else { "auth" };
        let host = |domain: &str| {
            if domain.contains('.') {
                format!("https://{domain}")
            } else {
                format!("https://{domain}.{auth}.{}.amazoncognito.com", self.region)
            }
        };
        let base = self.endpoint.clone().or_else(|| domain.map(host))?;
        Some(format!("{base}/oauth2/token"))
    }

    fn base(&self) -> String {
        let Self { region, domain, .. } = self;
        self.endpoint.clone().unwrap_or_else(|| format!("https://cognito-idp.{region}.{domain}"))
    }
}

/// What a proof needs.
pub struct Proof<'a, C, P> {
    /// What was promised.
    pub config: &'a Config,
    /// The rules, compiled.
    pub rules: &'a Rules,
    /// Ids of pools and clients.
    pub ids: &'a Ids,
    /// Who is tried, and by which flows.
    pub prospect: &'a Prospect,
    /// The clients that machines may use.
    pub machines: &'a BTreeMap<ClientKey, MachineToMachine>,
    /// The way to users and sign-ins.
    pub cloud: &'a C,
    /// Where keys are.
    pub authority: &'a Authority,
    /// The user's side.
    pub progress: &'a P,
    /// When tokens must be valid, and rules in force.
    pub clock: Clock,
    /// How long a wrong token is tried again: AWS takes a moment to let a change be seen everywhere.
    pub patience: Duration,
}

impl<C: Auth, P: Progress> Proof<'_, C, P> {
    /// Signs in as every persona by every flow that its client allows.
    pub async fn run(&self) -> Result<Report, CloudError> {
        let mut report = Report::default();
        let (mut users, mut machines): (BTreeMap<_, Vec<&Trial>>, _) = (BTreeMap::new(), vec![]);
        for trial in &self.prospect.trials {
            match (&trial.ways, trial.user()) {
                (Err(reason), _) => {
                    let name = &trial.persona.name;
                    report.notes.push(format!("\"{name}\" is not tried: {reason}"));
                }
                (Ok(_), Some(user)) => users.entry(user).or_default().push(trial),
                (Ok(_), None) => machines.push(&trial.persona),
            }
        }
        let pools: BTreeSet<_> = users.keys().map(|(pool, ..)| pool).collect();
        for pool in pools {
            user::remove_leftovers(self.cloud, &self.ids.pools[pool]).await?;
        }
        let keys = |(pool, id): (&String, &String)| {
            (pool.clone(), PoolKeys { id: id.clone(), keys: RefCell::default() })
        };
        let keys: BTreeMap<_, _> = self.ids.pools.iter().map(keys).collect();
        let checks =
            users.values().map(|trials| self.user(&keys[&trials[0].persona.at.pool], trials));
        // All of them end, whatever happens to one: each removes its user.
        let checks: Vec<_> = iter(checks).buffered(SIDE_BY_SIDE).collect().await;
        for checks in checks {
            report.checks.extend(checks?);
        }
        for machine in machines {
            report.checks.push(self.machine(&keys[&machine.at.pool], machine).await?);
        }
        report.ok = !report.checks.is_empty() && report.checks.iter().all(|check| check.ok);
        Ok(report)
    }

    /// One temporary user, all personas that it stands for, and its removal.
    async fn user(&self, pool: &PoolKeys, trials: &[&Trial]) -> Result<Vec<Check>, CloudError> {
        let verify = &self.config.verify;
        let user = User::new(self.cloud, &pool.id, &trials[0].persona, verify).await?;
        self.progress.secret(&user.password);
        let mut checks = Ok(vec![]);
        if let Err(error) = user.create(self.cloud).await.map(|sub| *user.sub.borrow_mut() = sub) {
            checks = Err(error);
        }
        for trial in trials {
            if self.progress.stopped() {
                checks = Err(CloudError::Stopped { what: "verification".to_owned() });
            }
            let Ok(done) = &mut checks else { break };
            match self.trial(pool, &user, trial).await {
                Ok(more) => done.extend(more),
                Err(error) => checks = Err(error),
            }
        }
        user.delete(self.cloud).await?;
        checks
    }

    async fn trial(
        &self,
        pool: &PoolKeys,
        user: &User,
        trial: &Trial,
    ) -> Result<Vec<Check>, CloudError> {
        let (persona, ways) = (&trial.persona, trial.ways.as_deref().unwrap_or_default());
        let client_id = &self.ids.clients[&persona.at];
        let secret = self.cloud.client_secret(&pool.id, client_id).await?;
        if let Some(secret) = &secret {
            self.progress.secret(&secret.0);
        }
        let trial = Attempt { pool, user, persona, client_id, secret: secret.as_ref() };
        let (mut checks, mut refresh) = (vec![], None);
        for flow in ways.iter().filter_map(|way| password_flow(*way)) {
            let (check, tokens) = self.flow(&trial, flow, &user.password).await?;
            refresh = tokens.and_then(|tokens| tokens.refresh).or(refresh);
            checks.push(check);
        }
        if let (true, Some(token)) = (ways.contains(&Way::RefreshToken), refresh) {
            checks.push(self.flow(&trial, Flow::RefreshToken, &token).await?.0);
        }
        Ok(checks)
    }

    /// One sign-in, tried again for a while when its token is not (yet) right.
    async fn flow(
        &self,
        trial: &Attempt<'_>,
        flow: Flow,
        secret: &str,
    ) -> Result<(Check, Option<Tokens>), CloudError> {
        let poll =
            Poll::new(self.progress, "the pool to show the change in its tokens", self.patience);
        loop {
            let (check, tokens) = self.attempt(trial, flow, secret).await?;
            if check.ok || !poll.again().await {
                return Ok((check, tokens));
            }
        }
    }

    async fn attempt(
        &self,
        trial: &Attempt<'_>,
        flow: Flow,
        secret: &str,
    ) -> Result<(Check, Option<Tokens>), CloudError> {
        let mut check = Check::new(&trial.persona.name, &trial.persona.at, name_of(flow));
        let sign_in = SignIn {
            flow,
            pool_id: &trial.pool.id,
            client_id: trial.client_id,
            username: &trial.user.username,
            secret,
            client_secret: trial.secret,
        };
        let tokens = match self.cloud.sign_in(&sign_in).await {
            Ok(Signed::In(tokens)) => tokens,
            Ok(Signed::Challenge(name)) => {
                return Ok((check.failed(format!("the pool asks for {name}")), None));
            }
            // A refused sign-in is a finding; only what keeps us from asking is an error of this program.
            Err(CloudError::Refused { code, message, .. }) => {
                return Ok((check.failed(format!("{code}: {message}")), None));
            }
            Err(error) => return Err(error),
        };
        let keys = trial.pool.keys(self.cloud, &self.authority.jwks_url(&trial.pool.id)).await?;
        match self.claims(trial, &keys, &tokens) {
            Ok((access, id)) => check.compare(&self.expected(trial, flow), &access, &id),
            Err(error) => check = check.failed(error.to_string()),
        }
        Ok((check, Some(tokens)))
    }

    fn claims(
        &self,
        trial: &Attempt<'_>,
        keys: &Keys,
        tokens: &Tokens,
    ) -> Result<(Claims, Claims), jwt::JwtError> {
        let issuers = self.authority.issuers(&trial.pool.id);
        let read = |token: &str, token_use| {
            let claims = keys.verify(token)?.claims;
            Identity {
                token_use,
                client_id: trial.client_id,
                issuers: &issuers,
                now: self.clock.now(),
            }
            .check(&claims)?;
            Ok(claims)
        };
        Ok((read(&tokens.access, "access")?, read(&tokens.id, "id")?))
    }

    fn expected(&self, trial: &Attempt<'_>, flow: Flow) -> Expected {
        let source = match flow {
            Flow::UserPassword | Flow::AdminUserPassword => TriggerSource::Authentication,
            Flow::RefreshToken => TriggerSource::RefreshTokens,
        };
        let mut subject = trial.persona.subject(source, self.clock.now());
        subject.attributes = trial.user.attributes();
        subject.user_name = Some(trial.user.cognito_name());
        subject.client_id = Some(trial.client_id.to_owned());
        trial.persona.expected(self.rules, &subject, source)
    }
}

fn password_flow(way: Way) -> Option<Flow> {
    match way {
        Way::UserPassword => Some(Flow::UserPassword),
        Way::AdminUserPassword => Some(Flow::AdminUserPassword),
        Way::UserSrp | Way::UserAuth | Way::RefreshToken | Way::ClientCredentials => None,
    }
}

type Claims = Map<String, Value>;

struct Attempt<'a> {
    pool: &'a PoolKeys,
    user: &'a User,
    persona: &'a Persona,
    client_id: &'a str,
    secret: Option<&'a ClientSecret>,
}

/// A pool and its keys, read when the first token is there.
struct PoolKeys {
    id: String,
    keys: RefCell<Option<Keys>>,
}

impl PoolKeys {
    async fn keys(&self, cloud: &impl Auth, url: &str) -> Result<Keys, CloudError> {
        if let Some(keys) = &*self.keys.borrow() {
            return Ok(keys.clone());
        }
        let document = cloud.fetch(url).await?;
        let keys = Keys::parse(&document).map_err(|error| CloudError::Unreadable {
            operation: url.to_owned(),
            detail: error.to_string(),
        })?;
        self.keys.replace(Some(keys.clone()));
        Ok(keys)
    }
}
