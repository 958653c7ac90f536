//! The worlds that a run may start from: unchanged, and then each resource absent or drifted.

mod undo;

use std::fmt;

use pretoken::model;
use pretoken::model::tags::made::{Made, Memory};
use pretoken::reconcile::desired::Desired;
use serde_json::json;

use crate::fake::State;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogGroup {
    Unchanged,
    Absent,
    /// It keeps everything for a week.
    Drifted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Unchanged,
    Absent,
    TrustsNobody,
    /// Policies and a tag of somebody else's making.
    ChangedByHand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Unchanged,
    Absent,
    Drifted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    Unchanged,
    Absent,
    /// The alias lags behind the function: what an interrupted run leaves.
    Lagging,
    Canary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    Unchanged,
    Absent,
    ForAnotherPool,
    /// Our id over other content: it is in the way.
    ForAnotherAccount,
    /// It allows the same under an id that is not ours.
    ByHand,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
    Unchanged,
    Absent,
    /// Its settings, its domain, and the tags that make it ours.
    Drifted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Client {
    Unchanged,
    Absent,
    Drifted,
}

/// Resource servers and groups, and what else is in a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    Unchanged,
    Absent,
    Drifted,
    /// A client that an earlier `deploy.toml` declared.
    UndeclaredClient,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Unchanged,
    Absent,
    AnotherFunction,
    OlderVersion,
}

impl LogGroup {
    const ALL: [Self; 3] = [Self::Unchanged, Self::Absent, Self::Drifted];
}

impl Role {
    const ALL: [Self; 4] = [Self::Unchanged, Self::Absent, Self::TrustsNobody, Self::ChangedByHand];
}

impl Release {
    const PRESENT: [Self; 3] = [Self::Unchanged, Self::Lagging, Self::Canary];
}

impl Permission {
    const ALL: [Self; 5] = [
        Self::Unchanged,
        Self::Absent,
        Self::ForAnotherPool,
        Self::ForAnotherAccount,
        Self::ByHand,
    ];
}

impl Client {
    const ALL: [Self; 3] = [Self::Unchanged, Self::Absent, Self::Drifted];
}

impl Contents {
    const ALL: [Self; 4] = [Self::Unchanged, Self::Absent, Self::Drifted, Self::UndeclaredClient];
}

impl Trigger {
    const ALL: [Self; 4] =
        [Self::Unchanged, Self::Absent, Self::AnotherFunction, Self::OlderVersion];
}

/// A function, and what cannot be without it.
#[derive(Clone, Copy)]
struct FunctionDrift {
    function: Function,
    release: Release,
    permission: Permission,
}

impl FunctionDrift {
    fn all() -> Vec<Self> {
        let of = |function, release, permission| Self { function, release, permission };
        let mut all = vec![of(Function::Absent, Release::Absent, Permission::Absent)];
        for function in [Function::Unchanged, Function::Drifted] {
            all.push(of(function, Release::Absent, Permission::Absent));
            for release in Release::PRESENT {
                all.extend(Permission::ALL.map(|permission| of(function, release, permission)));
            }
        }
        all
    }

    /// Whether everything is unchanged or absent.
    fn is_plain(self) -> bool {
        matches!(self.function, Function::Unchanged | Function::Absent)
            && matches!(self.release, Release::Unchanged | Release::Absent)
            && matches!(self.permission, Permission::Unchanged | Permission::Absent)
    }
}

/// A pool, and what is in it.
#[derive(Clone, Copy)]
struct PoolDrift {
    pool: Pool,
    client: Client,
    contents: Contents,
    trigger: Trigger,
}

impl PoolDrift {
    fn all() -> Vec<Self> {
        let mut all = vec![Self {
            pool: Pool::Absent,
            client: Client::Absent,
            contents: Contents::Absent,
            trigger: Trigger::Absent,
        }];
        for pool in [Pool::Unchanged, Pool::Drifted] {
            for client in Client::ALL {
                for contents in Contents::ALL {
                    all.extend(Trigger::ALL.map(|trigger| Self {
                        pool,
                        client,
                        contents,
                        trigger,
                    }));
                }
            }
        }
        all
    }

    /// Whether everything is unchanged or absent.
    fn is_plain(self) -> bool {
        matches!(self.pool, Pool::Unchanged | Pool::Absent)
            && matches!(self.client, Client::Unchanged | Client::Absent)
            && matches!(self.contents, Contents::Unchanged | Contents::Absent)
            && matches!(self.trigger, Trigger::Unchanged | Trigger::Absent)
    }
}

/// What became of each resource, independently.
#[derive(Clone, Copy)]
pub struct Drift {
    log_group: LogGroup,
    role: Role,
    functions: FunctionDrift,
    pools: PoolDrift,
}

/// Names what is not unchanged: `role Absent, trigger AnotherFunction`.
impl fmt::Debug for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (functions, pools) = (self.functions, self.pools);
        let all: [(&str, &dyn fmt::Debug); 9] = [
            ("log group", &self.log_group),
            ("role", &self.role),
            ("function", &functions.function),
            ("release", &functions.release),
            ("permission", &functions.permission),
            ("pool", &pools.pool),
            ("client", &pools.client),
            ("contents", &pools.contents),
            ("trigger", &pools.trigger),
        ];
        let named = all.map(|(name, state)| format!("{name} {state:?}"));
        let changed: Vec<_> = named.into_iter().filter(|it| !it.ends_with("Unchanged")).collect();
        f.write_str(&if changed.is_empty() { "no drift".to_owned() } else { changed.join(", ") })
    }
}

impl Drift {
    /// Every combination that can exist: nothing is in an absent pool, and an absent function has no versions.
    pub fn all() -> Vec<Self> {
        let (functions, pools) = (FunctionDrift::all(), PoolDrift::all());
        let mut all = vec![];
        for log_group in LogGroup::ALL {
            for role in Role::ALL {
                let combined =
                    functions.iter().flat_map(|one| pools.iter().map(|other| (*one, *other)));
                let drifts =
                    combined.map(|(functions, pools)| Self { log_group, role, functions, pools });
                all.extend(drifts.filter(Self::is_worth_a_run));
            }
        }
        all
    }

    /// Log group and role meet nothing else but the function's creation: all their states where the rest is plain.
    fn is_worth_a_run(&self) -> bool {
        (self.log_group, self.role) == (LogGroup::Unchanged, Role::Unchanged)
            || (self.functions.is_plain() && self.pools.is_plain())
    }

    /// The unchanged world after this drift.
    pub fn state(self, unchanged: &State, desired: &Desired) -> State {
        let mut state = unchanged.clone();
        self.log_group.drift(&mut state);
        self.role.drift(&mut state);
        self.functions.drift(&mut state, desired);
        self.drift_pools(&mut state);
        state
    }

    fn drift_pools(self, state: &mut State) {
        let PoolDrift { pool: kind, client, contents, trigger } = self.pools;
        if kind == Pool::Absent {
            return state.pools.clear();
        }
        let undeclared = state.new_id("client");
        let Some(pool) = state.pools.values_mut().next() else { return };
        if kind == Pool::Drifted {
            // The function remembers a pool that lost its tags, where there is a function.
            drift_settings(pool, self.functions.function != Function::Absent);
        }
        client.drift(pool);
        contents.drift(pool, undeclared.clone());
        trigger.drift(pool);
        if pool.clients.contains_key(&undeclared) {
            remember(state, &undeclared);
        }
    }
}

/// An earlier run remembered what it made: on the pool, or where that lost its tags in what the function was told.
fn remember(state: &mut State, undeclared: &str) {
    let Some(pool) = state.pools.values_mut().next() else { return };
    if pool.pool.tags.stack().is_some() {
        let mut memory = Memory::of_own(&pool.pool.tags);
        memory.add(Made::Client("orders-old"));
        let tags = memory.on_own(&pool.pool.tags);
        return pool.pool.tags.0.extend(tags.0);
    }
    for function in state.functions.values_mut() {
        let variables = &mut function.latest.settings.environment;
        let told = variables.get(trigger::IDS_VARIABLE).map_or("{}", String::as_str);
        let mut ids = trigger::Ids::from_json(told).expect("ids");
        ids.clients.insert(undeclared.to_owned(), "customers/old".to_owned());
        variables.insert(trigger::IDS_VARIABLE.to_owned(), ids.to_json());
    }
}

impl LogGroup {
    fn drift(self, state: &mut State) {
        match self {
            Self::Unchanged => {}
            Self::Absent => state.log_groups.clear(),
            Self::Drifted => {
                let groups = state.log_groups.values_mut();
                groups.for_each(|it| (it.retention_days, it.kms_key_arn) = (Some(7), None));
            }
        }
    }
}

impl Role {
    fn drift(self, state: &mut State) {
        match self {
            Self::Unchanged => {}
            Self::Absent => state.roles.clear(),
            Self::TrustsNobody => state.roles.values_mut().for_each(|role| role.trust = json!({})),
            Self::ChangedByHand => state.roles.values_mut().for_each(|role| {
                role.policies = [("mine".to_owned(), json!({}))].into();
                role.attached = ["arn:aws:iam::aws:policy/AdministratorAccess".to_owned()].into();
                role.permissions_boundary = None;
                role.tags.0.insert("managed-by".to_owned(), "hand".to_owned());
            }),
        }
    }
}

impl FunctionDrift {
    fn drift(self, state: &mut State, desired: &Desired) {
        if self.function == Function::Absent {
            return state.functions.clear();
        }
        let pool = state.pools.keys().next().cloned().expect("a pool");
        let Some(function) = state.functions.values_mut().next() else { return };
        if self.function == Function::Drifted {
            undo::undo(&mut function.latest);
        }
        match self.release {
            Release::Unchanged => {}
            Release::Absent => function.alias = None,
            Release::Lagging => {
                function.versions.values_mut().for_each(|frozen| frozen.timeout_s = 3);
            }
            Release::Canary => {
                function.versions.insert(9, function.versions[&1].clone());
                let canary = Some(("9".to_owned(), 10));
                function.alias = Some(model::Routing { version: "1".to_owned(), canary });
            }
        }
        function.policy = self.permission.policy(desired, &pool);
    }
}

impl Permission {
    fn policy(self, desired: &Desired, pool: &str) -> Vec<model::Permission> {
        let wanted = desired.identity.permission(pool);
        match self {
            Self::Unchanged => vec![wanted],
            Self::Absent => vec![],
            Self::ForAnotherPool => vec![desired.identity.permission("eu-west-1_Gone")],
            Self::ForAnotherAccount => {
                let source_account = Some("999999999999".to_owned());
                vec![model::Permission { source_account, ..wanted }]
            }
            Self::ByHand => {
                let statement_id = "by-hand".to_owned();
                vec![model::Permission { source_account: None, statement_id, ..wanted }]
            }
        }
    }
}

/// A setting that no file of these tests declares.
pub const UNDECLARED: &str = "device_configuration";

fn drift_settings(pool: &mut model::LivePool, is_remembered: bool) {
    pool.pool.tier = "PLUS".into();
    pool.domain = None;
    pool.pool.deletion_protection = !pool.pool.deletion_protection;
    undo::undo_settings(&mut pool.pool.settings);
    pool.pool.settings.insert(UNDECLARED.to_owned(), json!({}));
    pool.pool.attributes.remove("custom:tenant");
    pool.pool.tags.0.retain(|tag, _| tag != "managed-by" && !is_remembered);
}

impl Client {
    fn drift(self, pool: &mut model::LivePool) {
        match self {
            Self::Unchanged => {}
            Self::Absent => pool.clients.clear(),
            Self::Drifted => pool.clients.values_mut().for_each(|client| {
                client.auth_flows.clear();
                client.access_token_s = 300;
                // In place: worlds are compared by their text.
                for key in ["enable_token_revocation", "refresh_token_s", "callback_urls"] {
                    client.settings.entry(key).and_modify(|seen| *seen = "by hand".into());
                }
                client.machine = client.machine.is_none().then(Default::default);
            }),
        }
    }
}

impl Contents {
    fn drift(self, pool: &mut model::LivePool, new_id: String) {
        match self {
            Self::Unchanged => {}
            Self::Absent => {
                pool.resource_servers.clear();
                pool.groups.clear();
                pool.identity_providers.clear();
            }
            Self::Drifted => {
                pool.identity_providers.values_mut().for_each(by_hand);
                pool.resource_servers.values_mut().for_each(|server| server.scopes.clear());
                for group in pool.groups.values_mut() {
                    group.description.clear();
                    group.precedence = group.precedence.map(|number| number + 1);
                }
            }
            Self::UndeclaredClient => {
                if let Some(client) = pool.clients.values().next().cloned() {
                    let client = model::Client { name: "orders-old".to_owned(), ..client };
                    pool.clients.insert(new_id, client);
                }
            }
        }
    }
}

fn by_hand(provider: &mut model::IdentityProvider) {
    provider.details.remove("authorize_scopes");
    provider.secrets.values_mut().for_each(|secret| secret.value = None);
}

impl Trigger {
    fn drift(self, pool: &mut model::LivePool) {
        pool.trigger = match (self, pool.trigger.take()) {
            (Self::Absent, _) => None,
            (Self::AnotherFunction, _) => {
                let arn = "arn:aws:lambda:eu-west-1:123456789012:function:other".to_owned();
                Some(model::Trigger { arn, version: "V1_0".to_owned(), legacy: true })
            }
            (Self::OlderVersion, Some(held)) => {
                Some(model::Trigger { version: "V1_0".to_owned(), ..held })
            }
            (Self::Unchanged | Self::OlderVersion, held) => held,
        };
    }
}
