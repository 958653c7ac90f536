//! What `deploy.toml` declares is compared and repaired, and what it does not say is left alone.

#[expect(dead_code, reason = "each test crate uses a part of it")]
mod fake;

use fake::{Nobody, World, target};
use pretoken::config;
use pretoken::config::Config;
use pretoken::model::{LivePool, Vpc};
use pretoken::reconcile::apply::{Materials, apply};
use pretoken::reconcile::desired::Desired;
use pretoken::reconcile::identity::Identity;
use pretoken::reconcile::observe::{For, observe};
use pretoken::reconcile::plan::{Plan, converge};
use pretoken::scaffold::from_pool::{Description, deploy_toml};
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

/// Each is a call of its own after the pool is made; what it takes is compared and repaired as the rest is.
#[test]
fn second_factors_risks_and_logs_are_settings_of_a_pool() {
    const GUARDED: &str = r#"
name = "orders"
[pools.customers]
tier = "PLUS"
user_pool_add_ons.advanced_security_mode = "ENFORCED"
mfa_configuration = "ON"
mfa.software_token_mfa_configuration.enabled = true
risk_configuration.compromised_credentials_risk_configuration.actions.event_action = "BLOCK"
[[pools.customers.log_delivery.log_configurations]]
event_source = "userAuthEvents"
log_level = "INFO"
s3_configuration.bucket_arn = "arn:aws:s3:::sign-ins"
[pools.customers.clients.web]
"#;
    let paths = [
        "pool mfa_configuration",
        "pool mfa.software_token_mfa_configuration.enabled",
        "pool risk_configuration.compromised_credentials_risk_configuration.actions.event_action",
        "pool log_delivery.log_configurations",
    ];
    let world = world();
    let created = changes(&world, GUARDED);
    assert!(paths.iter().all(|path| created.iter().any(|it| it == path)), "{created:#?}");
    up(&world, GUARDED);
    assert_eq!(changes(&world, GUARDED), Vec::<String>::new());
    {
        let mut state = world.state.borrow_mut();
        let settings = &mut state.pools.values_mut().next().expect("a pool").pool.settings;
        for key in ["mfa_configuration", "mfa", "risk_configuration", "log_delivery"] {
            assert!(settings.remove(key).is_some(), "{key} is set");
        }
    }
    let mut drifted = changes(&world, GUARDED);
    drifted.sort();
    let mut paths = paths.map(ToOwned::to_owned);
    paths.sort();
    assert_eq!(drifted, paths);
    up(&world, GUARDED);
    assert_eq!(changes(&world, GUARDED), Vec::<String>::new());
    // What nobody declares any more is neither looked at nor touched.
    let plain =
        "name = \"orders\"\n[pools.customers]\ntier = \"PLUS\"\n[pools.customers.clients.web]";
    assert_eq!(changes(&world, plain), Vec::<String>::new());
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
fn what_is_left_to_others_is_written_with_the_pool_and_never_again() {
    const OWN: &str = r#"
name = "orders"
[pools.customers]
ignore = ["policies.password_policy.minimum_length", "email_configuration"]
auto_verified_attributes = ["email"]
policies.password_policy.minimum_length = 14
email_configuration.reply_to_email_address = "desk@shop.example"
[pools.customers.clients.web]
"#;
    let compared = OWN.replace("ignore = ", "# ");
    let world = world();
    up(&world, OWN);
    assert_eq!(changes(&world, &compared), Vec::<String>::new(), "it was written");
    {
        let mut state = world.state.borrow_mut();
        let pool = &mut state.pools.values_mut().next().expect("a pool").pool;
        pool.settings["policies"]["password_policy"]["minimum_length"] = 20.into();
        pool.settings.remove("email_configuration");
        pool.settings.remove("auto_verified_attributes");
    }
    assert_eq!(changes(&world, OWN), ["pool auto_verified_attributes"]);
    up(&world, OWN);
    assert_eq!(changes(&world, OWN), Vec::<String>::new());
    let left = [
        "pool policies.password_policy.minimum_length",
        "pool email_configuration.reply_to_email_address",
    ];
    let mut seen = changes(&world, &compared);
    seen.sort_by_key(|change| left.iter().position(|path| path == change));
    assert_eq!(seen, left, "nobody wrote them");
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

/// A pool that is rich in every way.
const PRODUCTION: &str = r#"
name = "shop"
region = "eu-west-1"

[pools.customers]
tier = "PLUS"
deletion_protection = false
domain = "shop"
username_attributes = ["email"]
auto_verified_attributes = ["email"]
username_configuration.case_sensitive = false
policies.password_policy = { minimum_length = 14, require_symbols = false, temporary_password_validity_days = 3 }
policies.sign_in_policy.allowed_first_auth_factors = ["PASSWORD", "WEB_AUTHN"]
account_recovery_setting.recovery_mechanisms = [{ name = "verified_email", priority = 1 }]
email_configuration = { email_sending_account = "DEVELOPER", source_arn = "arn:aws:ses:eu-west-1:123456789012:identity/shop.example", from = "\"Shop\" <auth@shop.example>" }
verification_message_template = { default_email_option = "CONFIRM_WITH_LINK" }
user_pool_add_ons.advanced_security_mode = "AUDIT"

[pools.customers.attributes]
email = { required = true }
tenant = { max_length = 64 }
level = { type = "Number", mutable = false, min_value = 1 }

[pools.customers.groups]
staff = "Order \"desk\""
managers = { description = "", precedence = 1, role_arn = "arn:aws:iam::123456789012:role/managers" }

[pools.customers.resource_servers."https://orders.example"]
name = "Orders"
scopes = { read = "Read orders", "write.all" = "Write" }

[pools.customers.identity_providers.Google]
type = "Google"
details = { client_id = "1", authorize_scopes = "openid email", client_secret = { env = "GOOGLE" } }
attribute_mapping = { email = "email", "custom:tenant" = "hd" }

[pools.customers.clients.web]
auth_flows = ["user-srp", "user-auth", "refresh-token"]
oauth_flows = ["code"]
oauth_scopes = ["openid", "https://orders.example/read"]
callback_urls = ["https://shop.example/in"]
supported_identity_providers = ["COGNITO", "Google"]
read_attributes = ["email", "custom:tenant"]
write_attributes = ["email", "custom:tenant"]
id_token_minutes = 30
refresh_token_days = 7
enable_token_revocation = true

[pools.customers.clients.robot]
auth_flows = ["client-credentials"]
generate_secret = true
oauth_scopes = ["https://orders.example/read"]
"#;

/// The only pool of the world.
fn pool(world: &World) -> LivePool {
    world.state.borrow().pools.values().next().expect("a pool").clone()
}

/// A pool and its clients, but for what tells one from the other: ids, names and tags.
fn without_names(live: &LivePool) -> LivePool {
    let mut plain = live.clone();
    (plain.id, plain.pool.name, plain.domain, plain.trigger) = Default::default();
    plain.pool.tags.0.clear();
    let clients = std::mem::take(&mut plain.clients).into_values();
    plain.clients = clients
        .map(|mut client| {
            let name = std::mem::take(&mut client.name);
            (name.rsplit('-').next().unwrap_or_default().to_owned(), client)
        })
        .collect();
    for provider in plain.identity_providers.values_mut() {
        provider.secrets.values_mut().for_each(|secret| secret.variable.clear());
    }
    plain
}

#[test]
fn a_twin_has_the_settings_of_its_pool_and_needs_no_secret_in_its_file() {
    let (first, second) = (world(), world());
    up(&first, PRODUCTION);
    let live = pool(&first);
    let wanted = Description { twin: true, ..Description::default() };
    let text = deploy_toml(&live, "eu-west-1", wanted);
    assert!(text.contains("client_secret = { env = \"GOOGLE_CLIENT_SECRET\" }"), "{text}");
    up(&second, &text);
    assert_eq!(without_names(&pool(&second)), without_names(&live));
    assert_eq!(changes(&second, &text), Vec::<String>::new());
}

#[test]
fn a_pool_of_a_thousand_clients_is_described_in_a_file_that_is_valid() {
    let world = world();
    up(&world, PLAIN);
    let mut live = pool(&world);
    let client = live.clients.values().next().expect("a client").clone();
    for number in 0..1000 {
        live.clients.insert(format!("{number:0>26}"), client.clone());
    }
    let text = deploy_toml(&live, "eu-west-1", Description::default());
    let config = config(&text);
    let declared = config.pools["main"].clients.len();
    assert!((50..=100).contains(&declared), "as many as the variables hold: {declared}");
    let uncommented = text.replace("# [pools.main.clients", "[pools.main.clients");
    let named = uncommented.matches("[pools.main.clients.").count();
    assert_eq!(named, 1001, "every client can be named");
}
