//! `init --from-pool`: from a pool that exists to a stack that leaves everything in it as it was.

use aws_sdk_cognitoidentityprovider::types::{ExplicitAuthFlowsType, ResourceServerScopeType};

use crate::adopt::unmanaged_pool;
use crate::stack::Stack;

#[test]
fn a_stack_is_written_from_a_pool() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    let client = || {
        let call = sdk.cognito.create_user_pool_client().user_pool_id(&pool).client_name("Web App");
        let call = call.explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth);
        let call = call.explicit_auth_flows(ExplicitAuthFlowsType::AllowRefreshTokenAuth);
        let made = sdk.call(call.send());
        made.user_pool_client().and_then(|client| client.client_id()).expect("an id").to_owned()
    };
    let ids = [client(), client()];
    let scope =
        ResourceServerScopeType::builder().scope_name("read").scope_description("Read \"it\"");
    let call = sdk.cognito.create_resource_server().user_pool_id(&pool).name("Their API");
    let call = call.identifier("https://api.example.com").scopes(scope.build().expect("whole"));
    sdk.call(call.send());
    sdk.call(sdk.cognito.create_group().user_pool_id(&pool).group_name("Night-shift").send());
    let refused = stack.run(&["init", "--from-pool", &pool]).exits(6);
    assert!(refused.stderr.contains("`deploy.toml` exists"), "{}", refused.stderr);

    std::fs::remove_file(stack.path("deploy.toml")).expect("removed");
    stack.aws.clear();
    let init =
        stack.run(&["init", "--from-pool", &pool, "--own-code", "-o", "json"]).exits(0).json();
    assert_eq!((&init["pool"], &init["clients"]), (&pool.as_str().into(), &2.into()));
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    let text = std::fs::read_to_string(stack.path("deploy.toml")).expect("written");
    let [one, other] = &ids;
    for part in [
        "# \"Web App\": ALLOW_REFRESH_TOKEN_AUTH, ALLOW_USER_PASSWORD_AUTH\n[pools.main.clients.web-app]\n",
        "[pools.main.clients.web-app-2]\n",
        one,
        other,
        "\"read\" = \"Read \\\"it\\\"\"",
        "\"Night-shift\" = \"\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    stack.run(&["check"]).exits(0);

    stack.write(&text.replace("crate = \"trigger\"", "crate = \"CRATE\"\narchitecture = \"HOST\""));
    let before = stack.aws.settings(&pool);
    stack.run(&["up", "--yes", "--no-verify"]).exits(0);
    assert_eq!(stack.plan(), Vec::<String>::new());
    stack.run(&["destroy", "--yes"]).exits(0);
    assert_eq!(stack.aws.settings(&pool), before);
    let servers =
        sdk.call(sdk.cognito.list_resource_servers().user_pool_id(&pool).max_results(10).send());
    assert_eq!(servers.resource_servers()[0].name(), Some("Their API"), "theirs stays");
    let clients = sdk.call(sdk.cognito.list_user_pool_clients().user_pool_id(&pool).send());
    assert_eq!(clients.user_pool_clients().len(), 2, "theirs stay");
}

/// What a team would have: settings, attributes, groups, a client with a secret.
const PRODUCTION: &str = r#"
name = "shop"
region = "eu-west-1"

[trigger]
crate = "CRATE"
architecture = "HOST"

[pools.customers]
deletion_protection = false
auto_verified_attributes = ["email"]
username_attributes = ["email"]
policies.password_policy = { minimum_length = 14, require_symbols = false }

[pools.customers.attributes]
tenant = { max_length = 64 }

[pools.customers.groups]
staff = { description = "Order desk", precedence = 10 }

[pools.customers.resource_servers.orders]
scopes = { read = "Read orders" }

[pools.customers.clients.web]
auth_flows = ["user-password", "user-srp", "refresh-token"]
generate_secret = true
read_attributes = ["email", "custom:tenant"]
write_attributes = ["email"]
refresh_token_days = 7

[pools.customers.clients.other]
"#;

#[test]
fn a_twin_is_a_pool_of_its_own_with_the_same_settings() {
    let stack = Stack::of(PRODUCTION);
    let up = stack.run(&["up", "--yes", "--no-verify", "-o", "json"]).exits(0).json();
    let pool = up["outputs"]["pools"]["customers"]["id"].as_str().expect("an id").to_owned();
    let arn = up["outputs"]["pools"]["customers"]["arn"].as_str().expect("an ARN").to_owned();
    let init = ["init", "-f", "twin.toml", "--twin", "--from-pool", &arn];
    let refused = stack.run(&[&init[..], &["--client", "wbe"]].concat()).exits(6);
    assert!(refused.stderr.contains("has no client `wbe`"), "{}", refused.stderr);
    assert!(!stack.path("twin.toml").exists());
    stack.run(&[&init[..], &["--client", "shop-web"]].concat()).exits(0);
    stack.run(&["check", "-f", "twin.toml"]).exits(0);
    let text = std::fs::read_to_string(stack.path("twin.toml")).expect("written");
    assert!(!text.contains("shop-other"), "{text}");
    let text =
        text.replace("[trigger]\n", "[trigger]\ncrate = \"CRATE\"\narchitecture = \"HOST\"\n");
    stack.write(&text);
    let up = stack.run(&["up", "--yes", "-o", "json"]).exits(0).json();
    let twin = up["outputs"]["pools"]["main"]["id"].as_str().expect("an id").to_owned();
    assert_ne!(twin, pool);
    assert_eq!(stack.plan(), Vec::<String>::new());
    let settings = |id: &str| {
        let mut all = stack.aws.settings(id);
        all.retain(|key, _| !["LambdaConfig", "Name", "UserPoolTags"].contains(&key.as_str()));
        all
    };
    assert_eq!(settings(&twin), settings(&pool));
}

#[test]
fn a_pool_is_named_by_what_people_copy_and_by_nothing_else() {
    let stack = Stack::new();
    std::fs::remove_file(stack.path("deploy.toml")).expect("removed");
    let page = "https://eu-west-1.console.aws.amazon.com/cognito/v2/idp/user-pools/eu-west-1_AbCdEf123/overview?region=eu-west-1";
    let gone = stack.run(&["init", "--from-pool", page]).exits(6);
    assert!(gone.stderr.contains("there is no pool `eu-west-1_AbCdEf123`"), "{}", gone.stderr);
    for name in ["my_pool", "customers", "eu-west-1", ""] {
        let refused = stack.run(&["init", "--from-pool", name]).exits(4);
        assert!(refused.stderr.contains("is not the id of a user pool"), "{}", refused.stderr);
    }
}
