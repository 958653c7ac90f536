//! As far as `deploy.toml` goes, `--local` goes: every kind of step that a plan can hold, on the emulator as it is.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::local::Local;
use crate::stack::{STACK, Stack};

/// The same stack, with something of everything added and changed.
fn edited() -> String {
    let pool = "\
deletion_protection = false
domain = \"orders-steps\"
mfa_configuration = \"OPTIONAL\"
mfa.software_token_mfa_configuration.enabled = true
policies.password_policy.minimum_length = 14

[pools.customers.attributes.tenant]

[pools.customers.clients.kiosk]
auth_flows = [\"user-srp\", \"refresh-token\"]
generate_secret = true

[pools.customers.resource_servers.stock]
scopes = { read = \"Read the stock\" }
";
    STACK
        .replace("deletion_protection = false\n", pool)
        .replace(
            "[pools.customers.clients.web]",
            "[pools.customers.clients.web]\naccess_token_minutes = 5",
        )
        .replace("write = \"Change orders\"", "write = \"Change and cancel orders\"")
        .replace("staff = \"Order desk\"", "staff = \"The order desk\"\nmanagers = \"Managers\"")
        .replace(
            "[trigger]",
            "[trigger]\nmemory_mb = 256\nlog_retention_days = 7\nenvironment = { MODE = \"b\" }",
        )
}

/// Who is refused is told so as on AWS: a proof depends on it, and so does an application.
#[test]
fn a_refusal_is_the_triggers_text() {
    let local = Local::new();
    let refusing = "\n[[rules]]\nname = \"closed\"\ngroups = [\"staff\"]\nrefuse = \"Call the help desk\"\n\
                    [[expect]]\nname = \"staff stay out\"\nclient = \"web\"\ngroups = [\"staff\"]\n\
                    refused = \"Call the help desk\"\n";
    let rules = STACK.find("[[rules]]").expect("rules");
    local.0.write(&format!("{}{refusing}", &STACK[..rules]));
    let text = local.run(&["up", "--local", "--yes"]).exits(0).stdout;
    assert!(text.contains("refused, as promised"), "{text}");
    assert!(!text.contains("not proven"), "{text}");
}

/// `up`, which must succeed and leave nothing to do; what it did, as `resource action`.
#[track_caller]
fn up(local: &Local) -> BTreeSet<String> {
    let up = local.run(&["up", "--local", "--yes", "--no-verify", "-o", "json"]).exits(0).json();
    local.run(&["plan", "--local", "--detailed-exitcode"]).exits(0);
    let changes = up["changes"].as_array().expect("changes");
    let word = |change: &Value, key: &str| change[key].as_str().expect("text").to_owned();
    changes.iter().map(|it| word(it, "resource") + " " + &word(it, "action")).collect()
}

#[track_caller]
fn includes(done: &BTreeSet<String>, expected: &[&str]) {
    for step in expected {
        assert!(done.contains(*step), "no {step} in {done:?}");
    }
}

#[test]
fn every_kind_of_step_is_taken() {
    let local = Local::new();
    let made = up(&local);
    includes(&made, &["log-group create", "role create", "pool create", "resource-server create"]);
    includes(&made, &["group create", "client create", "function create", "release create"]);
    includes(&made, &["permission create", "trigger create"]);

    local.0.write(&edited());
    let done = up(&local);
    includes(&done, &["log-group update", "pool update", "domain create", "group update"]);
    includes(&done, &["resource-server update", "resource-server create", "group create"]);
    includes(&done, &["client update", "client create", "function update", "release update"]);

    local.0.write(STACK);
    let done = up(&local);
    includes(&done, &["client delete", "resource-server delete"]);

    // The domain stayed, as it does where nothing is said of it; it goes where it is declared.
    local.0.write(&edited());
    let gone = local.run(&["destroy", "--local", "--yes", "-o", "json"]).exits(0).json();
    assert!(gone["changes"].as_array().is_some_and(|changes| changes.len() > 5), "{gone}");
}

/// What the emulator lacks is answered beside it, as AWS answers it.
#[test]
fn operations_that_the_emulator_lacks_are_answered() {
    let stack = Stack::new();
    stack.up();
    let (sdk, status) = (stack.sdk(), stack.run(&["status", "-o", "json"]).exits(0).json());
    let pool = status["outputs"]["pools"]["customers"]["id"].as_str().expect("a pool");

    let group = sdk.cognito.update_group().user_pool_id(pool).group_name("staff");
    let group = sdk.call(group.description("other").precedence(3).send());
    let group = group.group().expect("the group");
    assert_eq!((group.description(), group.precedence()), (Some("other"), Some(3)));
    let kept = sdk.call(sdk.cognito.get_group().user_pool_id(pool).group_name("staff").send());
    assert_eq!(kept.group(), Some(group));

    let logs = sdk.cognito.get_log_delivery_configuration().user_pool_id(pool);
    let logs = sdk.call(logs.send());
    assert!(logs.log_delivery_configuration().is_some_and(|it| it.log_configurations().is_empty()));

    let client = sdk.cognito.create_user_pool_client().user_pool_id(pool).client_name("mine");
    let client = sdk.call(client.generate_secret(true).send());
    let client = client.user_pool_client().and_then(|it| it.client_id()).expect("an id").to_owned();
    let second = sdk.cognito.add_user_pool_client_secret().user_pool_id(pool).client_id(&client);
    sdk.call(second.send());
    let listed = sdk.cognito.list_user_pool_client_secrets().user_pool_id(pool).client_id(&client);
    let listed = sdk.call(listed.send());
    assert_eq!(listed.client_secrets().len(), 2);
    assert!(listed.client_secrets().iter().all(|it| it.client_secret_value().is_none()));

    let user = sdk.cognito.admin_create_user().user_pool_id(pool).username("ada");
    let nickname =
        aws_sdk_cognitoidentityprovider::types::AttributeType::builder().name("nickname");
    let nickname = nickname.value("A").build().expect("whole");
    sdk.call(user.user_attributes(nickname).send());
    let less = sdk.cognito.admin_delete_user_attributes().user_pool_id(pool).username("ada");
    sdk.call(less.user_attribute_names("nickname").send());
    let ada = sdk.call(sdk.cognito.admin_get_user().user_pool_id(pool).username("ada").send());
    assert!(ada.user_attributes().iter().all(|it| it.name() != "nickname"), "{ada:?}");
}
