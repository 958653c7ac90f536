//! Whose things in pools are: what the stack remembers having made, and nothing that is merely called so.

mod fake;

use std::collections::BTreeSet;

use fake::{Nobody, State, World, target};
use pretoken::codes::Code;
use pretoken::config;
use pretoken::config::Config;
use pretoken::model::{Client, Group, IdentityProvider, LivePool, Pool, ResourceServer, Target};
use pretoken::ops::up::nothing_left;
use pretoken::reconcile::apply::{Materials, apply};
use pretoken::reconcile::desired::Desired;
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Confirmed, Plan, Refusal, converge, destroy};
use trigger::Rules;

const COMPANY: &str = "eu-west-1_Company";

/// A stack in an adopted pool, with one thing of each kind.
const ADOPTED: &str = r#"
name = "orders"
[pools.company]
id = "eu-west-1_Company"
[pools.company.clients.web]
[pools.company.resource_servers.orders]
scopes = { read = "Read orders" }
[pools.company.groups]
staff = "Order desk"
"#;

/// The same in a pool of its own.
const OWN: &str = r#"
name = "orders"
[pools.company]
deletion_protection = false
[pools.company.clients.web]
[pools.company.resource_servers.orders]
scopes = { read = "Read orders" }
[pools.company.groups]
staff = "Order desk"
"#;

fn config(text: &str) -> Config {
    config::parse(text, "deploy.toml", None).expect("a valid stack").config
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// A client as its owner made it, with a lifetime that no stack asks for.
fn client(name: &str) -> Client {
    Client {
        name: name.to_owned(),
        auth_flows: ["ALLOW_USER_SRP_AUTH".to_owned()].into(),
        has_secret: false,
        access_token_s: 600,
        ..Client::default()
    }
}

fn server(scopes: &[&str]) -> ResourceServer {
    let scope = |name: &&str| ((*name).to_owned(), "of its owner".to_owned());
    ResourceServer {
        identifier: "orders".to_owned(),
        name: "orders-orders".to_owned(),
        scopes: scopes.iter().map(scope).collect(),
    }
}

/// A world with the company's pool in it.
fn world() -> World {
    let world = World::new(target(), Rules::default());
    let mut state = State::default();
    let pool = Pool {
        name: "company".to_owned(),
        tier: "ESSENTIALS".to_owned(),
        deletion_protection: true,
        ..Pool::default()
    };
    let live = LivePool { id: COMPANY.to_owned(), pool, ..LivePool::default() };
    state.pools.insert(COMPANY.to_owned(), live);
    world.state.replace(state);
    world
}

fn plan_in(world: &World, text: &str, target: Target) -> Result<Plan, Vec<Refusal>> {
    let config = config(text);
    let identity = Identity::new(&config, target.clone());
    let actual = block_on(observe(world, &identity, For::Converging)).expect("a look");
    converge(&Desired::new(&config, target, "digest"), &actual)
}

fn plan(world: &World, text: &str) -> Result<Plan, Vec<Refusal>> {
    plan_in(world, text, target())
}

/// Deploys, and looks again: nothing is left to do.
fn up(world: &World, text: &str) {
    let todo = plan(world, text).expect("nothing is refused");
    carry_out(world, text, &todo);
    let left = plan(world, text).expect("nothing is refused");
    assert_eq!(left.changes(), vec![], "a second run has something to do");
}

fn carry_out(world: &World, text: &str, plan: &Plan) {
    let desired = Desired::new(&config(text), target(), "digest");
    let identity = &desired.identity;
    let actual = block_on(observe(world, identity, For::Removing)).expect("a look");
    let materials = Materials { desired: &desired, zip: b"zip", smoke_tests: &[] };
    let applied = block_on(apply(plan, materials, actual.ids(identity), world, &Nobody));
    assert!(applied.failed.is_empty() && applied.left.is_empty(), "{:?}", applied.failed);
}

fn removal(world: &World, identity: &Identity) -> Plan {
    let actual = block_on(observe(world, identity, For::Removing)).expect("a look");
    destroy(identity, &actual, &Confirmed::Everything).expect("nothing is refused")
}

fn down(world: &World, text: &str) {
    let todo = removal(world, &Identity::new(&config(text), target()));
    carry_out(world, text, &todo);
}

/// The company's pool as it is: clients, resource servers and groups.
fn names(world: &World, pool: &str) -> BTreeSet<String> {
    let state = world.state.borrow();
    let live = &state.pools[pool];
    let clients = live.clients.values().map(|client| client.name.clone());
    clients
        .chain(live.resource_servers.keys().cloned())
        .chain(live.groups.keys().cloned())
        .collect()
}

fn edit(world: &World, change: impl FnOnce(&mut LivePool)) {
    change(world.state.borrow_mut().pools.get_mut(COMPANY).expect("the company's pool"));
}

#[test]
fn what_is_left_after_a_run_is_named() {
    let world = world();
    let left = plan(&world, ADOPTED).expect("nothing is refused");
    let failure = nothing_left(&left).expect_err("nothing is made");
    assert_eq!(failure.code, Code::NotSettled);
    assert!(failure.error.to_string().contains("orders-pre-token (create)"), "{failure:?}");
    up(&world, ADOPTED);
    assert!(nothing_left(&plan(&world, ADOPTED).expect("nothing is refused")).is_ok());
}

#[test]
fn a_client_that_is_merely_called_so_is_neither_changed_nor_deleted() {
    let world = world();
    edit(&world, |pool| drop(pool.clients.insert("theirs".to_owned(), client("orders-web"))));
    let before = world.state.borrow().pools[COMPANY].clients.clone();
    let refusals = plan(&world, ADOPTED).expect_err("it is not ours");
    let unmanaged = Refusal::UnmanagedClient {
        at: "company/web".to_owned(),
        name: "orders-web".to_owned(),
        id: "theirs".to_owned(),
    };
    assert_eq!(refusals, [unmanaged]);
    assert!(refusals[0].hint().contains("id = \"theirs\""), "{}", refusals[0].hint());
    assert!(refusals[0].hint().contains("another key"), "{}", refusals[0].hint());
    down(&world, ADOPTED);
    assert_eq!(world.state.borrow().pools[COMPANY].clients, before);
}

#[test]
fn a_resource_server_that_is_merely_called_so_keeps_its_scopes() {
    let world = world();
    let theirs = server(&["read", "legacy"]);
    edit(&world, |pool| drop(pool.resource_servers.insert("orders".to_owned(), theirs.clone())));
    up(&world, ADOPTED);
    assert_eq!(world.state.borrow().pools[COMPANY].resource_servers["orders"], theirs);
    down(&world, ADOPTED);
    assert_eq!(world.state.borrow().pools[COMPANY].resource_servers["orders"], theirs);
    edit(&world, |pool| {
        drop(pool.resource_servers.insert("orders".to_owned(), server(&["legacy"])));
    });
    let refusals = plan(&world, ADOPTED).expect_err("it lacks a scope");
    assert!(matches!(&refusals[..], [Refusal::UnmanagedServer { .. }]), "{refusals:?}");
}

#[test]
fn all_that_was_made_in_an_adopted_pool_goes_and_nothing_else() {
    let world = world();
    edit(&world, |pool| {
        pool.clients.insert("shop".to_owned(), client("Shop Web"));
        let admins = Group {
            name: "admins".to_owned(),
            description: String::new(),
            precedence: None,
            role_arn: None,
        };
        pool.groups.insert("admins".to_owned(), admins);
    });
    let before = world.state.borrow().portable();
    up(&world, ADOPTED);
    assert_eq!(names(&world, COMPANY).len(), 5);
    down(&world, ADOPTED);
    assert_eq!(world.state.borrow().portable(), before);
}

#[test]
fn without_its_file_a_stack_finds_all_that_it_made() {
    let world = world();
    let before = world.state.borrow().pools[COMPANY].clone();
    up(&world, ADOPTED);
    let identity = Identity::of("orders".parse().expect("a name"), target());
    let todo = removal(&world, &identity);
    carry_out(&world, ADOPTED, &todo);
    assert_eq!(world.state.borrow().pools[COMPANY], before);
    assert!(
        world.state.borrow().functions.is_empty() && world.state.borrow().log_groups.is_empty()
    );
}

#[test]
fn an_adopted_pool_that_is_taken_out_of_the_file_is_left_clean() {
    let world = world();
    let before = world.state.borrow().pools[COMPANY].clone();
    let both = format!("{ADOPTED}\n[pools.own]\ndeletion_protection = false\n");
    up(&world, &both);
    up(&world, "name = \"orders\"\n[pools.own]\ndeletion_protection = false\n");
    assert_eq!(world.state.borrow().pools[COMPANY], before);
}

#[test]
fn in_a_pool_of_the_stack_too_what_was_made_by_hand_stays() {
    let world = world();
    up(&world, OWN);
    let id = {
        let state = world.state.borrow();
        state.pools.keys().find(|id| *id != COMPANY).expect("the stack's pool").clone()
    };
    let by_hand = |state: &mut State| {
        let pool = state.pools.get_mut(&id).expect("there");
        pool.clients.insert("by-hand".to_owned(), client("orders-old"));
    };
    by_hand(&mut world.state.borrow_mut());
    up(&world, OWN);
    assert!(names(&world, &id).contains("orders-old"));
    // What the stack made and does not declare any more goes, and is forgotten: a namesake is not its own.
    let less = OWN.replace("[pools.company.clients.web]\n", "[pools.company.clients.app]\n");
    up(&world, &less);
    assert!(!names(&world, &id).contains("orders-web"));
    let namesake = |state: &mut State| {
        let pool = state.pools.get_mut(&id).expect("there");
        pool.clients.insert("namesake".to_owned(), client("orders-web"));
    };
    namesake(&mut world.state.borrow_mut());
    up(&world, &less);
    assert!(names(&world, &id).contains("orders-web"));
    assert!(
        plan(
            &world,
            &OWN.replace(
                "[pools.company.clients.web]\n",
                "[pools.company.clients.app]\n[pools.company.clients.web]\n"
            )
        )
        .is_err()
    );
}

#[test]
fn a_client_that_somebody_put_in_the_place_of_ours_is_not_ours() {
    let world = world();
    up(&world, ADOPTED);
    edit(&world, |pool| {
        pool.clients.retain(|_, client| client.name != "orders-web");
        pool.clients.insert("theirs".to_owned(), client("orders-web"));
    });
    let refusals = plan(&world, ADOPTED).expect_err("it is not ours");
    assert!(matches!(&refusals[..], [Refusal::UnmanagedClient { .. }]), "{refusals:?}");
}

/// Roles have one name in an account: the same stack in another region does not turn this one's role.
#[test]
fn a_role_of_another_region_is_not_ours() {
    let world = world();
    up(&world, OWN);
    let role = world.state.borrow().roles.clone();
    let elsewhere = Target { region: "us-east-1".to_owned(), ..target() };
    let mut state = world.state.borrow().clone();
    state.functions.clear();
    state.log_groups.clear();
    state.pools.clear();
    world.state.replace(state);
    let refusals = plan_in(&world, OWN, elsewhere.clone()).expect_err("the role is another's");
    let [refusal] = &refusals[..] else { panic!("{refusals:?}") };
    assert!(refusal.hint().contains("eu-west-1"), "{}", refusal.hint());
    let todo = removal(&world, &Identity::new(&config(OWN), elsewhere));
    assert_eq!(todo.changes(), vec![]);
    assert_eq!(world.state.borrow().roles, role);
}

/// A pool of the stack's own, with an identity provider.
const FEDERATED: &str = r#"
name = "orders"
[pools.customers.clients.web]
supported_identity_providers = ["COGNITO", "Google"]
[pools.customers.identity_providers.Google]
type = "Google"
details = { client_id = "1", authorize_scopes = "openid", client_secret = { env = "GOOGLE" } }
"#;

/// The only pool of the world.
fn own(world: &World, change: impl FnOnce(&mut LivePool)) {
    change(world.state.borrow_mut().pools.values_mut().last().expect("a pool"));
}

#[test]
fn identity_providers_come_before_the_clients_that_name_them_and_go_after_them() {
    let world = World::new(target(), Rules::default());
    up(&world, FEDERATED);
    up(
        &world,
        "name = \"orders\"\n[pools.customers.clients.web]\nsupported_identity_providers = [\"COGNITO\"]",
    );
    own(&world, |pool| assert!(pool.identity_providers.is_empty(), "it was ours"));
}

#[test]
fn an_identity_provider_that_somebody_else_made_is_refused_and_stays() {
    let world = World::new(target(), Rules::default());
    let without = "name = \"orders\"\n[pools.customers.clients.web]";
    up(&world, without);
    let theirs = IdentityProvider { name: "Google".to_owned(), ..IdentityProvider::default() };
    own(&world, |pool| drop(pool.identity_providers.insert("Google".to_owned(), theirs)));
    let refusals = plan(&world, FEDERATED).expect_err("it is not ours");
    let [Refusal::UnmanagedIdentityProvider { name, .. }] = &refusals[..] else {
        panic!("{refusals:?}");
    };
    assert_eq!(name, "Google");
    up(&world, without);
    own(&world, |pool| assert_eq!(pool.identity_providers.len(), 1));
}

#[test]
fn a_secret_that_differs_is_changed_and_not_shown_and_a_type_never_changes() {
    let world = World::new(target(), Rules::default());
    up(&world, FEDERATED);
    let with = |secret: &str, text: &str| {
        let config = config(text);
        let actual = block_on(observe(&world, &Identity::new(&config, target()), For::Converging))
            .expect("a look");
        let mut desired = Desired::new(&config, target(), "digest");
        desired.secrets().for_each(|it| it.value = Some(secret.to_owned()));
        converge(&desired, &actual)
    };
    let changes = with("hunter2-of-google", FEDERATED).expect("nothing is refused").changes();
    let fields: Vec<_> = changes.iter().flat_map(|change| &change.fields).collect();
    assert_eq!(fields.len(), 1, "{changes:?}");
    assert_eq!(fields[0].path, "details.client_secret");
    assert!(!format!("{changes:?}").contains("hunter2"));
    own(&world, |pool| {
        pool.identity_providers.values_mut().for_each(|it| it.kind = "OIDC".to_owned());
    });
    let refusals = with("hunter2-of-google", FEDERATED).expect_err("a type never changes");
    assert!(matches!(&refusals[..], [Refusal::IdentityProviderType { .. }]), "{refusals:?}");
}
