//! What signing in will prove, by which flow, and what it cannot prove and why: known from what pool and clients say,
//! before anything is written. The plan shows it and the proof goes by it, so the two cannot disagree. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use trigger::Rules;

use super::persona::Persona;
use super::subjects::personas;
use crate::config::{Config, TriggerSource, Verify};
use crate::model::{ClientKey, MachineToMachine, SignInSettings};

/// A way to a token; its name is that of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Way {
    /// `InitiateAuth` with a password.
    #[serde(rename = "USER_PASSWORD_AUTH")]
    UserPassword,
    /// `AdminInitiateAuth` with a password.
    #[serde(rename = "ADMIN_USER_PASSWORD_AUTH")]
    AdminUserPassword,
    /// `InitiateAuth` with a proof of the password.
    #[serde(rename = "USER_SRP_AUTH")]
    UserSrp,
    /// `InitiateAuth` that chooses the password.
    #[serde(rename = "USER_AUTH")]
    UserAuth,
    /// New tokens for a refresh token; by `GetTokensFromRefreshToken` where refresh tokens rotate.
    RefreshToken,
    /// A machine's own token.
    ClientCredentials,
}

/// The ways that begin with a password, the simplest first, and what allows them: the second name is that of before
/// `ALLOW_` (`ExplicitAuthFlows` in the API reference of `CreateUserPoolClient`).
const PASSWORD: [(Way, &str, &str); 4] = [
    (Way::UserPassword, "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"),
    (Way::AdminUserPassword, "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"),
    (Way::UserAuth, "ALLOW_USER_AUTH", "ALLOW_USER_AUTH"),
    (Way::UserSrp, "ALLOW_USER_SRP_AUTH", "ALLOW_USER_SRP_AUTH"),
];

impl Way {
    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserPassword => "USER_PASSWORD_AUTH",
            Self::AdminUserPassword => "ADMIN_USER_PASSWORD_AUTH",
            Self::UserSrp => "USER_SRP_AUTH",
            Self::UserAuth => "USER_AUTH",
            Self::RefreshToken => "REFRESH_TOKEN",
            Self::ClientCredentials => "CLIENT_CREDENTIALS",
        }
    }
}

/// What pools and clients say: those that exist, or those that there will be.
#[derive(Debug, Clone, Default)]
pub struct Ground {
    /// What each client allows: values of `ExplicitAuthFlows`.
    pub flows: BTreeMap<ClientKey, BTreeSet<String>>,
    /// The clients that machines may use.
    pub machines: BTreeMap<ClientKey, MachineToMachine>,
    /// Pools by key.
    pub pools: BTreeMap<String, SignInSettings>,
    /// Whether a token endpoint is there only with a domain; a custom endpoint has one for all pools.
    pub needs_domain: bool,
}

/// A subject, and how its tokens will be proven: by these ways, or not at all for this reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The subject.
    pub persona: Persona,
    /// The ways, or why there is none.
    pub ways: Result<Vec<Way>, String>,
}

/// What a proof will come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prospect {
    /// Everyone worth trying.
    pub trials: Vec<Trial>,
}

/// What there is to expect of signing in at `now` (seconds since 1970).
#[must_use]
pub fn prospect(config: &Config, rules: &Rules, ground: &Ground, now: i64) -> Prospect {
    let mut everyone = personas(config, rules, now);
    if config.expect.is_empty() {
        // Clients of others may serve machines, too.
        let machines = ground.machines.keys().cloned().map(Persona::machine);
        everyone.extend(machines.filter(|one| !everyone.contains(one)).collect::<Vec<_>>());
    }
    let mut left = usize::try_from(config.verify.limit).unwrap_or(usize::MAX);
    let mut seen = BTreeSet::new();
    let trial = |persona: Persona| {
        let ways = ways(&persona, ground, &config.verify, &mut seen);
        let ways = ways.and_then(|ways| within(&mut left, ways, &config.verify));
        Trial { persona, ways }
    };
    Prospect { trials: everyone.into_iter().map(trial).collect() }
}

/// As many as are left.
fn within(left: &mut usize, mut ways: Vec<Way>, verify: &Verify) -> Result<Vec<Way>, String> {
    ways.truncate(*left);
    *left -= ways.len();
    if ways.is_empty() {
        let limit = verify.limit;
        return Err(format!("`limit` in [verify] is {limit}, which the others use up"));
    }
    Ok(ways)
}

/// The pools and sets of flows that were tried whole.
type Whole = BTreeSet<(String, BTreeSet<Way>)>;

fn ways(
    persona: &Persona,
    ground: &Ground,
    verify: &Verify,
    whole: &mut Whole,
) -> Result<Vec<Way>, String> {
    let at = &persona.at;
    match persona.source {
        TriggerSource::ClientCredentials => return machine(at, ground),
        TriggerSource::Authentication | TriggerSource::RefreshTokens => {}
        other => return Err(format!("{other} is not a sign-in by the API")),
    }
    let allowed = ground.flows.get(at).ok_or_else(|| format!("the client {at} does not exist"))?;
    if !persona.client_metadata.is_empty() {
        return Err("a sign-in by the API carries no client metadata".to_owned());
    }
    if let Some(settings) = ground.pools.get(&at.pool) {
        possible(persona, settings, verify)?;
    }
    let all = of_client(allowed);
    let password = all.iter().find(|way| **way != Way::RefreshToken).copied();
    let Some(password) = password else {
        return Err(format!("the client {at} lets nobody in by a password"));
    };
    let refreshes = persona.source == TriggerSource::RefreshTokens;
    if refreshes && !all.contains(&Way::RefreshToken) {
        return Err(format!("the client {at} allows no refresh"));
    }
    // What was promised is tried by every flow. Without a promise one sign-in says what rules do, and one client of
    // each kind stands for the flows: tokens differ by rules and ids, not by how somebody came in.
    let is_news = whole.insert((at.pool.clone(), all.iter().copied().collect()));
    Ok(match (persona.promise.is_some() || is_news, refreshes) {
        (true, _) => all,
        (false, true) => vec![password, Way::RefreshToken],
        (false, false) => vec![password],
    })
}

/// What a client allows. One without any of today's names lets everybody in by SRP, and refreshes.
fn of_client(allowed: &BTreeSet<String>) -> Vec<Way> {
    let of_old = !allowed.iter().any(|name| name.starts_with("ALLOW_"));
    let password = PASSWORD.into_iter().filter(|(way, name, older)| {
        let srp_of_old = *way == Way::UserSrp && of_old;
        allowed.contains(*name)
            || allowed.contains(*older)
            || srp_of_old && !allowed.contains("CUSTOM_AUTH_FLOW_ONLY")
    });
    let refresh = allowed.contains("ALLOW_REFRESH_TOKEN_AUTH") || of_old;
    password.map(|(way, ..)| way).chain(refresh.then_some(Way::RefreshToken)).collect()
}

/// Whether the pool lets a temporary user be this.
fn possible(persona: &Persona, pool: &SignInSettings, verify: &Verify) -> Result<(), String> {
    let key = &persona.at.pool;
    let mut attributes = persona.attributes.keys().chain(verify.attributes.keys());
    match attributes.find(|name| is_cognitos(name) || !has(pool, name)) {
        Some(name) if is_cognitos(name) => {
            Err(format!("the attribute `{name}` is set by Cognito alone"))
        }
        Some(name) => Err(format!("the pool {key} has no attribute `{name}`")),
        None => Ok(()),
    }
}

/// Whether nobody else can set it ("Working with user attributes", Cognito Developer Guide).
fn is_cognitos(attribute: &str) -> bool {
    ["sub", "identities"].contains(&attribute) || attribute.starts_with("cognito:")
}

fn has(pool: &SignInSettings, attribute: &str) -> bool {
    pool.attributes.is_empty() || pool.attributes.contains(attribute)
}

fn machine(at: &ClientKey, ground: &Ground) -> Result<Vec<Way>, String> {
    let Some(machine) = ground.machines.get(at) else {
        return Err(format!("the client {at} does not allow client_credentials"));
    };
    if ground.needs_domain && machine.domain.is_none() {
        return Err(format!("the pool {} has no domain, and so no token endpoint", at.pool));
    }
    Ok(vec![Way::ClientCredentials])
}

/// What makes a temporary user: subjects that share it share the user.
pub type UserKey = (String, Vec<String>, BTreeMap<String, String>);

impl Trial {
    /// The temporary user that stands for this subject, unless it is a machine.
    #[must_use]
    pub fn user(&self) -> Option<UserKey> {
        let Persona { at, groups, attributes, source, .. } = &self.persona;
        let user = (at.pool.clone(), groups.clone(), attributes.clone());
        (*source != TriggerSource::ClientCredentials).then_some(user)
    }
}

impl Prospect {
    /// How many times somebody signs in.
    #[must_use]
    pub fn sign_ins(&self) -> usize {
        self.trials.iter().filter_map(|trial| trial.ways.as_ref().ok()).map(Vec::len).sum()
    }

    /// How many temporary users there will be, each of which counts as a monthly active user ("Amazon Cognito pricing").
    #[must_use]
    pub fn users(&self) -> usize {
        let tried = self.trials.iter().filter(|trial| trial.ways.is_ok());
        tried.filter_map(Trial::user).collect::<BTreeSet<_>>().len()
    }

    /// Who cannot be tried, and why.
    pub fn unproven(&self) -> impl Iterator<Item = (&Persona, &str)> {
        self.trials
            .iter()
            .filter_map(|trial| Some((&trial.persona, trial.ways.as_ref().err()?.as_str())))
    }

    /// What the plan says about it.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let subject = |trial: &Trial| Subject {
            name: trial.persona.name.clone(),
            pool: trial.persona.at.pool.clone(),
            client: trial.persona.at.client.clone(),
            flows: trial.ways.clone().unwrap_or_default(),
            reason: trial.ways.clone().err(),
        };
        Outlook {
            sign_ins: self.sign_ins(),
            users: self.users(),
            subjects: self.trials.iter().map(subject).collect(),
        }
    }
}

/// What will be proven: the member `verify` of the document `pretoken/plan/v1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// How many times somebody signs in.
    pub sign_ins: usize,
    /// How many temporary users there will be; each is a monthly active user.
    pub users: usize,
    /// Everyone worth trying.
    pub subjects: Vec<Subject>,
}

/// A subject, and how it will be proven.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subject {
    /// The promise, or what is special about the subject.
    pub name: String,
    /// Key of the pool.
    pub pool: String,
    /// Key of the client.
    pub client: String,
    /// By which flows; none if only the smoke test tries it.
    pub flows: Vec<Way>,
    /// Why none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Outlook {
    /// In words, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        let plural = |count: usize, what: &str| match count {
            1 => format!("1 {what}"),
            count => format!("{count} {what}s"),
        };
        let mut text = format!(
            "Proof: {} as {} (a monthly active user each).\n",
            plural(self.sign_ins, "sign-in"),
            plural(self.users, "temporary user")
        );
        let mut by: BTreeMap<(String, String), BTreeSet<Way>> = BTreeMap::new();
        for Subject { pool, client, flows, .. } in &self.subjects {
            by.entry((pool.clone(), client.clone())).or_default().extend(flows);
        }
        for ((pool, client), ways) in by.iter().filter(|(_, ways)| !ways.is_empty()) {
            let ways: Vec<&str> = ways.iter().map(|way| way.as_str()).collect();
            text += &format!("  {pool}/{client} by {}\n", ways.join(", "));
        }
        let reason = |one: &Subject| Some((one.name.clone(), one.reason.clone()?));
        for (name, reason) in self.subjects.iter().filter_map(reason) {
            text += &format!("  by the smoke test alone: \"{name}\": {reason}\n");
        }
        text
    }
}
