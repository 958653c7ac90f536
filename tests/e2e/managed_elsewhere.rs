//! Pools that other tools manage, on plans that somebody pays for: what is said, what is refused, what it takes to go on.

use serde_json::json;

use crate::adopt::unmanaged_pool;
use crate::stack::{STACK, Stack};

#[test]
fn a_lite_pool_is_moved_only_when_that_was_asked_for() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.aws.edit(&pool, |pool| pool.document["UserPoolTier"] = "LITE".into());
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    stack.aws.clear();
    let refused = stack.run(&["up", "--yes"]).exits(6);
    for words in [
        "on the LITE plan, which has no V2_0 triggers",
        "--change-tier",
        "every monthly active user",
    ] {
        assert!(refused.stderr.contains(words), "{words}\n{}", refused.stderr);
    }
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
    let before = stack.aws.settings(&pool);
    let plan = stack.run(&["plan", "--change-tier"]).exits(0).stdout;
    assert!(plan.contains("tier  LITE -> ESSENTIALS"), "{plan}");
    stack.run(&["up", "--yes", "--no-verify", "--change-tier"]).exits(0);
    stack.run(&["destroy", "--yes"]).exits(0);
    let mut after = stack.aws.settings(&pool);
    assert_eq!(after.insert("UserPoolTier".to_owned(), "LITE".into()), Some("ESSENTIALS".into()));
    assert_eq!(after, before, "nothing else has changed");
}

#[test]
fn a_pool_from_before_the_feature_plans_is_left_to_aws() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    let old = |grandfathered| {
        stack.aws.edit(&pool, |pool| {
            pool.document["UserPoolTier"] = "LITE".into();
            let add_ons = json!({"AdvancedSecurityMode": "AUDIT"});
            pool.document.insert("UserPoolAddOns".to_owned(), add_ons);
            pool.grandfathered = grandfathered;
        });
    };
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    old(true);
    let before = stack.aws.settings(&pool);
    let up = stack.run(&["up", "--yes", "--no-verify"]).exits(0);
    assert!(up.stderr.contains("on LITE with threat protection"), "{}", up.stderr);
    stack.run(&["destroy", "--yes"]).exits(0);
    assert_eq!(stack.aws.settings(&pool), before);
    let v3 = STACK
        .replace("architecture = \"HOST\"", "architecture = \"HOST\"\nevent_version = \"V3_0\"");
    stack.write(&v3.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    let refused = stack.run(&["plan"]).exits(6);
    assert!(refused.stderr.contains("has no V3_0 triggers"), "{}", refused.stderr);
}

#[test]
fn a_plan_names_the_owner_and_what_is_kept() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.aws.edit(&pool, |pool| {
        pool.document["UserPoolTags"]["aws:cloudformation:stack-name"] = "identity".into();
        pool.document.insert("NotYetInvented".to_owned(), json!({"Level": 3}));
    });
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    let plan = stack.run(&["plan", "-v"]).exits(0).stdout;
    for words in [
        "managed by CloudFormation (stack `identity`)",
        "      LambdaVersion: V2_0\n",
        "Kept as they are in customers: 2 other triggers, ",
        "1 setting that this version does not know (NotYetInvented)",
        "  triggers: PreSignUp, PostConfirmation\n",
        "AutoVerifiedAttributes",
    ] {
        assert!(plan.contains(words), "{words}\n{plan}");
    }
    let document = stack.run(&["plan", "-o", "json"]).exits(0).json();
    assert_eq!(document["preserved"][0]["unknown"], json!(["NotYetInvented"]));
    assert_eq!(document["preserved"][0]["triggers"], json!(["PreSignUp", "PostConfirmation"]));
}
