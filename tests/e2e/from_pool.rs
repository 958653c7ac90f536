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
