//! The worlds that a run may start from: right, and then something the matter with each resource.

use pretoken::model::{Permission, Role, Routing, Trigger};
use pretoken::reconcile::desired::Desired;

use crate::fake::State;

/// What can be the matter with each resource, independently. `0` is right, `1` absent, above that it drifted.
#[derive(Debug, Clone, Copy)]
pub struct Matter {
    log_group: u8,
    role: u8,
    function: u8,
    release: u8,
    permission: u8,
    pool: u8,
    client: u8,
    contents: u8,
    trigger: u8,
}

impl Matter {
    /// Every combination that can exist: nothing is in an absent pool, and an absent function has no versions.
    pub fn all() -> Vec<Self> {
        let mut all = vec![];
        let mut functions = vec![(1, 1, 1)];
        for function in [0, 2] {
            functions.push((function, 1, 1));
            functions.extend(
                (0..4).filter(|release| *release != 1).flat_map(|release| {
                    (0..5).map(move |permission| (function, release, permission))
                }),
            );
        }
        let mut pools = vec![(1, 1, 1, 1)];
        for pool in [0, 2] {
            for client in 0..3 {
                pools.extend((0..4).flat_map(|contents| {
                    (0..4).map(move |trigger| (pool, client, contents, trigger))
                }));
            }
        }
        // Log group and role meet nothing else but the function's creation: all their states where the rest is right or
        // absent.
        let around = (0..3).flat_map(|log_group| (0..4).map(move |role| (log_group, role)));
        for (log_group, role) in around {
            for (function, release, permission) in &functions {
                for (pool, client, contents, trigger) in &pools {
                    let plain = *function < 2
                        && *release < 2
                        && *permission < 2
                        && [*pool, *client, *contents, *trigger].iter().all(|one| *one < 2);
                    if !plain && (log_group, role) != (0, 0) {
                        continue;
                    }
                    all.push(Self {
                        log_group,
                        role,
                        function: *function,
                        release: *release,
                        permission: *permission,
                        pool: *pool,
                        client: *client,
                        contents: *contents,
                        trigger: *trigger,
                    });
                }
            }
        }
        all
    }

    /// The world `right`, with this the matter with it.
    pub fn state(self, right: &State, desired: &Desired) -> State {
        let mut state = right.clone();
        self.around(&mut state);
        self.functions(&mut state, desired);
        self.pools(&mut state);
        state
    }

    fn around(self, state: &mut State) {
        match self.log_group {
            1 => state.log_groups.clear(),
            2 => state.log_groups.values_mut().for_each(|group| group.retention_days = None),
            _ => {}
        }
        let role =
            |state: &mut State, change: fn(&mut Role)| state.roles.values_mut().for_each(change);
        match self.role {
            1 => state.roles.clear(),
            2 => role(state, |role| role.trust = serde_json::json!({"Statement": []})),
            3 => role(state, |role| {
                role.policies.clear();
                role.policies.insert("mine".to_owned(), serde_json::json!({}));
                role.attached.insert("arn:aws:iam::aws:policy/AdministratorAccess".to_owned());
                role.tags.0.insert("managed-by".to_owned(), "hand".to_owned());
            }),
            _ => {}
        }
    }

    fn functions(self, state: &mut State, desired: &Desired) {
        if self.function == 1 {
            return state.functions.clear();
        }
        let pool = state.pools.keys().next().cloned().expect("a pool");
        let Some(function) = state.functions.values_mut().next() else { return };
        if self.function == 2 {
            function.latest.settings.memory_mb = 3008;
            function.latest.settings.code_sha256 = "other code".into();
            function.latest.settings.environment.insert("LEFT".to_owned(), "over".to_owned());
            function.latest.tags.0.insert("managed-by".to_owned(), "hand".to_owned());
        }
        match self.release {
            1 => function.alias = None,
            // The alias lags behind the function: what an interrupted run leaves.
            2 => function.versions.values_mut().for_each(|frozen| frozen.timeout_s = 3),
            3 => {
                function.versions.insert(9, function.versions[&1].clone());
                let canary = Some(("9".to_owned(), 10));
                function.alias = Some(Routing { version: "1".to_owned(), canary });
            }
            _ => {}
        }
        let wanted = desired.permission(&pool);
        function.policy = match self.permission {
            0 => vec![wanted],
            1 => vec![],
            2 => vec![desired.permission("eu-west-1_Gone")],
            // Our id over other content: it is in the way.
            3 => vec![Permission { source_account: Some("999999999999".to_owned()), ..wanted }],
            _ => vec![Permission {
                source_account: None,
                statement_id: "by-hand".to_owned(),
                ..wanted
            }],
        };
    }

    fn pools(self, state: &mut State) {
        if self.pool == 1 {
            return state.pools.clear();
        }
        let undeclared_pool = state.new_id("client");
        let Some(pool) = state.pools.values_mut().next() else { return };
        if self.pool == 2 {
            pool.pool.tier = "PLUS".into();
            pool.domain = None;
            pool.pool.deletion_protection = !pool.pool.deletion_protection;
            // The tags that make it ours go too: the function remembers it, where there is one.
            let remembered = self.function != 1;
            pool.pool.tags.0.retain(|tag, _| tag != "managed-by" && !remembered);
        }
        match self.client {
            1 => pool.clients.clear(),
            2 => pool.clients.values_mut().for_each(|client| {
                client.auth_flows.clear();
                client.access_token_s = 300;
                client.machine = match client.machine {
                    Some(_) => None,
                    None => Some(std::collections::BTreeSet::new()),
                };
            }),
            _ => {}
        }
        match self.contents {
            1 => {
                pool.resource_servers.clear();
                pool.groups.clear();
            }
            2 => {
                pool.resource_servers.values_mut().for_each(|server| server.scopes.clear());
                pool.groups.values_mut().for_each(|group| group.description.clear());
            }
            3 => {
                // A client that an earlier deploy.toml declared.
                if let Some(client) = pool.clients.values().next().cloned() {
                    let client =
                        pretoken::model::Client { name: "orders-old".to_owned(), ..client };
                    pool.clients.insert(undeclared_pool, client);
                }
            }
            _ => {}
        }
        pool.trigger = match (self.trigger, pool.trigger.take()) {
            (1, _) => None,
            (2, _) => {
                let arn = "arn:aws:lambda:eu-west-1:123456789012:function:other".to_owned();
                Some(Trigger { arn, version: "V1_0".to_owned(), legacy: true })
            }
            (3, Some(held)) => Some(Trigger { version: "V1_0".to_owned(), ..held }),
            (_, held) => held,
        };
    }
}
