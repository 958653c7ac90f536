//! Who may call what: the operations of the APIs, against everything that the rules can give. Pure.

use trigger::Rules;

use crate::config::Config;
use crate::config::openapi::{Api, Operation};
use crate::model::{ClientKey, Ids};
use crate::tokens::impact::{
    ApiImpact, Lock, MachineToMachineClient, OperationImpact, World, opened,
};

/// Who may call which operation under `after`, and who gained and lost which since `before`.
#[must_use]
pub fn callers(
    apis: &[Api],
    config: &Config,
    ids: &Ids,
    [before, after]: [Option<&Rules>; 2],
    now: i64,
) -> Vec<ApiImpact> {
    let api = |api: &Api| {
        let (users, machines) = let_in(api, config, ids);
        let world = World { clients: users.clone(), now };
        let operation = |operation: &Operation| {
            let keys = operation.keys(api.needs).into_iter().collect();
            let lock = Lock { keys, users: &users, machines: &machines };
            let version = config.trigger.event_version;
            let [callers, gained, lost] = opened(&lock, [before, after], version, &world);
            let scopes: Vec<_> = operation.scopes().into_iter().map(str::to_owned).collect();
            OperationImpact {
                operation: operation.name(),
                public: operation.is_public(),
                unknown: operation.is_unknown(),
                needs: (!scopes.is_empty()).then_some(api.needs),
                scopes,
                callers,
                gained,
                lost,
            }
        };
        ApiImpact {
            name: api.name.clone(),
            operations: api.operations.iter().map(operation).collect(),
        }
    };
    apis.iter().map(api).collect()
}

/// The clients of the API's pool whose tokens it takes: those of people, and those of machines.
pub(super) fn let_in(
    api: &Api,
    config: &Config,
    ids: &Ids,
) -> (Vec<ClientKey>, Vec<MachineToMachineClient>) {
    let Some(pool) = config.pools.get(&api.pool) else { return (vec![], vec![]) };
    let audience = api.audience();
    let is_let_in = |key: &ClientKey| match (&audience, ids.clients.get(key)) {
        (Some(audience), Some(id)) => audience.contains(id.as_str()),
        _ => true,
    };
    let (mut users, mut machines) = (vec![], vec![]);
    for (name, client) in &pool.clients {
        let at = ClientKey::new(&api.pool, name);
        if !is_let_in(&at) {
            continue;
        }
        if client.is_for_users() {
            users.push(at.clone());
        }
        if client.is_machine_to_machine() {
            let scopes = pool.machine_scopes(client).into_iter().collect();
            machines.push(MachineToMachineClient { at, scopes });
        }
    }
    (users, machines)
}
