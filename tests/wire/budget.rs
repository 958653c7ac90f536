//! How many calls it takes to see a stack in which nothing is to be done.

use futures_util::try_join;
use pretoken::cloud::{ClientsRead, CloudError, Parts, Read};
use serde_json::json;

use crate::replay::{Wire, ok, refused, refused_xml, xml};

/// One pool, one client, one resource server, no groups: found by name, like everything else.
#[test]
fn a_stack_is_seen_in_sixteen_calls() {
    let absent = || refused(404, "ResourceNotFoundException", "absent");
    let no_role = || refused_xml(404, "NoSuchEntity", "absent");
    let who = "<Arn>arn:aws:iam::123456789012:user/ci</Arn><Account>123456789012</Account>";
    let client = json!({ "ClientId": "c", "ClientName": "orders-web", "UserPoolId": "p" });
    let wire = Wire::new([
        ("GetCallerIdentity", xml("GetCallerIdentity", who)),
        (
            "DescribeLogGroups",
            ok(json!({ "logGroups": [{ "logGroupName": "/aws/lambda/f", "arn": "a:*" }] })),
        ),
        ("ListTagsForResource", ok(json!({ "tags": {} }))),
        ("GetRole", no_role()),
        ("ListRolePolicies", no_role()),
        ("ListAttachedRolePolicies", no_role()),
        ("GetRolePolicy", no_role()),
        ("GET /2015-03-31/functions/f", absent()),
        ("GET /2015-03-31/functions/f/aliases/live", absent()),
        ("GET /2015-03-31/functions/f/configuration?Qualifier=live", absent()),
        ("GET /2015-03-31/functions/f/policy?Qualifier=live", absent()),
        ("ListUserPools", ok(json!({ "UserPools": [{ "Id": "p", "Name": "orders-customers" }] }))),
        ("DescribeUserPool", ok(json!({ "UserPool": { "Id": "p", "Name": "orders-customers" } }))),
        ("ListUserPoolClients", ok(json!({ "UserPoolClients": [client] }))),
        (
            "ListResourceServers",
            ok(json!({ "ResourceServers": [{ "Identifier": "orders", "Name": "orders" }] })),
        ),
        ("DescribeUserPoolClient", ok(json!({ "UserPoolClient": client }))),
    ]);
    let (_, _, pool, _) = wire
        .run(async |aws| {
            let pool = async {
                let pools = aws.pools_named("orders-customers").await?;
                aws.pool(&pools[0].0, Parts { clients: ClientsRead::All, ..Parts::default() }).await
            };
            let rest = async {
                try_join!(
                    aws.caller(),
                    aws.log_group("/aws/lambda/f"),
                    aws.role("f"),
                    aws.function("f")
                )
            };
            try_join!(rest, aws.release("f"), pool, aws.permissions("f"))
        })
        .map_err(|error: CloudError| error.to_string())
        .expect("everything is read");
    let pool = pool.expect("the pool");
    assert_eq!((pool.clients.len(), pool.resource_servers.len()), (1, 1));
    assert_eq!(wire.calls().len(), 16);
}
