//! Taking a stack away: what carries our tag, and nothing else. Triggers first, so that no sign-in misses the function.

use std::collections::BTreeSet;

use crate::model::{LivePool, Pool, PoolEdit, Tags};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Desired, Holder, WantedPool};

use super::Plan;
use super::adopted::preserved_settings;
use super::fields;
use super::refusal::Refusal;
use super::step::{Kind, Step};

/// Which pools may be deleted although they are protected or hold users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// All of them: the emulator's.
    Everything,
    /// Those named by id.
    Pools(BTreeSet<String>),
}

impl Confirmed {
    fn covers(&self, id: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Pools(ids) => ids.contains(id),
        }
    }
}

/// Plans the removal of everything that this stack owns.
pub fn destroy(
    desired: &Desired,
    actual: &Actual,
    confirmed: &Confirmed,
) -> Result<Plan, Vec<Refusal>> {
    let mut planner =
        DestroyPlanner { desired, actual, confirmed, plan: Plan::default(), refusals: vec![] };
    for (key, wanted) in &desired.pools {
        match (&wanted.holder, actual.pool(key)) {
            (Holder::Owned(_), Some(live)) => planner.owned_pool(key, live),
            (Holder::Adopted { .. }, Some(live)) => planner.others_pool(key, wanted, live),
            (_, None) => {}
        }
    }
    for (id, live) in &actual.undeclared {
        if live.pool.tags.same_stack(&desired.tags) {
            planner.owned_pool(id, live);
        } else {
            planner.detach(id, live);
        }
    }
    planner.function();
    planner.role();
    planner.log_group();
    let DestroyPlanner { mut plan, refusals, .. } = planner;
    plan.steps.sort_by_key(Step::stage);
    preserved_settings(&mut plan, desired, actual);
    if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
}

struct DestroyPlanner<'a> {
    desired: &'a Desired,
    actual: &'a Actual,
    confirmed: &'a Confirmed,
    plan: Plan,
    refusals: Vec<Refusal>,
}

impl DestroyPlanner<'_> {
    fn detach(&mut self, key: &str, live: &LivePool) {
        if let Some(held) =
            live.trigger.as_ref().filter(|held| self.desired.is_our_function(&held.arn))
        {
            let previous = self.actual.previous(&live.id, &self.desired.tags);
            let (pool, held) = (key.to_owned(), held.clone());
            self.plan.steps.push(Step::ClearTrigger { pool, held, previous });
        }
    }

    fn owned_pool(&mut self, key: &str, live: &LivePool) {
        self.detach(key, live);
        let (id, name) = (live.id.clone(), live.pool.name.clone());
        let declared = self.desired.pools.get(key).and_then(|wanted| wanted.domain.as_ref());
        if let Some(domain) = live.domain.as_ref().filter(|domain| declared != Some(*domain)) {
            return self.refusals.push(Refusal::PoolHasDomain { id, domain: domain.clone() });
        }
        let mut reasons = vec![];
        if live.pool.deletion_protection {
            reasons.push("is protected from deletion");
        }
        // Whoever gave it a lifetime agreed that its users go with it.
        if self.actual.populated.contains(&id) && live.pool.tags.expires().is_none() {
            reasons.push("holds users");
        }
        if !reasons.is_empty() && !self.confirmed.covers(&id) {
            let reason = reasons.join(" and ");
            return self.refusals.push(Refusal::PoolNeedsConfirmation { name, id, reason });
        }
        self.unprotect(key, live);
        let domain = live
            .domain
            .iter()
            .map(|domain| Step::DeleteDomain { pool: key.to_owned(), domain: domain.clone() });
        self.plan.steps.extend(domain);
        self.plan.steps.push(Step::DeletePool { key: key.to_owned(), id, name });
    }

    /// Takes the protection off, and gives back lost tags: whatever happens next, the pool is still known as ours.
    fn unprotect(&mut self, key: &str, live: &LivePool) {
        let tags = &self.desired.tags;
        let known = live.pool.tags.same_stack(tags);
        let wanted = Pool {
            deletion_protection: false,
            tags: if known { Tags::default() } else { tags.clone() },
            ..live.pool.clone()
        };
        let seen = Pool { tags: live.pool.tags.only(&wanted.tags), ..live.pool.clone() };
        let edit = PoolEdit {
            deletion_protection: seen.deletion_protection.then_some(false),
            tags: (!known).then(|| tags.clone()),
            ..PoolEdit::default()
        };
        if edit != PoolEdit::default() {
            let fields = fields::diff(&fields::pool(&seen), &fields::pool(&wanted));
            let (key, name) = (key.to_owned(), live.pool.name.clone());
            self.plan.steps.push(Step::UpdatePool { key, name, edit, fields });
        }
    }

    /// Only what this stack made in it goes: clients and resource servers of our names.
    fn others_pool(&mut self, key: &str, wanted: &WantedPool, live: &LivePool) {
        self.detach(key, live);
        let pool = || key.to_owned();
        for wanted in wanted.clients.values().filter(|client| client.id.is_none()) {
            for (id, client) in
                live.clients.iter().filter(|(_, client)| client.name == wanted.client.name)
            {
                let (id, name) = (id.clone(), client.name.clone());
                self.plan.steps.push(Step::DeleteClient { pool: pool(), id, name });
            }
        }
        for server in wanted.resource_servers.values() {
            if live
                .resource_servers
                .get(&server.identifier)
                .is_some_and(|live| self.desired.is_our_name(&live.name))
            {
                let identifier = server.identifier.clone();
                self.plan.steps.push(Step::DeleteResourceServer { pool: pool(), identifier });
            }
        }
    }

    /// The function takes its versions and its alias along; permissions are shown because they are resources of ours.
    fn function(&mut self) {
        let Some(live) = &self.actual.function else { return };
        if !self.ours(Kind::Function, &live.name, &live.tags) {
            return;
        }
        for permission in
            self.actual.permissions.iter().filter(|permission| permission.is_for_cognito())
        {
            let (function, permission) = (live.name.clone(), permission.clone());
            self.plan.steps.push(Step::Revoke { function, permission, in_the_way: false });
        }
        self.plan.steps.push(Step::DeleteFunction { name: live.name.clone() });
    }

    fn role(&mut self) {
        let Some(live) = &self.actual.role else { return };
        if self.ours(Kind::Role, &live.name, &live.tags) {
            self.plan.steps.push(Step::DeleteRole(live.clone()));
        }
    }

    fn log_group(&mut self) {
        let Some(live) = &self.actual.log_group else { return };
        if self.ours(Kind::LogGroup, &live.name, &live.tags) {
            self.plan.steps.push(Step::DeleteLogGroup { name: live.name.clone() });
        }
    }

    fn ours(&mut self, kind: Kind, name: &str, tags: &Tags) -> bool {
        let ours = tags.same_stack(&self.desired.tags);
        if !ours {
            self.plan.notes.push(format!(
                "the {} `{name}` does not carry this stack's tag; left alone",
                kind.word()
            ));
        }
        ours
    }
}
