//! An AWS that fits in memory: a world with state, which refuses what AWS refuses and can lose any answer.
//!
//! As unkind as the real one: names of pools and clients are not unique, a function needs its role, an alias its version,
//! a permission its alias, a protected pool stays. One thing more: after every call, each pool's slot is empty or works,
//! unless somebody else broke it before; the world panics otherwise, because that is what this program must never do.

mod beside;
mod function;
mod identity_providers;
mod pool_settings;
mod read;
mod scopes;
mod write;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use pretoken::cloud::{CloudError, LogEvent, Result};
use pretoken::model::{
    Function, LivePool, LogGroup, Permission, Role, Routing, Settings, Tags, Target, TemporaryUser,
};
use pretoken::model::{InvocationTarget, tags::made::Memory};
use pretoken::user::{Consent, Progress, User};
use serde_json::Value;
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
    async fn confirm(&self, _: &str) -> Consent {
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
    /// Functions of others, by the ARN that a slot names.
    pub others: BTreeMap<String, InvocationTarget>,
    pub pools: BTreeMap<String, LivePool>,
    pub users: BTreeSet<String>,
    /// Users that proofs made, by pool.
    pub temporary: BTreeSet<(String, TemporaryUser)>,
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

/// There is one of this name already.
fn exists() -> CloudError {
    CloudError::Exists {
        operation: "world:Create".to_owned(),
        code: "AlreadyExistsException".to_owned(),
        message: "refused by the world".to_owned(),
        request_id: None,
    }
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

    /// What can be invoked by this ARN.
    pub(crate) fn invocation_target(&self, target: &Target, arn: &str) -> Option<InvocationTarget> {
        let ours = |(name, function): (&String, &Functions)| {
            let is_it = arn == target.alias_arn(name) && function.alias.is_some();
            is_it.then(|| InvocationTarget {
                state: "Active".to_owned(),
                reserved_concurrency: function.latest.reserved_concurrency,
                policy: function.policy.clone(),
            })
        };
        self.others.get(arn).cloned().or_else(|| self.functions.iter().find_map(ours))
    }

    /// Ids of the pools at which a sign-in fails: they name a function that is not there, does not run, or that they may
    /// not invoke. In this world there are no patterns: a statement names a pool, or means all of them.
    fn locked_out(&self, target: &Target) -> BTreeSet<String> {
        let lets_in = |pool: &LivePool, grant: &Permission| {
            let is_or_absent =
                |named: &Option<String>, is: &String| named.iter().all(|it| it == is);
            is_or_absent(&grant.source_arn, &target.pool_arn(&pool.id))
                && is_or_absent(&grant.source_account, &target.account)
        };
        let works = |pool: &LivePool, arn: &str| {
            self.invocation_target(target, arn).is_some_and(|function| {
                function.state == "Active"
                    && function.reserved_concurrency != Some(0)
                    && function.policy.iter().any(|grant| lets_in(pool, grant))
            })
        };
        let broken =
            |pool: &&LivePool| pool.trigger.as_ref().is_some_and(|held| !works(pool, &held.arn));
        self.pools.values().filter(broken).map(|pool| pool.id.clone()).collect()
    }

    /// The world without what AWS invents: ids become names, versions become what they froze.
    pub fn portable(&self) -> String {
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
            let latest = std::iter::once(&mut function.latest.settings);
            latest.chain(function.versions.values_mut()).for_each(in_order);
            // Statement ids are digests of pool ids.
            function.policy.iter_mut().for_each(|grant| grant.statement_id.clear());
            function.policy.sort();
        }
        // That a client took the place of another is history.
        for pool in clone.pools.values_mut() {
            let memory = Memory::of_own(&pool.pool.tags);
            let left = memory.without_replacements().on_own(&Tags::default());
            pool.pool.tags.0.retain(|key, _| !key.starts_with("pretoken:made"));
            pool.pool.tags.0.extend(left.0);
            // So is the order in which settings came.
            let mut settings = Value::Object(std::mem::take(&mut pool.pool.settings));
            settings.sort_all_objects();
            pool.pool.settings.extend(settings.as_object().cloned().unwrap_or_default());
            let clients = std::mem::take(&mut pool.clients).into_iter();
            pool.clients = clients.map(|(id, it)| (format!("{}/{id}", it.name), it)).collect();
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

/// Ids in the order of what they stand for: which was made first is history.
fn in_order(settings: &mut Settings) {
    let Some(text) = settings.environment.get_mut(trigger::IDS_VARIABLE) else { return };
    let Ok(ids) = trigger::Ids::from_json(text) else { return };
    let pools: BTreeSet<_> = ids.pools.iter().map(|(id, key)| (key, id)).collect();
    let clients: BTreeSet<_> = ids.clients.iter().map(|(id, key)| (key, id)).collect();
    *text = format!("{pools:?} {clients:?}");
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

    /// One mutating call: counted, possibly failing before or after, never locking anyone out. What was broken already may
    /// stay so, but nobody points a pool at something else that is broken.
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
        let broken = |state: &State| -> BTreeSet<(String, Option<String>)> {
            let held = |id: String| {
                let arn = state.pools[&id].trigger.as_ref().map(|held| held.arn.clone());
                (id, arn)
            };
            state.locked_out(&self.target).into_iter().map(held).collect()
        };
        let before = broken(&state);
        let result = effect(&mut state);
        let after = broken(&state);
        assert!(
            after.is_subset(&before),
            "{name} cut off the sign-ins of {after:?}; calls: {:?}",
            self.calls.borrow()
        );
        if fails == Some(When::After) { Err(lost()) } else { result }
    }
}
