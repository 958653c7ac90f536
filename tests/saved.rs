//! What makes a saved plan stale: everything that a plan depends on, and nothing else. No secret is in it.

#[path = "fake/drift.rs"]
mod drift;
#[expect(dead_code, reason = "other tests use the rest of it")]
mod fake;
#[path = "support/their_function.rs"]
mod their_function;

use std::collections::{BTreeMap, BTreeSet};

use drift::Drift;
use fake::{Nobody, State, World, target};
use pretoken::config;
use pretoken::config::Config;
use pretoken::model::tags::verified_versions::{Mark, VerifiedVersions};
use pretoken::model::{Client, Group, LivePool, Permission, Pool, ResourceServer, Tags, Trigger};
use pretoken::reconcile::apply::{Materials, apply};
use pretoken::reconcile::desired::Desired;
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Inputs, converge};
use serde_json::{Value, json};
use trigger::Rules;

const SALT: &[u8] = b"the same for all files of a test";

const STACK: &str = r#"
name = "orders"
region = "eu-west-1"

[trigger.environment]
PARTNER_KEY = "s3cr3t"

[pools.customers.clients.web]
auth_flows = ["user-password", "refresh-token"]

[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }

[pools.customers.groups]
staff = "Order desk"

[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]

[[rules]]
name = "staff write"
groups = ["staff"]
add_scopes = ["orders/write"]

[[expect]]
name = "staff can write"
client = "web"
groups = ["staff"]
scopes = ["orders/write"]
"#;

fn config(text: &str) -> Config {
    config::parse(text, "deploy.toml", None).expect("a valid stack").config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn world(state: State) -> World {
    let world = World::new(target(), Rules::default());
    world.state.replace(state);
    world
}

/// What a plan for this text and this world follows from.
fn inputs(text: &str, state: State) -> Inputs {
    let config = config(text);
    of(&config, &Desired::new(&config, target(), "digest"), state).0
}

/// The same, and the plan.
fn of(config: &Config, desired: &Desired, state: State) -> (Inputs, String) {
    let actual =
        block_on(observe(&world(state), &Identity::new(config, target()), For::Converging))
            .expect("a look");
    let inputs = Inputs::new(SALT, &json!(config), desired, &actual);
    (inputs, format!("{:?}", converge(desired, &actual).map(|plan| plan.steps)))
}

/// The world after a run of this text on this world.
fn after(text: &str, state: State) -> State {
    let (world, config) = (world(state), config(text));
    let desired = Desired::new(&config, target(), "digest");
    let actual = block_on(observe(&world, &Identity::new(&config, target()), For::Converging))
        .expect("a look");
    let plan = converge(&desired, &actual).expect("a plan");
    let materials = Materials { desired: &desired, zip: b"zip", smoke_tests: &[] };
    let applied = block_on(apply(&plan, materials, actual.ids(&desired.identity), &world, &Nobody));
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
    world.state.into_inner()
}

fn right() -> State {
    after(STACK, State::default())
}

/// What is said to have moved when the world becomes this one.
fn moved(text: &str, before: &State, change: impl FnOnce(&mut State)) -> Vec<String> {
    let mut state = before.clone();
    change(&mut state);
    let (then, now) = (inputs(text, before.clone()), inputs(text, state));
    then.moved(&now).iter().map(ToString::to_string).collect()
}

#[test]
fn worlds_that_lead_to_other_plans_are_told_apart() {
    let (right, config) = (right(), config(STACK));
    let desired = Desired::new(&config, target(), "digest");
    let mut plans = BTreeMap::new();
    let all = Drift::all();
    for drift in &all {
        let state = drift.state(&right, &desired);
        let (inputs, plan) = of(&config, &desired, state);
        let seen = serde_json::to_string(&inputs.observed).expect("JSON");
        let first = plans.entry(seen).or_insert_with(|| (plan.clone(), *drift));
        assert_eq!(first.0, plan, "{:?} and {drift:?} look alike in a saved plan", first.1);
    }
    assert!(plans.len() > 1000, "{} of {} worlds differ", plans.len(), all.len());
}

#[test]
fn what_moved_is_named() {
    let right = right();
    let none: [&str; 0] = [];
    assert_eq!(moved(STACK, &right, |_| ()), none);
    let said = moved(STACK, &right, |state| {
        state.log_groups.clear();
        let role = state.roles.values_mut().next().expect("a role");
        role.trust = json!({"Statement": []});
        role.attached.insert("arn:aws:iam::aws:policy/AdministratorAccess".to_owned());
        let function = state.functions.values_mut().next().expect("a function");
        function.latest.settings.memory_mb = 256;
        function.latest.settings.environment.insert("PARTNER_KEY".to_owned(), "other".to_owned());
        function.policy.push(Permission {
            statement_id: "by-hand".to_owned(),
            principal: "cognito-idp.amazonaws.com".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            source_arn: None,
            source_account: None,
        });
        let pool = state.pools.values_mut().next().expect("a pool");
        pool.trigger = None;
        pool.pool.tier = "PLUS".to_owned();
        pool.groups.clear();
    });
    assert_eq!(
        said,
        [
            "the function orders-pre-token is not as the plan saw it: environment.PARTNER_KEY, memory_mb",
            "the group customers/staff is gone",
            "the log-group /aws/lambda/orders-pre-token is gone",
            "the permission by-hand was not there when the plan was made",
            "the pool customers is not as the plan saw it: tier",
            "the role orders-pre-token is not as the plan saw it: attached.arn:aws:iam::aws:policy/AdministratorAccess, trust",
            "the trigger customers is gone",
        ]
    );
}

#[test]
fn what_a_plan_does_not_depend_on_makes_none_stale() {
    let none: [&str; 0] = [];
    let said = moved(STACK, &right(), |state| {
        let theirs =
            |tags: &mut Tags| drop(tags.0.insert("cost-center".to_owned(), "42".to_owned()));
        state.log_groups.values_mut().for_each(|group| theirs(&mut group.tags));
        state.roles.values_mut().for_each(|role| theirs(&mut role.tags));
        state.functions.values_mut().for_each(|function| {
            theirs(&mut function.latest.tags);
            function.latest.tags.0.extend(VerifiedVersions::tag("1", &Mark::default()).0);
            function.policy.push(Permission {
                statement_id: "their-own".to_owned(),
                principal: "events.amazonaws.com".to_owned(),
                action: "lambda:InvokeFunction".to_owned(),
                source_arn: None,
                source_account: None,
            });
        });
        state.pools.values_mut().for_each(|pool| {
            theirs(&mut pool.pool.tags);
            pool.other_triggers.push("PreSignUp".to_owned());
            pool.preserved.settings.push("MfaConfiguration".to_owned());
            pool.domain = Some("shop".to_owned());
            let group = Group {
                name: "made by hand".to_owned(),
                description: String::new(),
                precedence: None,
                role_arn: None,
            };
            pool.groups.insert(group.name.clone(), group);
            let server = ResourceServer {
                identifier: "theirs".to_owned(),
                name: "theirs".to_owned(),
                scopes: BTreeMap::new(),
            };
            pool.resource_servers.insert("theirs".to_owned(), server);
        });
        state.users.insert("alice".to_owned());
    });
    assert_eq!(said, none);
}

/// An adopted pool, in which another stack of ours works too.
const SHARED: &str = r#"
name = "orders"
[pools.company]
id = "eu-west-1_Theirs"
[pools.company.clients.web]
[pools.company.clients.shop]
id = "theirshop"
"#;

fn shared() -> State {
    let client = |name: &str| Client {
        name: name.to_owned(),
        auth_flows: ["ALLOW_USER_PASSWORD_AUTH".to_owned()].into(),
        has_secret: false,
        access_token_s: 3600,
        ..Client::default()
    };
    let pool = LivePool {
        id: "eu-west-1_Theirs".to_owned(),
        pool: Pool { name: "company".to_owned(), tier: "ESSENTIALS".to_owned(), ..Pool::default() },
        clients: [("theirshop".to_owned(), client("shop"))].into(),
        ..LivePool::default()
    };
    let mut state = State::default();
    state.pools.insert(pool.id.clone(), pool);
    after(SHARED, state)
}

#[test]
fn in_an_adopted_pool_only_our_part_counts() {
    let shared = shared();
    let none: [&str; 0] = [];
    let said = moved(SHARED, &shared, |state| {
        let pool = state.pools.values_mut().next().expect("a pool");
        pool.pool.name = "company 2".to_owned();
        pool.pool.deletion_protection = true;
        let shop = pool.clients.get_mut("theirshop").expect("their client");
        shop.access_token_s = 60;
        let other = Client { name: "orders-pr-1-web".to_owned(), ..shop.clone() };
        pool.clients.insert("of-another-stack".to_owned(), other);
    });
    assert_eq!(said, none);
    let said = moved(SHARED, &shared, |state| {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:theirs".to_owned();
        let id = state.pools.keys().next().cloned().expect("a pool");
        their_function::add(state, &arn, &id);
        let pool = state.pools.values_mut().next().expect("a pool");
        pool.pool.tier = "LITE".to_owned();
        pool.clients.remove("theirshop");
        pool.trigger = Some(Trigger { arn, version: "V1_0".to_owned(), legacy: true });
        for client in pool.clients.values_mut() {
            client.access_token_s = 60;
        }
        pool.preserved.left_out.push("Policies.SignInPolicy: {}".to_owned());
    });
    assert_eq!(
        said,
        [
            "the client company/shop is gone",
            "the client company/web is not as the plan saw it: client1.access_token_s",
            "the pool company is not as the plan saw it: left_out, tier",
            "the trigger company is not as the plan saw it: arn, version",
        ]
    );
}

/// What is said to have changed in the configuration.
fn changed(from: &str, to: &str) -> Vec<String> {
    let other = STACK.replace(from, to);
    assert_ne!(other, STACK);
    let (then, now) = (inputs(STACK, State::default()), inputs(&other, State::default()));
    then.moved(&now).iter().map(ToString::to_string).collect()
}

#[test]
fn keys_of_the_configuration_are_named() {
    let since = |keys: &str| vec![format!("deploy.toml changed since: {keys}")];
    assert_eq!(
        changed("[trigger.environment]", "[trigger]\nmemory_mb = 256\n[trigger.environment]"),
        since("trigger.memory_mb")
    );
    assert_eq!(changed("s3cr3t", "another"), since("trigger.environment.PARTNER_KEY"));
    assert_eq!(changed("[\"orders/read\"]", "[\"orders/write\"]"), since("rules.everyone reads"));
    assert_eq!(
        changed("name = \"staff write\"", "name = \"desk writes\""),
        since("rules.desk writes, rules.staff write")
    );
    assert_eq!(
        changed("staff = \"Order desk\"", "staff = \"Order desk\"\nmanagers = \"Heads\""),
        since("pools.customers.groups.managers.description")
    );
    assert_eq!(
        changed("name = \"staff can write\"", "name = \"promise\""),
        since("expect.promise, expect.staff can write")
    );
    let none: [&str; 0] = [];
    assert_eq!(changed("\n[pools", "\n# a remark\n[pools"), none, "remarks mean nothing");
}

#[test]
fn the_order_of_rules_counts() {
    let (one, two) = (STACK.find("[[rules]]"), STACK.rfind("[[rules]]"));
    let (one, two, end) =
        (one.expect("one"), two.expect("two"), STACK.find("[[expect]]").expect("an end"));
    let swapped = [&STACK[..one], &STACK[two..end], &STACK[one..two], &STACK[end..]].concat();
    let (then, now) = (inputs(STACK, State::default()), inputs(&swapped, State::default()));
    let said: Vec<_> = then.moved(&now).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["deploy.toml changed since: rules"]);
}

#[test]
fn another_package_is_named_by_both_hashes() {
    let config = config(STACK);
    let inputs = |code: &str| {
        let desired = Desired::new(&config, target(), code);
        let actual = block_on(observe(
            &world(State::default()),
            &Identity::new(&config, target()),
            For::Converging,
        ));
        Inputs::new(SALT, &Value::Null, &desired, &actual.expect("a look"))
    };
    let said: Vec<_> =
        inputs("one").moved(&inputs("two")).iter().map(ToString::to_string).collect();
    assert_eq!(said, ["the package differs: the plan has one, this one is two"]);
}

#[test]
fn no_value_is_in_it_and_another_salt_makes_other_digests() {
    let state = right();
    let config = config(STACK);
    let desired = Desired::new(&config, target(), "digest");
    let actual =
        block_on(observe(&world(state), &Identity::new(&config, target()), For::Converging))
            .expect("a look");
    let of = |salt: &[u8]| Inputs::new(salt, &json!(config), &desired, &actual);
    let (one, two) = (of(b"salt"), of(b"pepper"));
    let text = serde_json::to_string(&one).expect("JSON");
    assert!(!text.contains("s3cr3t") && !text.contains("Read orders"), "{text}");
    assert!(text.contains("environment.PARTNER_KEY"), "names are no secret");
    let digests = |inputs: &Inputs| -> Vec<String> {
        inputs
            .observed
            .values()
            .flat_map(BTreeMap::values)
            .chain(inputs.config.values())
            .cloned()
            .collect()
    };
    let (ones, twos) = (digests(&one), digests(&two));
    assert!(ones.iter().all(|digest| !twos.contains(digest)));
    let different: BTreeSet<_> = ones.iter().collect();
    assert_eq!(different.len(), ones.len(), "equal values at two places do not look alike");
    assert_eq!(two.now(&json!(config), &desired, &actual), Some(two), "the salt is in the file");
}
