//! What signing in will prove, by which flow, and what it cannot prove and why: known from what pool and clients say,
//! before anything is written. The plan shows it and the proof goes by it, so the two cannot disagree. Pure.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use trigger::Rules;

use super::flows;
use super::persona::Persona;
use super::subjects::personas;
use crate::config::{Config, TriggerSource, Verify};
use crate::model::{ClientKey, Flow, MachineToMachine, SignInSettings, counted};

/// A way to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TokenFlow {
    /// By name and password.
    SignIn(Flow),
    /// The same from a device that the pool remembers.
    FromDevice,
    /// New tokens for a refresh token.
    Refresh,
    /// Likewise, where the refresh token is spent.
    Rotation,
    /// A machine's own token.
    ClientCredentials,
}

impl TokenFlow {
    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn(flow) => flow.as_str(),
            Self::FromDevice => "DEVICE_SRP_AUTH",
            Self::Refresh => "REFRESH_TOKEN",
            Self::Rotation => "GET_TOKENS_FROM_REFRESH_TOKEN",
            Self::ClientCredentials => "CLIENT_CREDENTIALS",
        }
    }

    /// The flow that begins with a name and a password, if it is one.
    #[must_use]
    pub fn of_password(self) -> Option<Flow> {
        if let Self::SignIn(flow) = self { Some(flow) } else { None }
    }

    /// Whether it needs a refresh token.
    #[must_use]
    pub fn is_refresh(self) -> bool {
        matches!(self, Self::Refresh | Self::Rotation)
    }
}

impl Serialize for TokenFlow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What pools and clients say: those that exist, or those that there will be.
#[derive(Debug, Clone, Default)]
pub struct SignInGround {
    /// What each client allows: values of `ExplicitAuthFlows`.
    pub flows: BTreeMap<ClientKey, BTreeSet<String>>,
    /// The clients whose refresh tokens are replaced when they are used.
    pub rotating: BTreeSet<ClientKey>,
    /// The clients that machines may use.
    pub machines: BTreeMap<ClientKey, MachineToMachine>,
    /// Pools by key.
    pub pools: BTreeMap<String, SignInSettings>,
    /// The clients whose secret is in Secrets Manager, where nobody looks for it.
    pub secrets_elsewhere: BTreeSet<ClientKey>,
    /// Whether a token endpoint is there only with a domain; a custom endpoint has one for all pools.
    pub needs_domain: bool,
}

/// A subject, and how its tokens will be proven: by these ways, or not at all for this reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The subject.
    pub persona: Persona,
    /// The ways, or why there is none.
    pub ways: Result<Vec<TokenFlow>, String>,
}

/// What a proof will come to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Prospect {
    /// Everyone worth trying.
    pub candidates: Vec<Candidate>,
    /// The user that signs in as all of them, instead of temporary ones (`[verify] user`).
    pub test_user: Option<String>,
    /// Other triggers, by pool, that may refuse a sign-in.
    pub other_triggers: BTreeMap<String, BTreeSet<String>>,
}

/// What there is to expect of signing in at `now` (seconds since 1970).
#[must_use]
pub fn prospect(config: &Config, rules: &Rules, ground: &SignInGround, now: i64) -> Prospect {
    let mut everyone = match &config.verify.user {
        Some(_) if config.expect.is_empty() => as_they_are(config),
        _ => personas(config, rules, now),
    };
    if config.expect.is_empty() {
        // Unmanaged clients may serve machines, too.
        let machines = ground.machines.keys().cloned().map(Persona::machine);
        everyone.extend(machines.filter(|one| !everyone.contains(one)).collect::<Vec<_>>());
    }
    let mut prospect = of(everyone, &config.verify, ground);
    for one in prospect.candidates.iter_mut().filter(|one| one.ways.is_ok()) {
        if let Some(name) = unknown_fact(config, rules, &one.persona, now) {
            one.ways = Err(format!("the fact `{name}` about a temporary user is in no table"));
        }
    }
    prospect
}

/// A fact that makes a difference to this subject, and of which nobody knows what it will be at a sign-in: unless it is about
/// a user who has just been made and whom no table can know.
fn unknown_fact(config: &Config, rules: &Rules, persona: &Persona, now: i64) -> Option<String> {
    let subject = persona.subject(persona.source, now);
    let made = config.verify.user.is_none() && persona.source != TriggerSource::ClientCredentials;
    let is_new = |name: &str| {
        let key = config.facts.get(name).map(|fact| &fact.dynamodb.key);
        let mut parts = key.into_iter().flat_map(|key| key.values());
        let own = |text: &str| text.contains("attributes.sub") || text.contains("user_name");
        made && !subject.facts.contains_key(name) && parts.any(|part| own(part.text()))
    };
    let needed = rules.needed_facts(&subject).into_iter();
    needed.filter(|name| !is_new(name)).map(str::to_owned).next()
}

/// Whoever signs in at each client: of a user that others keep, only the pool knows what is special about it.
fn as_they_are(config: &Config) -> Vec<Persona> {
    let clients = config.pools.iter().flat_map(|(key, pool)| {
        let users = pool.clients.iter().filter(|(_, client)| client.is_for_users());
        users.map(move |(client, _)| Persona::user(ClientKey::new(key, client)))
    });
    clients.collect()
}

/// What there is to expect of signing in as these.
#[must_use]
pub fn of(everyone: Vec<Persona>, verify: &Verify, ground: &SignInGround) -> Prospect {
    let mut left = usize::try_from(verify.limit).unwrap_or(usize::MAX);
    let mut whole = Whole::new();
    let candidate = |persona: Persona| {
        let ways = ways(&persona, ground, verify, &mut whole);
        let ways = ways.and_then(|ways| within(&mut left, ways, verify));
        Candidate { persona, ways }
    };
    let candidates: Vec<_> = everyone.into_iter().map(candidate).collect();
    let triggers = |one: &Candidate| {
        let (pool, ..) = one.user().filter(|_| one.ways.is_ok())?;
        let triggers = ground.pools.get(&pool)?.other_triggers.clone();
        (!triggers.is_empty()).then_some((pool, triggers))
    };
    let other_triggers = candidates.iter().filter_map(triggers).collect();
    Prospect { candidates, test_user: verify.user.clone(), other_triggers }
}

/// As many as are left.
fn within(
    left: &mut usize,
    mut ways: Vec<TokenFlow>,
    verify: &Verify,
) -> Result<Vec<TokenFlow>, String> {
    ways.truncate(*left);
    *left -= ways.len();
    if ways.is_empty() {
        let limit = verify.limit;
        return Err(format!("`limit` in [verify] is {limit}, which the others use up"));
    }
    Ok(ways)
}

/// The pools and sets of flows that were tried whole.
type Whole = BTreeSet<(String, Vec<Flow>, Option<TokenFlow>)>;

fn ways(
    persona: &Persona,
    ground: &SignInGround,
    verify: &Verify,
    whole: &mut Whole,
) -> Result<Vec<TokenFlow>, String> {
    let at = &persona.at;
    let allowed = ground.flows.get(at).ok_or_else(|| format!("the client {at} does not exist"))?;
    if ground.secrets_elsewhere.contains(at) {
        return Err(format!("Cognito keeps the secret of the client {at} in Secrets Manager"));
    }
    match persona.source {
        TriggerSource::ClientCredentials => return machine(at, ground),
        TriggerSource::Authentication
        | TriggerSource::RefreshTokens
        | TriggerSource::AuthenticateDevice => {}
        other => return Err(format!("{other} is not a sign-in by the API")),
    }
    if !persona.client_metadata.is_empty() {
        return Err("a sign-in by the API carries no client metadata".to_owned());
    }
    if let Some(settings) = ground.pools.get(&at.pool) {
        possible(persona, settings, verify)?;
    }
    let sign_ins = flows::with_password(allowed);
    let Some(first) = sign_ins.first().copied() else {
        return Err(format!(
            "the client {at} lets nobody in by a password (user-password, admin-user-password, user-srp or USER_AUTH)"
        ));
    };
    let refresh = match (ground.rotating.contains(at), flows::refreshes(allowed)) {
        (true, _) => Some(TokenFlow::Rotation),
        (false, true) => Some(TokenFlow::Refresh),
        (false, false) => None,
    };
    let refreshes = persona.source == TriggerSource::RefreshTokens;
    if refreshes && refresh.is_none() {
        return Err(format!("the client {at} allows no refresh"));
    }
    // What was promised is tried by every flow. Without a promise one sign-in says what rules do, and one client of
    // each kind stands for the flows: tokens differ by rules and ids, not by how somebody came in.
    let all = (at.pool.clone(), sign_ins.clone(), refresh);
    let is_whole = whole.insert(all) || persona.promise.is_some();
    let sign_ins = if is_whole { sign_ins } else { vec![first] };
    let device = persona.source == TriggerSource::AuthenticateDevice;
    let device = device.then_some(TokenFlow::FromDevice);
    let refresh = refresh.filter(|_| is_whole || refreshes);
    Ok(sign_ins.into_iter().map(TokenFlow::SignIn).chain(device).chain(refresh).collect())
}

/// Whether the pool lets a temporary user be this.
fn possible(persona: &Persona, pool: &SignInSettings, verify: &Verify) -> Result<(), String> {
    let key = &persona.at.pool;
    if persona.source == TriggerSource::AuthenticateDevice && !pool.tracks_devices {
        return Err(format!("the pool {key} tracks no devices"));
    }
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

fn machine(at: &ClientKey, ground: &SignInGround) -> Result<Vec<TokenFlow>, String> {
    let Some(machine) = ground.machines.get(at) else {
        return Err(format!("the client {at} does not allow client_credentials"));
    };
    if ground.needs_domain && machine.domain.is_none() {
        return Err(format!("the pool {} has no domain, and so no token endpoint", at.pool));
    }
    Ok(vec![TokenFlow::ClientCredentials])
}

/// What makes a temporary user: subjects that share it share the user.
pub type UserKey = (String, Vec<String>, BTreeMap<String, String>);

impl Candidate {
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
        self.candidates.iter().filter_map(|one| one.ways.as_ref().ok()).map(Vec::len).sum()
    }

    /// How many temporary users there will be, each of which counts as a monthly active user ("Amazon Cognito pricing").
    #[must_use]
    pub fn users(&self) -> usize {
        if self.test_user.is_some() {
            return 0;
        }
        let tried = self.candidates.iter().filter(|one| one.ways.is_ok());
        tried.filter_map(Candidate::user).collect::<BTreeSet<_>>().len()
    }

    /// Who cannot be tried, and why.
    pub fn unproven(&self) -> impl Iterator<Item = (&Persona, &str)> {
        self.candidates
            .iter()
            .filter_map(|one| Some((&one.persona, one.ways.as_ref().err()?.as_str())))
    }

    /// What the plan says about it.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let subject = |one: &Candidate| ProofSubject {
            name: one.persona.name.clone(),
            pool: one.persona.at.pool.clone(),
            client: one.persona.at.client.clone(),
            flows: one.ways.clone().unwrap_or_default(),
            reason: one.ways.clone().err(),
        };
        Outlook {
            sign_ins: self.sign_ins(),
            users: self.users(),
            test_user: self.test_user.clone(),
            other_triggers: self.other_triggers.clone(),
            subjects: self.candidates.iter().map(subject).collect(),
        }
    }
}

/// What will be proven: the member `verify` of the document `pretoken/plan/v1`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Outlook {
    /// How many times somebody signs in.
    pub sign_ins: usize,
    /// How many temporary users there will be; each is a monthly active user.
    pub users: usize,
    /// The user that signs in instead of them (`[verify] user`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test_user: Option<String>,
    /// Other triggers, by pool, that may refuse a sign-in: what they refuse is not proven.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub other_triggers: BTreeMap<String, BTreeSet<String>>,
    /// Everyone worth trying.
    pub subjects: Vec<ProofSubject>,
}

/// A subject, and how it will be proven.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProofSubject {
    /// The promise, or what is special about the subject.
    pub name: String,
    /// Key of the pool.
    pub pool: String,
    /// Key of the client.
    pub client: String,
    /// By which flows; none if only the smoke test tries it.
    #[schemars(with = "Vec<String>")]
    pub flows: Vec<TokenFlow>,
    /// Why none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Outlook {
    /// In words, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        let users = counted(self.users, "temporary user");
        let who = self.test_user.clone().unwrap_or(format!("{users} (a monthly active user each)"));
        let mut text = format!("Proof: {} as {who}.\n", counted(self.sign_ins, "sign-in"));
        let mut by: BTreeMap<(String, String), BTreeSet<TokenFlow>> = BTreeMap::new();
        for ProofSubject { pool, client, flows, .. } in &self.subjects {
            by.entry((pool.clone(), client.clone())).or_default().extend(flows);
        }
        for ((pool, client), ways) in by.iter().filter(|(_, ways)| !ways.is_empty()) {
            let ways: Vec<&str> = ways.iter().map(|way| way.as_str()).collect();
            text += &format!("  {pool}/{client} by {}\n", ways.join(", "));
        }
        for (pool, triggers) in &self.other_triggers {
            let triggers: Vec<&str> = triggers.iter().map(String::as_str).collect();
            text += &format!("  other triggers of {pool} may refuse: {}\n", triggers.join(", "));
        }
        let reason = |one: &ProofSubject| Some((one.name.clone(), one.reason.clone()?));
        for (name, reason) in self.subjects.iter().filter_map(reason) {
            text += &format!("  by the smoke test alone: \"{name}\": {reason}\n");
        }
        text
    }
}
