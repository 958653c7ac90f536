//! The proof: real sign-ins of temporary users, whose tokens are checked against the pool's keys, the rules and the
//! promises. Every user that is made here is removed here, also when something fails.

mod authority;
pub mod challenge;
mod decision;
mod device;
mod door;
mod fared;
mod foresight;
mod invented;
mod junit;
pub mod jwt;
mod keys;
mod knock;
mod load;
mod machine;
mod pace;
mod refusal;
mod report;
mod secret_hash;
mod srp;
pub mod totp;
mod trial;
mod user;

use std::collections::{BTreeMap, BTreeSet};
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
pub use fared::{Fared, Load, Trouble};
pub use foresight::foreseen;
use keys::PoolKeys;
pub use knock::CallCheck;
pub use pace::{Tally, Timing};
use refusal::SignInRefusal;
pub use report::{Check, Report};
use user::ProofUser;
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
    pub async fn run(&self) -> Result<Report, CloudError> {
        let mut report = Report::default();
        let mut promises = self.prospect.candidates.iter().map(|one| &one.persona.promise);
        if self.rules.is_none() && promises.all(Option::is_none) {
            report.compared = report::IDENTITY;
        }
        let (users, machines) = self.whom_to_try(&mut report);
        self.remove_leftovers(users.keys().map(|(pool, ..)| pool), &mut report).await?;
        let keys = self.keys();
        let checks =
            users.values().map(|subjects| self.user(&keys[&subjects[0].persona.at.pool], subjects));
        // All of them end, whatever happens to one: each removes its user.
        let checks: Vec<_> = iter(checks).buffered(SIDE_BY_SIDE).collect().await;
        for tried in checks {
            let Tried { checks, notes } = tried?;
            report.leaves_users |= !notes.is_empty();
            report.checks.extend(checks);
            report.notes.extend(notes);
        }
        for machine in machines {
            let machine = &machine.persona;
            report.checks.push(self.machine(&keys[&machine.at.pool], machine).await?);
        }
        report.notes.extend(self.clock_is_off());
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

    /// Removes what killed runs left behind in these pools.
    async fn remove_leftovers(
        &self,
        pools: impl Iterator<Item = &String>,
        report: &mut Report,
    ) -> Result<(), CloudError> {
        let pools: BTreeSet<_> = pools.filter(|_| self.test_user.is_none()).collect();
        for pool in pools {
            let removed = user::remove_leftovers(self.cloud, &self.ids.pools[pool]).await;
            if let Err(error) = removed {
                let reason = SignInRefusal::of(error)?.reason;
                report.leaves_users = true;
                report.notes.push(format!(
                    "users that an earlier verification left in the pool {pool} are not removed: {reason}"
                ));
            }
        }
        Ok(())
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
            return Ok(ProofUser::new(pool_id, rules, persona, self.verify));
        };
        let found = self.cloud.user(pool_id, &who.username).await?;
        let user = found.map(|it| ProofUser::kept(pool_id, rules, who, it));
        Ok(user.ok_or_else(|| format!("the pool has no user {}", who.username)))
    }

    /// Somebody who is there and can sign in, or why there is nobody.
    async fn enter(
        &self,
        pool: &PoolKeys,
        persona: &Persona,
    ) -> Result<Result<ProofUser, String>, CloudError> {
        let user = match self.somebody(&pool.id, persona).await {
            Ok(Ok(user)) => user,
            Ok(Err(reason)) => return Ok(Err(reason)),
            Err(error) => return Ok(Err(SignInRefusal::of(error)?.reason)),
        };
        self.progress.secret(&user.password);
        match user.create(self.cloud).await {
            Ok(sub) => user.created(sub),
            Err(error) => {
                // Half made, it must not stay.
                let left = self.remove(pool, &user).await;
                let reason = SignInRefusal::of(error)?.reason;
                let left = left.map_or(String::new(), |left| format!("; {left}"));
                return Ok(Err(format!("no temporary user can be made: {reason}{left}")));
            }
        }
        if user.is_temporary() {
            self.tally.made_user();
        }
        Ok(Ok(user))
    }

    /// Removes a temporary user; what is to be said if it stays.
    async fn remove(&self, pool: &PoolKeys, user: &ProofUser) -> Option<String> {
        let error = user.delete(self.cloud).await.err()?;
        let (name, PoolKeys { name: pool, id, .. }) = (&user.username, pool);
        Some(format!(
            "the temporary user {name} stays in the pool {pool} ({id}), remove it by hand: {error}"
        ))
    }

    /// One user, all subjects that it stands for, and its removal.
    async fn user(&self, pool: &PoolKeys, subjects: &[&Candidate]) -> Result<Tried, CloudError> {
        let mut tried = Tried::default();
        let user = match self.enter(pool, &subjects[0].persona).await? {
            Ok(user) => user,
            Err(reason) => return Ok(unproven(subjects, &reason)),
        };
        let mut ended = Ok(());
        for subject in subjects {
            if self.progress.stopped() {
                ended = Err(CloudError::Stopped { what: "verification".to_owned() });
                break;
            }
            if let Some(reason) = user.is_not_meant(&subject.persona) {
                tried.checks.extend(unproven(&[subject], &reason).checks);
                continue;
            }
            match self.subject(pool, &user, subject).await {
                Ok(checks) => tried.checks.extend(checks),
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            }
        }
        tried.notes.extend(self.remove(pool, &user).await);
        ended.map(|()| tried)
    }
}

/// Nothing can be proven about any of them.
fn unproven(subjects: &[&Candidate], reason: &str) -> Tried {
    let check = |Candidate { persona, ways }: &&Candidate| {
        let flow = ways.as_ref().ok().and_then(|ways| ways.first());
        let flow = flow.map_or("", |flow| flow.as_str());
        Check::new(&persona.name, &persona.at, flow).not_proven(reason.to_owned())
    };
    Tried { checks: subjects.iter().map(check).collect(), notes: vec![] }
}

/// What came of a user.
#[derive(Default)]
struct Tried {
    checks: Vec<Check>,
    notes: Vec<String>,
}
