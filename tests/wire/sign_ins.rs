//! The steps of a sign-in, as they are sent.

use pretoken::cloud::{
    Auth, Challenge, ClientSecret, CloudError, DeviceVerifier, NewDevice, Parameters, Refresh,
    SignIn, Signed,
};
use pretoken::model::Flow;
use serde_json::{Value, json};

use crate::replay::{Wire, ok, refused};

const POOL: &str = "eu-west-1_AbCdEf123";
const CLIENT: &str = "1example23456789";

fn sign_in(flow: Flow) -> SignIn<'static> {
    SignIn::new(POOL, CLIENT, flow)
}

fn parameters() -> Parameters {
    Parameters::new([("USERNAME", "alice".to_owned()), ("PASSWORD", "Pa55word".to_owned())])
}

fn tokens(refresh: Option<&str>) -> Value {
    json!({ "AuthenticationResult": { "AccessToken": "aaa", "IdToken": "iii", "RefreshToken": refresh },
        "ChallengeParameters": {} })
}

#[test]
fn a_sign_in_needs_no_iam_unless_an_administrator_makes_it() {
    for (flow, call, signed) in [
        (Flow::UserPassword, "InitiateAuth", false),
        (Flow::UserSrp, "InitiateAuth", false),
        (Flow::User, "InitiateAuth", false),
        (Flow::RefreshToken, "InitiateAuth", false),
        (Flow::AdminUserPassword, "AdminInitiateAuth", true),
    ] {
        let wire = Wire::new([(call, ok(tokens(Some("rrr"))))]);
        let answer = wire.run(async |aws| aws.initiate(&sign_in(flow), &parameters()).await);
        let Ok(Signed::In(tokens)) = answer else { panic!("no tokens") };
        assert_eq!(
            (tokens.access.as_str(), tokens.id.as_str(), tokens.refresh.as_deref(), tokens.device),
            ("aaa", "iii", Some("rrr"), None)
        );
        let mut expected = json!({ "AuthFlow": flow.as_str(), "ClientId": CLIENT,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Pa55word" } });
        if signed {
            expected["UserPoolId"] = json!(POOL);
        }
        assert_eq!(wire.body(call), expected);
        assert_eq!(wire.sent()[0].signed, signed);
    }
}

#[test]
fn a_challenge_is_answered_where_it_was_asked() {
    let asked = json!({ "ChallengeName": "SELECT_CHALLENGE", "Session": "a session",
        "AvailableChallenges": ["PASSWORD_SRP", "EMAIL_OTP"], "ChallengeParameters": { "A": "b" } });
    for (flow, first, second) in [
        (Flow::User, "InitiateAuth", "RespondToAuthChallenge"),
        (Flow::AdminUserPassword, "AdminInitiateAuth", "AdminRespondToAuthChallenge"),
    ] {
        let wire = Wire::new([(first, ok(asked.clone())), (second, ok(tokens(None)))]);
        let sign_in = sign_in(flow);
        wire.run(async |aws| {
            let Signed::Challenge(challenge) = aws.initiate(&sign_in, &parameters()).await? else {
                panic!("no challenge");
            };
            assert_eq!(challenge.name, "SELECT_CHALLENGE");
            assert_eq!(challenge.available, ["PASSWORD_SRP", "EMAIL_OTP"]);
            assert_eq!(challenge.get("A"), Some("b"));
            let answers = Parameters::new([("ANSWER", "PASSWORD_SRP".to_owned())]);
            aws.respond(&sign_in, &challenge, &answers).await
        })
        .expect("signed in");
        let mut expected = json!({ "ClientId": CLIENT, "ChallengeName": "SELECT_CHALLENGE",
            "Session": "a session", "ChallengeResponses": { "ANSWER": "PASSWORD_SRP" } });
        if flow == Flow::AdminUserPassword {
            expected["UserPoolId"] = json!(POOL);
        }
        assert_eq!(wire.body(second), expected);
    }
}

#[test]
fn a_token_that_rotates_is_spent_by_its_own_call() {
    let wire = Wire::new([("GetTokensFromRefreshToken", ok(tokens(Some("next"))))]);
    let secret = ClientSecret("0123456789abcdef".to_owned());
    let refresh =
        Refresh { token: "rrr", client_secret: Some(&secret), device_key: Some("eu-west-1_dev") };
    let answer = wire.run(async |aws| aws.refresh(&sign_in(Flow::RefreshToken), &refresh).await);
    let Ok(Signed::In(tokens)) = answer else { panic!("no tokens") };
    assert_eq!(tokens.refresh.as_deref(), Some("next"));
    let expected = json!({ "RefreshToken": "rrr", "ClientId": CLIENT,
        "ClientSecret": "0123456789abcdef", "DeviceKey": "eu-west-1_dev" });
    assert_eq!(wire.body("GetTokensFromRefreshToken"), expected);
    assert!(!wire.sent()[0].signed);
}

#[test]
fn one_time_codes_are_set_up_in_the_session() {
    let wire = Wire::new([
        (
            "AssociateSoftwareToken",
            ok(json!({ "SecretCode": "JBSWY3DPEHPK3PXP", "Session": "two" })),
        ),
        ("VerifySoftwareToken", ok(json!({ "Status": "SUCCESS", "Session": "three" }))),
        ("VerifySoftwareToken", ok(json!({ "Status": "ERROR" }))),
    ]);
    wire.run(async |aws| {
        let token = aws.associate_software_token("one").await?;
        assert_eq!((token.secret.as_str(), token.session.as_str()), ("JBSWY3DPEHPK3PXP", "two"));
        assert!(!format!("{token:?}").contains("JBSW"));
        assert_eq!(aws.verify_software_token("two", "123456").await?, "three");
        assert!(aws.verify_software_token("two", "123456").await.is_err());
        Ok::<_, CloudError>(())
    })
    .expect("set up");
    assert_eq!(wire.body("AssociateSoftwareToken"), json!({ "Session": "one" }));
    assert!(wire.sent().iter().all(|sent| !sent.signed));
}

#[test]
fn a_new_device_is_confirmed() {
    let mut answer = tokens(Some("rrr"));
    answer["AuthenticationResult"]["NewDeviceMetadata"] =
        json!({ "DeviceKey": "eu-west-1_dev", "DeviceGroupKey": "-group" });
    let wire = Wire::new([
        ("InitiateAuth", ok(answer)),
        ("ConfirmDevice", ok(json!({ "UserConfirmationNecessary": true }))),
        ("UpdateDeviceStatus", ok(json!({}))),
    ]);
    let verifier = DeviceVerifier {
        password_verifier: "dmVyaWZpZXI=".to_owned(),
        salt: "c2FsdA==".to_owned(),
    };
    wire.run(async |aws| {
        let Signed::In(tokens) = aws.initiate(&sign_in(Flow::UserPassword), &parameters()).await?
        else {
            panic!("no tokens");
        };
        let device = NewDevice { key: "eu-west-1_dev".to_owned(), group_key: "-group".to_owned() };
        assert_eq!(tokens.device.as_ref(), Some(&device));
        assert!(aws.confirm_device("aaa", &device.key, &verifier).await?);
        aws.remember_device("aaa", &device.key).await
    })
    .expect("confirmed");
    let expected = json!({ "AccessToken": "aaa", "DeviceKey": "eu-west-1_dev", "DeviceName": "pretoken",
        "DeviceSecretVerifierConfig": { "PasswordVerifier": "dmVyaWZpZXI=", "Salt": "c2FsdA==" } });
    assert_eq!(wire.body("ConfirmDevice"), expected);
    let expected = json!({ "AccessToken": "aaa", "DeviceKey": "eu-west-1_dev",
        "DeviceRememberedStatus": "remembered" });
    assert_eq!(wire.body("UpdateDeviceStatus"), expected);
    assert!(!format!("{verifier:?}").contains("c2FsdA"));
}

#[test]
fn a_wrong_password_is_no_lack_of_permission_and_is_not_shown() {
    let challenge = Challenge { name: "PASSWORD_VERIFIER".to_owned(), ..Challenge::default() };
    let refusal = || refused(400, "NotAuthorizedException", "Incorrect username or password.");
    for (call, flow) in
        [("InitiateAuth", Flow::UserPassword), ("AdminInitiateAuth", Flow::AdminUserPassword)]
    {
        let wire = Wire::new([(call, refusal())]);
        let result = wire.run(async |aws| aws.initiate(&sign_in(flow), &parameters()).await);
        is_refused(result);
    }
    let wire = Wire::new([("RespondToAuthChallenge", refusal())]);
    let answer = async |aws: &pretoken::aws::Aws| {
        aws.respond(&sign_in(Flow::UserSrp), &challenge, &parameters()).await
    };
    is_refused(wire.run(answer));
    assert!(!format!("{:?}", parameters()).contains("Pa55word"));
}

fn is_refused(result: Result<Signed, CloudError>) {
    let Err(error) = result else { panic!("signed in") };
    assert!(
        matches!(&error, CloudError::Refused { code, .. } if code == "NotAuthorizedException"),
        "{error}"
    );
    assert!(!format!("{error} {error:?}").contains("Pa55word"));
}

#[test]
fn an_answer_without_tokens_is_unreadable_and_shows_nothing() {
    let half = json!({ "AuthenticationResult": { "AccessToken": "aaa.bbb.ccc" }, "ChallengeParameters": {} });
    let wire = Wire::new([("InitiateAuth", ok(half))]);
    let result =
        wire.run(async |aws| aws.initiate(&sign_in(Flow::UserPassword), &parameters()).await);
    let Err(error) = result else { panic!("signed in") };
    assert!(matches!(error, CloudError::Unreadable { .. }));
    assert!(!format!("{error:?}").contains("aaa.bbb.ccc"));
}
