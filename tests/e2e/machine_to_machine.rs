//! Machine-to-machine clients: a token of the client's own, from the token endpoint, with what the rules give it.

use serde_json::{Value, json};

use crate::stack::Stack;

const MACHINES: &str = r#"
name = "ledger"

[trigger]
crate = "CRATE"
architecture = "HOST"
event_version = "V3_0"

[pools.machines]
deletion_protection = false
domain = "DOMAIN"

[pools.machines.clients.billing]
auth_flows = ["client-credentials"]
oauth_scopes = ["ledger/read"]
generate_secret = true
[pools.machines.clients.reporting]
auth_flows = ["client-credentials"]
oauth_scopes = ["ledger/read"]
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

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let mut checks = report["checks"].as_array().expect("checks").iter();
    checks.find(|check| check["name"] == name).unwrap_or_else(|| panic!("{name}: {report:#}"))
}

/// Domains are unique for all accounts.
fn stack(deploy: &str) -> Stack {
    let stack = Stack::of(deploy);
    write(&stack, deploy);
    stack
}

fn write(stack: &Stack, deploy: &str) {
    stack.write(&deploy.replace("DOMAIN", &format!("ledger-{}", stack.aws.account())));
}

#[test]
fn a_machine_to_machine_client_gets_the_scopes_of_the_rules() {
    let whole = format!("{MACHINES}{PROMISES}");
    let stack = stack(&whole);
    let up = stack.run(&["up", "--yes", "-v", "-o", "json"]).exits(0);
    let document = up.json();
    let billing = check(&document["verify"], "billing posts");
    assert_eq!(billing["flow"], "CLIENT_CREDENTIALS");
    assert_eq!(billing["scopes"], json!(["ledger/post", "ledger/read"]));
    let reporting = check(&document["verify"], "reporting does not");
    assert_eq!(reporting["scopes"], json!(["ledger/read"]));
    assert_eq!(stack.plan(), Vec::<String>::new());

    let (pool, sdk) =
        (document["outputs"]["pools"]["machines"]["id"].as_str().expect("an id"), stack.sdk());
    let client = document["outputs"]["pools"]["machines"]["clients"]["billing"]["id"].as_str();
    let call = sdk.cognito.describe_user_pool_client().user_pool_id(pool);
    let seen = sdk.call(call.client_id(client.expect("an id")).send());
    let secret = seen.user_pool_client.and_then(|client| client.client_secret).expect("a secret");
    let junit = stack.path("junit.xml");
    let file = junit.display().to_string();
    let verify = stack.run(&["verify", "-v", "--junit", &file]).exits(0);
    assert!(verify.stdout.contains("ok          CLIENT_CREDENTIALS  "), "{}", verify.stdout);
    let junit = std::fs::read_to_string(junit).expect("JUnit");
    assert!(junit.contains("name=\"billing posts (CLIENT_CREDENTIALS)\"/>"), "{junit}");
    for text in [&up.stdout, &up.stderr, &verify.stdout, &verify.stderr, &junit] {
        assert!(!text.contains(&secret) && !text.contains("eyJ"), "{text}");
    }

    // A claim that the live rules do not set is wrong.
    write(&stack, &whole.replace("asked = true", "asked = false"));
    let wrong = stack.run(&["verify", "-o", "json"]).exits(7).json();
    let error = "the claim `asked` of the access token is true, not false";
    assert_eq!(check(&wrong, "billing posts")["error"], error);

    // Without promises, what the rules compute is checked at every client that machines may use.
    write(&stack, MACHINES);
    let computed = stack.run(&["verify", "-o", "json"]).exits(0).json();
    let machine = check(&computed, "machines/billing, machine");
    assert_eq!(machine["scopes"], json!(["ledger/post", "ledger/read"]));
    assert_eq!(computed["checks"].as_array().map(Vec::len), Some(2), "{computed:#}");
}

#[test]
fn a_refusal_is_a_wrong_token_and_what_is_taken_away_is_gone() {
    let whole = format!("{MACHINES}{PROMISES}");
    let stack = stack(&whole);
    let up = stack.up();
    let pool = up["outputs"]["pools"]["machines"]["id"].as_str().expect("an id");

    // By hand: the scope goes, and with it what the client may ask for.
    let sdk = stack.sdk();
    sdk.call(sdk.cognito.delete_resource_server().user_pool_id(pool).identifier("ledger").send());
    let refused = stack.run(&["verify", "-o", "json"]).exits(7).json();
    assert_eq!(check(&refused, "billing posts")["error"], "invalid_scope");
    assert_eq!(stack.plan(), ["resource-server machines/ledger create"]);
    stack.run(&["up", "--yes"]).exits(0);

    // A client that is no longer for machines gives them nothing.
    let people =
        "[pools.machines.clients.reporting]\nauth_flows = [\"user-password\", \"refresh-token\"]";
    let machine = "[pools.machines.clients.reporting]\nauth_flows = [\"client-credentials\"]\noauth_scopes = [\"ledger/read\"]";
    assert!(whole.contains(machine));
    write(&stack, &whole.replace(machine, people));
    assert_eq!(stack.plan(), ["client machines/reporting update"]);
    let up = stack.run(&["up", "--yes", "-o", "json"]).exits(0).json();
    let note = "\"reporting does not\" is not tried: the client machines/reporting does not allow client_credentials";
    assert_eq!(up["verify"]["notes"], json!([note]));

    // The domain is ours: it goes before the pool.
    stack.aws.clear();
    stack.run(&["destroy", "--yes"]).exits(0);
    let calls = stack.aws.mutating();
    let at = |name: &str| calls.iter().position(|call| call == name).expect(name);
    assert!(at("cognito-idp:DeleteUserPoolDomain") < at("cognito-idp:DeleteUserPool"), "{calls:?}");
}

#[test]
fn an_unmanaged_domain_stays() {
    let stack = stack(MACHINES);
    let without = MACHINES.replace("domain = \"DOMAIN\"\n", "");
    write(&stack, &without);
    let up = stack.up();
    let pool = up["outputs"]["pools"]["machines"]["id"].as_str().expect("an id");
    let (sdk, theirs) = (stack.sdk(), format!("theirs-{}", stack.aws.account()));
    let call = sdk.cognito.create_user_pool_domain().user_pool_id(pool).domain(&theirs);
    sdk.call(call.send());
    assert_eq!(stack.plan(), Vec::<String>::new());
    write(&stack, MACHINES);
    let refused = stack.run(&["plan"]).exits(6).stderr;
    assert!(refused.contains(&format!("has the domain `{theirs}` already")), "{refused}");
    let refused = stack.run(&["destroy", "--yes"]).exits(6).stderr;
    assert!(refused.contains(&theirs), "{refused}");
}
