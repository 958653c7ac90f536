//! How failures are told apart, and what is tried again.

use pretoken::aws::{Aws, Options};
use pretoken::cloud::{Auth, CloudError, Read, Write};
use pretoken::model::{Client, Pool};
use pretoken::user::Silent;
use serde_json::json;

use crate::replay::{Reply, Wire, ok, refused, refused_xml, xml};

const LIST: &str = "ListUserPools";

fn pool() -> Pool {
    Pool { name: "p".to_owned(), tier: "ESSENTIALS".to_owned(), ..Pool::default() }
}

fn client() -> Client {
    Client {
        name: "c".to_owned(),
        auth_flows: [].into(),
        has_secret: false,
        access_token_s: 3600,
        ..Client::default()
    }
}

/// The error of a read that is answered by this.
fn after(reply: Reply) -> CloudError {
    Wire::new([(LIST, reply)]).run(async |aws| aws.pools_named("").await).expect_err("a failure")
}

#[test]
fn denials_name_the_operation_as_iam_does() {
    for code in
        ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorizedException"]
    {
        let error = after(refused(400, code, "User: x is not authorized"));
        assert_eq!(
            error.to_string(),
            "cognito-idp:ListUserPools was denied: User: x is not authorized",
            "{code}"
        );
    }
    let denied = refused_xml(403, "AccessDenied", "User: x is not authorized");
    let wire = Wire::new([("GetCallerIdentity", denied)]);
    let error = wire.run(async |aws| aws.caller().await).expect_err("denied");
    assert!(
        matches!(error, CloudError::Denied { operation, .. } if operation == "sts:GetCallerIdentity")
    );
}

#[test]
fn a_caller_that_aws_does_not_know_has_no_usable_credentials() {
    for code in [
        "ExpiredTokenException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
    ] {
        let error =
            after(refused(400, code, "The security token included in the request is expired"));
        assert!(
            matches!(&error, CloudError::Credentials { detail } if detail.contains(code)),
            "{error:?}"
        );
    }
    for code in ["ExpiredToken", "InvalidClientTokenId"] {
        let wire = Wire::new([("GetCallerIdentity", refused_xml(403, code, "no"))]);
        let error = wire.run(async |aws| aws.caller().await).expect_err("not known");
        assert!(matches!(error, CloudError::Credentials { .. }), "{code}");
    }
}

#[test]
fn a_refusal_keeps_code_words_and_request() {
    let error = after(refused(400, "com.amazonaws.cognito#InvalidParameterException", "too long"));
    let CloudError::Refused { operation, code, message, request_id } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (operation.as_str(), code.as_str()),
        ("cognito-idp:ListUserPools", "InvalidParameterException")
    );
    assert_eq!((message.as_str(), request_id.as_deref()), ("too long", Some("req-1")));
}

#[test]
fn an_answer_that_is_no_json_is_unreadable() {
    let error = after(Reply::Says(200, "<html>".to_owned()));
    assert!(
        matches!(&error, CloudError::Unreadable { operation, .. } if operation == "cognito-idp:ListUserPools"),
        "{error:?}"
    );
}

#[test]
fn a_proxys_error_page_is_told_by_its_status() {
    let wire = Wire::new([("CreateUserPool", Reply::Says(503, "<html>".to_owned()))]);
    let error = wire.run(async |aws| aws.create_pool(&pool()).await).expect_err("a page");
    let expected = "cognito-idp:CreateUserPool failed: HTTP 503: the answer is none of AWS's";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn throttling_is_tried_again_and_a_quota_is_not() {
    let wire = Wire::new([
        (LIST, refused(400, "TooManyRequestsException", "slow down")),
        (LIST, ok(json!({ "UserPools": [] }))),
    ]);
    wire.run(async |aws| aws.pools_named("").await).expect("listed");

    let wire = Wire::new([(LIST, refused(400, "LimitExceededException", "1000 pools"))]);
    wire.run(async |aws| aws.pools_named("").await).expect_err("a quota");
    assert_eq!(wire.calls(), [LIST]);
}

#[test]
fn a_write_that_meets_another_one_is_tried_again() {
    let busy = refused_xml(409, "ConcurrentModification", "try again");
    let wire =
        Wire::new([("DeleteRolePolicy", busy), ("DeleteRolePolicy", xml("DeleteRolePolicy", ""))]);
    let edit = pretoken::model::RoleEdit { remove: vec!["p".to_owned()], ..Default::default() };
    wire.run(async |aws| aws.update_role("r", &edit).await).expect("removed");

    let busy = refused(400, "ConcurrentModificationException", "one at a time");
    let wire = Wire::new([("DeleteGroup", busy), ("DeleteGroup", ok(json!({})))]);
    wire.run(async |aws| aws.delete_group("p", "g").await).expect("deleted");
}

#[test]
fn a_read_without_an_answer_is_tried_again() {
    let wire = Wire::new([(LIST, Reply::Lost), (LIST, ok(json!({ "UserPools": [] })))]);
    wire.run(async |aws| aws.pools_named("").await).expect("listed");
}

#[test]
fn what_would_be_made_twice_is_not_tried_again_after_a_lost_answer() {
    let fault = || refused(500, "InternalErrorException", "oops");
    for reply in [Reply::Lost, fault(), Reply::Says(200, "{".to_owned())] {
        let wire = Wire::new([("CreateUserPool", reply.clone())]);
        wire.run(async |aws| aws.create_pool(&pool()).await).expect_err("no answer");
        assert_eq!(wire.calls(), ["CreateUserPool"], "{reply:?}");
        let wire = Wire::new([("CreateUserPoolClient", reply.clone())]);
        wire.run(async |aws| aws.create_client("p", &client()).await).expect_err("no answer");
        assert_eq!(wire.calls(), ["CreateUserPoolClient"], "{reply:?}");
    }
    let wire = Wire::new([("CreateUserPool", Reply::Lost)]);
    let error = wire.run(async |aws| aws.create_pool(&pool()).await).expect_err("no answer");
    assert!(
        matches!(&error, CloudError::Unanswered { operation, .. } if operation == "cognito-idp:CreateUserPool")
    );
}

#[test]
fn what_would_be_made_twice_is_tried_again_after_a_definite_refusal() {
    for code in ["TooManyRequestsException", "ConcurrentModificationException"] {
        let made = ok(json!({ "UserPool": { "Id": "id" } }));
        let wire = Wire::new([
            ("CreateUserPool", refused(400, code, "not now")),
            ("CreateUserPool", made),
        ]);
        assert_eq!(
            wire.run(async |aws| aws.create_pool(&pool()).await).expect("made"),
            "id",
            "{code}"
        );
    }
}

#[test]
fn an_endpoint_without_a_listener_was_never_reached() {
    // A port that was free a moment ago.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let options = Options {
        region: Some("eu-west-1".to_owned()),
        endpoint_url: Some(format!("http://127.0.0.1:{port}")),
        credentials: Some(("AKIDEXAMPLE".to_owned(), "secret".to_owned())),
        ..Options::default()
    };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (pools, document) = runtime.block_on(async {
        let aws = Aws::connect(options, std::rc::Rc::new(Silent)).await.expect("connected");
        (
            aws.create_pool(&pool()).await,
            aws.fetch(&format!("http://127.0.0.1:{port}/jwks.json")).await,
        )
    });
    for error in [pools.expect_err("nobody there"), document.expect_err("nobody there")] {
        let CloudError::Unreachable { detail, .. } = error else { panic!("{error:?}") };
        assert!(detail.contains("Connection refused"), "{detail}");
    }
}

#[test]
fn a_document_is_read_as_it_is_or_not_at_all() {
    let get = "GET /pool/.well-known/jwks.json";
    let url = "https://example.com/pool/.well-known/jwks.json";
    let wire = Wire::new([(get, ok(json!({ "keys": [] })))]);
    assert_eq!(wire.run(async |aws| aws.fetch(url).await).expect("read"), r#"{"keys":[]}"#);
    assert!(!wire.sent()[0].signed);
    let wire = Wire::new([(get, Reply::Says(302, String::new()))]);
    let error = wire.run(async |aws| aws.fetch(url).await).expect_err("redirected");
    assert!(matches!(&error, CloudError::Refused { code, .. } if code == "HTTP 302"), "{error:?}");
}

#[test]
fn an_endpoint_that_is_no_url_and_a_missing_profile_are_said_at_once() {
    let connect = |options: Options| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime
            .block_on(Aws::connect(options, std::rc::Rc::new(Silent)))
            .expect_err("nothing to connect to")
            .to_string()
    };
    let region = Some("eu-west-1".to_owned());
    let endpoint = Options {
        region: region.clone(),
        endpoint_url: Some("localhost:4566".to_owned()),
        ..Options::default()
    };
    assert!(connect(endpoint).contains("`localhost:4566`"));
    let profile =
        Options { region, profile: Some("nobody-has-this-one".to_owned()), ..Options::default() };
    assert!(connect(profile).contains("there is no profile `nobody-has-this-one`"));
}
