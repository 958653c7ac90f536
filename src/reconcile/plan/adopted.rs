//! Adopted pools: what their feature plan allows, whose hands they are in, and what a write to them carries unchanged.

use crate::model::{LivePool, PoolEdit, ResourceServer};

use super::converge::Planner;
use super::fields::FieldChange;
use super::owners;
use super::refusal::Refusal;
use super::step::Step;

const LITE: &str = "LITE";
const ESSENTIALS: &str = "ESSENTIALS";

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

    /// It stays as it is, and must have the scopes that are declared.
    pub(super) fn unmanaged_server(
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
        self.refusals.push(Refusal::UnmanagedServer { pool, identifier, missing });
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
