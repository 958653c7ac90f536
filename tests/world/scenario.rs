//! What happens before a run, what is run, and how it ends where nothing befalls it.

use pretoken::failure::Exit;
use pretoken::model::{ACTIVE, InvocationTarget, LEASE, LivePool, Permission, Pool, Tags, Trigger};

use crate::account::{Account, Everything, Fault};
use crate::code::Code;
use crate::fake::{State, When, target};
use crate::file::File;
use crate::run::{End, How, Run};

/// The clock of the run; what was before happened two days earlier.
pub const NOW: u64 = 1_795_410_123;
const BEFORE: u64 = NOW - 2 * 24 * 60 * 60;

/// The pool that `deploy.toml` may adopt, and the function in its slot.
const COMPANY: &str = "eu-west-1_Company";
const THEIRS: &str = "theirs";

/// A run that is interrupted at every call, and what is true of it.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Runs before it, all of which end well.
    pub before: &'static [Run],
    pub run: Run,
    /// What goes on from wherever it was cut off: the same, where the same can be asked twice.
    pub again: Run,
    /// How it fails, if it does.
    pub fails: Option<Exit>,
    /// Whether one run more reaches the world of a clean run.
    pub is_continued: bool,
    /// Which version serves which share afterwards.
    pub serves: &'static [(Code, u8)],
}

/// `up` with everything at once.
pub const fn up(file: File, code: Code) -> Run {
    Run::Up { file, code, how: How::AtOnce }
}

impl Scenario {
    /// A run that ends well, with this in service.
    pub const fn new(before: &'static [Run], run: Run, serves: &'static [(Code, u8)]) -> Self {
        Self { before, run, again: run, fails: None, is_continued: true, serves }
    }

    pub const fn failing(self, exit: Exit) -> Self {
        Self { fails: Some(exit), ..self }
    }

    pub const fn continued_by(self, again: Run) -> Self {
        Self { again, ..self }
    }

    pub const fn not_continued(self) -> Self {
        Self { is_continued: false, ..self }
    }

    /// Cuts the run off everywhere and continues it.
    pub fn holds(self) {
        // Only tokio's time passes, and nobody waits for it.
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true);
        runtime.build().expect("a runtime").block_on(self.everywhere());
    }

    async fn everywhere(self) {
        let start = self.start().await;
        let clean = self.account(&start, NOW);
        clean.begin(None);
        let end = self.run.go(&clean).await;
        assert_eq!(end.exit(), self.fails, "{end:?}; {clean}");
        let right = clean.everything();
        let serving = right.serving();
        let serves = serving.values().next().map(Vec::as_slice).unwrap_or_default();
        assert_eq!(serves, self.serves, "in service after {clean}");
        Ended { case: "undisturbed", start: &start, end: &end, account: &clean }.check();
        let calls = clean.calls();
        self.settled(&clean, &right, "undisturbed").await;
        for (number, name) in calls.iter().enumerate() {
            if is_in_a_wait(&calls, number) {
                continue;
            }
            // Who may not look does not pass the gate: tests/gate.rs says what becomes of the slot.
            let is_answered =
                |fault: &&Fault| !(*name == "invocation_target" && fault.is_refusal());
            for fault in Fault::ALL.iter().filter(is_answered) {
                let case = format!("{fault:?} at call {} ({name})", number + 1);
                self.interrupted((number + 1, *fault), &start, &right, &case).await;
            }
        }
    }

    /// Cuts the run off everywhere, and takes the stack away at once: nobody made for a proof is left.
    pub fn removed_by(self, removal: Run) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(async {
            let start = self.start().await;
            let clean = self.account(&start, NOW);
            clean.begin(None);
            self.run.go(&clean).await;
            let mut left = 0;
            for (number, name) in clean.calls().iter().enumerate() {
                let account = self.account(&start, NOW);
                account.begin(Some((number + 1, Fault::Killed(When::After))));
                self.run.go(&account).await;
                left += account.everything().left_behind().len();
                account.begin(None);
                let end = removal.go(&account).await;
                assert!(end.is_fine(), "after {name}: {end:?}; {account}");
                let stays = account.everything().left_behind();
                assert!(stays.is_empty(), "after {name}: {stays:?}; {account}");
            }
            assert!(left > 0, "no run left anybody");
        });
    }

    /// One run that something befalls, and the run after it.
    async fn interrupted(
        self,
        fault: (usize, Fault),
        start: &Everything,
        right: &Everything,
        case: &str,
    ) {
        let account = self.account(start, NOW);
        account.begin(Some(fault));
        let end = self.run.go(&account).await;
        Ended { case, start, end: &end, account: &account }.check();
        self.known(&account, case).await;
        if self.is_continued {
            account.begin(None);
            // Until then whoever made a user may still be using it.
            account.now.set(NOW + LEASE.cast_unsigned() + 1);
            let again = self.again.go(&account).await;
            assert!(self.may_end(&again), "{case}: the next run: {again:?}; {account}");
            Ended { case, start, end: &again, account: &account }.check();
            self.settled(&account, right, case).await;
        }
    }

    /// Users that are left are known at once, to whoever looks.
    async fn known(self, account: &Account, case: &str) {
        account.begin(None);
        let mut known = self.run.left_users(account).await;
        let mut left = account.everything().left_behind();
        known.sort();
        left.sort();
        assert_eq!(known, left, "{case}: the temporary users that are known; {account}");
    }

    /// The world is that of a clean run, and one more run leaves it as it is. One that fails would fail once more.
    async fn settled(self, account: &Account, right: &Everything, case: &str) {
        let difference = difference(&account.everything(), right);
        assert_eq!(difference, None, "{case}: another world than a clean run's; {account}");
        if self.fails.is_some() {
            return;
        }
        account.begin(None);
        let end = self.again.go(account).await;
        assert!(end.is_fine(), "{case}: one run more: {end:?}; {account}");
        let changes = account.changes();
        assert!(changes.is_empty(), "{case}: one run more changes something: {changes:?}");
    }

    /// What a run that nothing befalls may come to, from wherever it starts: what is done cannot fail twice.
    fn may_end(self, end: &End) -> bool {
        matches!(end, End::Done | End::Noted(_))
            || (end.exit().is_some() && end.exit() == self.fails)
    }

    /// The account, where packages have the rules of the run's file.
    pub fn account(self, everything: &Everything, now: u64) -> Account {
        Account::new(everything, &self.run.file().loaded().rules, now)
    }

    /// What is there before the run.
    pub async fn start(self) -> Everything {
        let mut everything = Everything { state: unmanaged(), ..Everything::default() };
        for run in self.before {
            let account = self.account(&everything, BEFORE);
            account.begin(None);
            let end = run.go(&account).await;
            assert!(end.is_fine(), "{run:?}, before the run: {end:?}");
            everything = account.everything();
        }
        everything
    }
}

/// Of the equal calls of a wait, the first two and the last stand for all.
fn is_in_a_wait(calls: &[&str], number: usize) -> bool {
    let is_like = |other: Option<usize>| other.and_then(|at| calls.get(at)) == calls.get(number);
    is_like(number.checked_sub(2)) && is_like(number.checked_sub(1)) && is_like(Some(number + 1))
}

/// What is in one world and not in the other, in pieces that can be read.
fn difference(found: &Everything, wanted: &Everything) -> Option<String> {
    let (found, wanted) = (found.portable(), wanted.portable());
    if found == wanted {
        return None;
    }
    let pieces = |text: &str| text.split(", ").map(ToOwned::to_owned).collect::<Vec<_>>();
    let (found, wanted) = (pieces(&found), pieces(&wanted));
    let only = |here: &[String], there: &[String]| {
        let only = here.iter().filter(|piece| !there.contains(piece));
        only.cloned().collect::<Vec<_>>().join("\n    ")
    };
    Some(format!(
        "\n  found:\n    {}\n  wanted:\n    {}",
        only(&found, &wanted),
        only(&wanted, &found)
    ))
}

/// A run that ended somehow.
struct Ended<'a> {
    case: &'a str,
    start: &'a Everything,
    end: &'a End,
    account: &'a Account,
}

impl Ended<'_> {
    fn check(&self) {
        let now = self.account.everything();
        let Self { case, start, end, account } = self;
        assert_eq!(untouched(&now), untouched(start), "{case}: what is unmanaged; {account}");
        if matches!(end, End::Killed) {
            return;
        }
        let left = now.left_behind();
        let says = end.said().contains("delete_user");
        assert!(
            left.is_empty() || says,
            "{case}: users stay, and nobody says so: {end:?}; {account}"
        );
        let says = ["not everything was taken back", "keeps its share"]
            .iter()
            .any(|it| end.said().contains(it));
        let bad: Vec<_> = self.bad_releases(&now);
        assert!(
            bad.is_empty() || says,
            "{case}: {bad:?} in service, and nobody says so: {end:?}; {account}"
        );
    }

    /// What serves a pool now, does not do what was promised, and did not serve before; nothing could be put in the place
    /// of a first release.
    fn bad_releases(&self, now: &Everything) -> Vec<(Code, u8)> {
        let before = self.start.serving();
        let in_use = |name: &String| {
            let arn = target().alias_arn(name);
            let mut slots = now.state.pools.values().filter_map(|pool| pool.trigger.as_ref());
            slots.any(|held| held.arn == arn)
        };
        let serving = now.serving().into_iter().filter(|(name, _)| in_use(name));
        let bad = serving.flat_map(|(name, codes)| {
            let old = before.get(&name).cloned().unwrap_or_default();
            let is_first = old.is_empty();
            codes.into_iter().filter(move |(code, now)| {
                !is_first
                    && !code.is_good()
                    && !old.iter().any(|(it, share)| it == code && share >= now)
            })
        });
        bad.collect()
    }
}

/// Their trigger, which knows no scopes.
fn their_trigger() -> Trigger {
    Trigger { arn: target().alias_arn(THEIRS), version: "V1_0".to_owned(), legacy: true }
}

/// A pool with a trigger of its own, and one without; nothing of this is the stack's.
fn unmanaged() -> State {
    let mut state = State::default();
    for (id, name, trigger) in
        [(COMPANY, "company", Some(their_trigger())), ("eu-west-1_Lone", "lone", None)]
    {
        let live = LivePool {
            id: id.to_owned(),
            pool: Pool {
                name: name.to_owned(),
                tier: "ESSENTIALS".to_owned(),
                deletion_protection: true,
                tags: Tags([("team".to_owned(), "identity".to_owned())].into()),
                ..Pool::default()
            },
            trigger,
            other_triggers: vec!["PreSignUp".to_owned()],
            ..LivePool::default()
        };
        state.pools.insert(id.to_owned(), live);
    }
    let policy = vec![Permission {
        statement_id: "by-hand".to_owned(),
        principal: "cognito-idp.amazonaws.com".to_owned(),
        action: "lambda:InvokeFunction".to_owned(),
        source_arn: Some(target().pool_arn(COMPANY)),
        source_account: Some(target().account),
    }];
    let function =
        InvocationTarget { state: ACTIVE.to_owned(), reserved_concurrency: None, policy };
    state.others.insert(their_trigger().arn, function);
    state
}

/// What no run may touch: everything that is not the stack's. The slot of their pool is either theirs or the stack's.
fn untouched(everything: &Everything) -> String {
    let State { mut functions, others, mut roles, mut log_groups, mut pools, .. } =
        everything.state.clone();
    let ours = |name: &str| name.contains("orders");
    functions.retain(|name, _| !ours(name));
    roles.retain(|name, _| !ours(name));
    log_groups.retain(|name, _| !ours(name));
    pools.retain(|_, live| !ours(&live.pool.name));
    for pool in pools.values_mut() {
        pool.clients.retain(|_, client| !ours(&client.name));
        pool.resource_servers.retain(|identifier, _| !ours(identifier));
        if pool.trigger.as_ref().is_some_and(|held| ours(&held.arn)) {
            pool.trigger = Some(their_trigger());
        }
    }
    format!("{:?}", (functions, others, roles, log_groups, pools))
}
