//! The slot of an adopted pool: taken over, remembered, given back, from every place where a run can be cut off.

mod fake;
#[path = "support/their_function.rs"]
mod their_function;

use fake::{Nobody, State, When, World, target};
use pretoken::config;
use pretoken::config::Config;
use pretoken::model::tags::previous_trigger;
use pretoken::model::{LivePool, Pool, Tags, Trigger};
use pretoken::reconcile::apply::{Materials, apply};
use pretoken::reconcile::desired::{Consents, Desired};
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Confirmed, Plan, Refusal, converge, destroy};
use trigger::Rules;

const THEIRS: &str = "eu-west-1_Theirs";
const WITHOUT: &str = "name = \"orders\"\n[pools.customers]\n";
const WITH: &str =
    "name = \"orders\"\n[pools.customers]\n[pools.company]\nid = \"eu-west-1_Theirs\"\n";

fn previous_triggers() -> [Trigger; 3] {
    [("V1_0", true), ("V1_0", false), ("V2_0", false)].map(|(version, legacy)| Trigger {
        arn: "arn:aws:lambda:eu-west-1:123456789012:function:theirs:prod".to_owned(),
        version: version.to_owned(),
        legacy,
    })
}

fn theirs(trigger: &Trigger) -> LivePool {
    let tags = Tags([("team".to_owned(), "identity".to_owned())].into());
    LivePool {
        id: THEIRS.to_owned(),
        pool: Pool {
            name: "company".to_owned(),
            tier: "ESSENTIALS".to_owned(),
            deletion_protection: true,
            tags,
            ..Pool::default()
        },
        trigger: Some(trigger.clone()),
        other_triggers: vec!["PreSignUp".to_owned()],
        ..LivePool::default()
    }
}

fn config(text: &str) -> Config {
    config::parse(text, "deploy.toml", None).expect("a valid stack").config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn world(state: &State) -> World {
    let world = World::new(target(), Rules::default());
    world.state.replace(state.clone());
    world
}

/// A world with nothing but the pool of the others.
fn start(trigger: &Trigger) -> State {
    let mut state = State::default();
    state.pools.insert(THEIRS.to_owned(), theirs(trigger));
    their_function::add(&mut state, &trigger.arn, THEIRS);
    state
}

fn desired(text: &str, take_over: bool) -> Desired {
    let mut desired = Desired::new(&config(text), target(), "digest");
    desired.consent = Consents { take_over, ..Consents::default() };
    desired
}

/// One run, which may be cut off. Returns how many changing calls it made.
fn run(world: &World, text: &str, purpose: For) -> usize {
    world.calls.borrow_mut().clear();
    let desired = desired(text, true);
    let actual =
        block_on(observe(world, &Identity::new(&config(text), target()), purpose)).expect("a look");
    let plan: Plan = match purpose {
        For::Converging => converge(&desired, &actual),
        For::Removing => destroy(&desired.identity, &actual, &Confirmed::Everything),
    }
    .expect("nothing is refused");
    let materials = Materials { desired: &desired, zip: b"zip", smoke_tests: &[] };
    block_on(apply(&plan, materials, actual.ids(&desired.identity), world, &Nobody));
    world.calls.borrow().len()
}

/// Whoever holds the slot, nobody has forgotten what was in it.
fn remembered(world: &World, previous: &Trigger) {
    let state = world.state.borrow();
    let held = state.pools[THEIRS].trigger.as_ref();
    let tags = state.functions.values().next().map(|function| &function.latest.tags);
    let kept = tags.and_then(|tags| previous_trigger::of(tags, THEIRS));
    assert!(
        held == Some(previous) || kept.as_ref() == Some(previous),
        "lost: {held:?}, {kept:?}, after {:?}",
        world.calls.borrow()
    );
}

/// Runs to the end from `start`, and again with every call lost before and after it took effect.
fn cut_off_everywhere(
    start: &State,
    text: &str,
    purpose: For,
    previous: &Trigger,
    right: impl Fn(&State),
) {
    let clean = world(start);
    let calls = run(&clean, text, purpose);
    assert!(calls > 0, "there is something to do");
    right(&clean.state.borrow());
    assert_eq!(run(&clean, text, purpose), 0, "a second run changes something");
    for nth in 1..=calls {
        for when in [When::Before, When::After] {
            let world = world(start);
            world.failure.set(Some((nth, when)));
            run(&world, text, purpose);
            remembered(&world, previous);
            world.failure.set(None);
            run(&world, text, purpose);
            right(&world.state.borrow());
            assert_eq!(
                run(&world, text, purpose),
                0,
                "call {nth} {when:?}: a third run changes something"
            );
        }
    }
}

fn taken(trigger: &Trigger) -> State {
    let world = world(&start(trigger));
    run(&world, WITH, For::Converging);
    world.state.into_inner()
}

#[test]
fn a_slot_is_taken_over_and_the_previous_trigger_remembered() {
    for previous in previous_triggers() {
        cut_off_everywhere(&start(&previous), WITH, For::Converging, &previous, |state| {
            assert_eq!(state.pools[THEIRS].trigger, Some(desired(WITH, true).trigger()));
            let function = &state.functions["orders-pre-token"].latest;
            assert_eq!(previous_trigger::of(&function.tags, THEIRS).as_ref(), Some(&previous));
        });
    }
}

#[test]
fn destroy_gives_it_back_exactly() {
    for previous in previous_triggers() {
        cut_off_everywhere(&taken(&previous), WITH, For::Removing, &previous, |state| {
            assert_eq!(state.portable(), start(&previous).portable(), "the world is as it was");
        });
    }
}

/// Also when `destroy` runs with a `deploy.toml` that has already forgotten the pool.
#[test]
fn destroy_gives_back_what_is_no_longer_declared() {
    for previous in previous_triggers() {
        cut_off_everywhere(&taken(&previous), WITHOUT, For::Removing, &previous, |state| {
            assert_eq!(state.portable(), start(&previous).portable(), "the world is as it was");
        });
    }
}

#[test]
fn a_pool_that_is_no_longer_declared_gets_it_back_and_is_forgotten() {
    for previous in previous_triggers() {
        cut_off_everywhere(&taken(&previous), WITHOUT, For::Converging, &previous, |state| {
            assert_eq!(state.pools[THEIRS], theirs(&previous));
            let function = &state.functions["orders-pre-token"].latest;
            assert_eq!(previous_trigger::of(&function.tags, THEIRS), None, "nothing stale stays");
        });
    }
}

/// Taking over half of it and going away leaves the others where they were.
#[test]
fn destroy_ends_what_a_lost_run_began() {
    for previous in previous_triggers() {
        let start = start(&previous);
        let clean = world(&start);
        for nth in 1..=run(&clean, WITH, For::Converging) {
            for when in [When::Before, When::After] {
                let world = world(&start);
                world.failure.set(Some((nth, when)));
                run(&world, WITH, For::Converging);
                world.failure.set(None);
                run(&world, WITH, For::Removing);
                assert_eq!(
                    world.state.borrow().portable(),
                    start.portable(),
                    "call {nth} {when:?}"
                );
            }
        }
    }
}

/// The memory is in place before the slot changes hands, also when the function was there before.
#[test]
fn the_memory_is_written_first() {
    let [previous, ..] = previous_triggers();
    let world = world(&start(&previous));
    run(&world, WITHOUT, For::Converging);
    run(&world, WITH, For::Converging);
    let calls = world.calls.borrow();
    let at = |name: &str| calls.iter().position(|call| call == name).expect("it was called");
    assert!(at("TagResource") < at("UpdateUserPool"), "{calls:?}");
}

#[test]
fn without_the_flag_it_is_refused_and_with_it_the_plan_says_so() {
    let [previous, ..] = previous_triggers();
    let world = world(&start(&previous));
    let actual =
        block_on(observe(&world, &Identity::new(&config(WITH), target()), For::Converging))
            .expect("a look");
    let refusals = converge(&desired(WITH, false), &actual).expect_err("it is taken");
    let slot = Refusal::SlotTaken {
        id: THEIRS.to_owned(),
        arn: previous.arn.clone(),
        version: previous.version.clone(),
    };
    assert_eq!(refusals, [slot]);
    assert!(refusals[0].hint().contains("--take-over"), "{}", refusals[0].hint());
    let plan = converge(&desired(WITH, true), &actual).expect("a plan");
    let text =
        anstream::adapter::strip_str(&plan.document(&target(), &[]).text("", false)).to_string();
    for line in [
        "~ trigger          company                       take-over",
        "      arn      arn:aws:lambda:eu-west-1:123456789012:function:theirs:prod -> arn:aws:lambda:eu-west-1:123456789012:function:orders-pre-token:live",
        "version  V1_0 (legacy field) -> V2_0",
        "moves it from V1_0 (the legacy field) to V2_0",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}
