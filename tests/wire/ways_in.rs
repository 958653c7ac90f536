//! Whole sign-ins, question by question: what is sent, and when nothing is.

use std::cell::RefCell;

use pretoken::aws::Aws;
use pretoken::cloud::{ClientSecret, SignIn};
use pretoken::model::Flow;
use pretoken::system::clock::Clock;
use pretoken::verify::challenge::{Attempt, Person, SignInEnd};
use serde_json::{Value, json};

use crate::replay::{Reply, Wire, ok, refused};

const CLIENT: &str = "1example23456789";
/// printf %s "alice1example23456789" | openssl dgst -sha256 -hmac "0123456789abcdef" -binary | base64
const HASH_OF_ALICE: &str = "ZdYrlu0ClXgXZVAifKcq6D5bVJn7WCiF6YssYULx8Zk=";
/// The same of "0b4d-sub".
const HASH_OF_SUB: &str = "/zcwc1MPJ/3yhxY+E+ZckP42GO8rMxXifOooBFJYEiA=";
/// "12345678901234567890" in Base32, the secret of RFC 6238.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Alice signs in, who has this secret for codes; the clock shows 59 seconds after 1970.
fn sign_in(wire: &Wire, flow: Flow, is_temporary: bool, totp: Option<&str>) -> Result<(), String> {
    by(wire, SignIn::new("eu-west-1_AbCdEf123", CLIENT, flow), is_temporary, totp)
}

fn by(
    wire: &Wire,
    sign_in: SignIn<'_>,
    is_temporary: bool,
    totp: Option<&str>,
) -> Result<(), String> {
    let secret = ClientSecret("0123456789abcdef".to_owned());
    let totp = RefCell::new(totp.map(ToOwned::to_owned));
    let person = Person { username: "alice", password: "Pa55word", is_temporary, totp: &totp };
    let end = wire.run(async |aws: &Aws| {
        tokio::time::pause();
        let ways = (aws, wire, Clock::at(59));
        Attempt::new(ways, sign_in, Some(&secret), &person).run().await
    });
    match end.map_err(|error| error.to_string())? {
        SignInEnd::In(tokens) => {
            assert_eq!((tokens.access.as_str(), tokens.id.as_str()), ("aaa", "iii"));
            Ok(())
        }
        SignInEnd::Stuck(reason) => Err(reason),
    }
}

fn asks(name: &str, parameters: &Value) -> Reply {
    ok(json!({ "ChallengeName": name, "Session": format!("session of {name}"),
        "ChallengeParameters": parameters }))
}

fn tokens() -> Reply {
    ok(json!({ "AuthenticationResult": { "AccessToken": "aaa", "IdToken": "iii" } }))
}

/// The bodies of the answers to challenges.
fn answers(wire: &Wire) -> Vec<Value> {
    let sent = wire.sent();
    let answers = sent.iter().filter(|sent| sent.call == "RespondToAuthChallenge");
    answers.map(|sent| sent.body.clone()).collect()
}

#[test]
fn a_password_is_proven_and_never_sent() {
    let question = json!({ "USERNAME": "alice", "USER_ID_FOR_SRP": "alice", "SALT": "1a2b",
        "SRP_B": "abcdef", "SECRET_BLOCK": "c2VjcmV0" });
    let verifier = || asks("PASSWORD_VERIFIER", &question);
    for (flow, preferred) in [(Flow::UserSrp, Value::Null), (Flow::User, json!("PASSWORD_SRP"))] {
        let wire = Wire::new([("InitiateAuth", verifier()), ("RespondToAuthChallenge", tokens())]);
        sign_in(&wire, flow, true, None).expect("tokens");
        let begun = wire.body("InitiateAuth");
        let parameters = &begun["AuthParameters"];
        assert_eq!(parameters["USERNAME"], "alice");
        assert_eq!(parameters["SECRET_HASH"], HASH_OF_ALICE);
        assert_eq!(parameters["PREFERRED_CHALLENGE"], preferred);
        assert!(parameters["SRP_A"].as_str().is_some_and(|public| public.len() > 700));
        let [answer] = answers(&wire).try_into().expect("one answer");
        assert_eq!(answer["Session"], "session of PASSWORD_VERIFIER");
        let answers = &answer["ChallengeResponses"];
        assert_eq!(answers["TIMESTAMP"], "Thu Jan 1 00:00:59 UTC 1970");
        assert_eq!(answers["PASSWORD_CLAIM_SECRET_BLOCK"], "c2VjcmV0");
        assert_eq!(answers["SECRET_HASH"], HASH_OF_ALICE);
        assert!(answers["PASSWORD_CLAIM_SIGNATURE"].is_string());
        assert!(!wire.sent().iter().any(|sent| sent.body.to_string().contains("Pa55word")));
    }
}

/// Of whatever an administrator begins, an administrator answers the questions.
#[test]
fn a_password_is_proven_by_an_administrator_as_well() {
    let question = json!({ "USER_ID_FOR_SRP": "alice", "SALT": "1a2b", "SRP_B": "abcdef",
        "SECRET_BLOCK": "c2VjcmV0" });
    let wire = Wire::new([
        ("AdminInitiateAuth", asks("PASSWORD_VERIFIER", &question)),
        ("AdminRespondToAuthChallenge", tokens()),
    ]);
    let pool = "eu-west-1_AbCdEf123";
    by(&wire, SignIn::new(pool, CLIENT, Flow::UserSrp).by_admin(), true, None).expect("tokens");
    let begun = wire.body("AdminInitiateAuth");
    assert_eq!((&begun["AuthFlow"], &begun["UserPoolId"]), (&json!("USER_SRP_AUTH"), &json!(pool)));
    assert!(begun["AuthParameters"]["SRP_A"].is_string());
    let answer = wire.body("AdminRespondToAuthChallenge");
    assert_eq!(answer["ChallengeResponses"]["SECRET_HASH"], HASH_OF_ALICE);
    assert!(answer["ChallengeResponses"]["PASSWORD_CLAIM_SIGNATURE"].is_string());
    assert!(wire.sent().iter().all(|sent| sent.signed), "IAM lets administrators in");
    assert!(!wire.sent().iter().any(|sent| sent.body.to_string().contains("Pa55word")));
}

/// What the pool calls the user is hashed, once the pool has said it.
#[test]
fn answers_carry_the_pools_own_name() {
    let question = json!({ "USER_ID_FOR_SRP": "0b4d-sub", "SALT": "1a", "SRP_B": "ab",
        "SECRET_BLOCK": "c2VjcmV0" });
    let wire = Wire::new([
        ("InitiateAuth", asks("PASSWORD_VERIFIER", &question)),
        ("RespondToAuthChallenge", tokens()),
    ]);
    sign_in(&wire, Flow::UserSrp, true, None).expect("tokens");
    let [answer] = answers(&wire).try_into().expect("one answer");
    assert_eq!(answer["ChallengeResponses"]["USERNAME"], "0b4d-sub");
    assert_eq!(answer["ChallengeResponses"]["SECRET_HASH"], HASH_OF_SUB);
}

#[test]
fn a_password_is_chosen_where_there_is_a_choice() {
    let choice = |available: Value| {
        ok(json!({ "ChallengeName": "SELECT_CHALLENGE", "Session": "s", "ChallengeParameters": {},
            "AvailableChallenges": available }))
    };
    let wire = Wire::new([
        ("InitiateAuth", choice(json!(["EMAIL_OTP", "PASSWORD"]))),
        ("RespondToAuthChallenge", tokens()),
    ]);
    sign_in(&wire, Flow::User, true, None).expect("tokens");
    let [answer] = answers(&wire).try_into().expect("one answer");
    let expected = json!({ "ANSWER": "PASSWORD", "PASSWORD": "Pa55word", "USERNAME": "alice",
        "SECRET_HASH": HASH_OF_ALICE });
    assert_eq!(answer["ChallengeResponses"], expected);

    let wire = Wire::new([("InitiateAuth", choice(json!(["EMAIL_OTP", "WEB_AUTHN"])))]);
    let reason = sign_in(&wire, Flow::User, true, None).expect_err("no password");
    assert_eq!(reason, "the pool lets nobody in by a password, but by EMAIL_OTP, WEB_AUTHN");
}

#[test]
fn codes_are_set_up_for_a_temporary_user_alone() {
    let setup = || asks("MFA_SETUP", &json!({ "MFAS_CAN_SETUP": "[\"SOFTWARE_TOKEN_MFA\"]" }));
    let wire = Wire::new([
        ("InitiateAuth", setup()),
        ("AssociateSoftwareToken", ok(json!({ "SecretCode": SECRET, "Session": "two" }))),
        ("VerifySoftwareToken", ok(json!({ "Status": "SUCCESS", "Session": "three" }))),
        ("RespondToAuthChallenge", tokens()),
    ]);
    sign_in(&wire, Flow::UserPassword, true, None).expect("tokens");
    assert_eq!(wire.body("AssociateSoftwareToken"), json!({ "Session": "session of MFA_SETUP" }));
    assert_eq!(wire.body("VerifySoftwareToken"), json!({ "Session": "two", "UserCode": "287082" }));
    let [answer] = answers(&wire).try_into().expect("one answer");
    assert_eq!(
        (&answer["ChallengeName"], &answer["Session"]),
        (&json!("MFA_SETUP"), &json!("three"))
    );

    let wire = Wire::new([("InitiateAuth", setup())]);
    let reason = sign_in(&wire, Flow::UserPassword, false, None).expect_err("not theirs");
    assert!(reason.contains("MFA_SETUP"), "{reason}");
    let by_text = asks("MFA_SETUP", &json!({ "MFAS_CAN_SETUP": "[\"SMS_MFA\"]" }));
    let wire = Wire::new([("InitiateAuth", by_text)]);
    let reason = sign_in(&wire, Flow::UserPassword, true, None).expect_err("no text message");
    assert!(reason.contains("SMS_MFA"), "{reason}");
}

#[test]
fn a_code_that_was_used_is_followed_by_the_next() {
    let used = "Your software token has already been used once.";
    let wire = Wire::new([
        ("InitiateAuth", asks("SELECT_MFA_TYPE", &json!({}))),
        ("RespondToAuthChallenge", asks("SOFTWARE_TOKEN_MFA", &json!({}))),
        ("RespondToAuthChallenge", refused(400, "ExpiredCodeException", used)),
        ("RespondToAuthChallenge", tokens()),
    ]);
    sign_in(&wire, Flow::UserPassword, true, Some(SECRET)).expect("tokens");
    let [choice, first, second] = answers(&wire).try_into().expect("three answers");
    assert_eq!(choice["ChallengeResponses"]["ANSWER"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(first["ChallengeResponses"]["SOFTWARE_TOKEN_MFA_CODE"], "287082");
    // Step 2 of RFC 4226's counter values.
    assert_eq!(second["ChallengeResponses"]["SOFTWARE_TOKEN_MFA_CODE"], "359152");
}

#[test]
fn what_no_program_can_answer_is_not_tried_twice() {
    for name in [
        "SMS_MFA",
        "SMS_OTP",
        "EMAIL_OTP",
        "WEB_AUTHN",
        "CUSTOM_CHALLENGE",
        "SELECT_MFA_TYPE",
        "NEW",
    ] {
        let wire = Wire::new([("InitiateAuth", asks(name, &json!({})))]);
        let reason = sign_in(&wire, Flow::UserPassword, true, None).expect_err("no way");
        assert!(reason.contains(&format!("({name})")), "{reason}");
        assert_eq!(wire.sent().len(), 1);
    }
}
