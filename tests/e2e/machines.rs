//! Machines: a token of the client's own, through the token endpoint, with what the rules give it.

use aws_sdk_cognitoidentityprovider::types::{ExplicitAuthFlowsType, OAuthFlowType};
use serde_json::{Value, json};

use crate::stack::{Sdk, Stack};

const MACHINES: &str = r#"
name = "ledger"

[trigger]
crate = "CRATE"
architecture = "HOST"
event_version = "V3_0"

[pools.machines]
deletion_protection = false

[pools.machines.clients.billing]
generate_secret = true
[pools.machines.clients.reporting]
generate_secret = true

[pools.machines.resource_servers.ledger]
scopes = { read = "Read the ledger", post = "Post to the ledger" }

[[rules]]
name = "billing posts"
clients = ["billing"]
trigger_sources = ["TokenGeneration_ClientCredentials"]
add_scopes = ["ledger/post"]
access_claims = { service = "{client}" }

[[rules]]
name = "nobody reads by rule"
trigger_sources = ["TokenGeneration_ClientCredentials"]
clients = ["billing"]
scopes = ["ledger/read"]
access_claims = { asked = true }
"#;

const PROMISES: &str = r#"
[[expect]]
name = "billing posts"
client = "billing"
source = "TokenGeneration_ClientCredentials"
scopes = ["ledger/post"]
access_claims = { service = "billing" }

[[expect]]
name = "reporting does not"
client = "reporting"
source = "TokenGeneration_ClientCredentials"
not_scopes = ["ledger/post"]
"#;

/// Lets machines use a client, as its owner would by hand, and returns its secret.
fn allow(sdk: &Sdk, pool: &str, client: &str, scopes: &[&str]) -> String {
    let call = sdk.cognito.describe_user_pool_client().user_pool_id(pool).client_id(client);
    let seen = sdk.call(call.send()).user_pool_client.expect("a client");
    let flows: Vec<ExplicitAuthFlowsType> = seen.explicit_auth_flows().to_vec();
    let call = sdk.cognito.update_user_pool_client().user_pool_id(pool).client_id(client);
    let call = call
        .client_name(seen.client_name().expect("a name"))
        .set_explicit_auth_flows(Some(flows))
        .access_token_validity(seen.access_token_validity().expect("a lifetime"))
        .set_token_validity_units(seen.token_validity_units().cloned())
        .allowed_o_auth_flows(OAuthFlowType::ClientCredentials)
        .set_allowed_o_auth_scopes(Some(scopes.iter().map(|one| (*one).to_owned()).collect()))
        .allowed_o_auth_flows_user_pool_client(true);
    sdk.call(call.send());
    seen.client_secret.expect("a secret")
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut checks = report["checks"].as_array().expect("checks").iter();
    checks.find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {report:#}"))
}

#[test]
fn a_machine_gets_the_scopes_of_the_rules() {
    let stack = Stack::of(&format!("{MACHINES}{PROMISES}"));
    let outputs = stack.up();
    let (pool, sdk) =
        (outputs["outputs"]["pools"]["machines"]["id"].as_str().expect("an id"), stack.sdk());
    let id = |client: &str| {
        outputs["outputs"]["pools"]["machines"]["clients"][client]["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    };

    // Clients that allow no machines are named, and nothing is proven.
    let before = stack.run(&["verify", "-o", "json"]).exits(7).json();
    let note = "\"billing posts\" is not tried: the client machines/billing does not allow client_credentials";
    assert_eq!((before["checks"].clone(), &before["notes"][0]), (json!([]), &json!(note)));

    let secrets = [
        allow(&sdk, pool, &id("billing"), &["ledger/read"]),
        allow(&sdk, pool, &id("reporting"), &["ledger/read"]),
    ];
    assert_eq!(stack.plan(), Vec::<String>::new(), "what is theirs is carried, not compared");
    let junit = stack.path("junit.xml");
    let file = junit.display().to_string();
    let run = stack.run(&["verify", "-o", "json", "-v", "--junit", &file]).exits(0);
    let report = run.json();
    let billing = check(&report, "billing posts");
    assert_eq!(billing["flow"], "CLIENT_CREDENTIALS");
    assert_eq!(billing["scopes"], json!(["ledger/post", "ledger/read"]));
    assert_eq!(check(&report, "reporting does not")["scopes"], json!(["ledger/read"]));
    let junit = std::fs::read_to_string(junit).expect("JUnit");
    assert!(junit.contains("name=\"billing posts (CLIENT_CREDENTIALS)\"/>"), "{junit}");
    for secret in &secrets {
        let outputs = [&run.stdout, &run.stderr, &junit];
        assert!(!outputs.iter().any(|text| text.contains(secret) || text.contains("eyJ")));
    }

    // A claim that the live rules do not set is wrong.
    stack.write(&format!("{MACHINES}{PROMISES}").replace("asked = true", "asked = false"));
    let wrong = stack.run(&["verify", "-o", "json"]).exits(7).json();
    let error = "the claim `asked` of the access token is true, not false";
    assert_eq!(check(&wrong, "billing posts")["error"], error);

    // Without promises, what the rules compute is checked at every client that machines may use.
    stack.write(MACHINES);
    let computed = stack.run(&["verify", "-o", "json"]).exits(0).json();
    let machine = check(&computed, "machines/billing, machine");
    assert_eq!(machine["scopes"], json!(["ledger/post", "ledger/read"]));

    // A refusal of the endpoint is a wrong token.
    let server = sdk.cognito.delete_resource_server().user_pool_id(pool).identifier("ledger");
    sdk.call(server.send());
    stack.write(&format!("{MACHINES}{PROMISES}"));
    let refused = stack.run(&["verify", "-o", "json"]).exits(7).json();
    assert_eq!(check(&refused, "billing posts")["error"], "invalid_scope");
}
