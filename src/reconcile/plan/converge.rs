//! From what was seen to what is wanted. The order of the statements in [`converge`] is the order of the plan.

use std::collections::BTreeMap;

use crate::model::aws_api::{self, DeclaredSettings};
use crate::model::{
    Function, FunctionEdit, Ids, LivePool, Permission, Pool, PoolEdit, Role, RoleEdit, Settings,
    Tags,
};
use crate::reconcile::actual::{Actual, Found};
use crate::reconcile::desired::{Desired, Holder, WantedPool};
use crate::reconcile::ownership::Ownership;

use super::Plan;
use super::broken;
use super::change::Kind;
use super::declared;
use super::fields;
use super::fields::LATER;
use super::other_triggers;
use super::owners;
use super::preserved::preserved_settings;
use super::refusal::Refusal;
use super::step::Step;
use super::strangers;

/// Plans every step from `actual` to `desired`, or returns every reason not to.
pub fn converge(desired: &Desired, actual: &Actual) -> Result<Plan, Vec<Refusal>> {
    let mut planner = Planner {
        desired,
        actual,
        ownership: Ownership::new(&desired.identity, actual),
        ids: actual.ids(&desired.identity),
        plan: Plan::default(),
        refusals: vec![],
    };
    planner.log_group();
    planner.role();
    for (key, wanted) in &desired.pools {
        planner.pool(key, wanted);
    }
    planner.function();
    planner.release();
    planner.permissions();
    planner.triggers();
    planner.undeclared_pools();
    planner.forget_what_is_gone();
    planner.plan.notes.extend(owners::of_stack(desired, actual));
    let Planner { mut plan, refusals, .. } = planner;
    plan.notes.splice(0..0, broken::notes(&desired.identity, actual));
    plan.steps.sort_by_key(Step::stage);
    preserved_settings(&mut plan, &desired.identity, actual);
    if refusals.is_empty() { Ok(plan) } else { Err(refusals) }
}

/// A plan in the making. The slots, and what stands in pools, have files of their own.
pub(super) struct Planner<'a> {
    pub(super) desired: &'a Desired,
    pub(super) actual: &'a Actual,
    pub(super) ownership: Ownership<'a>,
    ids: Ids,
    pub(super) plan: Plan,
    pub(super) refusals: Vec<Refusal>,
}

impl Planner<'_> {
    pub(super) fn step(&mut self, step: Step) {
        self.plan.steps.push(step);
    }

    pub(super) fn unchanged(&mut self) {
        self.plan.unchanged += 1;
    }

    /// Refuses a resource of our name that carries no tag of this stack.
    fn owned(&mut self, kind: Kind, name: &str, tags: &Tags) -> bool {
        let ours = tags.same_stack(&self.desired.identity.tags);
        if !ours {
            self.refusals.push(not_ours(kind, name, tags, &self.desired.identity.tags));
        }
        ours
    }

    fn log_group(&mut self) {
        let mut wanted = self.desired.log_group.clone();
        wanted.tags.0.extend(self.memory_of_adopted().0);
        let Some(live) = &self.actual.log_group else {
            return self.step(Step::CreateLogGroup(wanted));
        };
        if !self.owned(Kind::LogGroup, &live.name, &live.tags) {
            return;
        }
        let live = live.only(&wanted);
        if live == wanted {
            return self.unchanged();
        }
        let fields = fields::diff(&fields::log_group(&live), &fields::log_group(&wanted));
        self.step(Step::UpdateLogGroup { group: wanted, fields });
    }

    fn role(&mut self) {
        let wanted = &self.desired.role;
        let Some(live) = &self.actual.role else {
            return self.step(Step::CreateRole(wanted.clone()));
        };
        if !self.owned(Kind::Role, &live.name, &live.tags) {
            return;
        }
        // A boundary is never taken away: somebody else may have set it.
        let declared = wanted.permissions_boundary.is_some();
        let live = Role {
            tags: live.tags.only(&wanted.tags),
            permissions_boundary: live.permissions_boundary.clone().filter(|_| declared),
            ..live.clone()
        };
        if live == *wanted {
            return self.unchanged();
        }
        let fields = fields::diff(&fields::role(&live), &fields::role(wanted));
        self.step(Step::UpdateRole {
            name: wanted.name.clone(),
            edit: role_edit(&live, wanted),
            fields,
        });
    }

    fn pool(&mut self, key: &str, wanted: &WantedPool) {
        let found = self.actual.pools.get(key).unwrap_or(&Found::Nothing);
        match (&wanted.holder, found) {
            (Holder::Owned(pool), Found::Nothing) => {
                let mut pool = pool.clone();
                let memory = self.ownership.to_remember(wanted, None);
                pool.tags.0.extend(memory.on_own(&Tags::default()).0);
                let nothing = DeclaredSettings::new();
                self.plan.notes.extend(other_triggers::note(key, &pool.settings, &nothing));
                self.step(Step::CreatePool { key: key.to_owned(), pool });
                self.domain(key, wanted, None);
                self.contents(key, wanted, None);
            }
            (Holder::Owned(_), Found::Pool(live)) => {
                let memory = self.ownership.to_remember(wanted, Some(live));
                let Some(mut pool) = wanted.once_made() else { return };
                pool.tags.0.extend(memory.on_own(&live.pool.tags).0);
                self.pool_settings(key, &pool, live);
                self.domain(key, wanted, Some(live));
                self.contents(key, wanted, Some(live));
            }
            (Holder::Owned(pool), Found::Unmanaged(ids)) => {
                self.refusals.push(Refusal::PoolOfOurName {
                    name: pool.name.clone(),
                    ids: ids.clone(),
                    tag: stack_tag(&self.desired.identity.tags),
                });
            }
            (Holder::Owned(pool), Found::Several(ids)) => {
                self.refusals
                    .push(Refusal::SeveralPools { name: pool.name.clone(), ids: ids.clone() });
            }
            (Holder::Adopted { .. }, Found::Pool(live)) => {
                self.adopted(key, live);
                self.contents(key, wanted, Some(live));
            }
            (Holder::Adopted { id }, _) => {
                self.refusals.push(Refusal::NoSuchPool { key: key.to_owned(), id: id.clone() });
            }
        }
    }

    fn pool_settings(&mut self, key: &str, wanted: &Pool, live: &LivePool) {
        let seen = declared::seen(wanted, &live.pool);
        self.fixed(key, wanted, &seen);
        if seen == *wanted {
            return self.unchanged();
        }
        let settings = declared::changed(&seen.settings, &wanted.settings);
        let edit = PoolEdit {
            settings: aws_api::with_company(settings, &wanted.settings),
            attributes: declared::added(&seen.attributes, &wanted.attributes),
            name: changed(&seen.name, &wanted.name),
            tier: changed(&seen.tier, &wanted.tier),
            deletion_protection: changed(&seen.deletion_protection, &wanted.deletion_protection),
            tags: changed(&seen.tags, &wanted.tags),
        };
        self.plan.notes.extend(other_triggers::note(key, &wanted.settings, &seen.settings));
        let fields = fields::diff(&fields::pool(&seen), &fields::pool(wanted));
        self.step(Step::UpdatePool {
            key: key.to_owned(),
            name: wanted.name.clone(),
            edit,
            fields,
        });
    }

    /// What AWS decides when a pool is made cannot be repaired.
    fn fixed(&mut self, key: &str, wanted: &Pool, seen: &Pool) {
        for (path, before, after) in declared::fixed(wanted, seen) {
            self.refusals.push(Refusal::Fixed { key: key.to_owned(), path, before, after });
        }
    }

    /// A domain that is not declared is left alone: whoever made it uses its addresses.
    fn domain(&mut self, key: &str, wanted: &WantedPool, live: Option<&LivePool>) {
        let Some(domain) = &wanted.domain else { return };
        match live.and_then(|live| Some((&live.id, live.domain.as_ref()?))) {
            None => {
                let (pool, domain) = (key.to_owned(), domain.clone());
                self.step(Step::CreateDomain { pool, domain });
            }
            Some((_, seen)) if seen == domain => self.unchanged(),
            Some((id, seen)) => self.refusals.push(Refusal::OtherDomain {
                id: id.clone(),
                domain: seen.clone(),
                wanted: domain.clone(),
            }),
        }
    }

    fn function(&mut self) {
        let mut wanted = self.desired.function.clone();
        wanted.tags.0.extend(self.previous_triggers().0);
        let Some(live) = &self.actual.function else {
            return self.step(Step::CreateFunction(wanted));
        };
        if !self.owned(Kind::Function, &live.name, &live.tags) {
            return;
        }
        let (settings, shown) = self.settings();
        let (seen, latest) = (live.tags.only(&wanted.tags), &live.settings);
        let live = &Function {
            settings: live.settings.only(&settings),
            reserved_concurrency: wanted.reserved_concurrency.and(live.reserved_concurrency),
            ..live.clone()
        };
        let edit = FunctionEdit {
            code: live.settings.code_sha256 != settings.code_sha256
                || live.settings.architecture != settings.architecture,
            settings: {
                let mut seen = live.settings.clone();
                seen.code_sha256.clone_from(&settings.code_sha256);
                seen.architecture = settings.architecture;
                seen != settings
            },
            concurrency: live.reserved_concurrency != wanted.reserved_concurrency,
            tags: seen != wanted.tags,
        };
        if edit == FunctionEdit::default() {
            return self.unchanged();
        }
        let mut before = live.clone();
        before.tags = seen;
        wanted.settings = shown;
        let fields = fields::diff(&fields::function(&before), &fields::function(&wanted));
        wanted.settings = self.desired.function.settings.clone();
        self.step(Step::UpdateFunction {
            function: wanted,
            seen: Box::new(latest.clone()),
            edit,
            fields,
        });
    }

    /// The settings wanted, as far as ids are known, and the same as a plan shows them.
    pub(super) fn settings(&self) -> (Settings, Settings) {
        let settings = self.desired.settings(&self.ids);
        let mut shown = settings.clone();
        if self.desired.all_known(&self.ids) {
            return (settings, shown);
        }
        shown.environment.insert(trigger::IDS_VARIABLE.to_owned(), LATER.to_owned());
        (shown.clone(), shown)
    }

    fn permissions(&mut self) {
        let wanted: BTreeMap<String, Permission> = self
            .ids
            .pools
            .iter()
            .map(|(key, id)| (key.clone(), self.desired.identity.permission(id)))
            .collect();
        let mut kept = vec![];
        for key in self.desired.pools.keys() {
            if let Some(seen) = wanted.get(key).and_then(|wanted| granted(self.actual, wanted)) {
                kept.push(seen);
                self.unchanged();
            } else {
                let function = self.desired.function.name.clone();
                self.step(Step::Grant { function, pool: key.clone() });
            }
        }
        for seen in &self.actual.permissions {
            if strangers::is_relied_on(&self.desired.identity, self.actual, seen) {
                self.plan.notes.push(strangers::note(&self.desired.identity, seen));
            } else if !kept.contains(&seen) && seen.is_for_cognito() {
                let function = self.desired.function.name.clone();
                let in_the_way =
                    wanted.values().any(|wanted| wanted.statement_id == seen.statement_id);
                self.step(Step::Revoke { function, permission: seen.clone(), in_the_way });
            }
        }
    }
}

/// The statement that grants this: our own, or one of another engine, which invents the id.
fn granted<'a>(actual: &'a Actual, wanted: &Permission) -> Option<&'a Permission> {
    let same = |seen: &&Permission| {
        Permission { statement_id: wanted.statement_id.clone(), ..(*seen).clone() } == *wanted
    };
    let own = actual.permissions.iter().find(|seen| *seen == wanted);
    own.or_else(|| actual.permissions.iter().find(same))
}

pub(super) fn changed<T: PartialEq + Clone>(seen: &T, wanted: &T) -> Option<T> {
    (seen != wanted).then(|| wanted.clone())
}

fn role_edit(live: &Role, wanted: &Role) -> RoleEdit {
    let put = wanted
        .policies
        .iter()
        .filter(|(name, document)| live.policies.get(*name) != Some(document));
    RoleEdit {
        trust: changed(&live.trust, &wanted.trust),
        put: put.map(|(name, document)| (name.clone(), document.clone())).collect(),
        remove: live
            .policies
            .keys()
            .filter(|name| !wanted.policies.contains_key(*name))
            .cloned()
            .collect(),
        attach: wanted.attached.difference(&live.attached).cloned().collect(),
        detach: live.attached.difference(&wanted.attached).cloned().collect(),
        permissions_boundary: changed(&live.permissions_boundary, &wanted.permissions_boundary)
            .flatten(),
        tags: changed(&live.tags, &wanted.tags),
    }
}

pub(super) fn not_ours(kind: Kind, name: &str, tags: &Tags, stack: &Tags) -> Refusal {
    let owner = tags.owner().map(|(name, region)| match region {
        Some(region) if Some(name) == stack.stack() => format!("{name} in {region}"),
        _ => name.to_owned(),
    });
    Refusal::NotOurs { kind, name: name.to_owned(), owner, tag: stack_tag(stack) }
}

fn stack_tag(stack: &Tags) -> String {
    format!("{}={}", Tags::STACK, stack.stack().unwrap_or_default())
}
