//! The proof: real sign-ins of temporary users, whose tokens are checked against the pool's keys, the rules and the
//! promises. Every user that is made here is removed here, also when something fails.

mod authority;
pub mod challenge;
mod decision;
mod device;
mod door;
mod fared;
mod firewall;
mod foresight;
mod invented;
mod junit;
pub mod jwt;
mod keys;
mod knock;
mod leftovers;
mod load;
mod machine;
mod pace;
mod refusal;
mod releases;
mod report;
mod secret_hash;
mod srp;
pub mod totp;
mod trial;
mod user;

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use trigger::Rules;

use crate::cloud::{Auth, CloudError};
use crate::config::Verify;
use crate::config::openapi::Api;
use crate::model::{ClientKey, Ids, MachineToMachine};
use crate::system::clock::Clock;
use crate::tokens::persona::Persona;
use crate::tokens::prospect::{Candidate, Prospect, UserKey};
use crate::user::Progress;

pub use authority::Authority;
pub use fared::{Fared, Load, SeenRelease, Trouble};
pub use foresight::foreseen;
use keys::PoolKeys;
pub use knock::CallCheck;
pub use pace::{Tally, Timing};
use refusal::SignInRefusal;
pub use report::{Check, Report};
use user::{MadeFor, ProofUser};
pub use user::{TestUser, password};

/// How many users sign in side by side; Cognito allows a pool five administrative calls a second of a kind.
const SIDE_BY_SIDE: usize = 4;
/// More seconds than any network needs.
const CLOCKS_DIFFER: u64 = 60;

/// The rules that decide about tokens.
#[derive(Debug, Clone, Copy)]
pub struct RulesInForce<'a> {
    /// About those of users.
    pub for_users: &'a Rules,
    /// About those of machines: none at `V2_0`, where Cognito does not ask the trigger about them.
    pub for_machines: &'a Rules,
}

/// What a proof needs.
pub struct Proof<'a, C, P> {
    /// How tokens are proven.
    pub verify: &'a Verify,
    /// How the names of temporary users begin.
    pub user_prefix: &'a str,
    /// The APIs to call; none, if calls are left out.
    pub apis: &'a [Api],
    /// The rules; none where others deployed the trigger, so that only what was promised can be compared.
    pub rules: Option<RulesInForce<'a>>,
    /// The user to sign in as, instead of temporary ones.
    pub test_user: Option<&'a TestUser>,
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
    /// What was done so far: nothing, to begin with.
    pub tally: Tally,
}

impl<C: Auth, P: Progress> Proof<'_, C, P> {
    /// Signs in as everybody who can be tried, by every flow that was foreseen.
    pub async fn run(&self) -> Result<Report, Interrupted> {
        let mut report = Report::default();
        let mut promises = self.prospect.candidates.iter().map(|one| &one.persona.promise);
        if self.rules.is_none() && promises.all(Option::is_none) {
            report.compared = report::IDENTITY;
        }
        let (users, machines) = self.whom_to_try(&mut report);
        self.remove_leftovers(users.keys().map(|(pool, ..)| pool), &mut report).await?;
        let keys = self.keys();
        let checks = users
            .values()
            .map(|subjects| self.users(&keys[&subjects[0].persona.at.pool], subjects));
        // All of them end, whatever happens to one: each removes its user.
        let tried: Vec<Tried> = iter(checks).buffered(SIDE_BY_SIDE).collect().await;
        let mut interrupted = None;
        for Tried { checks, notes, error, .. } in tried {
            report.leaves_users |= !notes.is_empty();
            report.checks.extend(checks);
            report.notes.extend(notes);
            interrupted = interrupted.or(error);
        }
        if let Some(error) = interrupted {
            return Err(Interrupted { error, notes: report.notes });
        }
        for machine in machines {
            let machine = &machine.persona;
            report.checks.push(self.machine(&keys[&machine.at.pool], machine).await?);
        }
        let firewalls = keys.values().filter_map(|pool| pool.firewall.get().note(&pool.name));
        report.notes.extend(firewalls.chain(self.clock_is_off()));
        report.note_unproven_calls();
        report.conclude(&self.tally);
        Ok(report)
    }

    /// Who can be tried: subjects by the user that stands for them, and machines.
    fn whom_to_try(
        &self,
        report: &mut Report,
    ) -> (BTreeMap<UserKey, Vec<&Candidate>>, Vec<&Candidate>) {
        let (mut users, mut machines): (BTreeMap<_, Vec<_>>, _) = (BTreeMap::new(), vec![]);
        for candidate in &self.prospect.candidates {
            match (&candidate.ways, candidate.user()) {
                (Err(reason), _) => {
                    let name = &candidate.persona.name;
                    report.notes.push(format!("\"{name}\" is not tried: {reason}"));
                }
                (Ok(_), Some((pool, ..))) if self.test_user.is_some() => {
                    let user = (pool, vec![], BTreeMap::new());
                    users.entry(user).or_default().push(candidate);
                }
                (Ok(_), Some(user)) => users.entry(user).or_default().push(candidate),
                (Ok(_), None) => machines.push(candidate),
            }
        }
        (users, machines)
    }

    fn keys(&self) -> BTreeMap<String, PoolKeys> {
        let keys = |(pool, id): (&String, &String)| (pool.clone(), PoolKeys::new(pool.clone(), id));
        self.ids.pools.iter().map(keys).collect()
    }

    /// AWS's time: that of tokens.
    fn now(&self) -> i64 {
        self.clock.now() + self.cloud.clock_ahead()
    }

    fn clock_is_off(&self) -> Option<String> {
        let ahead = self.cloud.clock_ahead();
        let (seconds, word) = (ahead.unsigned_abs(), if ahead > 0 { "behind" } else { "ahead of" });
        (seconds > CLOCKS_DIFFER).then(|| {
            let off = humantime::format_duration(Duration::from_secs(seconds));
            format!("this machine's clock is {off} {word} AWS's, by which tokens were judged")
        })
    }

    /// Who signs in, or why nobody can.
    async fn somebody(
        &self,
        pool_id: &str,
        persona: &Persona,
    ) -> Result<Result<ProofUser, String>, CloudError> {
        let rules = self.cloud.user_rules(pool_id).await?;
        let Some(who) = self.test_user else {
            let (prefix, verify, now) = (self.user_prefix, self.verify, self.now());
            return Ok(ProofUser::new(pool_id, rules, persona, MadeFor { prefix, verify, now }));
        };
        let found = self.cloud.user(pool_id, &who.username).await?;
        let user = found.map(|it| ProofUser::kept(pool_id, rules, who, it));
        Ok(user.ok_or_else(|| format!("the pool has no user {}", who.username)))
    }

    /// Somebody who is there and can sign in for these subjects, or why there is nobody.
    async fn enter(&self, pool: &PoolKeys, subjects: &[&Candidate]) -> Result<ProofUser, Tried> {
        let user = match self.somebody(&pool.id, &subjects[0].persona).await {
            Ok(Ok(user)) => user,
            Ok(Err(reason)) => return Err(Tried::unproven(subjects, &reason)),
            Err(error) => return Err(Tried::refused(subjects, error, "")),
        };
        self.progress.secret(&user.password);
        match user.create(self.cloud).await {
            Ok(sub) => user.created(sub),
            Err(error) => {
                let mut tried = Tried::refused(subjects, error, "no temporary user can be made: ");
                // Half made, it must not stay.
                tried.notes.extend(self.remove(pool, &user).await);
                return Err(tried);
            }
        }
        if user.is_temporary() {
            self.tally.made_user();
        }
        Ok(user)
    }

    /// Removes a temporary user; what is to be said if it stays.
    async fn remove(&self, pool: &PoolKeys, user: &ProofUser) -> Option<String> {
        let error = user.delete(self.cloud).await.err()?;
        Some(Self::stays(&user.username, pool, &error))
    }

    /// All subjects that are alike, by as many users as it takes.
    async fn users(&self, pool: &PoolKeys, subjects: &[&Candidate]) -> Tried {
        let mut all = Tried::default();
        while all.error.is_none() && all.subjects < subjects.len() {
            let tried = self.user(pool, &subjects[all.subjects..]).await;
            all.subjects += tried.subjects;
            all.checks.extend(tried.checks);
            all.notes.extend(tried.notes);
            all.error = tried.error;
        }
        all
    }

    /// One user, as many subjects as it can stand for while its time lasts, and its removal.
    async fn user(&self, pool: &PoolKeys, subjects: &[&Candidate]) -> Tried {
        let user = match self.enter(pool, subjects).await {
            Ok(user) => user,
            Err(tried) => return tried,
        };
        let mut tried = self.subjects(pool, &user, subjects).await;
        tried.notes.extend(self.remove(pool, &user).await);
        tried
    }

    async fn subjects(&self, pool: &PoolKeys, user: &ProofUser, subjects: &[&Candidate]) -> Tried {
        let mut tried = Tried::default();
        for subject in subjects {
            if tried.subjects > 0 && user.is_spent(self.now()) {
                break;
            }
            if self.progress.stopped() {
                tried.error = Some(CloudError::Stopped { what: "verification".to_owned() });
                break;
            }
            tried.subjects += 1;
            if let Some(reason) = user.is_not_meant(&subject.persona) {
                tried.checks.extend(unproven(&[subject], &reason));
                continue;
            }
            match self.subject(pool, user, subject).await {
                Ok(checks) => tried.checks.extend(checks),
                Err(error) => {
                    tried.error = Some(error);
                    break;
                }
            }
        }
        tried
    }
}

/// Nothing can be proven about any of them.
fn unproven(subjects: &[&Candidate], reason: &str) -> Vec<Check> {
    let check = |Candidate { persona, ways }: &&Candidate| {
        let flow = ways.as_ref().ok().and_then(|ways| ways.first());
        let flow = flow.map_or("", |flow| flow.as_str());
        Check::new(&persona.name, &persona.at, flow).not_proven(reason.to_owned())
    };
    subjects.iter().map(check).collect()
}

/// What came of a user.
#[derive(Default)]
struct Tried {
    /// How many subjects it stood for.
    subjects: usize,
    checks: Vec<Check>,
    /// That it stays, if it does.
    notes: Vec<String>,
    /// What ended it early.
    error: Option<CloudError>,
}

impl Tried {
    fn unproven(subjects: &[&Candidate], reason: &str) -> Self {
        let checks = unproven(subjects, reason);
        Self { subjects: subjects.len(), checks, ..Self::default() }
    }

    fn refused(subjects: &[&Candidate], error: CloudError, what: &str) -> Self {
        match SignInRefusal::of(error) {
            Ok(refusal) => Self::unproven(subjects, &format!("{what}{}", refusal.reason)),
            Err(error) => Self { error: Some(error), ..Self::default() },
        }
    }
}

/// What ended a proof early, and what else is to be said: which users stay.
#[derive(Debug)]
pub struct Interrupted {
    /// What happened.
    pub error: CloudError,
    /// What is to be said beside it.
    pub notes: Vec<String>,
}

impl From<CloudError> for Interrupted {
    fn from(error: CloudError) -> Self {
        Self { error, notes: vec![] }
    }
}
