//! What a plan remembers of what it makes, before it makes it, and forgets of what is gone, after it is gone.

use super::Plan;
use super::converge::Planner;
use super::fields;
use super::step::Step;
use crate::model::tags::made::Made;
use crate::model::{LivePool, LogGroup, Tags};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Desired, Holder, WantedPool};
use crate::reconcile::ownership::{Ownership, contents};

impl Planner<'_> {
    /// The tags of a log group that remembers what is made in adopted pools.
    pub(super) fn memory_of_adopted(&self) -> Tags {
        let current = self.log_group_tags();
        let of = |(key, wanted): (&String, &WantedPool)| {
            let Holder::Adopted { id } = &wanted.holder else { return Tags::default() };
            let memory = self.ownership.to_remember(wanted, self.actual.pool(key));
            memory.on_log_group(id, &current)
        };
        Tags(self.desired.pools.iter().flat_map(|pool| of(pool).0).collect())
    }

    fn log_group_tags(&self) -> Tags {
        let group = self.actual.log_group.as_ref();
        let ours = group.filter(|group| group.tags.same_stack(&self.desired.identity.tags));
        ours.map(|group| group.tags.clone()).unwrap_or_default()
    }

    /// After everything else: what this plan removes is no longer remembered.
    pub(super) fn forget_what_is_gone(&mut self) {
        let mut on_log_group = Tags::default();
        let current = self.log_group_tags();
        let (desired, actual) = (self.desired, self.actual);
        for (key, live) in pools(desired, actual) {
            let wanted = desired.pools.get(&key);
            let known = match wanted {
                Some(wanted) => self.ownership.to_remember(wanted, Some(live)),
                None => self.ownership.remembered(live),
            };
            let left = known.without(going(&self.plan, &key, live).into_iter());
            // A run that was cut off removed it, and did not come to forgetting it.
            let left = if wanted.is_none() { left.only(contents(live)) } else { left };
            if left == known {
                continue;
            }
            if wanted.map_or(desired.identity.owns(live), WantedPool::is_owned) {
                let tags = left.on_own(&live.pool.tags);
                let before = Tags(known.on_own(&live.pool.tags).0);
                let fields = fields::diff(&fields::tag_fields(&before), &fields::tag_fields(&tags));
                self.step(Step::ForgetOnPool { key, tags, fields });
            } else {
                on_log_group.0.extend(left.on_log_group(&live.id, &current).0);
            }
        }
        self.forget_on_log_group(on_log_group);
    }

    fn forget_on_log_group(&mut self, tags: Tags) {
        if tags.0.is_empty() {
            return;
        }
        let before =
            Tags(self.memory_of_adopted().0.into_iter().chain(self.log_group_tags().0).collect());
        let fields =
            fields::diff(&fields::tag_fields(&before.only(&tags)), &fields::tag_fields(&tags));
        let mut group: LogGroup = self.desired.log_group.clone();
        group.tags.0.extend(tags.0);
        self.step(Step::ForgetOnLogGroup { group, fields });
    }
}

/// Declared pools by key, others by id.
fn pools<'a>(desired: &Desired, actual: &'a Actual) -> Vec<(String, &'a LivePool)> {
    let keys = desired.pools.keys();
    let declared = keys.filter_map(|key| Some((key.clone(), actual.pool(key)?)));
    let undeclared = actual.undeclared.iter().map(|(id, live)| (id.clone(), live));
    declared.chain(undeclared).collect()
}

/// What of a pool the plan removes.
fn going<'a>(plan: &Plan, key: &str, live: &'a LivePool) -> Vec<Made<'a>> {
    let goes = |made: &Made<'_>| {
        plan.steps.iter().any(|step| match (step, made) {
            (Step::DeleteClient { pool, name, .. }, Made::Client(it))
            | (Step::DeleteGroup { pool, name }, Made::Group(it))
            | (Step::DeleteIdentityProvider { pool, name }, Made::IdentityProvider(it)) => {
                pool == key && name == it
            }
            (Step::DeleteResourceServer { pool, identifier }, Made::ResourceServer(it)) => {
                pool == key && identifier == it
            }
            _ => false,
        })
    };
    contents(live).filter(goes).collect()
}

/// Removes everything in an adopted pool that this stack made.
pub(super) fn removal(key: &str, live: &LivePool, ownership: &Ownership<'_>) -> Vec<Step> {
    let pool = || key.to_owned();
    let memory = &ownership.remembered(live);
    let ours = |id: &String, name: &String| ownership.made_client(live, memory, name, id);
    let clients = live.clients.iter().filter(|(id, client)| ours(id, &client.name));
    let clients = clients.map(|(id, client)| {
        let (id, name) = (id.clone(), client.name.clone());
        Step::DeleteClient { pool: pool(), id, name }
    });
    let servers = live.resource_servers.keys();
    let servers = servers.filter(|it| memory.knows(Made::ResourceServer(it)));
    let servers = servers.map(|identifier| Step::DeleteResourceServer {
        pool: pool(),
        identifier: identifier.clone(),
    });
    let groups = live.groups.keys().filter(|name| memory.knows(Made::Group(name)));
    let groups = groups.map(|name| Step::DeleteGroup { pool: pool(), name: name.clone() });
    let users = ownership.temporary_users(live).map(|user| Step::DeleteUser {
        pool: pool(),
        username: user.username.clone(),
        shown: user.shown.clone(),
    });
    clients.chain(servers).chain(groups).chain(users).collect()
}
