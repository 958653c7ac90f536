//! Plans as people read them: start from a stack where everything is right, change one thing, and look at the text.

mod fake;
#[path = "support/their_function.rs"]
mod their_function;

use fake::{Nobody, World, target};
use pretoken::config;
use pretoken::config::Config;
use pretoken::model::{Attribute, Permission, Tags, Trigger};
use pretoken::reconcile::apply::{Materials, apply};
use pretoken::reconcile::desired::Desired;
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::lifetime;
use pretoken::reconcile::lifetime::End;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Confirmed, converge, destroy};
use trigger::Rules;

const STACK: &str = r#"
name = "orders"

[trigger.environment]
PARTNER_KEY = "s3cr3t"

[pools.customers.clients.web]
[pools.customers.resource_servers.orders]
scopes = { read = "Read orders" }

[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]
"#;

fn config(text: &str) -> Config {
    config::parse(text, "deploy.toml", None).expect("a valid stack").config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn empty() -> World {
    let rules = Rules::compile(config(STACK).rules).expect("valid rules");
    World::new(target(), rules)
}

/// A world in which everything is right.
fn right() -> World {
    let (world, config) = (empty(), config(STACK));
    let desired = Desired::new(&config, target(), "digest");
    let actual = block_on(observe(&world, &Identity::new(&config, target()), For::Converging))
        .expect("a look");
    let plan = converge(&desired, &actual).expect("a plan");
    let materials = Materials { desired: &desired, zip: b"zip", smoke_tests: &[] };
    let applied = block_on(apply(&plan, materials, actual.ids(&desired.identity), &world, &Nobody));
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
    world
}

/// The text of the plan from `world` to `text`, or the refusals.
fn plan(world: &World, text: &str, code: &str, all: bool) -> String {
    let config = config(text);
    let desired = Desired::new(&config, target(), code);
    let actual = block_on(observe(world, &Identity::new(&config, target()), For::Converging))
        .expect("a look");
    let text = match converge(&desired, &actual) {
        Ok(plan) => plan.document(&target(), &[]).text("", all),
        Err(refusals) => refusals
            .iter()
            .map(|refusal| format!("refused: {refusal}\nhint: {}\n", refusal.hint()))
            .collect(),
    };
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn a_new_stack() {
    assert_eq!(
        plan(&empty(), STACK, "digest", false),
        "  + log-group        /aws/lambda/orders-pre-token  create
  + role             orders-pre-token              create
  + pool             customers                     create
  + resource-server  customers/orders              create
  + client           customers/web                 create
  + function         orders-pre-token              create
  + release          orders-pre-token:live         create
  + permission       customers                     create
  + trigger          customers                     create

Plan: 9 to create, 0 to change, 0 to delete, 0 unchanged.
"
    );
}

#[test]
fn nothing_to_do() {
    let world = right();
    let before = world.state.borrow().portable();
    let text = plan(&world, STACK, "digest", false);
    assert_eq!(text, "Nothing to do: 9 resources are as deploy.toml says.\n");
    assert_eq!(world.state.borrow().portable(), before, "planning changes nothing");
}

#[test]
fn other_settings_of_the_function() {
    let changed =
        STACK.replace("[trigger.environment]", "[trigger]\nmemory_mb = 256\n[trigger.environment]");
    assert_eq!(
        plan(&right(), &changed, "digest", false),
        "  ~ function         orders-pre-token       update
      memory_mb  128 -> 256
  ~ release          orders-pre-token:live  update
      version    1 -> (next version)
      memory_mb  128 -> 256

Plan: 0 to create, 2 to change, 0 to delete, 7 unchanged.
"
    );
}

#[test]
fn a_changed_secret_shows_as_changed_and_not_more() {
    let text = plan(&right(), &STACK.replace("s3cr3t", "0th3r"), "digest", true);
    assert!(text.contains("environment.PARTNER_KEY  (secret) -> (secret, changed)"), "{text}");
    assert!(!text.contains("s3cr3t") && !text.contains("0th3r"), "{text}");
    let created = plan(&empty(), STACK, "digest", true);
    assert!(created.contains("environment.PARTNER_KEY  (secret)"), "{created}");
    assert!(!created.contains("s3cr3t"), "{created}");
}

#[test]
fn ids_that_are_still_unknown() {
    let two = STACK.replace(
        "[pools.customers.clients.web]",
        "[pools.customers.clients.web]\n[pools.customers.clients.app]",
    );
    let text = plan(&right(), &two, "digest", false);
    assert!(text.contains("+ client           customers/app          create"), "{text}");
    assert!(text.contains("-> (known after apply)"), "{text}");
}

#[test]
fn new_code() {
    assert_eq!(
        plan(&right(), STACK, "another", false),
        "  ~ function         orders-pre-token       update
      code_sha256  digest -> another
  ~ release          orders-pre-token:live  update
      version      1 -> (next version)
      code_sha256  digest -> another

Plan: 0 to create, 2 to change, 0 to delete, 7 unchanged.
"
    );
}

#[test]
fn somebody_else_in_the_slot() {
    let world = right();
    let other = Trigger {
        arn: "arn:aws:lambda:eu-west-1:123456789012:function:other".to_owned(),
        version: "V1_0".to_owned(),
        legacy: false,
    };
    their_function::add(&mut world.state.borrow_mut(), &other.arn, "eu-west-1_P1");
    world.state.borrow_mut().pools.values_mut().for_each(|pool| pool.trigger = Some(other.clone()));
    assert_eq!(
        plan(&world, STACK, "digest", false),
        "  ~ trigger          customers  update
      arn      arn:aws:lambda:eu-west-1:123456789012:function:other -> arn:aws:lambda:eu-west-1:123456789012:function:orders-pre-token:live
      version  V1_0 -> V2_0

Plan: 0 to create, 1 to change, 0 to delete, 8 unchanged.
"
    );
}

#[test]
fn refusals_come_together() {
    let world = right();
    {
        let mut state = world.state.borrow_mut();
        let stack = |stack: &str| Tags([(Tags::STACK.to_owned(), stack.to_owned())].into());
        state.roles.values_mut().for_each(|role| role.tags = stack("billing"));
        state.log_groups.values_mut().for_each(|group| group.tags = Tags::default());
        state.pools.values_mut().for_each(|pool| pool.pool.tags = stack("billing"));
    }
    assert_eq!(
        plan(&world, STACK, "digest", false),
        "\
refused: the log-group `/aws/lambda/orders-pre-token` exists and does not belong to this stack
hint: choose another `name` in deploy.toml; or, if the log-group is a leftover of this stack, tag it pretoken:stack=orders
refused: the role `orders-pre-token` exists and does not belong to this stack
hint: the role `orders-pre-token` belongs to the stack `billing`; choose another `name` in deploy.toml
refused: a pool named `orders-customers` exists and does not belong to this stack: eu-west-1_P1
hint: to attach to it, set `id` in deploy.toml; if it is this stack's, tag it pretoken:stack=orders; or choose another `name`
"
    );
}

#[test]
fn a_secret_cannot_be_given_later() {
    let changed = STACK.replace(
        "[pools.customers.clients.web]",
        "[pools.customers.clients.web]\ngenerate_secret = true",
    );
    assert_eq!(
        plan(&right(), &changed, "digest", false),
        "\
refused: the client `customers/web` has no secret, and that cannot be changed
hint: set `generate_secret = false`, or declare the client under another key: it gets a new id then
"
    );
}

#[test]
fn two_pools_of_our_name_and_tag() {
    let world = right();
    {
        let mut state = world.state.borrow_mut();
        let mut twin = state.pools.values().next().cloned().expect("a pool");
        twin.id = "eu-west-1_Twin".to_owned();
        state.pools.insert(twin.id.clone(), twin);
    }
    let text = plan(&world, STACK, "digest", false);
    assert!(
        text.starts_with(
            "refused: 2 pools are named `orders-customers` and carry this stack's tag: "
        ),
        "{text}"
    );
    assert!(text.contains("eu-west-1_P1") && text.contains("eu-west-1_Twin"), "{text}");
}

#[test]
fn destroying() {
    let (world, config) = (right(), config(STACK));
    let desired = Desired::new(&config, target(), "");
    let actual = block_on(observe(&world, &Identity::new(&config, target()), For::Removing))
        .expect("a look");
    let plan = destroy(&desired.identity, &actual, &Confirmed::Everything).expect("a plan");
    let text = plan.document(&target(), &[]).text("", false);
    let permission = desired.identity.permission("eu-west-1_P1").statement_id;
    assert_eq!(
        anstream::adapter::strip_str(&text).to_string(),
        format!(
            "  - trigger          customers                     detach
  ~ pool             customers                     update
      deletion_protection  true -> false
  - permission       {permission}     delete
  - pool             customers                     delete
  - function         orders-pre-token              delete
  - role             orders-pre-token              delete
  - log-group        /aws/lambda/orders-pre-token  delete

Plan: 0 to create, 1 to change, 6 to delete, 0 unchanged.
"
        )
    );
    let refused = destroy(&desired.identity, &actual, &Confirmed::Pools([].into()))
        .expect_err("it is protected");
    assert_eq!(
        refused[0].to_string(),
        "the pool `orders-customers` (eu-west-1_P1) is protected from deletion"
    );
    assert_eq!(refused[0].hint(), "to delete it with its users, add --confirm eu-west-1_P1");
}

/// The stack as it is seen before a removal, and what it wants.
fn seen(world: &World) -> (Desired, pretoken::reconcile::actual::Actual) {
    let config = config(STACK);
    let actual =
        block_on(observe(world, &Identity::new(&config, target()), For::Removing)).expect("a look");
    (Desired::new(&config, target(), "digest"), actual)
}

/// Makes everything of the stack expire.
fn expiring(world: &World, end: &str) {
    let (desired, actual) = seen(world);
    let desired = desired.expiring(end);
    let plan = converge(&desired, &actual).expect("a plan");
    let materials = Materials { desired: &desired, zip: b"zip", smoke_tests: &[] };
    let applied = block_on(apply(&plan, materials, actual.ids(&desired.identity), world, &Nobody));
    assert!(applied.failed.is_empty(), "{:?}", applied.failed);
}

#[test]
fn a_lifetime() {
    let world = right();
    let (desired, actual) = seen(&world);
    let plan = converge(&desired.expiring("2026-11-24T05:02:03Z"), &actual).expect("a plan");
    let text = plan.document(&target(), &[]).text("", false);
    assert_eq!(
        anstream::adapter::strip_str(&text).to_string(),
        "  ~ log-group        /aws/lambda/orders-pre-token  update
      tags.pretoken:expires  2026-11-24T05:02:03Z
  ~ role             orders-pre-token              update
      tags.pretoken:expires  2026-11-24T05:02:03Z
  ~ pool             customers                     update
      tags.pretoken:expires  2026-11-24T05:02:03Z
  ~ function         orders-pre-token              update
      tags.pretoken:expires  2026-11-24T05:02:03Z

Plan: 0 to create, 4 to change, 0 to delete, 5 unchanged.
"
    );
}

/// The newest date counts; what carries none, or none that can be read, keeps the whole stack.
#[test]
fn when_a_stack_ends() {
    let world = right();
    let end = |world: &World| {
        let (desired, actual) = seen(world);
        (End::of(&desired.identity, &actual), lifetime::known(&desired.identity, &actual))
    };
    assert_eq!(end(&world), (End::None, None));
    let (early, late) = ("2026-11-24T05:02:03Z".to_owned(), "2026-11-25T05:02:03Z".to_owned());
    expiring(&world, &early);
    assert_eq!(end(&world), (End::At(early.clone()), Some(early)));
    let date = |world: &World, date: Option<&str>| {
        let mut state = world.state.borrow_mut();
        let tags = &mut state.pools.values_mut().next().expect("a pool").pool.tags.0;
        tags.remove(Tags::EXPIRES);
        tags.extend(date.map(|date| (Tags::EXPIRES.to_owned(), date.to_owned())));
    };
    date(&world, Some(&late));
    assert_eq!(end(&world), (End::At(late.clone()), Some(late)));
    date(&world, None);
    let unsure = |what: &str| End::Unsure(format!("the pool eu-west-1_P1 {what}"));
    assert_eq!(end(&world).0, unsure("carries no expiry date"));
    date(&world, Some("soon"));
    assert_eq!(end(&world).0, unsure("carries `soon`, which is no date"));
}

/// Whoever gave an environment a lifetime agreed that its users go with it; its protection still holds.
#[test]
fn users_go_with_an_environment_that_expires() {
    let world = right();
    world
        .state
        .borrow_mut()
        .pools
        .values_mut()
        .for_each(|pool| pool.pool.deletion_protection = false);
    let refused = |world: &World| {
        let (desired, mut actual) = seen(world);
        actual.populated.insert("eu-west-1_P1".to_owned());
        destroy(&desired.identity, &actual, &Confirmed::Pools([].into()))
            .err()
            .map(|all| all[0].to_string())
    };
    let pool = "the pool `orders-customers` (eu-west-1_P1)";
    assert_eq!(refused(&world), Some(format!("{pool} holds users")));
    let tags = |tags: &mut Tags| {
        tags.0.insert(Tags::EXPIRES.to_owned(), "2026-11-24T05:02:03Z".to_owned())
    };
    world.state.borrow_mut().pools.values_mut().for_each(|pool| drop(tags(&mut pool.pool.tags)));
    assert_eq!(refused(&world), None);
    world
        .state
        .borrow_mut()
        .pools
        .values_mut()
        .for_each(|pool| pool.pool.deletion_protection = true);
    assert_eq!(refused(&world), Some(format!("{pool} is protected from deletion")));
}

/// Without `deploy.toml`, a pool of our name without our tag may be unmanaged: it stays.
#[test]
fn only_the_tag_makes_a_discovered_pool_ours() {
    let world = right();
    let identity = Identity::of("orders".parse().expect("a name"), target());
    let removed = |world: &World| {
        let actual = block_on(observe(world, &identity, For::Removing)).expect("a look");
        let everything = Confirmed::Pools(["eu-west-1_P1".to_owned()].into());
        let plan = destroy(&identity, &actual, &everything).expect("a plan");
        let pools = plan.changes().into_iter().filter(|it| it.resource.word() == "pool");
        pools.filter(|it| it.action.word() == "delete").count()
    };
    assert_eq!(removed(&world), 1);
    world.state.borrow_mut().pools.values_mut().for_each(|pool| pool.pool.tags = Tags::default());
    assert_eq!(removed(&world), 0);
}

#[test]
fn a_statement_of_another_engine_that_says_the_same_is_unchanged() {
    let world = right();
    let policy = |change: &dyn Fn(&mut Vec<Permission>)| {
        let mut state = world.state.borrow_mut();
        change(&mut state.functions.values_mut().next().expect("a function").policy);
    };
    policy(&|policy| policy[0].statement_id = "auth-PermissionCustomers-X1".to_owned());
    let text = plan(&world, STACK, "digest", false);
    assert_eq!(text, "Nothing to do: 9 resources are as deploy.toml says.\n");

    policy(&|policy| policy[0].source_account = None);
    let text = plan(&world, STACK, "digest", false);
    let lines: Vec<Vec<&str>> =
        text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["+", "permission", "customers", "create"]);
    assert_eq!(lines[1], ["-", "permission", "auth-PermissionCustomers-X1", "delete"]);
}

#[test]
fn beside_our_own_statement_another_that_says_the_same_goes() {
    let world = right();
    {
        let mut state = world.state.borrow_mut();
        let policy = &mut state.functions.values_mut().next().expect("a function").policy;
        policy.insert(0, Permission { statement_id: "by-hand".to_owned(), ..policy[0].clone() });
    }
    let text = plan(&world, STACK, "digest", false);
    assert_eq!(
        text,
        "  - permission       by-hand  delete\n\nPlan: 0 to create, 0 to change, 1 to delete, 9 unchanged.\n"
    );
}

#[test]
fn a_stack_that_another_engine_deploys() {
    let world = right();
    {
        let mut state = world.state.borrow_mut();
        let tags = &mut state.functions.values_mut().next().expect("a function").latest.tags;
        tags.0.insert("managed-by".to_owned(), "terraform".to_owned());
    }
    let text = plan(&world, STACK, "digest", false);
    assert!(text.contains("tags.managed-by  terraform -> pretoken"), "{text}");
    assert!(text.contains("this stack is deployed by terraform, from an export"), "{text}");
}

#[test]
fn a_setting_of_the_api_is_a_line_and_what_is_fixed_a_refusal() {
    let pool = "[pools.customers]\npolicies.password_policy.minimum_length = 14\n\
                [pools.customers.attributes.tenant]\n[pools.customers.clients.web]";
    let declared = STACK.replace("[pools.customers.clients.web]", pool);
    let world = right();
    let text = plan(&world, &declared, "digest", false);
    assert!(text.contains("policies.password_policy.minimum_length  12 -> 14"), "{text}");
    assert!(text.contains("attributes.custom:tenant"), "{text}");
    let number = Attribute { kind: "Number".to_owned(), ..Attribute::usual("custom:tenant") };
    for live in world.state.borrow_mut().pools.values_mut() {
        live.pool.attributes.insert("custom:tenant".to_owned(), number.clone());
    }
    let text = plan(&world, &declared, "digest", false);
    let refused = r#"attributes.tenant.type is "Number", is to be "String""#;
    assert!(text.starts_with(&format!("refused: pools.customers.{refused}")), "{text}");
}
