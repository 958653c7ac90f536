//! What stages of API Gateway serve is read by `apigateway:GET` on their exports; where none is named, nobody needs it.

use pretoken::permissions::PolicyFor;

use crate::account::{Account, actions, without};
use crate::enforced::needed;
use crate::stack::STACK;

const ACTION: &str = "apigateway:GET";

#[test]
fn a_stage_is_read_by_the_printed_policy_and_not_without_it() {
    for (api, export) in [
        ("a1b2c3d4e5", "arn:aws:apigateway:eu-west-1::/apis/a1b2c3d4e5/exports/OAS30"),
        (
            "a1b2c3d4e5/prod",
            "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/prod/exports/oas30",
        ),
    ] {
        let account = Account::new(&format!("{STACK}\n[apis.shop]\napi_gateway = \"{api}\"\n"));
        let statements = needed(&account, PolicyFor::Plan);
        let of = statements.iter().find(|one| one.actions.contains(ACTION)).expect("a statement");
        assert_eq!(of.resources, [export]);
        account.allow(&statements);
        // Nothing is there, and to see that one must be allowed to look.
        let allowed = account.run(&["plan"]).exits(4);
        assert!(allowed.stderr.contains("there is no"), "{allowed:?}");
        account.allow(&without(&statements, ACTION));
        let denied = account.run(&["plan"]).exits(5);
        assert!(denied.stderr.contains(ACTION), "{denied:?}");
        for command in [PolicyFor::Deploy { verify: false }, PolicyFor::Verify] {
            assert!(actions(&needed(&account, command)).contains(ACTION), "{command:?}");
        }
        assert!(!actions(&needed(&account, PolicyFor::Destroy)).contains(ACTION));
    }
}

#[test]
fn without_an_api_nobody_may_look_at_any() {
    let account = Account::new(STACK);
    for command in [PolicyFor::Plan, PolicyFor::Deploy { verify: true }, PolicyFor::Verify] {
        assert!(!actions(&needed(&account, command)).contains(ACTION), "{command:?}");
    }
}
