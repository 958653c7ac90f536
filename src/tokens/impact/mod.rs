//! What a change does to tokens: old and new rules compared by effect, and whom the trigger is asked about. Pure.
//!
//! Each scope and each claim is compared by itself, over all subjects that the rules which touch it can tell apart
//! (`classes`). What is the same for everybody is not reported; what differs for anybody is.

mod change;
mod choice;
mod classes;
mod dimension;
mod facts;
mod item;
mod kinds;
mod operation;
mod rows;
mod sample;
mod seat;
mod situation;
mod world;

pub(crate) use change::value;
pub use change::{ClaimImpact, SignInImpact, TokenImpact};
pub(super) use choice::Set;
pub(super) use classes::either;
pub(super) use dimension::{facts, times, values};
pub use facts::given_facts;
use trigger::rules::{Rule, Rules};

use super::persona::promised;
use crate::config::Config;
use crate::model::ClientKey;
use item::items;
pub use kinds::{Kinds, SOME_EMAIL, SOME_PHONE_NUMBER, Seated};
pub use operation::{ApiImpact, Lock, MachineToMachineClient, OperationImpact, opened};
pub use rows::differences;
use rows::note;
pub use situation::{LiveClient, Situation};
pub use world::World;

/// What the promises' subjects, and every kind of subject, gain and lose.
#[must_use]
pub fn impact(
    config: &Config,
    before: &Situation,
    after: &Situation,
    live: &[LiveClient],
    now: i64,
) -> Vec<TokenImpact> {
    let clients = config
        .pools
        .iter()
        .flat_map(|(key, pool)| pool.clients.keys().map(move |client| ClientKey::new(key, client)));
    let world = World { clients: clients.collect(), now };
    let mut rows = of_promises(config, &before.rules, &after.rules, now);
    rows.extend(changes(before, after, live, &world));
    rows
}

/// What a change of rules does to everybody, and what else changes for the clients that exist.
#[must_use]
pub fn changes(
    before: &Situation,
    after: &Situation,
    live: &[LiveClient],
    world: &World,
) -> Vec<TokenImpact> {
    let mut rows = differences(&before.rules, &after.rules, world);
    rows.extend(situation::moved(before, after, live, world));
    rows.sort_by_key(TokenImpact::rank);
    rows
}

/// The rows of the promises.
fn of_promises(config: &Config, old: &Rules, new: &Rules, now: i64) -> Vec<TokenImpact> {
    let all: Vec<&Rule> = old.iter().chain(new.iter()).collect();
    let items = items(&all);
    let row = |persona: super::persona::Persona| {
        let subject = persona.subject(persona.source, now);
        let mut row = TokenImpact { expectation: Some(persona.name), ..TokenImpact::default() };
        let allowed = [old, new].map(|rules| rules.decide(&subject).refusal.is_none());
        row.sign_in = SignInImpact::of(allowed[0], allowed[1]);
        // Whoever cannot sign in has nothing that could come or go.
        for item in items.iter().filter(|_| allowed == [true, true]) {
            let own = item.is_cognitos(&all);
            let [before, after] = [old, new].map(|rules| item.outcome(rules, &subject, own));
            note(&mut row, item, before, after);
        }
        row
    };
    promised(config).into_iter().map(row).filter(|row| !row.is_empty()).collect()
}
