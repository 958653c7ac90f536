//! Pools of other people: what their feature plan allows, whose hands they are in, and what a write to them carries unchanged.

use serde::Serialize;

use crate::model::{LivePool, PoolEdit, ResourceServer};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::{Desired, Holder, WantedPool};

use super::converge::Planner;
use super::fields::FieldChange;
use super::refusal::Refusal;
use super::step::Step;
use super::{Plan, owners};

const LITE: &str = "LITE";
const ESSENTIALS: &str = "ESSENTIALS";

/// What a write to a pool of other people leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreservedSettings {
    /// Its key, or its id if it is not declared.
    pub pool: String,
    /// Names of the other triggers.
    pub triggers: Vec<String>,
    /// Names of the settings.
    pub settings: Vec<String>,
    /// Names of settings that this version of pretoken does not know; they are carried as they stand.
    pub unknown: Vec<String>,
    /// What AWS describes but does not take back beside the rest, with its value.
    pub left_out: Vec<String>,
}

impl PreservedSettings {
    /// `3 other triggers, 17 settings`.
    #[must_use]
    pub fn text(&self) -> String {
        let count = |number: usize, what: &str| {
            format!("{number} {what}{}", if number == 1 { "" } else { "s" })
        };
        let mut parts = vec![
            count(self.triggers.len(), "other trigger"),
            count(self.settings.len(), "setting"),
        ];
        if !self.unknown.is_empty() {
            let unknown = count(self.unknown.len(), "setting");
            parts.push(format!(
                "{unknown} that this version does not know ({})",
                self.unknown.join(", ")
            ));
        }
        parts.join(", ")
    }
}

impl Planner<'_> {
    pub(super) fn adopted(&mut self, key: &str, live: &LivePool) {
        self.plan.notes.extend(owners::note(live, &self.desired.trigger()));
        if live.pool.tier != LITE {
            return;
        }
        let (id, version) = (live.id.clone(), self.desired.event_version.clone());
        if self.desired.consent.change_tier {
            self.change_tier(key, live);
        } else if live.threat_protection && version == "V2_0" {
            self.plan.notes.push(format!(
                "the pool `{id}` is on LITE with threat protection: AWS lets it have V2_0 triggers if it was so before 22 November 2024"
            ));
        } else {
            self.refusals.push(Refusal::LitePool { id, version });
        }
    }

    /// Whether a thing of this name, in this pool, was made by somebody else.
    pub(super) fn is_of_others(&self, pool: &WantedPool, name: &str) -> bool {
        matches!(pool.holder, Holder::Adopted { .. }) && !self.desired.is_our_name(name)
    }

    /// It stays as it is, and must have the scopes that are declared.
    pub(super) fn server_of_others(
        &mut self,
        pool: &str,
        wanted: &ResourceServer,
        seen: &ResourceServer,
    ) {
        let missing = wanted.scopes.keys().filter(|scope| !seen.scopes.contains_key(*scope));
        let missing: Vec<String> = missing.cloned().collect();
        if missing.is_empty() {
            return self.unchanged();
        }
        let (pool, identifier) = (pool.to_owned(), wanted.identifier.clone());
        self.refusals.push(Refusal::ServerOfOthers { pool, identifier, missing });
    }

    fn change_tier(&mut self, key: &str, live: &LivePool) {
        let edit = PoolEdit { tier: Some(ESSENTIALS.to_owned()), ..PoolEdit::default() };
        let field =
            FieldChange { path: "tier".to_owned(), before: LITE.into(), after: ESSENTIALS.into() };
        let (key, name) = (key.to_owned(), live.pool.name.clone());
        self.step(Step::UpdatePool { key, name, edit, fields: vec![field] });
        self.plan.notes.push(format!(
            "this moves the pool `{}` from LITE to ESSENTIALS, which bills every monthly active user at a higher price; `destroy` does not move it back",
            live.id
        ));
    }
}

/// Adds what the plan's writes to pools of other people keep.
pub(super) fn preserved_settings(plan: &mut Plan, desired: &Desired, actual: &Actual) {
    let of_others = |key: &str| match desired.pools.get(key).map(|pool| &pool.holder) {
        Some(Holder::Adopted { .. }) => actual.pool(key),
        Some(Holder::Owned(_)) => None,
        None => actual.undeclared.get(key).filter(|live| !live.pool.tags.same_stack(&desired.tags)),
    };
    for key in plan.steps.iter().filter_map(Step::writes_pool) {
        if let Some(live) = of_others(key)
            && plan.preserved.iter().all(|preserved| preserved.pool != key)
        {
            let crate::model::Preserved { settings, unknown, left_out } = live.preserved.clone();
            let (pool, triggers) = (key.to_owned(), live.other_triggers.clone());
            plan.preserved.push(PreservedSettings { pool, triggers, settings, unknown, left_out });
        }
    }
}
