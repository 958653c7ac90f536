//! Machine-to-machine clients: the token endpoint, and who may use it.

use std::collections::{BTreeMap, BTreeSet};

use pretoken::aws::cognito::app_client_document::{machine, update_request};
use pretoken::cloud::{Auth, ClientCredentialsSignIn, ClientSecret, CloudError, Result, Write};
use pretoken::model::{Client, ClientEdit};
use pretoken::verify::Authority;
use serde_json::json;

use crate::documents::full_pool;
use crate::replay::{Reply, Wire, ok, refused};

const URL: &str = "https://orders.auth.eu-west-1.amazoncognito.com/oauth2/token";
const POOL: &str = "eu-west-1_AbCdEf123";
const CALL: &str = "POST /oauth2/token";

fn ask(wire: &Wire, scopes: &[&str], metadata: &[(&str, &str)]) -> Result<String> {
    let scopes: BTreeSet<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
    let text = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    let metadata: BTreeMap<String, String> = metadata.iter().map(text).collect();
    let secret = ClientSecret("5ecret".to_owned());
    wire.run(async |aws| {
        let sign_in = ClientCredentialsSignIn {
            url: URL,
            client_id: "1example23456789",
            client_secret: &secret,
            scopes: &scopes,
            client_metadata: &metadata,
        };
        aws.machine_token(&sign_in).await
    })
}

#[test]
fn a_client_authenticates_with_its_secret_and_names_its_scopes() {
    let answer =
        || ok(json!({ "access_token": "aaa", "token_type": "Bearer", "expires_in": 3600 }));
    let wire = Wire::new([(CALL, answer())]);
    let token = ask(&wire, &["orders/write", "orders/read"], &[("job", "a & b=ü")]);
    assert_eq!(token.expect("a token"), "aaa");
    let sent = &wire.sent()[0];
    assert_eq!(
        sent.body,
        json!({ "grant_type": "client_credentials", "scope": "orders/read orders/write",
            "aws_client_metadata": "{\"job\":\"a & b=ü\"}" })
    );
    assert_eq!((sent.signed, sent.basic.as_deref()), (false, Some("1example23456789:5ecret")));

    let wire = Wire::new([(CALL, answer())]);
    ask(&wire, &[], &[]).expect("a token");
    assert_eq!(wire.body(CALL), json!({ "grant_type": "client_credentials" }));
}

#[test]
fn a_refusal_is_told_in_the_endpoints_words_and_without_the_secret() {
    for (status, body, wanted) in [
        (400, r#"{"error":"invalid_scope"}"#, "invalid_scope"),
        (401, r#"{"error":"invalid_client","error_description":"no"}"#, "invalid_client"),
        (503, "<html>", "HTTP 503"),
    ] {
        let wire = Wire::new([(CALL, Reply::Says(status, body.to_owned()))]);
        let error = ask(&wire, &["orders/read"], &[]).expect_err("a refusal");
        assert!(!error.to_string().contains("5ecret"), "{error}");
        let CloudError::Refused { operation, code, .. } = error else { panic!("{error}") };
        assert_eq!((operation, code.as_str()), (format!("POST {URL}"), wanted));
    }
    let wire = Wire::new([(CALL, ok(json!({ "token_type": "Bearer" })))]);
    assert!(matches!(ask(&wire, &[], &[]), Err(CloudError::Unreadable { .. })));
    // It is not sent a second time.
    let wire = Wire::new([(CALL, Reply::Lost)]);
    assert!(matches!(ask(&wire, &[], &[]), Err(CloudError::Unanswered { .. })));
    assert_eq!(wire.calls(), [CALL]);
}

#[test]
fn a_client_is_machine_to_machine_if_the_flow_is_on() {
    let client = json!({ "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["orders/read", "openid", "aws.cognito.signin.user.admin"] });
    assert_eq!(machine(&client), Some(["orders/read".to_owned()].into()));
    for (member, value) in
        [("AllowedOAuthFlowsUserPoolClient", json!(false)), ("AllowedOAuthFlows", json!(["code"]))]
    {
        let mut other = client.clone();
        other[member] = value;
        assert_eq!(machine(&other), None, "{other}");
    }
    assert_eq!(machine(&json!({})), None);
}

#[test]
fn the_token_endpoint_is_on_the_pools_domain() {
    let aws = |region: &str| Authority {
        region: region.to_owned(),
        domain: "amazonaws.com".to_owned(),
        endpoint: None,
        jwks_url: None,
    };
    let at = |authority: &Authority, domain| authority.token_url(domain);
    assert_eq!(at(&aws("eu-west-1"), Some("orders")).as_deref(), Some(URL));
    let own = Some("https://login.example.com/oauth2/token".to_owned());
    assert_eq!(at(&aws("eu-west-1"), Some("login.example.com")), own);
    let us =
        Some("https://orders.auth-fips.us-gov-west-1.amazoncognito.com/oauth2/token".to_owned());
    assert_eq!(at(&aws("us-gov-west-1"), Some("orders")), us);
    assert_eq!(at(&aws("eu-west-1"), None), None);
    let emulator =
        Authority { endpoint: Some("http://127.0.0.1:1".to_owned()), ..aws("us-east-1") };
    assert_eq!(at(&emulator, None).as_deref(), Some("http://127.0.0.1:1/oauth2/token"));
}

#[test]
fn a_machine_to_machine_client_is_created_with_its_flow_and_scopes() {
    let made = json!({ "UserPoolClient": { "ClientId": "1example23456789" } });
    let wire = Wire::new([("CreateUserPoolClient", ok(made))]);
    let client = Client {
        name: "billing".to_owned(),
        auth_flows: ["ALLOW_REFRESH_TOKEN_AUTH".to_owned()].into(),
        has_secret: true,
        access_token_s: 3600,
        machine: Some(["orders/read".to_owned()].into()),
        ..Client::default()
    };
    wire.run(async |aws| aws.create_client(POOL, &client).await).expect("created");
    let body = wire.body("CreateUserPoolClient");
    assert_eq!(body["AllowedOAuthFlows"], json!(["client_credentials"]));
    assert_eq!(body["AllowedOAuthScopes"], json!(["orders/read"]));
    assert_eq!(body["AllowedOAuthFlowsUserPoolClient"], true);
    assert_eq!(body["ExplicitAuthFlows"], json!(["ALLOW_REFRESH_TOKEN_AUTH"]));
}

#[test]
fn the_flow_comes_and_goes_and_everything_else_is_preserved() {
    let client = json!({ "ClientName": "billing", "CallbackURLs": ["https://example.com"],
        "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"] });
    let scopes: BTreeSet<String> = ["orders/read".to_owned()].into();
    let edit = |machine| ClientEdit { machine: Some(machine), ..ClientEdit::default() };
    let come = update_request(&client, &edit(Some(scopes))).body;
    let mut expected = client.clone();
    expected["AllowedOAuthFlows"] = json!(["client_credentials"]);
    expected["AllowedOAuthScopes"] = json!(["orders/read"]);
    expected["AllowedOAuthFlowsUserPoolClient"] = json!(true);
    assert_eq!(json!(come), expected);
    let gone = update_request(&expected, &edit(None)).body;
    // What is left out goes back to its default: none.
    let members = expected.as_object_mut().expect("an object");
    members.retain(|name, _| !name.starts_with("AllowedOAuth"));
    expected["AllowedOAuthFlowsUserPoolClient"] = json!(false);
    assert_eq!(json!(gone), expected);
}

#[test]
fn a_domain_is_created_and_deleted_by_its_prefix() {
    let wire = Wire::new([("CreateUserPoolDomain", ok(json!({})))]);
    wire.run(async |aws| aws.create_domain(POOL, "orders").await).expect("created");
    let domain = json!({ "UserPoolId": POOL, "Domain": "orders" });
    assert_eq!(wire.body("CreateUserPoolDomain"), domain);

    let pool = |domain: Option<&str>| {
        let mut pool = full_pool();
        pool["CustomDomain"] = json!(null);
        pool["Domain"] = json!(domain);
        ("DescribeUserPool", ok(json!({ "UserPool": pool })))
    };
    let gone = ok(json!({}));
    let wire = Wire::new([("DeleteUserPoolDomain", gone), pool(Some("orders")), pool(None)]);
    wire.run(async |aws| aws.delete_domain(POOL, "orders").await).expect("deleted");
    assert_eq!(wire.body("DeleteUserPoolDomain"), domain);
    assert_eq!(wire.waits(), ["the domain orders to be gone"]);

    let absent = "No such domain or user pool exists.";
    let absent = refused(400, "InvalidParameterException", absent);
    let wire = Wire::new([("DeleteUserPoolDomain", absent), pool(None)]);
    wire.run(async |aws| aws.delete_domain(POOL, "orders").await).expect("nothing to delete");
}
