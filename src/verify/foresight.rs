//! Who can be tried, as far as the pools say: known before anything is written, by the code that makes the users later.

use std::collections::BTreeMap;

use super::user::{MadeFor, ProofUser};
use crate::config::Verify;
use crate::model::SignInSettings;
use crate::tokens::prospect::{Candidate, Prospect};

/// The same, without those for whom no temporary user can be made that may sign in.
#[must_use]
pub fn foreseen(
    mut prospect: Prospect,
    pools: &BTreeMap<String, SignInSettings>,
    verify: &Verify,
    prefix: &str,
) -> Prospect {
    if prospect.test_user.is_some() {
        return prospect;
    }
    for one in prospect.candidates.iter_mut().filter(|one| one.ways.is_ok()) {
        let pool = one.user().and_then(|(pool, ..)| pools.get(&pool));
        if let Some(reason) =
            pool.and_then(|pool| obstacle(one, pool, MadeFor { prefix, verify, now: 0 }))
        {
            one.ways = Err(reason);
        }
    }
    let is_tried = |pool: &String| {
        let mut tried = prospect.candidates.iter().filter(|one| one.ways.is_ok());
        tried.any(|one| one.persona.at.pool == *pool)
    };
    prospect.other_triggers.retain(|pool, _| is_tried(pool));
    prospect
}

fn obstacle(one: &Candidate, pool: &SignInSettings, made_for: MadeFor<'_>) -> Option<String> {
    match ProofUser::new("", pool.users.clone(), &one.persona, made_for) {
        Ok(user) => user.would_get_a_code(),
        Err(reason) => Some(reason),
    }
}
