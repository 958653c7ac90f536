//! The property that is the product: from every combination of absent, drifted and right resources, with every call
//! failing before and after it took effect, a second run reaches the same world as a clean run, and a third run makes no
//! mutating call. Worlds are compared, not plans: a planner that is blind to a difference would call its own plan empty.

mod fake;

use std::collections::BTreeMap;
use std::time::Duration;

use fake::{Functions, State, When, World};
use pretoken::actual::Actual;
use pretoken::apply::{Applied, Materials, StepError, Watch, apply};
use pretoken::config::{self, Config};
use pretoken::desired::Desired;
use pretoken::model::{ClientKey, Ids, LivePool, Permission, Role, Tags, Target, Trigger};
use pretoken::observe::{For, observe};
use pretoken::persona::personas;
use pretoken::plan::{Change, Confirmed, Plan, converge, destroy};
use pretoken::probe::{Probe, probes};
use pretoken::progress::Progress;
use trigger::Rules;

const STACK: &str = r#"
name = "orders"
region = "eu-west-1"

[pools.customers]
tier = "ESSENTIALS"

[pools.customers.clients.web]
auth_flows = ["user-password", "refresh-token"]

[pools.customers.resource_servers.orders]
scopes = { read = "Read orders" }

[pools.customers.groups]
staff = "Order desk"

[[rules]]
name = "everyone reads"
clients = ["web"]
add_scopes = ["orders/read"]
"#;

struct Nobody;

impl Progress for Nobody {
    fn waiting(&self, _: &str, _: u64) {}
    fn detail(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}

impl Watch for Nobody {
    fn began(&self, _: &Change) {}
    fn ended(&self, _: &Change, _: Duration, _: Option<&StepError>) {}
}

struct Stack {
    config: Config,
    rules: Rules,
    desired: Desired,
    probes: Vec<Probe>,
    runtime: tokio::runtime::Runtime,
}

fn target() -> Target {
    Target {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        env: None,
        local: false,
    }
}

impl Stack {
    fn new() -> Self {
        let config = config::parse(STACK, "deploy.toml", None).expect("the stack is sound").config;
        let rules = Rules::compile(config.rules.clone()).expect("the rules are sound");
        let desired = Desired::new(&config, target(), "digest-of-the-code");
        let probes = probes(&personas(&config), &rules, config.trigger.event_version, &target(), 0);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { config, rules, desired, probes, runtime }
    }

    fn empty_world(&self) -> World {
        World::new(target(), self.rules.clone())
    }

    fn world(&self, state: State) -> World {
        let world = self.empty_world();
        world.state.replace(state);
        world
    }

    fn look(&self, world: &World, purpose: For) -> Actual {
        self.runtime.block_on(observe(world, &self.config, purpose)).expect("reading never fails")
    }

    fn run(&self, world: &World, plan: &Plan, actual: &Actual) -> Applied {
        let materials = Materials { desired: &self.desired, zip: b"zip", probes: &self.probes };
        self.runtime.block_on(apply(plan, materials, actual.ids(&self.desired), world, &Nobody))
    }

    /// One whole run. Returns how many mutating calls it made.
    fn up(&self, world: &World) -> (usize, Applied) {
        world.calls.borrow_mut().clear();
        let actual = self.look(world, For::Converging);
        let plan = converge(&self.desired, &actual).expect("nothing is refused");
        let applied = self.run(world, &plan, &actual);
        (world.calls.borrow().len(), applied)
    }

    fn down(&self, world: &World) -> (usize, Applied) {
        world.calls.borrow_mut().clear();
        let actual = self.look(world, For::Removing);
        let plan = destroy(&self.desired, &actual, &Confirmed::Everything).expect("nothing is refused");
        let applied = self.run(world, &plan, &actual);
        (world.calls.borrow().len(), applied)
    }

    /// The world as a clean run makes it.
    fn right(&self) -> State {
        let world = self.empty_world();
        let (_, applied) = self.up(&world);
        assert!(applied.failed.is_empty(), "{:?}", applied.failed);
        world.state.into_inner()
    }
}

/// What can be the matter with each resource, independently. `0` is right, `1` absent, above that it drifted.
#[derive(Debug, Clone, Copy)]
struct Matter {
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
    fn all() -> Vec<Self> {
        let mut all = vec![];
        let mut functions = vec![(1, 1, 1)];
        for function in [0, 2] {
            functions.push((function, 1, 1));
            functions.extend((0..4).filter(|release| *release != 1).flat_map(|release| {
                (0..5).map(move |permission| (function, release, permission))
            }));
        }
        let mut pools = vec![(1, 1, 1, 1)];
        for pool in [0, 2] {
            for client in 0..3 {
                pools.extend((0..4).flat_map(|contents| (0..4).map(move |trigger| (pool, client, contents, trigger))));
            }
        }
        // Log group and role meet nothing else but the function's creation: all their states where the rest is right or
        // absent, two of them everywhere.
        let around = (0..3).flat_map(|log_group| (0..4).map(move |role| (log_group, role)));
        for (log_group, role) in around {
            for (function, release, permission) in &functions {
                for (pool, client, contents, trigger) in &pools {
                    let plain = *function < 2 && *release < 2 && *permission < 2 && [*pool, *client, *contents, *trigger].iter().all(|one| *one < 2);
                    if !plain && (log_group, role) != (0, 0) && (log_group, role) != (1, 1) {
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

    fn state(self, right: &State, desired: &Desired) -> State {
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
        let role = |state: &mut State, change: fn(&mut Role)| state.roles.values_mut().for_each(change);
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
        match self.function {
            2 => {
                function.latest.settings.memory_mb = 3008;
                function.latest.settings.code_sha256 = "other code".to_owned();
                function.latest.settings.environment.insert("LEFT".to_owned(), "over".to_owned());
                function.latest.tags.0.insert("managed-by".to_owned(), "hand".to_owned());
            }
            _ => {}
        }
        match self.release {
            1 => function.alias = None,
            // The alias lags behind the function: what an interrupted run leaves.
            2 => function.versions.values_mut().for_each(|frozen| frozen.timeout_s = 3),
            3 => {
                function.versions.insert(9, function.versions[&1].clone());
                function.alias = Some((1, BTreeMap::from([("9".to_owned(), 10)])));
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
            _ => vec![Permission { source_account: None, statement_id: "by-hand".to_owned(), ..wanted }],
        };
    }

    fn pools(self, state: &mut State) {
        if self.pool == 1 {
            return state.pools.clear();
        }
        let stray = state.new_id("client");
        let Some(pool) = state.pools.values_mut().next() else { return };
        if self.pool == 2 {
            pool.pool.tier = "PLUS".to_owned();
            pool.pool.deletion_protection = !pool.pool.deletion_protection;
            pool.pool.tags.0.remove("managed-by");
        }
        match self.client {
            1 => pool.clients.clear(),
            2 => pool.clients.values_mut().for_each(|client| {
                client.auth_flows.clear();
                client.access_token_s = 300;
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
                    let client = pretoken::model::Client { name: "orders-old".to_owned(), ..client };
                    pool.clients.insert(stray, client);
                }
            }
            _ => {}
        }
        pool.trigger = match (self.trigger, pool.trigger.take()) {
            (1, _) => None,
            (2, _) => {
                let arn = "arn:aws:lambda:eu-west-1:123456789012:function:other".to_owned();
                Some(Trigger { arn, version: "V1_0".to_owned() })
            }
            (3, Some(held)) => Some(Trigger { version: "V1_0".to_owned(), ..held }),
            (_, held) => held,
        };
    }
}

/// Runs `check` over all matters, on every core.
fn everywhere(check: impl Fn(&Stack, &State, Matter) + Sync) {
    let all = Matter::all();
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads)) {
            let check = &check;
            scope.spawn(move || {
                let stack = Stack::new();
                let right = stack.right();
                part.iter().for_each(|matter| check(&stack, &right, *matter));
            });
        }
    });
}

#[test]
fn every_interrupted_run_is_continued_by_the_next_one() {
    everywhere(|stack, right, matter| {
        let start = matter.state(right, &stack.desired);
        let clean = stack.world(start.clone());
        let (calls, applied) = stack.up(&clean);
        assert!(applied.failed.is_empty(), "{matter:?}: {:?}", applied.failed);
        let essence = clean.state.borrow().essence();
        assert_eq!(stack.up(&clean).0, 0, "{matter:?}: a second run changes something");
        for nth in 1..=calls {
            for when in [When::Before, When::After] {
                let world = stack.world(start.clone());
                world.failure.set(Some((nth, when)));
                let (_, applied) = stack.up(&world);
                assert!(!applied.failed.is_empty(), "{matter:?}: call {nth} was to fail");
                world.failure.set(None);
                let (_, applied) = stack.up(&world);
                assert!(applied.failed.is_empty(), "{matter:?}, call {nth} {when:?}: {:?}", applied.failed);
                assert_eq!(world.state.borrow().essence(), essence, "{matter:?}, call {nth} {when:?}");
                assert_eq!(stack.up(&world).0, 0, "{matter:?}, call {nth} {when:?}: a third run changes something");
            }
        }
    });
}

#[test]
fn every_drift_is_repaired_to_the_same_world() {
    let essence = {
        let stack = Stack::new();
        stack.right().essence()
    };
    everywhere(|stack, right, matter| {
        let world = stack.world(matter.state(right, &stack.desired));
        stack.up(&world);
        assert_eq!(world.state.borrow().essence(), essence, "{matter:?}");
    });
}

#[test]
fn every_interrupted_removal_is_continued_and_leaves_nothing() {
    everywhere(|stack, right, matter| {
        let start = matter.state(right, &stack.desired);
        let clean = stack.world(start.clone());
        let (calls, applied) = stack.down(&clean);
        assert!(applied.failed.is_empty(), "{matter:?}: {:?}", applied.failed);
        assert_eq!(clean.state.borrow().essence(), State::default().essence(), "{matter:?}");
        for nth in 1..=calls {
            for when in [When::Before, When::After] {
                let world = stack.world(start.clone());
                world.failure.set(Some((nth, when)));
                stack.down(&world);
                world.failure.set(None);
                stack.down(&world);
                assert_eq!(world.state.borrow().essence(), State::default().essence(), "{matter:?}, {nth} {when:?}");
                assert_eq!(stack.down(&world).0, 0, "{matter:?}, {nth} {when:?}");
            }
        }
    });
}

/// Other people's resources, tags and clients pass through `up` and `destroy` untouched.
#[test]
fn what_is_not_ours_stays() {
    let stack = Stack::new();
    let right = stack.right();
    let world = stack.world(right.clone());
    let mine = |state: &mut State| {
        let pool = state.pools.values().next().cloned().expect("a pool");
        let tags = Tags([("team".to_owned(), "billing".to_owned())].into());
        let pool_of_others = pretoken::model::Pool { name: "orders-backoffice".to_owned(), tags, ..pool.pool.clone() };
        let other = LivePool { id: "eu-west-1_Other".to_owned(), trigger: None, pool: pool_of_others, ..pool };
        state.pools.insert(other.id.clone(), other);
        let group = state.log_groups.values().next().cloned().expect("a log group");
        state.log_groups.insert("/aws/lambda/other".to_owned(), group);
        let role = state.roles.values().next().cloned().expect("a role");
        state.roles.insert("other".to_owned(), Role { name: "other".to_owned(), ..role });
        let function: &Functions = state.functions.values().next().expect("a function");
        let function = Functions { alias: None, policy: vec![], ..function.clone() };
        state.functions.insert("other".to_owned(), function);
    };
    mine(&mut world.state.borrow_mut());
    assert_eq!(stack.up(&world).0, 0);
    stack.down(&world);
    let mut left = stack.world(State::default());
    {
        let mut state = right;
        mine(&mut state);
        state.pools.retain(|id, _| id == "eu-west-1_Other");
        state.log_groups.retain(|name, _| name == "/aws/lambda/other");
        state.roles.retain(|name, _| name == "other");
        state.functions.retain(|name, _| name == "other");
        left.state = state.into();
    }
    assert_eq!(world.state.borrow().essence(), left.state.borrow().essence());
}

/// A fresh plan is exactly this, in this order; going is the reverse.
#[test]
fn order_is_part_of_the_contract() {
    let stack = Stack::new();
    let world = stack.empty_world();
    stack.up(&world);
    let came = [
        "CreateLogGroup",
        "PutRetentionPolicy",
        "CreateRole",
        "PutRolePolicy",
        "CreateUserPool",
        "CreateResourceServer",
        "CreateGroup",
        "CreateUserPoolClient",
        "CreateFunction",
        "PublishVersion",
        "UpdateAlias",
        "AddPermission",
        "UpdateUserPool",
    ];
    assert_eq!(*world.calls.borrow(), came);
    stack.down(&world);
    let went = [
        "UpdateUserPool",
        "UpdateUserPool",
        "RemovePermission",
        "DeleteUserPool",
        "DeleteFunction",
        "DeleteRole",
        "DeleteLogGroup",
    ];
    assert_eq!(*world.calls.borrow(), went, "detach, unprotect, and then everything in reverse");
}

/// The trigger learns the ids that were made in the same run.
#[test]
fn the_function_knows_its_clients() {
    let stack = Stack::new();
    let state = stack.right();
    let (pool_id, pool) = state.pools.iter().next().expect("a pool");
    let client = pool.clients.keys().next().expect("a client");
    let ids = Ids {
        pools: [("customers".to_owned(), pool_id.clone())].into(),
        clients: [(ClientKey::new("customers", "web"), client.clone())].into(),
    };
    let function = state.functions.values().next().expect("a function");
    assert_eq!(function.latest.settings.environment[trigger::IDS_VARIABLE], ids.for_trigger());
}
