//! An adopted pool: attached to, detached from, and otherwise preserved.

use aws_sdk_cognitoidentityprovider::types::{
    LambdaConfigType, PreTokenGenerationVersionConfigType, VerifiedAttributeType,
};

use aws_sdk_lambda::types::FunctionCode;

use crate::binary::Run;
use crate::stack::{STACK, Sdk, Stack};
use crate::strict::{FOREVER, Moment, Pick, Refusal};

pub(crate) fn unmanaged_pool(stack: &Stack, sdk: &Sdk) -> String {
    let arn =
        |name: &str| format!("arn:aws:lambda:eu-west-1:{}:function:{name}", stack.aws.account());
    let triggers = LambdaConfigType::builder()
        .pre_sign_up(arn("check"))
        .post_confirmation(arn("greet"))
        .build();
    let call = sdk.cognito.create_user_pool().pool_name("company").lambda_config(triggers);
    let call = call
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .user_pool_tags("team", "identity");
    let pool = sdk.call(call.send());
    pool.user_pool().and_then(|pool| pool.id()).expect("an id").to_owned()
}

/// A function that is not the stack's, and that this pool may invoke: what stands in a slot must work to come back.
pub(crate) fn unmanaged_function(stack: &Stack, sdk: &Sdk, pool: &str) -> String {
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    let role = sdk.iam.create_role().role_name("theirs").assume_role_policy_document(trust);
    let role = sdk.call(role.send());
    stack.aws.settle();
    let zip = aws_sdk_lambda::primitives::Blob::new(EMPTY_ZIP);
    let call = sdk.lambda.create_function().function_name("theirs");
    let call = call.code(FunctionCode::builder().zip_file(zip).build());
    let call = call.role(role.role().expect("a role").arn()).handler("x");
    sdk.call(call.runtime("provided.al2023".into()).send());
    stack.aws.settle();
    let account = stack.aws.account();
    let source = format!("arn:aws:cognito-idp:eu-west-1:{account}:userpool/{pool}");
    let call = sdk.lambda.add_permission().function_name("theirs").statement_id("cognito");
    let call = call.action("lambda:InvokeFunction").principal("cognito-idp.amazonaws.com");
    sdk.call(call.source_arn(source).send());
    format!("arn:aws:lambda:eu-west-1:{account}:function:theirs")
}

const EMPTY_ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

#[test]
fn an_adopted_pool_is_attached_to_and_detached_from() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    let before = stack.aws.settings(&pool);
    let up = stack.up();
    assert_eq!(up["outputs"]["pools"]["customers"]["id"], pool.as_str());
    let attached = stack.aws.settings(&pool);
    assert_eq!(attached["LambdaConfig"]["PreSignUp"], before["LambdaConfig"]["PreSignUp"]);
    assert_eq!(attached["LambdaConfig"]["PreTokenGenerationConfig"]["LambdaVersion"], "V2_0");
    assert_eq!(stack.plan(), Vec::<String>::new());
    stack.run(&["destroy", "--yes"]).exits(0);
    assert_eq!(stack.aws.settings(&pool), before, "everything is as it was");
    let clients = sdk.call(sdk.cognito.list_user_pool_clients().user_pool_id(&pool).send());
    assert_eq!(clients.user_pool_clients().len(), 0, "our client is gone");
}

/// Through an unmanaged client, a user writes what decides about tokens of ours.
#[test]
fn a_rule_that_trusts_what_an_unmanaged_client_lets_users_write_is_said() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    let call = sdk.cognito.create_user_pool_client().user_pool_id(&pool).client_name("legacy");
    let theirs = sdk.call(call.write_attributes("profile").write_attributes("email").send());
    let theirs = theirs.user_pool_client().and_then(|client| client.client_id()).expect("an id");
    let trusting = |attribute: &str| {
        let rule = format!(
            "[[rules]]\nname = \"admins\"\nclients = [\"web\"]\nattributes = {{ {attribute} = \"admin\" }}\nadd_scopes = [\"orders/write\"]\n"
        );
        let adopted = STACK.replace("deletion_protection = false", &format!("id = \"{pool}\""));
        stack.write(&adopted.replacen("[[rules]]", &format!("{rule}\n[[rules]]"), 1));
    };
    trusting("profile");
    let said = format!(
        "rule `admins` decides by `profile`, which users write themselves: any user of the pool customers calls UpdateUserAttributes or SignUp through legacy ({theirs})"
    );
    let plan = stack.run(&["plan", "-o", "json"]).exits(0).json();
    assert_eq!(plan["notes"], serde_json::json!([said]));
    for command in [&["plan"][..], &["up", "--yes"]] {
        let refused = stack.run(&[command, &["--forbid-user-controlled"]].concat()).exits(6);
        assert!(refused.stderr.contains(&said), "{}", refused.stderr);
    }
    trusting("nickname");
    stack.run(&["plan", "--forbid-user-controlled"]).exits(0);
}

/// Our proof is not worth somebody else's sign-ins: what cannot be proven leaves their pool as it was.
#[test]
fn an_adopted_pool_is_detached_when_its_tokens_are_wrong() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    let arn = unmanaged_function(&stack, &sdk, &pool);
    for theirs in [None, Some(arn)] {
        if let Some(arn) = theirs {
            let triggers = LambdaConfigType::builder().pre_token_generation(arn).build();
            let call = sdk.cognito.update_user_pool().user_pool_id(&pool).lambda_config(triggers);
            sdk.call(call.send());
        }
        let before = stack.aws.settings(&pool);
        let fault = "PreTokenGenerationV2_0 failed with error boom.";
        let refusal = Refusal::new(400, "UserLambdaValidationException", fault);
        stack.aws.refuse(Pick::Operation("AdminInitiateAuth"), refusal, FOREVER);
        let up = ["up", "--yes", "--take-over", "-o", "json"];
        let up = stack.run(&up).exits(7).json();
        assert_eq!(up["detached"], serde_json::json!(["customers"]));
        assert_eq!(stack.aws.settings(&pool), before, "the pool is as it was");
        let refusal = Refusal::new(400, "AccessDeniedException", "not you");
        stack.aws.clear();
        stack.aws.refuse(Pick::Operation("AdminCreateUser"), refusal, FOREVER);
        let up = stack.run(&["up", "--yes", "--take-over"]).exits(5);
        assert!(up.stderr.contains("The pool customers is detached"), "{}", up.stderr);
        assert_eq!(stack.aws.settings(&pool), before, "the pool is as it was");
        stack.aws.clear();
    }
}

#[test]
fn a_signal_during_the_verification_detaches_the_adopted_pool_too() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    let before = stack.aws.settings(&pool);
    let proof = stack.aws.hold(Pick::Operation("AdminCreateUser"), Moment::After);
    let run = stack.start(&["up", "--yes"]);
    proof.wait_for(1);
    let id = rustix::process::Pid::from_child(&run);
    rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("it runs");
    proof.release();
    let run = Run::of(run).exits(143);
    assert!(run.stderr.contains("The pool customers is detached"), "{}", run.stderr);
    assert_eq!(stack.aws.settings(&pool), before, "the pool is as it was");
}

#[test]
fn a_slot_that_is_taken_is_refused() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    let arn = format!("arn:aws:lambda:eu-west-1:{}:function:theirs", stack.aws.account());
    let triggers = LambdaConfigType::builder().pre_token_generation(&arn).build();
    sdk.call(sdk.cognito.update_user_pool().user_pool_id(&pool).lambda_config(triggers).send());
    stack.aws.clear();
    let run = stack.run(&["up", "--yes"]).exits(6);
    assert!(run.stderr.contains(&arn), "{}", run.stderr);
    assert_eq!(stack.aws.mutating(), Vec::<String>::new());
}

#[test]
fn a_pool_that_is_not_there_is_refused() {
    let stack =
        Stack::of(&STACK.replace("deletion_protection = false", "id = \"eu-west-1_Nowhere12\""));
    let run = stack.run(&["plan"]).exits(6);
    assert!(run.stderr.contains("there is no pool `eu-west-1_Nowhere12`"), "{}", run.stderr);
}

/// A pool that is no longer declared must not go on calling a function that may no longer be invoked.
#[test]
fn a_pool_that_is_no_longer_declared_is_detached() {
    let stack = Stack::new();
    let sdk = stack.sdk();
    let pool = unmanaged_pool(&stack, &sdk);
    let before = stack.aws.settings(&pool);
    let declared = format!("{STACK}\n[pools.company]\nid = \"{pool}\"\n");
    stack.write(&declared);
    stack.up();
    stack.write(STACK);
    let plan = stack.plan();
    assert!(plan.contains(&format!("trigger {pool} detach")), "{plan:?}");
    stack.up();
    assert_eq!(stack.aws.settings(&pool), before);
    assert_eq!(stack.plan(), Vec::<String>::new());
}

/// By the legacy field alone, which means `V1_0`, and by the field with a version.
#[test]
fn a_slot_is_taken_over_and_given_back() {
    for version in [None, Some("V2_0")] {
        let stack = Stack::new();
        let sdk = stack.sdk();
        let pool = unmanaged_pool(&stack, &sdk);
        stack.write(&STACK.replace("deletion_protection = false", &format!("id = \"{pool}\"")));
        let arn = unmanaged_function(&stack, &sdk, &pool);
        let triggers = LambdaConfigType::builder().pre_sign_up(&arn).pre_token_generation(&arn);
        let triggers = triggers.set_pre_token_generation_config(version.map(|version| {
            let config = PreTokenGenerationVersionConfigType::builder().lambda_arn(&arn);
            config.lambda_version(version.into()).build().expect("it is whole")
        }));
        let call = sdk.cognito.update_user_pool().user_pool_id(&pool);
        sdk.call(call.lambda_config(triggers.build()).send());
        let before = stack.aws.settings(&pool);
        let plan = stack.run(&["plan", "--take-over"]).exits(0);
        assert!(plan.stdout.contains("take-over") && plan.stdout.contains(&arn), "{}", plan.stdout);
        stack.run(&["up", "--yes", "--take-over"]).exits(0);
        let held = &stack.aws.settings(&pool)["LambdaConfig"]["PreTokenGenerationConfig"];
        assert!(held["LambdaArn"].to_string().contains("orders-pre-token:live"), "{held}");
        assert_eq!(stack.plan(), Vec::<String>::new(), "the flag is not needed any more");
        stack.run(&["destroy", "--yes"]).exits(0);
        assert_eq!(stack.aws.settings(&pool), before, "given back exactly");
    }
}
