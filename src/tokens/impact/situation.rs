//! What a token gets is more than rules: whose slot calls the trigger, by which event version, and which ids stand for
//! which keys. Compares two whole situations for every client that exists. Pure.

use std::collections::BTreeMap;

use trigger::Ids;
use trigger::rules::{Rules, Subject};

use super::change::TokenImpact;
use super::rows::rows;
use super::seat::{DeclaredKeys, Seat};
use super::world::World;
use crate::tokens::machine::is_machine;

/// Everything that decides what a token gets.
#[derive(Debug, Clone, Default)]
pub struct Situation {
    /// What the trigger applies.
    pub rules: Rules,
    /// Which ids stand for which keys.
    pub ids: Ids,
    /// The pools whose slot calls the trigger, by id, and the version of their events.
    pub slots: BTreeMap<String, String>,
}

/// A client that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveClient {
    /// How people call it.
    pub name: String,
    /// Its pool's id.
    pub pool_id: String,
    /// Its own id; without one, any other client of the pool is meant.
    pub id: Option<String>,
    /// Whether users sign in with it, as far as that is known.
    pub users: bool,
    /// Whether it may get tokens of its own.
    pub machine: bool,
    /// Whether it is about to be deleted: then no token of it gets anything.
    pub deleted: bool,
}

impl Situation {
    /// The subject as this situation's trigger sees it; nothing if it is not asked about it.
    pub(in crate::tokens) fn as_it_was(&self, subject: &Subject) -> Option<Subject> {
        let machine = is_machine(subject);
        let pool = subject.pool.as_deref()?;
        let called = |(id, key): (&String, &String)| {
            let version = self.slots.get(id)?.as_str();
            let asked = if machine { version == "V3_0" } else { version != "V1_0" };
            (key == pool && asked).then_some(())
        };
        self.ids.pools.iter().find_map(called)?;
        let key = subject.client.as_ref().map(|client| format!("{pool}/{client}"));
        let known = key.is_some_and(|key| self.ids.clients.values().any(|one| *one == key));
        Some(Subject { client: subject.client.clone().filter(|_| known), ..subject.clone() })
    }

    fn keys(&self, client: &LiveClient, machine: bool) -> Option<DeclaredKeys> {
        let version = self.slots.get(&client.pool_id)?.as_str();
        let asked = if machine { version == "V3_0" } else { version != "V1_0" };
        let (pool, client) = self.ids.keys(Some(&client.pool_id), client.id.as_deref());
        asked.then(|| DeclaredKeys {
            pool: pool.map(str::to_owned),
            client: client.map(str::to_owned),
        })
    }
}

/// What clients gain and lose of which the trigger will be asked otherwise than before; what the rules alone change is
/// said for everybody by `differences`.
pub(super) fn moved(
    before: &Situation,
    after: &Situation,
    clients: &[LiveClient],
    world: &World,
) -> Vec<TokenImpact> {
    let mut seats: BTreeMap<Seat, Vec<&str>> = BTreeMap::new();
    for client in clients {
        let kinds = [(client.users, false), (client.machine, true)];
        for (_, machine) in kinds.into_iter().filter(|(exists, _)| *exists) {
            let then = after.keys(client, machine).filter(|_| !client.deleted);
            let seat = Seat { keys: [before.keys(client, machine), then], machine };
            if seat.moves() {
                seats.entry(seat).or_default().push(&client.name);
            }
        }
    }
    let none = Rules::default();
    let compare = |(seat, names): (&Seat, &Vec<&str>)| {
        let asked = |side: usize, rules| if seat.keys[side].is_some() { rules } else { &none };
        let sides = [asked(0, &before.rules), asked(1, &after.rules)];
        let rows = rows(sides[0], sides[1], world, Some(seat));
        let who = names.join(", ");
        rows.into_iter().map(|row| of_clients(row, &who, seat.machine)).collect::<Vec<_>>()
    };
    // Where nothing was applied to anybody, every gain is one of the rules.
    let news = |seat: &Seat| seat.keys[0].is_some() || before.rules.iter().len() > 0;
    seats.iter().filter(|(seat, _)| news(seat)).flat_map(compare).collect()
}

fn of_clients(row: TokenImpact, names: &str, machine: bool) -> TokenImpact {
    let whose = if machine { format!("{names} (machine-to-machine)") } else { names.to_owned() };
    let subject = match row.subject.as_deref() {
        None | Some("everyone") => whose,
        Some(who) => format!("{whose}, {who}"),
    };
    TokenImpact { subject: Some(subject), ..row }
}
