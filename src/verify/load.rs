//! A proof by load: sign-ins at a steady pace, while something else is done to the stack, such as a release.
//!
//! Before and after a release different rules decide. So what is looked at is whether everybody gets valid tokens at every
//! moment; what stands in them is for an ordinary proof to say.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{StreamExt as _, future, stream};
use tokio::time::Instant;

use super::fared::{Fared, Load, Trouble};
use super::keys::PoolKeys;
use super::pace::{Tally, percentile};
use super::releases::{Began, Watched};
use super::user::ProofUser;
use super::{Check, Interrupted, Proof, Report, Tried, unproven};
use crate::cloud::wait::Poll;
use crate::cloud::{AppClient, Auth, CloudError};
use crate::model::{Mfa, Verdict};
use crate::system::clock::timed;
use crate::tokens::prospect::{Candidate, Prospect};
use crate::user::Progress;

/// As many sign-ins may be under way at once: those of ten slow seconds at the quickest pace.
const AT_ONCE: usize = 100;
/// What a right token is right in.
const COMPARED: &str = "signature, issuer, client and expiry, at every moment";
/// What is said where releases are not seen.
const BLIND: &str = "which version serves could not be seen, so that the first sign-in after a release is not told from others (lambda:GetAlias and lambda:GetFunctionConfiguration show it, of a stack's own function)";

/// A user who signs in again and again.
struct Somebody {
    user: ProofUser,
    /// A sign-in is under way.
    is_busy: Cell<bool>,
}

/// A subject, and all that its sign-ins need.
struct Seat<'a> {
    subject: &'a Candidate,
    pool: &'a PoolKeys,
    /// Nobody, where a machine asks.
    somebody: Option<(Rc<Somebody>, AppClient)>,
}

/// A sign-in that ended.
struct Ended {
    seat: usize,
    began: Began,
    check: Check,
}

impl Seat<'_> {
    /// One-time codes are good for one sign-in: whoever needs them signs in one by one.
    fn is_free(&self) -> bool {
        let needs_codes =
            |user: &ProofUser| user.rules.mfa == Mfa::On || user.totp.borrow().is_some();
        self.somebody.as_ref().is_none_or(|(who, _)| !(who.is_busy.get() && needs_codes(&who.user)))
    }
}

impl<C: Auth, P: Progress> Proof<'_, C, P> {
    /// Signs in for a while, as one after the other of those who can be tried. `serving` says which version the alias
    /// serves, where that can be seen.
    pub async fn under_load(
        &self,
        load: Load,
        serving: impl AsyncFn() -> Option<String>,
    ) -> Result<Report, Interrupted> {
        let mut report = Report { compared: COMPARED, ..Report::default() };
        let prospect = self.let_in(&mut report);
        let plain = Proof {
            rules: None,
            apis: &[],
            prospect: &prospect,
            patience: Duration::ZERO,
            tally: Tally::default(),
            ..*self
        };
        match plain.sign_in_for(load, serving, &mut report).await {
            Ok(()) => Ok(report),
            Err(error) => Err(Interrupted { error, notes: report.notes }),
        }
    }

    /// Those who get tokens, without what was promised about them.
    fn let_in(&self, report: &mut Report) -> Prospect {
        let mut prospect = self.prospect.clone();
        prospect.candidates.retain(|Candidate { persona, .. }| {
            let expected = match self.rules {
                Some(rules) => {
                    let subject = persona.subject(persona.source, self.now());
                    persona.expected(rules.for_users, &subject, persona.source)
                }
                None => persona.promised(persona.source),
            };
            if expected.refused.is_some() {
                let name = &persona.name;
                report.notes.push(format!("\"{name}\" is to be refused, and takes no part"));
            }
            expected.refused.is_none()
        });
        prospect.candidates.iter_mut().for_each(|one| one.persona.promise = None);
        prospect
    }

    async fn sign_in_for(
        &self,
        load: Load,
        serving: impl AsyncFn() -> Option<String>,
        report: &mut Report,
    ) -> Result<(), CloudError> {
        let (users, machines) = self.whom_to_try(report);
        self.remove_leftovers(users.keys().map(|(pool, ..)| pool), report).await?;
        let keys = self.keys();
        let pool = |subject: &Candidate| &keys[&subject.persona.at.pool];
        let mut made = vec![];
        let mut seats: Vec<_> = machines
            .into_iter()
            .map(|subject| Seat { subject, pool: pool(subject), somebody: None })
            .collect();
        let mut ended = Ok(());
        for subjects in users.values() {
            match self.seats(pool(subjects[0]), subjects, &mut made, report).await {
                Ok(more) => seats.extend(more),
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            }
        }
        if ended.is_ok() {
            ended = self.keep_on(&seats, load, serving, report).await;
        }
        // Whatever happened, nobody stays.
        for (pool, who) in &made {
            let left = self.remove(pool, &who.user).await;
            report.leaves_users |= left.is_some();
            report.notes.extend(left);
        }
        let firewalls = keys.values().filter_map(|pool| pool.firewall.get().note(&pool.name));
        report.notes.extend(firewalls.chain(self.clock_is_off()));
        report.conclude(&self.tally);
        ended
    }

    /// The user of these subjects, and a seat for each that can be had.
    async fn seats<'a>(
        &self,
        pool: &'a PoolKeys,
        subjects: &[&'a Candidate],
        made: &mut Vec<(&'a PoolKeys, Rc<Somebody>)>,
        report: &mut Report,
    ) -> Result<Vec<Seat<'a>>, CloudError> {
        let user = match self.enter(pool, subjects).await {
            Ok(user) => user,
            Err(Tried { checks, notes, error, .. }) => {
                report.leaves_users |= !notes.is_empty();
                report.checks.extend(checks);
                report.notes.extend(notes);
                return error.map_or(Ok(vec![]), Err);
            }
        };
        let who = Rc::new(Somebody { user, is_busy: Cell::default() });
        made.push((pool, who.clone()));
        let mut seats = vec![];
        for subject in subjects {
            match self.entrance(pool, &who.user, &subject.persona.at).await? {
                Ok(client) => {
                    let somebody = Some((who.clone(), client));
                    seats.push(Seat { subject, pool, somebody });
                }
                Err(reason) => report.checks.extend(unproven(&[subject], &reason)),
            }
        }
        Ok(seats)
    }

    async fn keep_on(
        &self,
        seats: &[Seat<'_>],
        load: Load,
        serving: impl AsyncFn() -> Option<String>,
        report: &mut Report,
    ) -> Result<(), CloudError> {
        let start = Instant::now();
        let pace = Duration::from_secs(1) / load.rate.max(1);
        let poll = Poll::new(self.progress, "the last sign-in", load.lasts).every(pace);
        let turns = stream::unfold(0_usize, |turn| async move { Some((turn, turn + 1)) });
        let turns = turns.take_while(|turn| {
            let is_first = *turn == 0;
            let poll = &poll;
            async move { !seats.is_empty() && (is_first || poll.again().await) }
        });
        let free = |turn: usize| {
            let all = (turn..turn + seats.len()).map(|it| it % seats.len());
            std::future::ready(all.into_iter().find(|seat| seats[*seat].is_free()))
        };
        let sign_ins = turns.filter_map(free).map(|seat| self.one(seats, seat, start));
        let is_over = Cell::default();
        let all = async {
            let ended: Vec<_> = sign_ins.buffer_unordered(AT_ONCE).collect().await;
            is_over.set(true);
            ended
        };
        let beside = Watched::watch(serving, self.progress, (start, load), &is_over);
        let (ended, watched) = future::join(all, beside).await;
        // What a signal kept from beginning is no sign-in.
        let ended: Vec<Ended> = ended
            .into_iter()
            .filter(|one| !matches!(one, Err(CloudError::Stopped { .. })))
            .collect::<Result<_, _>>()?;
        let began: Vec<Began> = ended.iter().map(|one| one.began).collect();
        let releases = watched.releases(&began);
        report.notes.extend(watched.is_blind().then(|| BLIND.to_owned()));
        let fared = fared(load, start.elapsed(), &ended, &self.tally);
        report.load = Some(Fared { releases, ..fared });
        report.checks.extend(worst(seats.len(), ended));
        Ok(())
    }

    async fn one(
        &self,
        seats: &[Seat<'_>],
        seat: usize,
        start: Instant,
    ) -> Result<Ended, CloudError> {
        let Seat { subject, pool, somebody } = &seats[seat];
        let after_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let check = async {
            let Some((who, client)) = somebody else {
                return Ok(self.token_of_machine(pool, &subject.persona).await?.0);
            };
            who.is_busy.set(true);
            let check = self.once(pool, &who.user, client, subject).await;
            who.is_busy.set(false);
            check
        };
        let (check, took_ms) = timed(check).await;
        Ok(Ended { seat, began: Began { after_ms, took_ms }, check: check? })
    }
}

fn fared(load: Load, time: Duration, ended: &[Ended], tally: &Tally) -> Fared {
    let count = |verdict| ended.iter().filter(|one| one.check.verdict == verdict).count();
    let times = tally.times();
    let mut errors: BTreeMap<&str, Trouble> = BTreeMap::new();
    for Ended { began: Began { after_ms, .. }, check, .. } in
        ended.iter().filter(|one| !one.check.ok)
    {
        let error = check.error.as_deref().unwrap_or_default();
        let trouble = errors.entry(error).or_insert_with(|| Trouble {
            error: error.to_owned(),
            count: 0,
            first_after_ms: *after_ms,
            last_after_ms: *after_ms,
        });
        trouble.count += 1;
        trouble.first_after_ms = trouble.first_after_ms.min(*after_ms);
        trouble.last_after_ms = trouble.last_after_ms.max(*after_ms);
    }
    Fared {
        seconds: time.as_secs(),
        rate: load.rate,
        sign_ins: ended.len(),
        failures: count(Verdict::Failed),
        not_proven: count(Verdict::NotProven),
        p50_ms: percentile(&times, 50),
        p99_ms: percentile(&times, 99),
        releases: vec![],
        errors: errors.into_values().collect(),
    }
}

/// One check a seat: what failed, before what could not be proven, before what was right.
fn worst(seats: usize, ended: Vec<Ended>) -> Vec<Check> {
    let rank = |check: &Check| match check.verdict {
        Verdict::Failed => 0,
        Verdict::NotProven => 1,
        Verdict::Ok => 2,
    };
    let mut worst: Vec<Option<Check>> = (0..seats).map(|_| None).collect();
    for Ended { seat, check, .. } in ended {
        let known = &mut worst[seat];
        if known.as_ref().is_none_or(|known| rank(&check) < rank(known)) {
            *known = Some(check);
        }
    }
    worst.into_iter().flatten().collect()
}
