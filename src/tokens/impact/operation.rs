//! Who may call an operation of an API, before and after: the scopes that open it, against what the rules give. Pure.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;
use trigger::rules::Rules;
use trigger::rules::Subject;

use super::classes::{Class, classes};
use super::item::Item;
use super::seat::{DeclaredKeys, Seat};
use super::world::World;
use crate::config::{EventVersion, Needs, TriggerSource};
use crate::model::ClientKey;

/// An API's operations, and who may call them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ApiImpact {
    /// Its key in `deploy.toml`.
    pub name: String,
    /// In the order of its document.
    pub operations: Vec<OperationImpact>,
}

/// Who may call an operation, in words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OperationImpact {
    /// `GET /orders/{id}`.
    pub operation: String,
    /// Whether anybody may call it, without any token.
    pub public: bool,
    /// Whether something about it is known only once the document is deployed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// The scopes that it asks for.
    pub scopes: Vec<String>,
    /// `any` or `all` of them.
    pub needs: Option<Needs>,
    /// Whose tokens open it.
    pub callers: Vec<String>,
    /// Whose tokens did not open it before.
    pub gained: Vec<String>,
    /// Whose tokens do not open it any more.
    pub lost: Vec<String>,
}

impl ApiImpact {
    /// Who may not call any more what they might, in words.
    pub fn losses(&self) -> impl Iterator<Item = String> {
        let lost = self.operations.iter().filter(|one| !one.lost.is_empty());
        lost.map(|one| format!("{} loses {} of {}", one.lost.join("; "), one.operation, self.name))
    }
}

/// What opens an operation.
#[derive(Debug, Clone)]
pub struct Lock<'a> {
    /// Each of these sets of scopes opens it.
    pub keys: BTreeSet<BTreeSet<String>>,
    /// The clients whose users are let in.
    pub users: &'a [ClientKey],
    /// The clients of machines that are let in.
    pub machines: &'a [MachineToMachineClient],
}

/// A machine's client, and the scopes that it may ask for.
#[derive(Debug, Clone)]
pub struct MachineToMachineClient {
    /// The client.
    pub at: ClientKey,
    /// All of them.
    pub scopes: BTreeSet<String>,
}

const EVERYONE: &str = "everyone";

/// What is open before and after: who is a caller, who is a new one, who is one no more.
const LISTS: [fn([bool; 2]) -> bool; 3] =
    [|[_, is]| is, |[was, is]| is && !was, |[was, is]| was && !is];

/// Who may call, who may call now and might not before, and who might and may not any more. `None` are no rules at all,
/// under which no trigger is called.
#[must_use]
pub fn opened(
    lock: &Lock<'_>,
    [before, after]: [Option<&Rules>; 2],
    version: EventVersion,
    world: &World,
) -> [Vec<String>; 3] {
    let none = Rules::default();
    let rules = [before.unwrap_or(&none), after.unwrap_or(&none)];
    let mut kinds: [Vec<(ClientKey, String)>; 3] = Default::default();
    for at in lock.users {
        let all = of_users(lock, at, rules, world);
        for (list, is_in) in kinds.iter_mut().zip(LISTS) {
            // Whoever is told apart and yet all in the same list is everyone.
            if !all.is_empty() && all.iter().all(|(_, sides)| is_in(*sides)) {
                list.push((at.clone(), EVERYONE.to_owned()));
                continue;
            }
            let some = all.iter().filter(|(_, sides)| is_in(*sides));
            list.extend(some.map(|(who, _)| (at.clone(), who.clone())));
        }
    }
    let mut words = kinds.map(|kinds| in_words(lock.users, &kinds));
    for machine in lock.machines {
        let [was, is] = rules.map(|rules| opens(lock, machine, rules, version, world.now));
        for (list, _) in words.iter_mut().zip(LISTS).filter(|(_, is_in)| is_in([was, is])) {
            list.push(format!("client {} (machine-to-machine)", machine.at));
        }
    }
    words
}

/// Each kind of user of a client, and whether the operation is open to it before and after.
fn of_users(
    lock: &Lock<'_>,
    at: &ClientKey,
    rules: [&Rules; 2],
    world: &World,
) -> Vec<(String, [bool; 2])> {
    let item = Item::Operation(lock.keys.clone());
    let keys = DeclaredKeys { pool: Some(at.pool.clone()), client: Some(at.client.clone()) };
    let seat = Seat { keys: [Some(keys.clone()), Some(keys)], machine: false };
    let [was, is] = [0, 1].map(|side| seat.narrow(side, item.touching(rules[side])));
    match classes(&item, [&was, &is], rules, world, Some(&seat)) {
        Some(classes) => {
            let kind = |class: Class| (class.who, [class.before.is_some(), class.after.is_some()]);
            classes.into_iter().map(kind).collect()
        }
        None => vec![(
            "some subjects (there are too many kinds to tell which)".to_owned(),
            [true, true],
        )],
    }
}

/// Kinds that are the same for every client are named without it.
fn in_words(clients: &[ClientKey], kinds: &[(ClientKey, String)]) -> Vec<String> {
    let mut words: Vec<String> = vec![];
    let distinct: BTreeSet<_> = kinds.iter().map(|(_, who)| who.clone()).collect();
    for who in distinct {
        let with: Vec<_> = kinds.iter().filter(|(_, one)| *one == who).map(|(at, _)| at).collect();
        if clients.iter().all(|client| with.contains(&client)) {
            words.push(who);
        } else {
            let clients = with.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
            words.push(if who == EVERYONE {
                format!("client {clients}")
            } else {
                format!("client {clients}: {who}")
            });
        }
    }
    words
}

fn opens(
    lock: &Lock<'_>,
    machine: &MachineToMachineClient,
    rules: &Rules,
    version: EventVersion,
    now: i64,
) -> bool {
    let scopes = machine_scopes(machine, rules, version, now);
    lock.keys.iter().any(|key| key.is_subset(&scopes))
}

/// What a machine's token may have at most: at `V2_0` no rule has a say.
fn machine_scopes(
    machine: &MachineToMachineClient,
    rules: &Rules,
    version: EventVersion,
    now: i64,
) -> BTreeSet<String> {
    if version == EventVersion::V2_0 {
        return machine.scopes.clone();
    }
    let subject = Subject {
        pool: Some(machine.at.pool.clone()),
        client: Some(machine.at.client.clone()),
        scopes: machine.scopes.iter().cloned().collect(),
        trigger_source: Some(TriggerSource::ClientCredentials.as_str().to_owned()),
        now,
        ..Subject::default()
    };
    rules.decide(&subject).access_scopes(subject.scopes.iter().map(String::as_str))
}
