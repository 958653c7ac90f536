//! What `deploy.toml` declares is compared and repaired, and what it does not say is left alone.

#[expect(dead_code, reason = "each test crate uses a part of it")]
mod fake;

use fake::{Nobody, World, target};
use pretoken::config;
use pretoken::config::Config;
use pretoken::model::Vpc;
use pretoken::reconcile::apply::{Materials, apply};
use pretoken::reconcile::desired::Desired;
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Plan, converge};
use trigger::Rules;

const PLAIN: &str = r#"
name = "orders"

[pools.customers.clients.web]
[pools.customers.groups]
staff = "Order desk"
"#;

const RICH: &str = r#"
name = "orders"

[tags]
CostCenter = "identity"

[trigger]
log_retention_days = "never"
tracing = "Active"
log_format = "JSON"
log_kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/log"
kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/variables"
layers = ["arn:aws:lambda:eu-west-1:123456789012:layer:tools:1"]
reserved_concurrency = 50
vpc = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
role.managed_policies = ["arn:aws:iam::123456789012:policy/more"]

[[trigger.permissions]]
actions = ["dynamodb:GetItem"]
resources = ["arn:aws:dynamodb:eu-west-1:123456789012:table/plans"]

[pools.customers.triggers]
post_confirmation = "arn:aws:lambda:eu-west-1:123456789012:function:welcome"

[pools.customers.clients.web]
[pools.customers.groups]
staff = { description = "Order desk", precedence = 10, role_arn = "arn:aws:iam::123456789012:role/staff" }
"#;

fn config(text: &str) -> Config {
    config::parse(text, "deploy.toml", None).expect("a valid stack").config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn world() -> World {
    World::new(target(), Rules::compile(vec![]).expect("no rules"))
}

fn plan(world: &World, text: &str) -> (Desired, Plan) {
    let config = config(text);
    let identity = Identity::new(&config, target());
    let actual = block_on(observe(world, &identity, For::Converging)).expect("a look");
    let desired = Desired::new(&config, target(), "digest");
    let plan = converge(&desired, &actual).expect("a plan");
    (desired, plan)
}

fn up(world: &World, text: &str) {
    let (desired, plan) = plan(world, text);
    let identity = Identity::new(&config(text), target());
    let actual = block_on(observe(world, &identity, For::Converging)).expect("a look");
    let materials = Materials { desired: &desired, zip: b"zip", smoke_tests: &[] };
    let applied = block_on(apply(&plan, materials, actual.ids(&desired.identity), world, &Nobody));
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
}

/// Resource and path of everything that a plan changes.
fn changes(world: &World, text: &str) -> Vec<String> {
    let (_, plan) = plan(world, text);
    let changes = plan.changes();
    let paths = changes.iter().flat_map(|change| {
        change.fields.iter().map(|field| format!("{} {}", change.resource.word(), field.path))
    });
    paths.collect()
}

#[test]
fn everything_that_is_declared_is_set_shown_and_repaired() {
    let world = world();
    up(&world, PLAIN);
    let edit = [
        "log-group tags.CostCenter",
        "role attached.arn:aws:iam::123456789012:policy/more",
        "role policy.permissions",
        "role tags.CostCenter",
        "pool tags.CostCenter",
        "pool triggers.post_confirmation",
        "group precedence",
        "group role_arn",
        "log-group kms_key_arn",
        "function tracing",
        "function log_format",
        "function vpc.subnet_ids",
        "function layers",
        "function kms_key_arn",
        "function reserved_concurrency",
        "function tags.CostCenter",
        "release tracing",
        "release log_format",
        "release vpc.security_group_ids",
        "release layers",
        "release kms_key_arn",
    ];
    let changed = changes(&world, RICH);
    for line in edit {
        assert!(changed.iter().any(|it| it == line), "{line} is not in {changed:#?}");
    }
    up(&world, RICH);
    assert_eq!(changes(&world, RICH), Vec::<String>::new());
    {
        let mut state = world.state.borrow_mut();
        let role = state.roles.values_mut().next().expect("a role");
        role.attached.clear();
        role.policies.remove("permissions");
        let group = state.pools.values_mut().next().expect("a pool");
        group.groups.values_mut().for_each(|group| group.precedence = Some(3));
        group.pool.settings.remove("triggers");
        state.log_groups.values_mut().for_each(|group| group.kms_key_arn = None);
        let function = &mut state.functions.values_mut().next().expect("a function").latest;
        function.reserved_concurrency = None;
        function.settings.vpc = Some(Vpc::default());
    }
    let drifted = changes(&world, RICH);
    assert_eq!(drifted.len(), 8, "{drifted:?}");
    up(&world, RICH);
    assert_eq!(changes(&world, RICH), Vec::<String>::new());
}

/// The functions are somebody else's, and so are their policies.
#[test]
fn a_plan_says_what_functions_of_other_triggers_need() {
    let world = world();
    let notes = |text: &str| plan(&world, text).1.notes;
    let [note] = notes(RICH).try_into().expect("one note");
    for part in ["post_confirmation arn:aws:lambda:", ":welcome", "add-permission"] {
        assert!(note.contains(part), "{note}");
    }
    up(&world, RICH);
    assert_eq!(notes(RICH), Vec::<String>::new());
}

/// An emulator has none of the account's functions.
#[test]
fn other_triggers_are_left_out_of_the_emulator() {
    let local = pretoken::model::Target { local: true, ..target() };
    let desired = Desired::new(&config(RICH), local, "digest");
    let pretoken::reconcile::desired::Holder::Owned(pool) = &desired.pools["customers"].holder
    else {
        panic!("an own pool")
    };
    assert!(!pool.settings.contains_key("triggers"), "{:?}", pool.settings);
}

#[test]
fn what_is_no_longer_said_is_left_alone() {
    let world = world();
    up(&world, RICH);
    // Policies of the role are the stack's alone, and events are kept for thirty days unless it says otherwise.
    let expected = [
        "log-group retention_days",
        "role policy.permissions",
        "role attached.arn:aws:iam::123456789012:policy/more",
    ];
    assert_eq!(changes(&world, PLAIN), expected);
    up(&world, PLAIN);
    let state = world.state.borrow();
    let pool = state.pools.values().next().expect("a pool");
    assert_eq!(pool.groups["staff"].precedence, Some(10));
    assert_eq!(pool.pool.tags.0["CostCenter"], "identity");
}
