//! Every way in that a pool may leave open, to a proof: on a server that asks what AWS asks.

use aws_sdk_cognitoidentityprovider::operation::create_user_pool::builders::CreateUserPoolFluentBuilder as PoolCall;
use aws_sdk_cognitoidentityprovider::operation::create_user_pool_client::builders::CreateUserPoolClientFluentBuilder as ClientCall;
use aws_sdk_cognitoidentityprovider::types::{
    DeviceConfigurationType, ExplicitAuthFlowsType, FeatureType, MessageActionType,
    RefreshTokenRotationType, SmsConfigurationType, SmsMfaConfigType, SoftwareTokenMfaConfigType,
    UserPoolMfaType, UsernameAttributeType,
};
use serde_json::{Value, json};

use crate::binary::Run;
use crate::stack::{STACK, Stack};
use crate::strict::{FOREVER, Pick, Refusal};

/// Somebody else's pool and client, which the stack is attached to.
struct Theirs {
    stack: Stack,
    pool: String,
}

impl Theirs {
    fn new(
        pool: impl FnOnce(PoolCall) -> PoolCall,
        flows: &[&str],
        client: impl FnOnce(ClientCall) -> ClientCall,
    ) -> Self {
        let stack = Stack::new();
        let sdk = stack.sdk();
        let made = sdk.call(pool(sdk.cognito.create_user_pool().pool_name("company")).send());
        let pool = made.user_pool().and_then(|pool| pool.id()).expect("an id").to_owned();
        let flows = flows.iter().map(|flow| ExplicitAuthFlowsType::from(*flow)).collect();
        let call = sdk.cognito.create_user_pool_client().user_pool_id(&pool).client_name("app");
        let made = sdk.call(client(call.set_explicit_auth_flows(Some(flows))).send());
        let client = made.user_pool_client().and_then(|it| it.client_id()).expect("an id");
        let adopted = STACK
            .replace("deletion_protection = false", &format!("id = \"{pool}\""))
            .replace("clients.web]", &format!("clients.web]\nid = \"{client}\""));
        stack.write(&adopted);
        Self { stack, pool }
    }

    fn with_flows(flows: &[&str]) -> Self {
        Self::new(|pool| pool, flows, |client| client)
    }

    fn requires_codes(self) -> Self {
        let sdk = self.stack.sdk();
        let codes = SoftwareTokenMfaConfigType::builder().enabled(true).build();
        let call = sdk.cognito.set_user_pool_mfa_config().user_pool_id(&self.pool);
        let call = call.software_token_mfa_configuration(codes);
        sdk.call(call.mfa_configuration(UserPoolMfaType::On).send());
        self
    }

    /// `up` with a proof by just these flows.
    #[track_caller]
    fn is_proven_by(&self, flows: &[&str]) {
        self.stack.aws.clear();
        let up = self.stack.run(&["up", "--yes", "-o", "json"]).exits(0).json();
        let verify = &up["verify"];
        let verdicts = all(verify, "verdict");
        assert!(verdicts.iter().all(|verdict| verdict == "ok"), "{verify:#}");
        assert_eq!(all(verify, "flow"), flows, "{verify:#}");
        self.nobody_is_left();
    }

    /// The temporary user went, as it came.
    #[track_caller]
    fn nobody_is_left(&self) {
        let sdk = self.stack.sdk();
        let users = sdk.call(sdk.cognito.list_users().user_pool_id(&self.pool).send());
        assert!(users.users().is_empty(), "{users:?}");
    }

    fn count(&self, operation: &str) -> usize {
        self.stack.aws.calls().iter().filter(|call| call.operation == operation).count()
    }
}

fn all(verify: &Value, member: &str) -> Vec<String> {
    let checks = verify["checks"].as_array().expect("checks");
    checks.iter().map(|check| check[member].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_client_with_srp_alone() {
    let stack = Stack::of(&STACK.replace(
        "[pools.customers.clients.web]",
        "[pools.customers.clients.web]\nauth_flows = [\"user-srp\", \"refresh-token\"]\ngenerate_secret = true",
    ));
    let up = stack.run(&["up", "--yes", "-o", "json"]).exits(0).json();
    assert_eq!(all(&up["verify"], "flow"), ["USER_SRP_AUTH", "REFRESH_TOKEN"]);
    assert_eq!(all(&up["verify"], "verdict"), ["ok", "ok"]);
}

#[test]
fn a_client_of_the_older_api() {
    let theirs = Theirs::with_flows(&["ADMIN_NO_SRP_AUTH"]);
    theirs.is_proven_by(&["ADMIN_USER_PASSWORD_AUTH", "USER_SRP_AUTH", "REFRESH_TOKEN"]);

    // A user's own sign-in knows them too, and so does a file for such a pool.
    let (stack, sdk) = (&theirs.stack, theirs.stack.sdk());
    let made = sdk.cognito.admin_create_user().user_pool_id(&theirs.pool).username("alice");
    sdk.call(made.message_action(MessageActionType::Suppress).send());
    let set = sdk.cognito.admin_set_user_password().user_pool_id(&theirs.pool).username("alice");
    sdk.call(set.password("Passw0rd!").permanent(true).send());
    let mut command = stack.command(&["token", "--username", "alice", "-o", "json"]);
    let token = command.env("PRETOKEN_PASSWORD", "Passw0rd!").output().expect("it runs");
    let token = Run::new(token).exits(0).json();
    assert_eq!(token["access"]["claims"]["username"], "alice");
    std::fs::remove_file(stack.path("deploy.toml")).expect("removed");
    stack.run(&["init", "--from-pool", &theirs.pool]).exits(0);
    let text = std::fs::read_to_string(stack.path("deploy.toml")).expect("written");
    let told = "# \"app\": ADMIN_NO_SRP_AUTH (today ALLOW_ADMIN_USER_PASSWORD_AUTH, ";
    assert!(text.contains(told), "{text}");
}

#[test]
fn a_client_that_lets_users_choose() {
    let theirs = Theirs::with_flows(&["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    theirs.is_proven_by(&["USER_AUTH", "REFRESH_TOKEN"]);
    theirs.stack.aws.edit(&theirs.pool, |pool| pool.doors.asks_first = true);
    theirs.stack.aws.clear();
    let verify = theirs.stack.run(&["verify", "-o", "json"]).exits(0).json();
    assert_eq!(all(&verify, "verdict"), ["ok", "ok"]);
    assert_eq!(theirs.count("RespondToAuthChallenge"), 2, "a choice, and a proof");
}

#[test]
fn a_pool_that_requires_one_time_codes() {
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let theirs = Theirs::with_flows(&flows).requires_codes();
    theirs.is_proven_by(&["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "REFRESH_TOKEN"]);
    assert_eq!(theirs.count("AssociateSoftwareToken"), 1, "set up once, and used then");
    theirs.stack.aws.clear();
    assert_eq!(theirs.stack.plan(), Vec::<String>::new());
    assert_eq!(theirs.count("GetUserPoolMfaConfig"), 1, "looked at once");
    let theirs =
        Theirs::with_flows(&["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
            .requires_codes();
    theirs.is_proven_by(&["ADMIN_USER_PASSWORD_AUTH", "REFRESH_TOKEN"]);
}

/// What only `GetUserPoolMfaConfig` tells is known before the first write.
#[test]
fn a_pool_that_takes_no_codes_of_an_app_is_left_alone() {
    let theirs = Theirs::with_flows(&["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    let sdk = theirs.stack.sdk();
    let sender =
        SmsConfigurationType::builder().sns_caller_arn("arn:aws:iam::123456789012:role/texts");
    let texts = SmsMfaConfigType::builder().sms_configuration(sender.build());
    let call = sdk.cognito.set_user_pool_mfa_config().user_pool_id(&theirs.pool);
    let call = call.sms_mfa_configuration(texts.build());
    sdk.call(call.mfa_configuration(UserPoolMfaType::On).send());
    theirs.stack.aws.clear();
    let plan = theirs.stack.run(&["plan", "-o", "json"]).exits(0).json();
    let says = "takes no codes of an app";
    assert!(plan["verify"]["subjects"][0]["reason"].as_str().is_some_and(|it| it.contains(says)));
    assert_eq!((theirs.count("GetUserPoolMfaConfig"), &plan["verify"]["sign_ins"]), (1, &json!(0)));
    let refused = theirs.stack.run(&["up", "--yes"]).exits(6);
    assert!(refused.stderr.contains(says), "{}", refused.stderr);
    assert_eq!(theirs.stack.aws.mutating(), Vec::<String>::new());
}

#[test]
fn a_pool_that_tracks_devices() {
    let devices = DeviceConfigurationType::builder().challenge_required_on_new_device(true);
    let theirs = Theirs::new(
        |pool| pool.device_configuration(devices.build()),
        &["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        |client| client,
    );
    theirs.is_proven_by(&["USER_SRP_AUTH", "REFRESH_TOKEN"]);
    assert_eq!(theirs.count("ConfirmDevice"), 1);
}

#[test]
fn a_client_whose_refresh_tokens_rotate() {
    let rotation = RefreshTokenRotationType::builder().feature(FeatureType::Enabled);
    let rotation = rotation.retry_grace_period_seconds(0).build().expect("a rotation");
    let theirs = Theirs::new(
        |pool| pool,
        &["ALLOW_USER_PASSWORD_AUTH"],
        |client| client.refresh_token_rotation(rotation),
    );
    theirs.is_proven_by(&["USER_PASSWORD_AUTH", "GET_TOKENS_FROM_REFRESH_TOKEN"]);
}

/// The hash of a refresh has the name that the pool keeps; the emulator computes it as AWS does.
#[test]
fn a_pool_whose_users_are_named_by_address() {
    for attribute in [UsernameAttributeType::Email, UsernameAttributeType::PhoneNumber] {
        let theirs = Theirs::new(
            |pool| pool.username_attributes(attribute),
            &["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            |client| client.generate_secret(true),
        );
        theirs.is_proven_by(&["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "REFRESH_TOKEN"]);
    }
}

/// What others refuse is asked once, and says nothing about tokens.
#[test]
fn walls_of_others_are_no_wrong_tokens() {
    let theirs = Theirs::with_flows(&["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    theirs.stack.up();
    for (wall, says) in [
        ("firewall", "AWS WAF blocks this machine"),
        ("trigger", "another trigger of the pool refuses"),
        ("risk", "threat protection blocks this sign-in"),
    ] {
        theirs.stack.aws.edit(&theirs.pool, |pool| {
            pool.doors.firewall = wall == "firewall";
            let refusal = ("PreAuthentication", "verify your address first");
            pool.doors.refused_by = (wall == "trigger").then_some(refusal);
            pool.doors.blocks_risks = wall == "risk";
        });
        theirs.stack.aws.clear();
        let verify = theirs.stack.run(&["verify", "-o", "json"]).exits(7).json();
        assert_eq!(all(&verify, "verdict"), ["not-proven"], "{verify:#}");
        assert!(all(&verify, "error")[0].contains(says), "{verify:#}");
        assert_eq!(theirs.count("InitiateAuth"), 1, "{wall}");
        theirs.nobody_is_left();
    }
    let text = theirs.stack.run(&["verify"]).exits(7).stdout;
    assert!(text.contains("not proven  USER_PASSWORD_AUTH"), "{text}");
    assert!(text.contains("No token could be checked."), "{text}");
}

/// A firewall does not see administrators: what they may begin as well is proven by them, and only what nobody else
/// may begin is left open.
#[test]
fn what_a_firewall_blocks_is_proven_by_an_administrator() {
    for flow in ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH"] {
        let theirs = Theirs::with_flows(&[flow, "ALLOW_REFRESH_TOKEN_AUTH"]);
        theirs.stack.up();
        theirs.stack.aws.edit(&theirs.pool, |pool| pool.doors.firewall = true);
        theirs.stack.aws.clear();
        let verify = theirs.stack.run(&["verify", "-o", "json"]).exits(0).json();
        assert_eq!(all(&verify, "verdict"), ["ok", "ok"], "{verify:#}");
        assert_eq!(all(&verify, "flow"), [&flow["ALLOW_".len()..], "REFRESH_TOKEN"]);
        assert_eq!(theirs.count("InitiateAuth"), 1, "whether there is a firewall");
        assert_eq!(theirs.count("AdminInitiateAuth"), 2, "a sign-in, and a refresh");
        assert_eq!(theirs.count("AdminRespondToAuthChallenge"), 1, "the password's proof");
        let note = verify["notes"][0].as_str().expect("a note");
        assert!(note.contains("AWS WAF blocks this machine at the pool customers"), "{note}");
        theirs.nobody_is_left();
    }
}

/// Nobody gets a message: a text that can be foreseen is not asked for.
#[test]
fn a_code_by_text_message_is_never_asked_for() {
    let theirs = Theirs::new(
        |pool| pool.username_attributes(UsernameAttributeType::PhoneNumber),
        &["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        |client| client,
    )
    .requires_codes();
    theirs.stack.up();
    theirs.stack.aws.edit(&theirs.pool, |pool| {
        let sender = json!({"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"});
        pool.document.insert("SmsConfiguration".to_owned(), sender);
    });
    let verify = theirs.stack.run(&["verify", "-o", "json"]).exits(7).json();
    assert_eq!(all(&verify, "verdict"), Vec::<String>::new(), "{verify:#}");
    assert_eq!((&verify["sign_ins"], &verify["users"]), (&json!(0), &json!(0)));
    let notes = verify["notes"].to_string();
    assert!(notes.contains("may send a text message to a temporary user"), "{notes}");
    theirs.stack.aws.edit(&theirs.pool, |pool| assert_eq!(pool.doors.texts, 0));
}

/// Whoever cannot ask knows nothing: a slower pace, trouble at AWS, a user that stays.
#[test]
fn what_keeps_from_asking_is_no_verdict() {
    let theirs = Theirs::with_flows(&["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]);
    theirs.stack.up();
    let refusal = Refusal::new(500, "InternalErrorException", "Something is wrong here.");
    theirs.stack.aws.refuse(Pick::Operation("InitiateAuth"), refusal, FOREVER);
    let verify = theirs.stack.run(&["verify", "-o", "json"]).exits(7).json();
    assert_eq!(all(&verify, "verdict"), ["not-proven"], "{verify:#}");
    theirs.stack.aws.clear();
    let refusal = Refusal::new(400, "InvalidParameterException", "Not now.");
    theirs.stack.aws.refuse(Pick::Operation("AdminDeleteUser"), refusal, 1);
    let verify = theirs.stack.run(&["verify", "-o", "json"]).exits(0).json();
    let note = verify["notes"][0].as_str().expect("a note");
    assert!(note.contains("the temporary user pretoken-verify-"), "{note}");
    assert!(note.contains(&theirs.pool), "{note}");
}
