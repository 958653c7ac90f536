//! The pre token generation slots: set, taken over, emptied, given back; and what our function remembers of them.

use crate::model::tags::previous_trigger;
use crate::model::{LivePool, Obstacle, Tags, Trigger};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Holder;
use crate::reconcile::identity::Identity;

use super::converge::Planner;
use super::fields;
use super::fields::FieldChange;
use super::memory::removal;
use super::refusal::Refusal;
use super::step::Step;
use super::strangers;

impl Planner<'_> {
    pub(super) fn triggers(&mut self) {
        let wanted = self.desired.trigger();
        for (key, pool) in &self.desired.pools {
            let held = self.actual.pool(key).and_then(|live| live.trigger.as_ref());
            if held == Some(&wanted) {
                self.unchanged();
                continue;
            }
            self.must_work(key, &wanted);
            let adopts = self.taken(key).is_some();
            if let (Holder::Adopted { id }, Some(held), true) = (&pool.holder, held, adopts) {
                if !self.desired.consent.take_over {
                    let (id, arn, version) = (id.clone(), held.arn.clone(), held.version.clone());
                    self.refusals.push(Refusal::SlotTaken { id, arn, version });
                    continue;
                }
                self.plan.notes.push(taken_over(id, held, &wanted));
            }
            let before = held.map(fields::trigger).unwrap_or_default();
            let fields = fields::diff(&before, &fields::trigger(&wanted));
            let (pool, trigger) = (key.clone(), wanted.clone());
            self.step(Step::SetTrigger { pool, trigger, adopts, fields });
        }
    }

    /// What this run will not mend must not come into a slot: a function that is turned off, or that nobody can look at.
    fn must_work(&mut self, key: &str, wanted: &Trigger) {
        let Some(live) = self.actual.pool(key) else { return };
        let obstacle = self.actual.obstacle(&self.desired.identity, &live.id, &wanted.arn);
        let stays =
            |it: &Obstacle| matches!(it, Obstacle::Throttled { .. } | Obstacle::Unseen { .. });
        if let Some(obstacle) = obstacle.filter(stays) {
            self.refusals.push(Refusal::Unusable { id: live.id.clone(), obstacle });
        }
    }

    /// What others have in the slot of a pool of theirs.
    fn taken(&self, key: &str) -> Option<(&str, &Trigger)> {
        let Holder::Adopted { id } = &self.desired.pools.get(key)?.holder else { return None };
        let held = self.actual.pool(key)?.trigger.as_ref()?;
        (!self.desired.identity.is_our_function(&held.arn)).then_some((id.as_str(), held))
    }

    /// The tags of a function that remembers what it displaces. They are written before any slot is.
    pub(super) fn previous_triggers(&self) -> Tags {
        let taken = self.desired.pools.keys().filter_map(|key| self.taken(key));
        Tags(
            taken
                .map(|(id, held)| (previous_trigger::key(id), previous_trigger::text(held)))
                .collect(),
        )
    }

    /// Pools that were declared once: their sign-ins must not reach a function that may no longer be invoked.
    pub(super) fn undeclared_pools(&mut self) {
        for (id, live) in &self.actual.undeclared {
            match &live.trigger {
                Some(held)
                    if self.desired.identity.is_our_function(&held.arn)
                        && !strangers::holds(&self.desired.identity, self.actual, id) =>
                {
                    match detached(&self.desired.identity, self.actual, id, live, held) {
                        Ok((step, note)) => {
                            self.step(step);
                            self.plan.notes.extend(note);
                        }
                        Err(refusal) => self.refusals.push(refusal),
                    }
                }
                _ => {}
            }
            if self.desired.identity.owns(live) {
                let note = format!(
                    "the pool `{}` ({id}) is no longer declared; it stays until `destroy`",
                    live.pool.name
                );
                self.plan.notes.push(note);
            } else {
                self.plan.steps.extend(removal(id, live, &self.ownership));
            }
        }
        self.forget();
    }

    /// What is remembered of pools that are no longer declared goes once it was given back.
    fn forget(&mut self) {
        let Some(function) = &self.actual.function else { return };
        let declared = |id: &str| {
            let holders = self.desired.pools.values().map(|pool| &pool.holder);
            holders
                .into_iter()
                .any(|holder| matches!(holder, Holder::Adopted { id: it } if it == id))
        };
        let stale: Vec<String> = previous_trigger::pools(&function.tags)
            .filter(|id| !declared(id))
            .map(previous_trigger::key)
            .collect();
        if stale.is_empty() || !function.tags.same_stack(&self.desired.identity.tags) {
            return;
        }
        let gone = |key: &String| {
            let value = function.tags.0.get(key).map(String::as_str);
            FieldChange::removed(&format!("tags.{key}"), value.into())
        };
        let fields = stale.iter().map(gone).collect();
        self.step(Step::Forget { function: function.name.clone(), tags: stale, fields });
    }
}

/// The step that empties a slot, or gives it back to what stood there before if that can still be invoked; and what
/// there is to say about it.
pub(super) fn detached(
    identity: &Identity,
    actual: &Actual,
    key: &str,
    live: &LivePool,
    held: &Trigger,
) -> Result<(Step, Option<String>), Refusal> {
    let previous = actual.previous(&live.id, &identity.tags);
    let obstacle = previous.as_ref().and_then(|it| actual.obstacle(identity, &live.id, &it.arn));
    let (previous, withheld) = match (previous, obstacle) {
        (Some(_), Some(obstacle)) if !obstacle.is_certain() => {
            return Err(Refusal::Unusable { id: live.id.clone(), obstacle });
        }
        (Some(previous), Some(obstacle)) => (None, Some(withheld(&live.id, &previous, &obstacle))),
        (previous, _) => (previous, None),
    };
    let (pool, held, note) = (key.to_owned(), held.clone(), withheld.clone());
    Ok((Step::ClearTrigger { pool, held, previous, withheld }, note))
}

/// What is said of a trigger that cannot come back.
pub(crate) fn withheld(pool_id: &str, previous: &Trigger, obstacle: &Obstacle) -> String {
    let Trigger { arn, version, .. } = previous;
    format!(
        "the previous trigger {arn} ({version}) of the pool `{pool_id}` is not given back, and the slot stays empty: {obstacle}; once that is mended, put it back yourself, in the Cognito console under Extensions"
    )
}

fn taken_over(id: &str, held: &Trigger, wanted: &Trigger) -> String {
    let moves = if held.version == wanted.version {
        String::new()
    } else {
        let field = if held.legacy { " (the legacy field)" } else { "" };
        format!(" and moves it from {}{field} to {}", held.version, wanted.version)
    };
    format!(
        "this takes the slot of the pool `{id}` from {}{moves}; sign-ins no longer call that function, until `destroy` gives the slot back",
        held.arn
    )
}
