//! An AWS that fits in memory: a world with state, which refuses what AWS refuses and can lose any answer.
//!
//! As unkind as the real one: names of pools and clients are not unique, a function needs its role, an alias its version,
//! a permission its alias, a protected pool stays. One thing more: it panics when a call cuts off sign-ins that worked
//! before the call, because that is what this program must never do.

mod beside;
mod read;
mod write;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pretoken::cloud::{CloudError, LogEvent, Result};
use pretoken::model::{Function, LivePool, LogGroup, Permission, Role, Routing, Settings, Target};
use pretoken::user::{Consent, Progress, User};
use trigger::Rules;

/// The account and region of every world.
pub fn target() -> Target {
    Target {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        env: None,
        local: false,
    }
}

/// Nobody watches, and nobody stops the run.
pub struct Nobody;

impl Progress for Nobody {
    fn waiting(&self, _: &str, _: u64) {}
    fn detail(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}

impl User for Nobody {
    fn say(&self, _: &str) {}
    fn can_answer(&self) -> bool {
        true
    }
    fn confirm(&self, _: &str) -> Consent {
        Consent::Given
    }
    fn began(&self, _: &str) {}
    fn ended(&self, _: &str, _: Duration, _: bool) {}
}

/// When an injected failure happens: before the call took effect, or after (the answer is lost).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// A function with its versions, alias and policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Functions {
    pub latest: Function,
    pub versions: BTreeMap<u32, Settings>,
    pub alias: Option<Routing>,
    pub policy: Vec<Permission>,
}

impl Functions {
    pub fn version(&self, number: &str) -> Option<&Settings> {
        self.versions.get(&number.parse().ok()?)
    }
}

/// Everything that is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub log_groups: BTreeMap<String, LogGroup>,
    pub roles: BTreeMap<String, Role>,
    pub functions: BTreeMap<String, Functions>,
    pub pools: BTreeMap<String, LivePool>,
    pub users: BTreeSet<String>,
    next_id: u32,
}

pub struct World {
    pub target: Target,
    pub rules: Rules,
    pub state: RefCell<State>,
    pub calls: RefCell<Vec<String>>,
    /// What functions wrote, by log group.
    pub events: RefCell<BTreeMap<String, Vec<LogEvent>>>,
    pub failure: Cell<Option<(usize, When)>>,
}

fn refused(operation: &str, code: &str) -> CloudError {
    CloudError::Refused {
        operation: operation.to_owned(),
        code: code.to_owned(),
        message: "refused by the world".to_owned(),
        request_id: None,
    }
}

impl State {
    pub fn new_id(&mut self, what: &str) -> String {
        self.next_id += 1;
        format!("{what}{}", self.next_id)
    }

    /// Ids of the pools at which a sign-in fails: they name an alias that is not there or that they may not invoke.
    fn locked_out(&self, target: &Target) -> BTreeSet<String> {
        let works = |pool: &LivePool, arn: &str| {
            // Other people see to it that theirs may be invoked.
            let theirs = !arn.contains(":function:orders-");
            theirs
                || self.functions.iter().any(|(name, function)| {
                    arn == target.alias_arn(name)
                        && function.alias.is_some()
                        && function.policy.iter().any(|grant| {
                            grant.source_arn == Some(target.pool_arn(&pool.id))
                                && grant.source_account.as_ref() == Some(&target.account)
                        })
                })
        };
        let ours =
            |pool: &&LivePool| pool.trigger.as_ref().is_some_and(|held| !works(pool, &held.arn));
        self.pools.values().filter(ours).map(|pool| pool.id.clone()).collect()
    }

    /// The world without what AWS invents: ids become names, versions become what they froze.
    pub fn portable_inputs(&self) -> String {
        let mut clone = self.clone();
        clone.next_id = 0;
        for function in clone.functions.values_mut() {
            let live = function.alias.take();
            let frozen = |version: &str| function.version(version).cloned();
            let live = live.map(|it| {
                (frozen(&it.version), it.canary.map(|(version, share)| (frozen(&version), share)))
            });
            function.versions.clear();
            if let Some((settings, canary)) = live {
                function.versions.extend(settings.map(|settings| (0, settings)));
                // The share of a canary stands for its number.
                let canary = canary.and_then(|(settings, share)| Some((share.into(), settings?)));
                function.versions.extend(canary);
            }
            // Statement ids are digests of pool ids.
            function.policy.iter_mut().for_each(|grant| grant.statement_id.clear());
            function.policy.sort();
        }
        let mut text = format!("{clone:?}");
        for pool in self.pools.values() {
            for (id, client) in &pool.clients {
                text = text.replace(id, &client.name);
            }
            text = text.replace(&pool.id, &pool.pool.name);
        }
        text
    }
}

impl World {
    pub fn new(target: Target, rules: Rules) -> Self {
        Self {
            target,
            rules,
            state: RefCell::default(),
            calls: RefCell::default(),
            events: RefCell::default(),
            failure: Cell::default(),
        }
    }

    /// One mutating call: counted, possibly failing before or after, never locking anyone out.
    fn call<T>(&self, name: &str, effect: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        self.calls.borrow_mut().push(name.to_owned());
        let lost = || CloudError::Unanswered {
            operation: name.to_owned(),
            detail: "connection closed".to_owned(),
        };
        let number = self.calls.borrow().len();
        let fails = self.failure.get().filter(|(nth, _)| *nth == number).map(|(_, when)| when);
        if fails == Some(When::Before) {
            return Err(lost());
        }
        let mut state = self.state.borrow_mut();
        let before = state.locked_out(&self.target);
        let result = effect(&mut state);
        let after = state.locked_out(&self.target);
        assert!(
            after.is_subset(&before),
            "{name} cut off the sign-ins of {after:?}; calls: {:?}",
            self.calls.borrow()
        );
        if fails == Some(When::After) { Err(lost()) } else { result }
    }
}
