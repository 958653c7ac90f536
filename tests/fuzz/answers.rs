//! Answers of AWS that arrive damaged: by a proxy, by a service that means something new, by whoever stands in between.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use pretoken::aws::{Aws, Options};
use pretoken::cloud::{
    Auth as _, ClientsRead, FindUsers as _, Logs as _, Parts, Read as _, Write as _,
};
use pretoken::model::{PoolEdit, Tags};
use pretoken::user::Silent;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{on_a_large_stack, read_all};

/// The most calls that one reading may make of answers that it does not understand.
const CALLS: usize = 2_000;
const POOL: &str = "eu-west-1_AbCdEf123";

/// Gives the damaged body to the calls of one name, and answers the others rightly.
#[derive(Debug, Clone, Default)]
struct Damaging(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    right: BTreeMap<&'static str, String>,
    damaged: &'static str,
    body: Vec<u8>,
    calls: usize,
}

impl HttpConnector for Damaging {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut state = self.0.lock().expect("nobody panics with it");
        state.calls += 1;
        assert!(state.calls < CALLS, "it asks for ever");
        let call = name_of(&request);
        let (status, body) = if state.damaged == call {
            (200, state.body.clone())
        } else if let Some(right) = state.right.get(call.as_str()) {
            (200, right.clone().into_bytes())
        } else {
            (404, br#"{"__type":"ResourceNotFoundException","message":"nothing"}"#.to_vec())
        };
        let answer = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
        HttpConnectorFuture::ready(Ok(answer))
    }
}

fn name_of(request: &HttpRequest) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    let body = std::str::from_utf8(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    if let Some(action) = body.split('&').find_map(|pair| pair.strip_prefix("Action=")) {
        return action.to_owned();
    }
    let path = request.uri().split_once("://").map_or("", |(_, rest)| rest);
    path.split_once('/')
        .map_or("", |(_, path)| path)
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn right() -> BTreeMap<&'static str, String> {
    let pool: Value =
        serde_json::from_str(include_str!("../fixtures/pools/full.json")).expect("JSON");
    let client: Value =
        serde_json::from_str(include_str!("../fixtures/pools/client_full.json")).expect("JSON");
    let function = json!({
        "FunctionName": "f", "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Runtime": "provided.al2023",
        "Role": "arn:aws:iam::123456789012:role/orders-auth", "Handler": "bootstrap", "MemorySize": 256, "Timeout": 5, "Version": "3",
        "Architectures": ["arm64"], "Environment": { "Variables": { "K": "v" } }, "CodeSha256": "c0de", "State": "Active",
        "LastUpdateStatus": "Successful", "RevisionId": "r", "LastModified": "2026-01-01T00:00:00.000+0000",
        "LoggingConfig": { "LogFormat": "JSON", "LogGroup": "/aws/lambda/f" }, "TracingConfig": { "Mode": "Active" },
    });
    let tags = json!({ "pretoken:stack": "orders-auth", "pretoken:region": "eu-west-1" });
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Sid": "pretoken-1", "Effect": "Allow",
        "Principal": { "Service": "cognito-idp.amazonaws.com" }, "Action": "lambda:InvokeFunction", "Resource": "f",
        "Condition": { "ArnLike": { "AWS:SourceArn": format!("arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{POOL}") } } }] });
    let xml = |call: &str, result: &str| {
        format!("<{call}Response><{call}Result>{result}</{call}Result></{call}Response>")
    };
    let json = [
        ("DescribeUserPool", json!({ "UserPool": pool })),
        ("DescribeUserPoolClient", json!({ "UserPoolClient": client })),
        (
            "ListUserPoolClients",
            json!({ "UserPoolClients": [{ "ClientId": "1", "UserPoolId": POOL, "ClientName": "orders-web" }] }),
        ),
        (
            "ListResourceServers",
            json!({ "ResourceServers": [{ "UserPoolId": POOL, "Identifier": "orders", "Name": "orders", "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Read" }] }] }),
        ),
        (
            "ListGroups",
            json!({ "Groups": [{ "GroupName": "staff", "UserPoolId": POOL, "Description": "Desk", "Precedence": 1, "LastModifiedDate": 1.7e9 }] }),
        ),
        (
            "ListUsers",
            json!({ "Users": [{ "Username": "pretoken-1", "Enabled": true, "UserStatus": "CONFIRMED", "UserCreateDate": 1.7e9, "Attributes": [{ "Name": "sub", "Value": "s" }] }] }),
        ),
        (
            "ListUserPools",
            json!({ "UserPools": [{ "Id": POOL, "Name": "orders-customers" }], "NextToken": null }),
        ),
        (
            "ListIdentityProviders",
            json!({ "Providers": [{ "ProviderName": "Google", "ProviderType": "Google" }] }),
        ),
        (
            "DescribeIdentityProvider",
            json!({ "IdentityProvider": { "ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": { "client_id": "x" }, "AttributeMapping": { "email": "email" } } }),
        ),
        (
            "GetResources",
            json!({ "ResourceTagMappingList": [{ "ResourceARN": "arn:aws:lambda:eu-west-1:123456789012:function:f", "Tags": [{ "Key": "pretoken:stack", "Value": "orders" }] }], "PaginationToken": "" }),
        ),
        (
            "DescribeLogGroups",
            json!({ "logGroups": [{ "logGroupName": "/aws/lambda/f", "arn": "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/f:*", "retentionInDays": 30 }] }),
        ),
        ("ListTagsForResource", json!({ "tags": tags })),
        (
            "FilterLogEvents",
            json!({ "events": [{ "timestamp": 1_700_000_000_000_i64, "message": "{\"level\":\"INFO\"}", "logStreamName": "2026/01/01/[3]abc", "eventId": "1" }] }),
        ),
        (
            "2015-03-31/functions/f",
            json!({ "Configuration": function, "Code": {}, "Tags": tags, "Concurrency": { "ReservedConcurrentExecutions": 3 } }),
        ),
        ("2015-03-31/functions/f/configuration", function.clone()),
        ("2015-03-31/functions/f/versions", json!({ "Versions": [function] })),
        (
            "2015-03-31/functions/f/aliases",
            json!({ "Aliases": [{ "Name": "live", "FunctionVersion": "3", "RevisionId": "r" }] }),
        ),
        (
            "2015-03-31/functions/f/aliases/live",
            json!({ "Name": "live", "FunctionVersion": "3", "RevisionId": "r", "RoutingConfig": { "AdditionalVersionWeights": { "4": 0.1 } } }),
        ),
        (
            "2015-03-31/functions/f/policy",
            json!({ "Policy": policy.to_string(), "RevisionId": "r" }),
        ),
    ];
    let document = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D";
    let role = format!(
        "<Role><Path>/</Path><RoleName>f</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::123456789012:role/f</Arn><CreateDate>2020-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>{document}</AssumeRolePolicyDocument><Tags><member><Key>pretoken:stack</Key><Value>orders</Value></member></Tags></Role>"
    );
    let xml = [
        ("GetRole", xml("GetRole", &role)),
        (
            "ListRolePolicies",
            xml(
                "ListRolePolicies",
                "<PolicyNames><member>logs</member></PolicyNames><IsTruncated>false</IsTruncated>",
            ),
        ),
        (
            "ListAttachedRolePolicies",
            xml(
                "ListAttachedRolePolicies",
                "<AttachedPolicies><member><PolicyName>p</PolicyName><PolicyArn>arn:p</PolicyArn></member></AttachedPolicies>",
            ),
        ),
        (
            "GetRolePolicy",
            xml(
                "GetRolePolicy",
                &format!(
                    "<RoleName>f</RoleName><PolicyName>logs</PolicyName><PolicyDocument>{document}</PolicyDocument>"
                ),
            ),
        ),
        (
            "GetCallerIdentity",
            xml(
                "GetCallerIdentity",
                "<Arn>arn:aws:iam::123456789012:user/ci</Arn><UserId>AIDA</UserId><Account>123456789012</Account>",
            ),
        ),
        (
            "GetMetricData",
            xml(
                "GetMetricData",
                "<MetricDataResults><member><Id>errors</Id><StatusCode>Complete</StatusCode><Timestamps><member>2026-01-01T00:00:00Z</member></Timestamps><Values><member>1.0</member></Values></member></MetricDataResults>",
            ),
        ),
    ];
    json.into_iter().map(|(call, body)| (call, body.to_string())).chain(xml).collect()
}

/// Everything that is ever read, and the write that reads before and after.
async fn look(aws: &Aws) {
    let edit = PoolEdit { name: Some("other".to_owned()), ..PoolEdit::default() };
    let parts =
        Parts { groups: true, providers: true, clients: ClientsRead::All, ..Parts::default() };
    drop(aws.caller().await);
    drop(aws.log_group("/aws/lambda/f").await);
    drop(aws.role("f").await);
    drop(aws.function("f").await);
    drop(aws.release("f").await);
    drop(aws.versions("f").await);
    drop(aws.health("f", "3", 0).await);
    drop(aws.permissions("f").await);
    drop(aws.pools_named("orders").await);
    drop(aws.pool(POOL, parts).await);
    drop(aws.writers(POOL).await);
    drop(aws.has_users(POOL).await);
    drop(aws.temporary_users(POOL).await);
    drop(aws.user_rules(POOL).await);
    drop(aws.app_client(POOL, "1").await);
    drop(aws.tagged(Tags::STACK).await);
    drop(aws.log_events("/aws/lambda/f", 0).await);
    drop(aws.edit_pool(POOL, &edit).await);
    if let Ok(saved) = aws.pool_description(POOL).await {
        drop(aws.saved_trigger(&saved));
        drop(aws.pool_differences(POOL, &saved).await);
    }
}

#[test]
fn an_answer_of_aws() {
    on_a_large_stack(|| {
        let right = right();
        let damaging = Damaging::default();
        damaging.0.lock().expect("ours").right.clone_from(&right);
        let (runtime, aws) = connected(&damaging);
        for (call, body) in &right {
            read_all("answer", &[body.clone().into_bytes()], 6, |input| {
                {
                    let mut state = damaging.0.lock().expect("ours");
                    (state.damaged, state.body, state.calls) = (call, input.to_vec(), 0);
                }
                runtime.block_on(look(&aws));
            });
            let asked = damaging.0.lock().expect("ours").calls;
            assert!(asked > 10, "hardly anything was read: {asked}");
        }
    });
}

/// A clock that passes by itself: between attempts nobody waits.
fn connected(damaging: &Damaging) -> (Runtime, Aws) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let options = Options {
        region: Some("eu-west-1".to_owned()),
        credentials: Some(("AKIDEXAMPLE".to_owned(), "secret".to_owned())),
        ..Options::default()
    };
    let connector = SharedHttpConnector::new(damaging.clone());
    let aws = runtime
        .block_on(Aws::connect_through(connector, options, Rc::new(Silent)))
        .expect("connected");
    (runtime, aws)
}
