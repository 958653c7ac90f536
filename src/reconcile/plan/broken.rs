//! Pools in which nobody can sign in, because of what their slot names: said before everything else.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::LivePool;
use crate::reconcile::actual::Actual;
use crate::reconcile::identity::Identity;

/// A pool in which every sign-in fails.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Broken {
    /// Its key, or its id if it is not declared.
    pub pool: String,
    /// What is wrong with what its slot names.
    pub reason: String,
    /// What can be done.
    pub help: String,
}

impl Broken {
    /// `customers: nobody can sign in: the function … does not exist`.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}: nobody can sign in: {}", self.pool, self.reason)
    }
}

/// All of them.
#[must_use]
pub fn broken(identity: &Identity, actual: &Actual) -> Vec<Broken> {
    let of_pool = |(key, live): (&String, &LivePool)| {
        let trigger = live.trigger.as_ref()?;
        let obstacle = actual.obstacle(identity, &live.id, &trigger.arn)?;
        let (pool, reason, help) = (key.clone(), obstacle.to_string(), obstacle.help());
        obstacle.is_certain().then_some(Broken { pool, reason, help })
    };
    pools(actual).filter_map(of_pool).collect()
}

/// The same as notes of a plan; and of which pools nobody can tell.
pub(super) fn notes(identity: &Identity, actual: &Actual) -> Vec<String> {
    let note = |(key, live): (&String, &LivePool)| {
        let obstacle = actual.obstacle(identity, &live.id, &live.trigger.as_ref()?.arn)?;
        (!obstacle.is_certain()).then(|| format!("{key}: {obstacle}"))
    };
    let broken = broken(identity, actual).into_iter();
    let certain = broken.map(|broken| format!("{}; {}", broken.text(), broken.help));
    certain.chain(pools(actual).filter_map(note)).collect()
}

fn pools(actual: &Actual) -> impl Iterator<Item = (&String, &LivePool)> {
    let declared = actual.pools.iter().filter_map(|(key, found)| Some((key, found.pool()?)));
    declared.chain(&actual.undeclared)
}
