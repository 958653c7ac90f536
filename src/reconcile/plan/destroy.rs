//! Taking a stack away: what carries our tag, and nothing else. Triggers first, so that no sign-in misses the function.

use std::collections::BTreeSet;

use crate::model::{LivePool, Pool, PoolEdit, Tags, Trigger};
use crate::reconcile::actual::Actual;
use crate::reconcile::identity::Identity;
use crate::reconcile::ownership::Ownership;

use super::Plan;
use super::change::Kind;
use super::fields;
use super::memory::removal;
use super::preserved::preserved_settings;
use super::refusal::Refusal;
use super::slots::detached;
use super::step::Step;
use super::strangers;

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
    identity: &Identity,
    actual: &Actual,
    confirmed: &Confirmed,
) -> Result<Plan, Vec<Refusal>> {
    let mut planner =
        DestroyPlanner { identity, actual, confirmed, plan: Plan::default(), refusals: vec![] };
    for (key, declared) in &identity.pools {
        match actual.pool(key) {
            Some(live) if declared.id.is_none() => planner.owned_pool(key, live),
            Some(live) => planner.adopted_pool(key, live),
            None => {}
        }
    }
    for (id, live) in &actual.undeclared {
        if identity.owns(live) {
            planner.owned_pool(id, live);
        } else {
            planner.adopted_pool(id, live);
        }
    }
    planner.function();
    planner.role();
    planner.log_group();
    let DestroyPlanner { mut plan, refusals, .. } = planner;
    plan.steps.sort_by_key(Step::stage);
    preserved_settings(&mut plan, identity, actual);
    if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
}

struct DestroyPlanner<'a> {
    identity: &'a Identity,
    actual: &'a Actual,
    confirmed: &'a Confirmed,
    plan: Plan,
    refusals: Vec<Refusal>,
}

impl DestroyPlanner<'_> {
    fn detach(&mut self, key: &str, live: &LivePool) {
        let ours = |held: &&Trigger| self.identity.is_our_function(&held.arn);
        let Some(held) = live.trigger.as_ref().filter(ours) else { return };
        match detached(self.identity, self.actual, key, live, held) {
            Ok((step, note)) => {
                self.plan.steps.push(step);
                self.plan.notes.extend(note);
            }
            Err(refusal) => self.refusals.push(refusal),
        }
    }

    fn owned_pool(&mut self, key: &str, live: &LivePool) {
        self.detach(key, live);
        let (id, name) = (live.id.clone(), live.pool.name.clone());
        let declared = self.identity.pools.get(key).and_then(|declared| declared.domain.as_ref());
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
        let tags = &self.identity.tags;
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

    /// Only what this stack made in it goes.
    fn adopted_pool(&mut self, key: &str, live: &LivePool) {
        self.detach(key, live);
        let ownership = Ownership::new(self.identity, self.actual);
        self.plan.steps.extend(removal(key, live, &ownership));
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
            if strangers::is_relied_on(self.identity, self.actual, permission) {
                let (function, statement) = (live.name.clone(), permission.statement_id.clone());
                let whom = strangers::whom(permission);
                self.refusals.push(Refusal::Relied { function, statement, whom });
                continue;
            }
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
        let ours = tags.same_stack(&self.identity.tags);
        if !ours {
            self.plan.notes.push(format!(
                "the {} `{name}` does not carry this stack's tag; left alone",
                kind.word()
            ));
        }
        ours
    }
}
