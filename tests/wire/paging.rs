//! Every list of AWS's is given up when its pages do not get on, by the name of the operation.

use pretoken::aws::Aws;
use pretoken::cloud::{
    Access, AccessQuestion, ClientsRead, CloudError, FindUsers, Logs, Parts, Read, Write,
};
use serde_json::json;

use crate::documents::full_pool;
use crate::replay::{Reply, Wire, ok, xml};

const POOL: &str = "eu-west-1_AbCdEf123";
const VERSIONS: &str = "GET /2015-03-31/functions/f/versions";
const ALIASES: &str = "GET /2015-03-31/functions/f/aliases";
/// What the second request of a list of Lambda's is sent to.
const MORE: &str = "?Marker=t";

/// Reads with these answers, the last of them twice: its token comes again.
#[track_caller]
fn gives_up(
    operation: &str,
    answers: &[(&'static str, Reply)],
    read: impl AsyncFnOnce(&Aws) -> Result<(), CloudError>,
) {
    let error = Wire::new(answers.to_vec()).spare().run(read).expect_err("no end");
    let CloudError::Unreadable { operation: named, detail } = error else { panic!("{error}") };
    assert_eq!(named, operation);
    assert!(detail.contains("twice"), "{detail}");
}

/// An answer that leads to the same page again.
fn twice(call: &'static str, reply: &Reply) -> Vec<(&'static str, Reply)> {
    vec![(call, reply.clone()), (call, reply.clone())]
}

#[test]
fn lists_of_pools_and_of_what_is_in_them() {
    gives_up(
        "cognito-idp:ListUserPools",
        &twice("ListUserPools", &ok(json!({ "UserPools": [], "NextToken": "t" }))),
        async |aws| aws.pools_named("").await.map(drop),
    );
    let more = || ok(json!({ "NextToken": "t" }));
    let users = ok(json!({ "Users": [], "PaginationToken": "t" }));
    let pool = [
        ("DescribeUserPool", ok(json!({ "UserPool": full_pool() }))),
        ("ListUserPoolClients", ok(json!({}))),
        ("ListResourceServers", ok(json!({ "ResourceServers": [] }))),
        ("ListGroups", ok(json!({}))),
    ];
    for (call, reply) in [
        ("ListUserPoolClients", more()),
        ("ListResourceServers", ok(json!({ "ResourceServers": [], "NextToken": "t" }))),
        ("ListGroups", more()),
    ] {
        let others = pool.iter().filter(|(other, _)| *other != call).cloned();
        let answers = others.chain(twice(call, &reply)).collect::<Vec<_>>();
        gives_up(&format!("cognito-idp:{call}"), &answers, async |aws| {
            aws.pool(POOL, Parts { groups: true, clients: ClientsRead::All, ..Parts::default() })
                .await
                .map(drop)
        });
    }
    let lists_users = twice("ListUsers", &users);
    gives_up("cognito-idp:ListUsers", &lists_users, async |aws| {
        aws.has_users(POOL).await.map(drop)
    });
    let described = ("DescribeUserPool", ok(json!({ "UserPool": full_pool() })));
    let lists_users = [vec![described], lists_users].concat();
    gives_up("cognito-idp:ListUsers", &lists_users, async |aws| {
        aws.temporary_users(POOL).await.map(drop)
    });
}

#[test]
fn lists_of_the_other_services() {
    let more = ok(json!({ "Versions": [], "Aliases": [], "NextMarker": "t" }));
    let lambda = |list: &str| {
        let first: &'static str = if list == VERSIONS { VERSIONS } else { ALIASES };
        let next: &'static str = String::leak(format!("{first}{MORE}"));
        vec![(first, more.clone()), (next, more.clone())]
    };
    gives_up("lambda:ListVersionsByFunction", &lambda(VERSIONS), async |aws| {
        aws.versions("f").await.map(drop)
    });
    let version = json!({ "Version": "1", "LastModified": "2026-01-01T00:00:00.000+0000" });
    let versions = (VERSIONS, ok(json!({ "Versions": [version] })));
    let answers = [vec![versions], lambda(ALIASES)].concat();
    gives_up("lambda:ListAliases", &answers, async |aws| aws.prune("f", 0, &[]).await);

    let more = |list: &str| {
        xml(list, &format!("<{list}/><IsTruncated>true</IsTruncated><Marker>t</Marker>"))
    };
    for list in ["ListRolePolicies", "ListAttachedRolePolicies"] {
        let one = |call| if call == list { twice(call, &more(call)) } else { vec![] };
        let answers = [one("ListRolePolicies"), one("ListAttachedRolePolicies")].concat();
        let others = ["GetRole", "GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies"];
        let others = others.into_iter().filter(|call| *call != list);
        let answers = others.map(|call| (call, xml(call, ""))).chain(answers).collect::<Vec<_>>();
        gives_up(&format!("iam:{list}"), &answers, async |aws| aws.role("r").await.map(drop));
    }
    let simulated = twice("SimulatePrincipalPolicy", &more("SimulatePrincipalPolicy"));
    gives_up("iam:SimulatePrincipalPolicy", &simulated, async |aws| {
        let question = AccessQuestion { actions: &["iam:GetRole"], resource: "*", context: None };
        aws.denied("arn:aws:iam::123456789012:role/r", question).await.map(drop)
    });

    let more = ok(json!({ "nextToken": "t" }));
    gives_up("logs:DescribeLogGroups", &twice("DescribeLogGroups", &more), async |aws| {
        aws.log_group("/aws/lambda/f").await.map(drop)
    });
    gives_up("logs:FilterLogEvents", &twice("FilterLogEvents", &more), async |aws| {
        aws.log_events("/aws/lambda/f", 0).await.map(drop)
    });
    let more = ok(json!({ "PaginationToken": "t" }));
    gives_up("tag:GetResources", &twice("GetResources", &more), async |aws| {
        aws.tagged("pretoken:stack").await.map(drop)
    });
}
