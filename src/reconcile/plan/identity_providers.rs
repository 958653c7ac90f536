//! The identity providers of a pool: ours only if they are remembered, since a name proves nothing.

use crate::model::tags::made::{Made, Memory};
use crate::model::{IdentityProvider, LivePool};
use crate::reconcile::desired::WantedPool;

use super::converge::Planner;
use super::fields;
use super::refusal::Refusal;
use super::step::Step;

impl Planner<'_> {
    pub(super) fn identity_providers(
        &mut self,
        key: &str,
        wanted: &WantedPool,
        live: Option<&LivePool>,
        memory: &Memory,
    ) {
        for (name, provider) in &wanted.identity_providers {
            match live.and_then(|live| live.identity_providers.get(name)) {
                None => self.step(Step::CreateIdentityProvider {
                    pool: key.to_owned(),
                    provider: provider.clone(),
                }),
                Some(_) if !memory.knows(Made::IdentityProvider(name)) => {
                    let (pool, name) = (key.to_owned(), name.clone());
                    self.refusals.push(Refusal::UnmanagedIdentityProvider { pool, name });
                }
                Some(seen) => self.identity_provider(key, provider, seen),
            }
        }
        for name in live.into_iter().flat_map(|live| live.identity_providers.keys()) {
            let ours = memory.knows(Made::IdentityProvider(name));
            if ours && !wanted.identity_providers.contains_key(name) {
                let (pool, name) = (key.to_owned(), name.clone());
                self.step(Step::DeleteIdentityProvider { pool, name });
            }
        }
    }

    fn identity_provider(&mut self, key: &str, wanted: &IdentityProvider, seen: &IdentityProvider) {
        let seen = &seen.only(wanted);
        if seen == wanted {
            return self.unchanged();
        }
        if seen.kind != wanted.kind {
            return self.refusals.push(Refusal::IdentityProviderType {
                pool: key.to_owned(),
                name: wanted.name.clone(),
                has: seen.kind.clone(),
                wanted: wanted.kind.clone(),
            });
        }
        let fields =
            fields::diff(&fields::identity_provider(seen), &fields::identity_provider(wanted));
        let (pool, provider) = (key.to_owned(), wanted.clone());
        self.step(Step::UpdateIdentityProvider { pool, provider, fields });
    }
}
