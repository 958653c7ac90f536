//! What the writes of a plan to adopted pools preserve.

use schemars::JsonSchema;
use serde::Serialize;

use super::Plan;
use super::step::Step;
use crate::model::counted;
use crate::reconcile::actual::Actual;
use crate::reconcile::identity::Identity;

/// What a write to an adopted pool preserves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreservedSettings {
    /// Its key, or its id if it is not declared.
    pub pool: String,
    /// Names of the other triggers.
    pub triggers: Vec<String>,
    /// Names of the settings.
    pub settings: Vec<String>,
    /// Names of settings that this version of pretoken does not know; they are preserved.
    pub unknown: Vec<String>,
    /// What AWS describes but does not take back beside the rest, with its value.
    pub left_out: Vec<String>,
}

impl PreservedSettings {
    /// `3 other triggers, 17 settings`.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts = vec![
            counted(self.triggers.len(), "other trigger"),
            counted(self.settings.len(), "setting"),
        ];
        if !self.unknown.is_empty() {
            let unknown = counted(self.unknown.len(), "setting");
            parts.push(format!(
                "{unknown} that this version does not know ({})",
                self.unknown.join(", ")
            ));
        }
        parts.join(", ")
    }
}

/// Adds what the plan's writes to adopted pools preserve.
pub(super) fn preserved_settings(plan: &mut Plan, identity: &Identity, actual: &Actual) {
    let adopted = |key: &str| match identity.pools.get(key) {
        Some(declared) if declared.id.is_some() => actual.pool(key),
        Some(_) => None,
        None => actual.undeclared.get(key).filter(|live| !identity.owns(live)),
    };
    for key in plan.steps.iter().filter_map(Step::writes_pool) {
        if let Some(live) = adopted(key)
            && plan.preserved.iter().all(|preserved| preserved.pool != key)
        {
            let crate::model::Preserved { settings, unknown, left_out } = live.preserved.clone();
            let (pool, triggers) = (key.to_owned(), live.other_triggers.clone());
            plan.preserved.push(PreservedSettings { pool, triggers, settings, unknown, left_out });
        }
    }
}
