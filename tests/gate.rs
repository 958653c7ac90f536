//! The gate to a slot: what a pool cannot invoke is not put there, and what stands there and fails is said first.

#[expect(dead_code, reason = "worlds are not compared here")]
mod fake;
#[path = "support/their_function.rs"]
mod their_function;

use fake::{Functions, Nobody, State, World, target};
use pretoken::cloud::Read;
use pretoken::config;
use pretoken::config::Loaded;
use pretoken::model::{InvocationTarget, LivePool, Permission, Pool, Trigger};
use pretoken::ops::connection::Connection;
use pretoken::ops::pool_settings;
use pretoken::ops::status::{Status, status};
use pretoken::reconcile::apply::{Applied, Materials, StepError, apply};
use pretoken::reconcile::desired::{Consents, Desired};
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Confirmed, Plan, Refusal, converge, destroy};
use pretoken::system::clock::Clock;
use trigger::Rules;

const THEIRS: &str = "eu-west-1_Theirs";
const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:theirs:prod";
const OURS: &str = "orders-pre-token";
const WITHOUT: &str = "name = \"orders\"\n[pools.customers]\n";
const WITH: &str =
    "name = \"orders\"\n[pools.customers]\n[pools.company]\nid = \"eu-west-1_Theirs\"\n";

fn known(text: &str) -> Loaded {
    config::parse(text, "deploy.toml", None).expect("a valid stack")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
        .block_on(future)
}

fn desired(text: &str) -> Desired {
    let mut desired = Desired::new(&known(text).config, target(), "digest");
    desired.consent = Consents { take_over: true, ..Consents::default() };
    desired
}

fn plan(world: &World, text: &str, purpose: For) -> Result<Plan, Vec<Refusal>> {
    let actual = block_on(observe(world, &Identity::new(&known(text).config, target()), purpose))
        .expect("a look");
    match purpose {
        For::Converging => converge(&desired(text), &actual),
        For::Removing => destroy(&desired(text).identity, &actual, &Confirmed::Everything),
    }
}

/// Carries the plan out, which was made a moment before.
fn carry_out(world: &World, text: &str, plan: &Plan) -> Applied {
    let desired = desired(text);
    let actual =
        block_on(observe(world, &Identity::new(&known(text).config, target()), For::Converging))
            .expect("a look");
    let materials = Materials { desired: &desired, zip: b"zip", smoke_tests: &[] };
    block_on(apply(plan, materials, actual.ids(&desired.identity), world, &Nobody))
}

fn run(world: &World, text: &str, purpose: For) -> Applied {
    let plan = plan(world, text, purpose).expect("nothing is refused");
    carry_out(world, text, &plan)
}

/// A world in which our stack took the slot of another team's pool over.
fn taken() -> World {
    let world = World::new(target(), Rules::default());
    let trigger = Trigger { arn: ARN.to_owned(), version: "V1_0".to_owned(), legacy: false };
    let pool = Pool { name: "company".to_owned(), tier: "PLUS".to_owned(), ..Pool::default() };
    let pool =
        LivePool { id: THEIRS.to_owned(), pool, trigger: Some(trigger), ..LivePool::default() };
    world.state.borrow_mut().pools.insert(THEIRS.to_owned(), pool);
    their_function::add(&mut world.state.borrow_mut(), ARN, THEIRS);
    let applied = run(&world, WITH, For::Converging);
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
    world
}

/// A way in which a function stops to work, and what is said of it.
type Damage = (fn(&mut State), &'static str);

fn theirs(state: &mut State) -> &mut InvocationTarget {
    state.others.get_mut(ARN).expect("their function")
}

fn ours(state: &mut State) -> &mut Functions {
    state.functions.get_mut(OURS).expect("our function")
}

const DAMAGES: [Damage; 4] = [
    (|state| drop(state.others.remove(ARN)), "does not exist"),
    (|state| theirs(state).policy.clear(), "does not let the pool eu-west-1_Theirs invoke it"),
    (|state| theirs(state).reserved_concurrency = Some(0), "reserved concurrency is 0"),
    (|state| "Inactive".clone_into(&mut theirs(state).state), "is not active, but Inactive"),
];

#[test]
fn a_previous_trigger_that_fails_is_not_given_back_and_the_plan_says_so() {
    for (damage, says) in DAMAGES {
        for (text, purpose) in
            [(WITH, For::Removing), (WITHOUT, For::Removing), (WITHOUT, For::Converging)]
        {
            let world = taken();
            damage(&mut world.state.borrow_mut());
            let planned = plan(&world, text, purpose).expect("nothing is refused");
            let said = |note: &String| note.contains(says) && note.contains("is not given back");
            assert!(planned.notes.iter().any(said), "{:?}", planned.notes);
            let applied = carry_out(&world, text, &planned);
            assert!(applied.failed.is_empty(), "{:?}", applied.failed);
            let withheld = applied.done.iter().filter_map(|change| change.withheld.as_ref());
            assert_eq!(withheld.filter(|why| said(why)).count(), 1);
            assert_eq!(world.state.borrow().pools[THEIRS].trigger, None);
        }
    }
}

/// The gate looks at the last moment, not when the plan was made.
#[test]
fn what_stopped_to_work_after_the_plan_is_not_given_back_either() {
    for (damage, says) in DAMAGES {
        let world = taken();
        let planned = plan(&world, WITH, For::Removing).expect("nothing is refused");
        damage(&mut world.state.borrow_mut());
        let applied = carry_out(&world, WITH, &planned);
        assert!(applied.failed.is_empty(), "{:?}", applied.failed);
        let mut withheld = applied.done.iter().filter_map(|change| change.withheld.as_ref());
        assert!(withheld.any(|why| why.contains(says)), "{says}");
        assert_eq!(world.state.borrow().pools[THEIRS].trigger, None);
    }
}

fn connection(world: World) -> Connection<World> {
    let caller = block_on(world.caller()).expect("somebody");
    Connection::new(
        world,
        target(),
        caller,
        Clock::system(),
        std::env::temp_dir().join("pretoken-gate"),
    )
}

/// The copy that `destroy` saves names our function, which is gone afterwards.
#[test]
fn a_saved_trigger_that_is_gone_is_not_restored() {
    let world = taken();
    let saved = block_on(world.pool_description(THEIRS)).expect("a description");
    run(&world, WITH, For::Removing);
    let connection = connection(world);
    let withheld = block_on(pool_settings::restore(&connection, THEIRS, &saved, &Nobody));
    let withheld = withheld.expect("restored").expect("a reason");
    assert!(withheld.contains("orders-pre-token:live does not exist"), "{withheld}");
    assert_eq!(connection.cloud.state.borrow().pools[THEIRS].trigger, None);
}

fn told(world: World) -> Status {
    block_on(status(&known(WITHOUT), &connection(world))).expect("a status")
}

fn own() -> World {
    let world = World::new(target(), Rules::default());
    run(&world, WITHOUT, For::Converging);
    world
}

#[test]
fn a_function_that_was_deleted_by_hand_is_said_first() {
    let world = own();
    world.state.borrow_mut().functions.clear();
    let notes = plan(&world, WITHOUT, For::Converging).expect("it is made again").notes;
    let status = told(world);
    assert!(status.deployed, "the pool is there, and nobody can sign in");
    let text = status.broken[0].text();
    assert!(text.starts_with("customers: nobody can sign in: the function arn:"), "{text}");
    assert!(text.ends_with("does not exist") && notes[0].starts_with(&text), "{notes:?}");
    assert!(!told(World::new(target(), Rules::default())).deployed, "nothing is there");
}

#[test]
fn a_throttled_function_is_said_and_no_pool_is_pointed_at_it() {
    let world = own();
    ours(&mut world.state.borrow_mut()).latest.reserved_concurrency = Some(0);
    let notes = plan(&world, WITHOUT, For::Converging).expect("there is nothing to do").notes;
    assert!(notes[0].contains("reserved concurrency is 0"), "{notes:?}");
    world.state.borrow_mut().pools.values_mut().for_each(|pool| pool.trigger = None);
    let refusals = plan(&world, WITHOUT, For::Converging).expect_err("it is refused");
    assert!(refusals[0].hint().contains("delete-function-concurrency"), "{}", refusals[0].hint());

    ours(&mut world.state.borrow_mut()).latest.reserved_concurrency = None;
    let planned = plan(&world, WITHOUT, For::Converging).expect("the slot is to be set");
    ours(&mut world.state.borrow_mut()).latest.reserved_concurrency = Some(0);
    let applied = carry_out(&world, WITHOUT, &planned);
    assert!(matches!(applied.failed[0].1, StepError::Obstacle(_)), "{:?}", applied.failed);
    assert!(world.state.borrow().pools.values().all(|pool| pool.trigger.is_none()));
}

#[test]
fn what_another_account_relies_on_stays() {
    let world = own();
    let theirs = Permission {
        statement_id: "their-pool".to_owned(),
        principal: "cognito-idp.amazonaws.com".to_owned(),
        action: "lambda:InvokeFunction".to_owned(),
        source_arn: Some(
            "arn:aws:cognito-idp:eu-west-1:999999999999:userpool/eu-west-1_Far".to_owned(),
        ),
        source_account: Some("999999999999".to_owned()),
    };
    ours(&mut world.state.borrow_mut()).policy.push(theirs);
    let planned = plan(&world, WITHOUT, For::Converging).expect("a plan");
    assert!(planned.is_empty(), "{:?}", planned.changes());
    assert!(planned.notes[0].contains("`their-pool` lets arn:aws"), "{:?}", planned.notes);
    let refusals = plan(&world, WITHOUT, For::Removing).expect_err("it is refused");
    assert!(refusals[0].to_string().contains("999999999999:userpool/eu-west-1_Far"));
    assert!(refusals[0].hint().contains("--statement-id their-pool"), "{}", refusals[0].hint());
}
