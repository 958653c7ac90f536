//! Events in, events out: what may arrive, and what Cognito gets back, byte for byte.

use std::borrow::Cow;

use trigger::{Fault, Handler, Ids, Rules, Subject};

const RULES: &str = r#"[
    { "name": "web reads", "clients": ["web"], "add_scopes": ["orders/read"] },
    { "name": "staff write", "groups": ["staff"], "add_scopes": ["orders/write"] },
    { "name": "tenant", "attributes": { "custom:tenant": { "present": true } },
      "access_claims": { "tenant": "{attributes.custom:tenant}" }, "id_claims": { "tenant": "{attributes.custom:tenant}" } },
    { "name": "machines", "trigger_sources": ["TokenGeneration_ClientCredentials"], "add_scopes": ["jobs/run"] },
    { "name": "guests", "groups": ["guest"], "suppress_groups": ["guest"], "suppress_id_claims": ["email"] },
    { "name": "nobody", "groups": ["nobody"], "set_groups": [], "suppress_scopes": ["openid"] }
]"#;

fn handler() -> Handler {
    let ids = Ids::from_json(
        r#"{"pools":{"us-east-1_EXAMPLE":"customers"},"clients":{"1example23456789":"customers/web","2other":"customers/app"}}"#,
    );
    Handler { rules: Rules::from_json(RULES).expect("valid rules"), ids: ids.expect("ids") }
}

/// Sends the event in which `§` is `before`, and expects the same with `after` in its place.
#[track_caller]
fn assert_response(event: &str, before: &str, after: &str) {
    let (sent, expected) = (event.replacen('§', before, 1), event.replacen('§', after, 1));
    let answer = handler().handle(&sent, 0).expect("an answer");
    assert_eq!(answer.event.as_deref(), Ok(expected.as_str()));
    assert_eq!(
        matches!(answer.event, Ok(Cow::Borrowed(_))),
        before == after,
        "copied without need, or changed in place"
    );
}

#[track_caller]
fn assert_untouched(event: &str) {
    assert_response(event, "", "");
}

/// AWS's test event of version 2 (Developer Guide, "Pre token generation Lambda trigger"), with
/// lists where objects and strings are documented.
const AWS_V2: &str = r#"{
    "version": "2",
    "triggerSource": "TokenGeneration_HostedAuth",
    "region": "us-east-1",
    "userPoolId": "us-east-1_EXAMPLE",
    "userName": "JaneDoe",
    "callerContext": { "awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "1example23456789" },
    "request": {
        "userAttributes": {
            "sub": "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111",
            "cognito:email_alias": "janedoe@example.com",
            "cognito:user_status": "CONFIRMED",
            "email_verified": "true",
            "email": "janedoe@example.com"
        },
        "groupConfiguration": {
            "groupsToOverride": ["group-1", "staff", "group-3"],
            "iamRolesToOverride": ["arn:aws:iam::123456789012:role/sns_caller1"],
            "preferredRole": ["arn:aws:iam::123456789012:role/sns_caller"]
        },
        "scopes": ["aws.cognito.signin.user.admin", "openid", "email", "phone"]
    },
    "response": §
}"#;

#[test]
fn the_sample_of_version_2_is_answered() {
    assert_response(
        AWS_V2,
        r#"{ "claimsAndScopeOverrideDetails": [] }"#,
        r#"{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["orders/read","orders/write"]}}}"#,
    );
}

#[test]
fn the_sample_of_version_3_is_answered() {
    let event = AWS_V2.replace(r#""version": "2""#, r#""version": "3""#);
    let event = event.replace("TokenGeneration_HostedAuth", "TokenGeneration_ClientCredentials");
    assert_response(
        &event,
        r#"{"claimsAndScopeOverrideDetails":[]}"#,
        r#"{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["jobs/run","orders/read","orders/write"]}}}"#,
    );
}

#[test]
fn every_trigger_source_is_served_alike() {
    for source in [
        "TokenGeneration_Authentication",
        "TokenGeneration_NewPasswordChallenge",
        "TokenGeneration_AuthenticateDevice",
        "TokenGeneration_RefreshTokens",
        "TokenGeneration_HostedAuth",
        "TokenGeneration_OfTheFuture",
        "",
    ] {
        assert_response(
            &AWS_V2.replace("TokenGeneration_HostedAuth", source),
            "null",
            r#"{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["orders/read","orders/write"]}}}"#,
        );
    }
}

#[test]
fn a_machine_to_machine_client_has_no_user() {
    assert_response(
        r#"{"version":"3","triggerSource":"TokenGeneration_ClientCredentials","region":"us-east-1","userPoolId":"us-east-1_EXAMPLE","callerContext":{"awsSdkVersion":"x","clientId":"9machine"},"request":{"userAttributes":{},"groupConfiguration":null,"clientMetadata":{"job":"nightly"},"scopes":["jobs/list"]},"response":§}"#,
        r#"{"claimsAndScopeOverrideDetails":null}"#,
        r#"{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["jobs/run"]}}}"#,
    );
}

#[test]
fn groups_are_overridden_only_when_groups_are_meant() {
    let event = r#"{"request":{"groupConfiguration":{"groupsToOverride":["a","guest","b"],"iamRolesToOverride":["arn:1", "arn:2"],"preferredRole":"arn:1"}},"response":§}"#;
    assert_response(
        event,
        "{}",
        r#"{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToSuppress":["email"]},"groupOverrideDetails":{"groupsToOverride":["a","b"],"iamRolesToOverride":["arn:1", "arn:2"],"preferredRole":"arn:1"}}}"#,
    );
    assert_response(
        &event.replace("guest", "nobody").replace("\"arn:1\"}", "null}"),
        "{}",
        r#"{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToSuppress":["openid"]},"groupOverrideDetails":{"groupsToOverride":[],"iamRolesToOverride":["arn:1", "arn:2"]}}}"#,
    );
    assert_response(
        &event.replace("guest", "staff"),
        "{}",
        r#"{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["orders/write"]}}}"#,
    );
}

#[test]
fn claims_go_to_their_tokens() {
    assert_response(
        r#"{"request":{"userAttributes":{"custom:tenant":"a\"ü\u00fc\\"}},"response":§}"#,
        "null",
        r#"{"claimsAndScopeOverrideDetails":{"idTokenGeneration":{"claimsToAddOrOverride":{"tenant":"a\"üü\\"}},"accessTokenGeneration":{"claimsToAddOrOverride":{"tenant":"a\"üü\\"}}}}"#,
    );
}

#[test]
fn whatever_is_not_response_stays_byte_for_byte() {
    let added = r#"{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["orders/write"]}}}"#;
    for event in [
        // Unknown members, their order, blanks, number texts and escapes.
        r#" { "zebra" : 1.0 , "response":§, "request":{"new":[1e400,-0.0,12345678901234567890123],"groupConfiguration":{"groupsToOverride":["\u0073taff"]}} ,"apple": "\u00e9\/" }	"#,
        // Members of the right name in the wrong place.
        r#"{"callerContext":{"response":1},"request":{"response":2,"groupConfiguration":{"groupsToOverride":["staff"],"response":3}},"response":§}"#,
        // The same member twice: the last one counts.
        r#"{"response":1,"request":7,"request":{"groupConfiguration":{"groupsToOverride":["staff"]}},"response":§}"#,
        // Names that are written with escapes.
        r#"{"re\u0071uest":{"groupConfiguration":{"groupsToOverride":["staff"]}},"r\u0065sponse":§}"#,
    ] {
        for before in [
            "null",
            "{}",
            "[]",
            "17",
            r#""x}""#,
            r#"{"claimsAndScopeOverrideDetails":{"groupOverrideDetails":{}}}"#,
        ] {
            assert_response(event, before, added);
        }
    }
}

#[test]
fn a_missing_response_is_added() {
    assert_response(
        r#"{"request":{"groupConfiguration":{"groupsToOverride":["staff"]}} §}"#,
        "",
        r#","response":{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["orders/write"]}}}"#,
    );
    let always =
        Rules::from_json(r#"[{ "name": "all", "add_scopes": ["a"] }]"#).expect("valid rules");
    let answer = Handler { rules: always, ids: Ids::default() }.handle("{}", 0).expect("an answer");
    assert_eq!(
        answer.event.as_deref(),
        Ok(
            r#"{"response":{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"scopesToAdd":["a"]}}}}"#
        )
    );
}

#[test]
fn without_an_effect_the_event_goes_back_as_it_came() {
    for event in [
        "{}",
        r#"{"version":"2","response":{"claimsAndScopeOverrideDetails":[]}}"#,
        r#"{"version":"2","callerContext":{"clientId":"2other"},"userPoolId":"us-east-1_EXAMPLE","response":null}"#,
        // A client that is not ours; a client of ours with the id of a pool.
        r#"{"version":"2","callerContext":{"clientId":"unknown"},"userPoolId":"us-east-1_EXAMPLE","response":null}"#,
        r#"{"version":"2","callerContext":{"clientId":"us-east-1_EXAMPLE"},"response":null}"#,
    ] {
        assert_untouched(event);
    }
}

#[test]
fn nulls_and_other_types_count_as_absent() {
    for odd in [
        "null",
        "[]",
        "{}",
        "0",
        "true",
        "\"\"",
        "[null]",
        "[[]]",
        "\"\\ud800\"",
        "{\"\\ud800\":1}",
    ] {
        for event in [
            r#"{"version":§,"response":null}"#,
            r#"{"triggerSource":§,"response":null}"#,
            r#"{"userPoolId":§,"response":null}"#,
            r#"{"userName":§,"response":null}"#,
            r#"{"callerContext":§,"response":null}"#,
            r#"{"callerContext":{"clientId":§},"response":null}"#,
            r#"{"request":§,"response":null}"#,
            r#"{"request":{"userAttributes":§},"response":null}"#,
            r#"{"request":{"groupConfiguration":§},"response":null}"#,
            r#"{"request":{"groupConfiguration":{"groupsToOverride":§}},"response":null}"#,
            r#"{"request":{"scopes":§},"response":null}"#,
            r#"{"request":{"clientMetadata":§},"response":§}"#,
        ] {
            assert_untouched(&event.replace('§', odd));
        }
    }
}

#[test]
fn an_attribute_that_is_no_string_is_absent() {
    let event = r#"{"request":{"userAttributes":{"a":null,"b":1.50,"c":true,"d":{"x": []},"e":"","f":"\ud800","":"g"}}}"#;
    let subject = trigger::Event::parse(event).expect("an event").subject(&Ids::default(), 7);
    let attributes = [("", "g"), ("e", "")];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(subject, Subject { attributes: attributes.into(), now: 7, ..Subject::default() });
}

#[test]
fn depth_and_length_do_no_harm() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    let long = "a".repeat(1_000_000);
    for odd in [deep, format!("{{\"{long}\":\"{long}\"}}")] {
        assert_untouched(&format!(
            r#"{{"new":{odd},"request":{{"userAttributes":{{"a":{odd}}}}}}}"#
        ));
    }
}

#[test]
fn an_event_tells_who_it_is_about() {
    let event = AWS_V2
        .replace(r#""scopes""#, r#""clientMetadata": {"device": "tv"}, "scopes""#)
        .replace('§', "null");
    let subject = trigger::Event::parse(&event).expect("an event").subject(&handler().ids, 1);
    assert_eq!(subject.pool.as_deref(), Some("customers"));
    assert_eq!(subject.client.as_deref(), Some("web"));
    assert_eq!(subject.client_id.as_deref(), Some("1example23456789"));
    assert_eq!(subject.user_name.as_deref(), Some("JaneDoe"));
    assert_eq!(subject.groups, ["group-1", "staff", "group-3"]);
    assert_eq!(subject.attributes["email_verified"], "true");
    assert_eq!(subject.client_metadata["device"], "tv");
    assert_eq!(subject.scopes, ["aws.cognito.signin.user.admin", "openid", "email", "phone"]);
    assert_eq!(subject.trigger_source.as_deref(), Some("TokenGeneration_HostedAuth"));
}

#[test]
fn a_client_counts_only_in_its_own_pool() {
    let ids = r#"{"pools":{"p1":"one","p2":"two"},"clients":{"c1":"one/web"}}"#;
    let ids = Ids::from_json(ids).expect("ids");
    for (event, pool, client) in [
        (r#"{"userPoolId":"p1","callerContext":{"clientId":"c1"}}"#, Some("one"), Some("web")),
        (r#"{"userPoolId":"p2","callerContext":{"clientId":"c1"}}"#, Some("two"), None),
        (r#"{"userPoolId":"p3","callerContext":{"clientId":"c1"}}"#, Some("one"), Some("web")),
        (r#"{"userPoolId":"p3","callerContext":{"clientId":"c3"}}"#, None, None),
    ] {
        let subject = trigger::Event::parse(event).expect("an event").subject(&ids, 0);
        assert_eq!((subject.pool.as_deref(), subject.client.as_deref()), (pool, client), "{event}");
    }
}

#[test]
fn version_1_is_left_alone() {
    for version in [r#""1""#, "1"] {
        let event =
            AWS_V2.replace(r#""2""#, version).replace('§', r#"{"claimsOverrideDetails":null}"#);
        let answer = handler().handle(&event, 0).expect("an answer");
        assert_eq!((answer.event.as_deref(), answer.decision), (Ok(event.as_str()), None));
    }
}

#[test]
fn a_fault_says_nothing_to_the_user() {
    for (event, fault) in [
        ("", Fault::NotJson { line: 1, column: 0 }),
        ("{\"userName\":\"ada\"\n,}", Fault::NotJson { line: 2, column: 2 }),
        ("{} {}", Fault::NotJson { line: 1, column: 4 }),
        ("null", Fault::NotAnObject),
        ("[\"ada\"]", Fault::NotAnObject),
        ("\"ada\"", Fault::NotAnObject),
    ] {
        let found = handler().handle(event, 0).expect_err(event);
        assert_eq!(found, fault, "{event}");
        assert_eq!(found.to_string(), "the token could not be prepared");
        assert!(!found.detail().contains("ada"), "{}", found.detail());
    }
}
