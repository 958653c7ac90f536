//! The whole program on adopted pools: whatever is in them, `up` and then `destroy` leave them as they were, and
//! what others change meanwhile stays changed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::adopt::unmanaged_function;
use crate::lossless::furnish;
use crate::random::Random;
use crate::stack::{STACK, Stack};
use crate::strict::{Moment, Options, Pick, Reset};

/// An adopted pool with an adopted client, and the stack that attaches to it.
fn attached(stack: &Stack) -> String {
    let sdk = stack.sdk();
    let pool = sdk.call(sdk.cognito.create_user_pool().pool_name("company").send());
    let id = pool.user_pool().and_then(|pool| pool.id()).expect("an id").to_owned();
    let call = sdk.cognito.create_user_pool_client().user_pool_id(&id).client_name("shop");
    let client = sdk.call(call.send());
    let client = client.user_pool_client().and_then(|client| client.client_id()).expect("an id");
    let adopted = format!("id = \"{id}\"\n\n[pools.customers.clients.shop]\nid = \"{client}\"");
    let named = "[pools.customers.resource_servers.orders]\nname = \"Orders\"";
    let stack_of = STACK.replace("[pools.customers.resource_servers.orders]", named);
    stack.write(&stack_of.replace("deletion_protection = false", &adopted));
    id
}

/// Settings of the pool's clients, by client id.
fn clients(stack: &Stack, pool: &str) -> BTreeMap<String, Map<String, Value>> {
    let mut found = BTreeMap::new();
    stack.aws.edit(pool, |pool| found = pool.clients.clone());
    found
}

/// Whatever stands in the slot is this function, which works: what does not would not come back.
fn point(settings: &mut Map<String, Value>, function: &str) {
    let Some(triggers) = settings.get_mut("LambdaConfig") else { return };
    for path in ["/PreTokenGeneration", "/PreTokenGenerationConfig/LambdaArn"] {
        if let Some(arn) = triggers.pointer_mut(path) {
            *arn = json!(function);
        }
    }
}

#[test]
fn up_and_destroy_leave_any_pool_and_its_clients_as_they_were() {
    let mut random = Random::new(1000);
    for reset in [Reset::Documented, Reset::Measured] {
        let stack = Stack::on(STACK, Options { reset, ..Options::default() });
        let pool = attached(&stack);
        let plain = stack.aws.settings(&pool);
        let function = unmanaged_function(&stack, &stack.sdk(), &pool);
        for _ in 0..6 {
            furnish(&stack.aws, &pool, &plain, &mut random);
            stack.aws.edit(&pool, |pool| point(&mut pool.document, &function));
            let before = (stack.aws.settings(&pool), clients(&stack, &pool));
            stack.run(&["up", "--yes", "--no-verify", "--take-over"]).exits(0);
            let slot =
                stack.aws.settings(&pool)["LambdaConfig"]["PreTokenGenerationConfig"].clone();
            assert!(
                slot["LambdaArn"]
                    .as_str()
                    .is_some_and(|arn| arn.ends_with("orders-pre-token:live"))
            );
            assert_eq!(clients(&stack, &pool).len(), 2, "theirs and ours");
            stack.run(&["destroy", "--yes"]).exits(0);
            let after = (stack.aws.settings(&pool), clients(&stack, &pool));
            assert_eq!(after, before, "{reset:?}");
            let sdk = stack.sdk();
            let servers = sdk.cognito.list_resource_servers().user_pool_id(&pool).max_results(50);
            assert_eq!(sdk.call(servers.send()).resource_servers().len(), 0, "ours is gone");
        }
    }
}

/// No revision guards a pool: what another writer changes between our look and our write must not be lost.
#[test]
fn a_change_by_others_between_our_look_and_our_write_is_not_lost() {
    let stack = Stack::new();
    let pool = attached(&stack);
    stack.aws.clear();
    let granted = stack.aws.hold(Pick::Operation("AddPermission"), Moment::Before);
    let run = stack.start(&["up", "--yes", "--no-verify"]);
    granted.wait_for(1);
    let looked = stack.aws.hold(Pick::Operation("DescribeUserPool"), Moment::After);
    granted.release();
    looked.wait_for(1);
    stack.aws.edit(&pool, |pool| {
        pool.document.insert("AutoVerifiedAttributes".to_owned(), json!(["email"]));
    });
    looked.release();
    let output = run.wait_with_output().expect("gone");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let settings = stack.aws.settings(&pool);
    assert_eq!(settings["AutoVerifiedAttributes"], json!(["email"]), "the other writer's change");
    assert_eq!(
        settings["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaVersion"], "V2_0",
        "and ours"
    );
}
