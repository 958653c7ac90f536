//! An account: the world in memory, with users in its pools, behind a door at which every call is counted, may fail, and is
//! followed by a look at what must hold at any time.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::{Future, pending};
use std::time::Duration;

use pretoken::cloud::{CloudError, Result};
use pretoken::user::{Consent, Progress, User};
use trigger::Rules;

use crate::code::Code;
use crate::fake::{Functions, Nobody, State, When, World, target};
use crate::sign_in::Users;

/// What befalls one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No answer comes.
    Lost(When),
    /// The caller may not.
    Denied,
    /// AWS asks for patience, again and again.
    Throttled,
    /// A signal arrives while the call is made; it is answered all the same.
    Signal,
    /// The process ends.
    Killed(When),
}

impl Fault {
    pub const ALL: [Self; 7] = [
        Self::Lost(When::Before),
        Self::Lost(When::After),
        Self::Denied,
        Self::Throttled,
        Self::Signal,
        Self::Killed(When::Before),
        Self::Killed(When::After),
    ];

    /// Whether AWS says no.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Denied | Self::Throttled)
    }

    /// What the caller gets instead of an answer, and whether the call takes effect nevertheless.
    fn error(self, operation: &str) -> Option<CloudError> {
        let operation = operation.to_owned();
        match self {
            Self::Lost(_) => {
                let detail = "connection closed".to_owned();
                Some(CloudError::Unanswered { operation, detail })
            }
            Self::Denied => Some(CloudError::Denied { operation, message: "no".to_owned() }),
            Self::Throttled => Some(CloudError::Refused {
                operation,
                code: "TooManyRequestsException".to_owned(),
                message: "Rate exceeded".to_owned(),
                request_id: None,
            }),
            Self::Signal | Self::Killed(_) => None,
        }
    }

    fn takes_effect(self) -> bool {
        matches!(self, Self::Signal | Self::Lost(When::After) | Self::Killed(When::After))
    }
}

/// Everything that is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Everything {
    pub state: State,
    pub users: Users,
}

/// The resources of an account and its users, and what befalls its callers.
pub struct Account {
    pub world: World,
    pub users: RefCell<Users>,
    pub now: Cell<u64>,
    /// Pools whose sign-ins failed before any run: none of our doing.
    broken: Vec<String>,
    calls: RefCell<Vec<&'static str>>,
    fault: Cell<Option<(usize, Fault)>>,
    stopped: Cell<bool>,
    /// How long every call takes.
    pub latency: Cell<Duration>,
    /// How much longer the first sign-in takes that a version serves.
    pub cold_start: Cell<Duration>,
    warm: RefCell<BTreeSet<String>>,
}

impl Account {
    pub fn new(everything: &Everything, rules: &Rules, now: u64) -> Self {
        let world = World::new(target(), rules.clone());
        world.state.replace(everything.state.clone());
        Self {
            world,
            users: RefCell::new(everything.users.clone()),
            now: Cell::new(now),
            broken: locked_out(&everything.state),
            calls: RefCell::default(),
            fault: Cell::default(),
            stopped: Cell::default(),
            latency: Cell::default(),
            cold_start: Cell::default(),
            warm: RefCell::default(),
        }
    }

    /// Whoever comes first to the version that serves waits for it.
    pub async fn warm_up(&self) {
        let serving = |function: &Functions| Some(function.alias.as_ref()?.version.clone());
        let serving = self.world.state.borrow().functions.values().find_map(serving);
        let is_cold = serving.is_some_and(|version| self.warm.borrow_mut().insert(version));
        if is_cold && !self.cold_start.get().is_zero() {
            tokio::time::sleep(self.cold_start.get()).await;
        }
    }

    /// A new process starts, and this befalls its nth call.
    pub fn begin(&self, fault: Option<(usize, Fault)>) {
        self.calls.borrow_mut().clear();
        self.world.calls.borrow_mut().clear();
        self.fault.set(fault);
        self.stopped.set(false);
    }

    /// A signal arrives.
    pub fn stop(&self) {
        self.stopped.set(true);
    }

    /// The calls of this process, the first first.
    pub fn calls(&self) -> Vec<&'static str> {
        self.calls.borrow().clone()
    }

    /// How many of them changed resources; temporary users do not count.
    pub fn changes(&self) -> Vec<String> {
        self.world.calls.borrow().clone()
    }

    pub fn everything(&self) -> Everything {
        Everything { state: self.world.state.borrow().clone(), users: self.users.borrow().clone() }
    }

    /// One call of whatever kind.
    pub async fn call<T>(
        &self,
        name: &'static str,
        effect: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.calls.borrow_mut().push(name);
        let number = self.calls.borrow().len();
        let fault = self.fault.get().filter(|(nth, _)| *nth == number).map(|(_, fault)| fault);
        self.stopped.set(self.stopped.get() || fault == Some(Fault::Signal));
        if !self.latency.get().is_zero() {
            tokio::time::sleep(self.latency.get()).await;
        }
        let mut answer = None;
        if fault.is_none_or(Fault::takes_effect) {
            answer = Some(effect.await);
            self.check(name);
        }
        match (fault.and_then(|fault| fault.error(name)), answer) {
            (Some(error), _) => Err(error),
            (None, Some(answer)) if !matches!(fault, Some(Fault::Killed(_))) => answer,
            (None, _) => pending().await,
        }
    }

    /// Every slot is empty, or names something that its pool may invoke and that is there.
    fn check(&self, name: &str) {
        let mut out = locked_out(&self.world.state.borrow());
        out.retain(|pool| !self.broken.contains(pool));
        assert!(out.is_empty(), "after {name}, nobody can sign in to {out:?}: {self}");
    }
}

impl fmt::Display for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} calls: {}", self.calls.borrow().len(), self.calls.borrow().join(", "))
    }
}

/// Whose user stops when the account says that a signal came.
pub struct Operator<'a>(pub &'a Account);

impl Progress for Operator<'_> {
    fn waiting(&self, what: &str, seconds: u64) {
        Nobody.waiting(what, seconds);
    }
    fn detail(&self, text: &str) {
        Nobody.detail(text);
    }
    fn stopped(&self) -> bool {
        self.0.stopped.get()
    }
}

impl User for Operator<'_> {
    fn say(&self, text: &str) {
        Nobody.say(text);
    }
    fn can_answer(&self) -> bool {
        Nobody.can_answer()
    }
    async fn confirm(&self, question: &str) -> Consent {
        Nobody.confirm(question).await
    }
    fn began(&self, what: &str) {
        Nobody.began(what);
    }
    fn ended(&self, line: &str, took: Duration, failed: bool) {
        Nobody.ended(line, took, failed);
    }
}

/// The function, alias and policy that this ARN of an alias names.
pub fn function_at<'a>(state: &'a State, alias_arn: &str) -> Option<(&'a str, &'a Functions)> {
    let named = |(name, _): &(&String, &Functions)| target().alias_arn(name) == alias_arn;
    state.functions.iter().find(named).map(|(name, function)| (name.as_str(), function))
}

/// Whether the function lets this pool invoke its alias, and every version that the alias names is there.
pub fn is_invokable(function: &Functions, pool_id: &str) -> bool {
    let target = target();
    let allowed = function.policy.iter().any(|grant| {
        grant.source_arn == Some(target.pool_arn(pool_id))
            && grant.source_account.as_ref() == Some(&target.account)
    });
    let routes = function.alias.as_ref().is_some_and(|route| {
        let canary = route.canary.as_ref().map(|(version, _)| version);
        [Some(&route.version), canary]
            .into_iter()
            .flatten()
            .all(|it| function.version(it).is_some())
    });
    allowed && routes
}

fn locked_out(state: &State) -> Vec<String> {
    let works = |pool_id: &String, arn: &str| {
        let ours = function_at(state, arn);
        state.others.contains_key(arn)
            || ours.is_some_and(|(_, function)| is_invokable(function, pool_id))
    };
    let out = |(id, pool): &(&String, &pretoken::model::LivePool)| {
        pool.trigger.as_ref().is_some_and(|held| !works(id, &held.arn))
    };
    state.pools.iter().filter(out).map(|(id, _)| id.clone()).collect()
}

impl Everything {
    /// What the function of this name serves, and to which share of the invocations.
    pub fn serving(&self) -> BTreeMap<String, Vec<(Code, u8)>> {
        let serving = |function: &Functions| {
            let Some(route) = &function.alias else { return vec![] };
            let canary = route.canary.iter().map(|(version, _)| version);
            let versions = std::iter::once(&route.version).chain(canary);
            let code = |version: &String| {
                let settings = function.version(version).expect("a version that is there");
                (Code::of(&settings.code_sha256), route.share(version))
            };
            versions.map(code).collect()
        };
        let functions = self.state.functions.iter();
        functions.map(|(name, function)| (name.clone(), serving(function))).collect()
    }

    /// The same for the same things, whatever AWS called them and whenever they were proven.
    pub fn portable(&self) -> String {
        let mut state = self.state.clone();
        let mut versions = vec![];
        for (name, function) in &mut state.functions {
            let tags = function.latest.tags.0.iter_mut();
            let times = tags.filter(|(key, _)| key.starts_with("pretoken:verified:"));
            times.for_each(|(_, time)| time.clear());
            versions.extend(
                function.versions.values().map(|it| (name.clone(), it.code_sha256.clone())),
            );
        }
        format!("{}\nversions {versions:?}\nusers {:?}", state.portable(), self.left_behind())
    }

    /// Temporary users in pools that are there.
    pub fn left_behind(&self) -> Vec<String> {
        self.users
            .names()
            .filter(|(pool, _)| self.state.pools.contains_key(*pool))
            .map(|(_, name)| name)
            .collect()
    }
}
