//! The property that is the product: from every combination of absent, drifted and unchanged resources, with every call
//! failing before and after it took effect, a second run reaches the same world as a clean run, and a third run makes no
//! mutating call. Worlds are compared, not plans: a planner that is blind to a difference would call its own plan empty.

#[path = "fake/drift.rs"]
mod drift;
mod fake;

use drift::{Drift, UNDECLARED};
use fake::{Functions, Nobody, State, When, World, target};
use pretoken::cloud::CloudError;
use pretoken::config;
use pretoken::config::Config;
use pretoken::model::{Client, ClientKey, Ids, LivePool, Role, Routing, Tags};
use pretoken::reconcile::actual::Actual;
use pretoken::reconcile::apply::{Applied, Materials, StepError, apply};
use pretoken::reconcile::desired::Desired;
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Confirmed, Plan, converge, destroy};
use pretoken::tokens::smoke_test::{SmokeTest, smoke_tests};
use pretoken::tokens::subjects::personas;
use trigger::Rules;

const STACK: &str = include_str!("fixtures/converge.toml");

/// When everything of the stack may be removed.
const END: &str = "2026-11-24T05:02:03Z";

struct Stack {
    config: Config,
    rules: Rules,
    desired: Desired,
    smoke_tests: Vec<SmokeTest>,
    runtime: tokio::runtime::Runtime,
}

/// With the secrets that variables would hold.
fn desired(config: &Config) -> Desired {
    let mut desired = Desired::new(config, target(), "digest-of-the-code");
    desired.secrets().for_each(|secret| secret.value = Some("hunter2-of-google".to_owned()));
    desired
}

impl Stack {
    fn new() -> Self {
        let config = config::parse(STACK, "deploy.toml", None).expect("a valid stack").config;
        let rules = Rules::compile(config.rules.clone()).expect("the rules are valid");
        let desired = desired(&config).expiring(END);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { config, rules, desired, smoke_tests: vec![], runtime }
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
        self.runtime
            .block_on(observe(world, &Identity::new(&self.config, target()), purpose))
            .expect("reading never fails")
    }

    fn run(&self, world: &World, plan: &Plan, actual: &Actual) -> Applied {
        let materials =
            Materials { desired: &self.desired, zip: b"zip", smoke_tests: &self.smoke_tests };
        self.runtime.block_on(apply(
            plan,
            materials,
            actual.ids(&self.desired.identity),
            world,
            &Nobody,
        ))
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
        let plan = destroy(&self.desired.identity, &actual, &Confirmed::Everything)
            .expect("nothing is refused");
        let applied = self.run(world, &plan, &actual);
        (world.calls.borrow().len(), applied)
    }

    /// The world as a clean run makes it.
    fn unchanged(&self) -> State {
        let world = self.empty_world();
        let (_, applied) = self.up(&world);
        assert!(applied.failed.is_empty(), "{:?}", applied.failed);
        world.state.into_inner()
    }
}

/// Runs `check` over all drifts, on every core.
fn everywhere(check: impl Fn(&Stack, &State, Drift) + Sync) {
    let all = Drift::all();
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for part in all.chunks(all.len().div_ceil(threads)) {
            let check = &check;
            scope.spawn(move || {
                let stack = Stack::new();
                let right = stack.unchanged();
                for drift in part {
                    check(&stack, &right, *drift);
                }
            });
        }
    });
}

#[test]
fn every_interrupted_run_is_continued_by_the_next_one() {
    everywhere(|stack, right, drift| {
        let start = drift.state(right, &stack.desired);
        let clean = stack.world(start.clone());
        let (calls, applied) = stack.up(&clean);
        assert!(applied.failed.is_empty(), "{drift:?}: {:?}", applied.failed);
        let portable = clean.state.borrow().portable();
        assert_eq!(stack.up(&clean).0, 0, "{drift:?}: a second run changes something");
        for nth in 1..=calls {
            for when in [When::Before, When::After] {
                let world = stack.world(start.clone());
                world.failure.set(Some((nth, when)));
                let (_, applied) = stack.up(&world);
                assert!(!applied.failed.is_empty(), "{drift:?}: call {nth} was to fail");
                world.failure.set(None);
                let (_, applied) = stack.up(&world);
                assert!(
                    applied.failed.is_empty(),
                    "{drift:?}, call {nth} {when:?}: {:?}",
                    applied.failed
                );
                assert_eq!(
                    world.state.borrow().portable(),
                    portable,
                    "{drift:?}, call {nth} {when:?}"
                );
                assert_eq!(
                    stack.up(&world).0,
                    0,
                    "{drift:?}, call {nth} {when:?}: a third run changes something"
                );
            }
        }
    });
}

/// Takes what no file declares from the pools.
fn undeclared_settings(state: &mut State) -> Vec<serde_json::Value> {
    state.pools.values_mut().filter_map(|live| live.pool.settings.remove(UNDECLARED)).collect()
}

#[test]
fn every_drift_is_repaired_to_the_same_world() {
    let portable = Stack::new().unchanged().portable();
    everywhere(|stack, right, drift| {
        let undeclared = undeclared_settings(&mut drift.state(right, &stack.desired));
        let world = stack.world(drift.state(right, &stack.desired));
        stack.up(&world);
        let mut end = world.state.borrow_mut();
        assert_eq!(
            undeclared_settings(&mut end),
            undeclared,
            "{drift:?}: what nobody declares stays"
        );
        assert_eq!(end.portable(), portable, "{drift:?}");
    });
}

#[test]
fn every_interrupted_removal_is_continued_and_leaves_nothing() {
    everywhere(|stack, right, drift| {
        let start = drift.state(right, &stack.desired);
        let clean = stack.world(start.clone());
        let (calls, applied) = stack.down(&clean);
        assert!(applied.failed.is_empty(), "{drift:?}: {:?}", applied.failed);
        assert_eq!(clean.state.borrow().portable(), State::default().portable(), "{drift:?}");
        for nth in 1..=calls {
            for when in [When::Before, When::After] {
                let world = stack.world(start.clone());
                world.failure.set(Some((nth, when)));
                stack.down(&world);
                world.failure.set(None);
                stack.down(&world);
                assert_eq!(
                    world.state.borrow().portable(),
                    State::default().portable(),
                    "{drift:?}, {nth} {when:?}"
                );
                assert_eq!(stack.down(&world).0, 0, "{drift:?}, {nth} {when:?}");
            }
        }
    });
}

/// The same for a release that serves a share of the sign-ins at first: it is no end, and no run loses it.
#[test]
fn every_interrupted_canary_is_continued_too() {
    let mut stack = Stack::new();
    let right = stack.unchanged();
    stack.desired.canary = Some(10);
    let mut start = right.clone();
    let function = start.functions.values_mut().next().expect("a function");
    function.latest.settings.memory_mb = 3008;
    function.versions.values_mut().for_each(|frozen| frozen.memory_mb = 3008);
    let clean = stack.world(start.clone());
    let (calls, applied) = stack.up(&clean);
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
    let portable = clean.state.borrow().portable();
    let share = clean.state.borrow().functions["orders-pre-token"].alias.clone();
    assert_eq!(
        share,
        Some(Routing { version: "1".to_owned(), canary: Some(("2".to_owned(), 10)) })
    );
    assert_eq!(stack.up(&clean).0, 0, "a second run changes something");
    for nth in 1..=calls {
        for when in [When::Before, When::After] {
            let world = stack.world(start.clone());
            world.failure.set(Some((nth, when)));
            stack.up(&world);
            world.failure.set(None);
            stack.up(&world);
            assert_eq!(world.state.borrow().portable(), portable, "call {nth} {when:?}");
            assert_eq!(stack.up(&world).0, 0, "call {nth} {when:?}: a third run changes something");
        }
    }
    // Without the wish for a share, the same world is not yet right, and becomes so.
    stack.desired.canary = None;
    stack.up(&clean);
    assert_eq!(clean.state.borrow().portable(), right.portable());
}

/// Two runs that made a pool of the same name at the same time: each takes its own back.
#[test]
fn a_second_pool_of_our_name_is_taken_back() {
    let stack = Stack::new();
    let world = stack.empty_world();
    let actual = stack.look(&world, For::Converging);
    let plan = converge(&stack.desired, &actual).expect("nothing is refused");
    let other = stack.unchanged().pools.into_values().next().expect("a pool");
    world.state.borrow_mut().pools.insert(
        "eu-west-1_Other".to_owned(),
        LivePool { id: "eu-west-1_Other".to_owned(), ..other },
    );
    let applied = stack.run(&world, &plan, &actual);
    let conflict = |error: &StepError| matches!(error, StepError::Cloud(CloudError::Conflict { what }) if what.contains("pool"));
    assert!(applied.failed.iter().any(|(_, error)| conflict(error)), "{:?}", applied.failed);
    let pools: Vec<_> = world.state.borrow().pools.keys().cloned().collect();
    assert_eq!(pools, ["eu-west-1_Other"]);
}

/// A lifetime is renewed on everything, whichever call is lost, and a run that does not speak of it leaves it alone.
#[test]
fn a_lifetime_is_renewed_or_left() {
    let mut stack = Stack::new();
    let right = stack.unchanged();
    stack.desired = stack.desired.expiring("2026-11-25T05:02:03Z");
    let renewed = stack.world(right.clone());
    let (calls, _) = stack.up(&renewed);
    let renewed = renewed.state.into_inner();
    assert!(renewed != right && stack.up(&stack.world(renewed.clone())).0 == 0);
    for nth in 1..=calls {
        for when in [When::Before, When::After] {
            let world = stack.world(right.clone());
            world.failure.set(Some((nth, when)));
            stack.up(&world);
            world.failure.set(None);
            stack.up(&world);
            assert_eq!(world.state.borrow().portable(), renewed.portable(), "{nth} {when:?}");
        }
    }
    stack.desired = desired(&stack.config);
    assert_eq!(stack.up(&stack.world(renewed)).0, 0);
}

/// Unmanaged resources, tags and clients pass through `up` and `destroy` untouched.
#[test]
fn what_is_not_ours_stays() {
    let stack = Stack::new();
    let right = stack.unchanged();
    let world = stack.world(right.clone());
    let mine = |state: &mut State| {
        let pool = state.pools.values().next().cloned().expect("a pool");
        let tags = Tags([("team".to_owned(), "billing".to_owned())].into());
        let unmanaged_pool = pretoken::model::Pool {
            name: "orders-backoffice".to_owned(),
            tags,
            ..pool.pool.clone()
        };
        let other = LivePool {
            id: "eu-west-1_Other".to_owned(),
            trigger: None,
            pool: unmanaged_pool,
            ..pool
        };
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
    assert_eq!(world.state.borrow().portable(), left.state.borrow().portable());
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
        // What other calls of Cognito's set of it.
        "UpdateUserPool",
        "CreateUserPoolDomain",
        "CreateResourceServer",
        "CreateGroup",
        "CreateGroup",
        "CreateIdentityProvider",
        "CreateUserPoolClient",
        "CreateUserPoolClient",
        "CreateFunction",
        "PutFunctionConcurrency",
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
        "DeleteUserPoolDomain",
        "RemovePermission",
        "DeleteUserPool",
        "DeleteFunction",
        "DeleteRole",
        "DeleteLogGroup",
    ];
    assert_eq!(*world.calls.borrow(), went, "detach, unprotect, and then everything in reverse");
}

/// A new version is smoke-tested before the alias moves: one that does not do what the rules say stays where it is.
#[test]
fn a_version_that_fails_its_smoke_test_serves_nobody() {
    let mut stack = Stack::new();
    stack.smoke_tests = smoke_tests(
        &personas(&stack.config, &stack.rules, 0),
        &stack.rules,
        stack.config.trigger.event_version,
        &target(),
        0,
    );
    let world = stack.empty_world();
    let (_, applied) = stack.up(&world);
    assert!(
        applied.failed.is_empty(),
        "a version that answers rightly goes on: {:?}",
        applied.failed
    );

    let world = World::new(target(), Rules::default());
    let (_, applied) = stack.up(&world);
    let (change, error) = &applied.failed[0];
    assert_eq!(change.resource.word(), "release");
    assert!(matches!(error, StepError::SmokeTest { .. }), "{error}");
    let left: Vec<&str> = applied.left.iter().map(|change| change.resource.word()).collect();
    assert_eq!(left, ["permission", "trigger"], "no sign-in reaches it");
    let state = world.state.borrow();
    assert_eq!(state.functions["orders-pre-token"].alias, None);
    assert!(state.pools.values().all(|pool| pool.trigger.is_none()));
}

/// The trigger learns the ids that were made in the same run.
#[test]
fn the_function_knows_its_clients() {
    let stack = Stack::new();
    let state = stack.unchanged();
    let (pool_id, pool) = state.pools.iter().next().expect("a pool");
    let id = |(id, client): (&String, &Client)| {
        let key = client.name.strip_prefix("orders-").expect("our name");
        (ClientKey::new("customers", key), id.clone())
    };
    let ids = Ids {
        pools: [("customers".to_owned(), pool_id.clone())].into(),
        clients: pool.clients.iter().map(id).collect(),
    };
    assert_eq!(ids.clients.len(), 2);
    let function = state.functions.values().next().expect("a function");
    assert_eq!(function.latest.settings.environment[trigger::IDS_VARIABLE], ids.for_trigger());
}
