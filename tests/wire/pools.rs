//! User pools, resource servers and groups.

use pretoken::aws::cognito::pool_document;
use pretoken::aws::cognito::pool_document::PoolChange;
use pretoken::cloud::{ClientsRead, CloudError, Parts, Read, Slot, Write};
use pretoken::model::aws_api::DeclaredSettings;
use pretoken::model::{Attribute, Group, Pool, PoolEdit, ResourceServer, Tags, Trigger};
use serde_json::{Value, json};

use crate::documents::{full_client, full_pool, full_update, our_trigger};
use crate::open_gate;
use crate::replay::{Reply, Wire, ok, refused};

const ID: &str = "eu-west-1_AbCdEf123";

fn described(pool: &Value) -> Reply {
    ok(json!({ "UserPool": pool }))
}

/// [`full_pool`] after [`full_update`].
fn written() -> Value {
    let mut pool = full_pool();
    pool["LambdaConfig"] = full_update()["LambdaConfig"].clone();
    pool["LastModifiedDate"] = json!(1_763_900_000.5);
    pool
}

fn nothing_in_it(pool: &Value) -> [(&'static str, Reply); 3] {
    [
        ("DescribeUserPool", described(pool)),
        ("ListUserPoolClients", ok(json!({ "UserPoolClients": [] }))),
        ("ListResourceServers", ok(json!({ "ResourceServers": [] }))),
    ]
}

#[test]
fn pools_are_listed_to_the_end_and_filtered_by_name() {
    let page = |name: &str, more: Value| {
        ok(json!({ "UserPools": [{ "Id": name, "Name": name }], "NextToken": more }))
    };
    let wire = Wire::new([
        ("ListUserPools", page("orders-a", json!("t"))),
        ("ListUserPools", page("other", json!("u"))),
        ("ListUserPools", page("orders-b", Value::Null)),
    ]);
    let found = wire.run(async |aws| aws.pools_named("orders").await).expect("listed");
    assert_eq!(
        found.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(),
        ["orders-a", "orders-b"]
    );
    assert_eq!(wire.sent()[2].body, json!({ "MaxResults": 60, "NextToken": "u" }));
}

#[test]
fn a_pool_is_read_with_what_stands_in_it() {
    let client =
        |id: &str, name: &str| json!({ "ClientId": id, "UserPoolId": ID, "ClientName": name });
    let clients = [
        client("1", "orders-web"),
        client("2", "a stranger's"),
        client("3", "adopted"),
        client("4", "orders-gone"),
    ];
    let wire = Wire::new([
        ("DescribeUserPool", described(&full_pool())),
        ("ListUserPoolClients", ok(json!({ "UserPoolClients": clients }))),
        (
            "ListResourceServers",
            ok(json!({ "ResourceServers": [{ "Identifier": "orders", "Name": "Orders",
            "Scopes": [{ "ScopeName": "read", "ScopeDescription": "Read" }] }] })),
        ),
        ("ListGroups", ok(json!({ "Groups": [{ "GroupName": "staff", "Description": "Desk" }] }))),
        ("DescribeUserPoolClient", ok(json!({ "UserPoolClient": full_client() }))),
        ("DescribeUserPoolClient", ok(json!({ "UserPoolClient": full_client() }))),
        ("DescribeUserPoolClient", refused(400, "ResourceNotFoundException", "gone meanwhile")),
        ("GetUserPoolMfaConfig", ok(json!({ "MfaConfiguration": "OPTIONAL" }))),
    ]);
    let parts = Parts {
        groups: true,
        providers: false,
        sections: &[],
        clients: ClientsRead::Ours { prefix: "orders-", ids: &["3".to_owned()] },
    };
    let live = wire.run(async |aws| aws.pool(ID, parts).await).expect("read").expect("found");

    assert_eq!(live.pool.name, "customers");
    assert_eq!((live.pool.tier.as_str(), live.pool.deletion_protection), ("PLUS", true));
    assert_eq!(live.pool.tags.0.len(), 3);
    let previous = "arn:aws:lambda:eu-west-1:123456789012:function:previous".to_owned();
    assert_eq!(
        live.trigger,
        Some(Trigger { arn: previous, version: "V1_0".to_owned(), legacy: false })
    );
    assert_eq!(live.other_triggers.len(), 13);
    assert!(live.other_triggers.contains(&"FutureTrigger".to_owned()));
    assert_eq!(live.domain.as_deref(), Some("auth.example.com"));
    assert_eq!(live.clients.keys().collect::<Vec<_>>(), ["1", "3"]);
    assert_eq!((live.clients["1"].has_secret, live.clients["1"].access_token_s), (true, 7200));
    assert_eq!(live.resource_servers["orders"].scopes["read"], "Read");
    assert_eq!(live.groups["staff"].description, "Desk");
    let asked: Vec<Value> = wire
        .sent()
        .into_iter()
        .filter(|sent| sent.call == "DescribeUserPoolClient")
        .map(|sent| sent.body)
        .collect();
    assert_eq!(asked[0], json!({ "UserPoolId": ID, "ClientId": "1" }));
    assert_eq!(asked.len(), 3);
}

#[test]
fn groups_are_not_asked_for_when_nobody_wants_them() {
    let wire = Wire::new(nothing_in_it(&json!({ "Id": ID, "Name": "x", "LambdaConfig": {} })));
    let live =
        wire.run(async |aws| aws.pool(ID, Parts::default()).await).expect("read").expect("found");
    assert_eq!((live.trigger, live.pool.tier.as_str()), (None, "ESSENTIALS"));
}

#[test]
fn no_pool_is_none() {
    let absent = || {
        refused(400, "ResourceNotFoundException", "User pool eu-west-1_AbCdEf123 does not exist.")
    };
    let calls = ["DescribeUserPool", "ListUserPoolClients", "ListResourceServers"];
    // One answer is enough; the others may not be waited for.
    let wire = Wire::new(calls.map(|call| (call, absent()))).spare();
    assert_eq!(wire.run(async |aws| aws.pool(ID, Parts::default()).await).expect("read"), None);
}

#[test]
fn a_pool_is_created_with_what_a_stack_owns() {
    let wire = Wire::new([("CreateUserPool", ok(json!({ "UserPool": { "Id": ID } })))]);
    let pool = Pool {
        name: "orders-customers".to_owned(),
        tier: "ESSENTIALS".to_owned(),
        deletion_protection: true,
        settings: settings(&json!({ "policies": { "password_policy": { "minimum_length": 14 } } })),
        attributes: [("custom:tenant".to_owned(), tenant())].into(),
        tags: Tags::of_stack(&"orders/prod".parse().expect("a name"), "eu-west-1"),
    };
    assert_eq!(wire.run(async |aws| aws.create_pool(&pool).await).expect("created"), ID);
    let expected = json!({
        "PoolName": "orders-customers", "UserPoolTier": "ESSENTIALS", "DeletionProtection": "ACTIVE",
        "Policies": { "PasswordPolicy": { "MinimumLength": 14 } },
        "Schema": [{
            "Name": "tenant", "AttributeDataType": "String", "Mutable": false, "Required": false,
            "StringAttributeConstraints": { "MaxLength": "64" }
        }],
        "UserPoolTags": { "managed-by": "pretoken", "pretoken:region": "eu-west-1", "pretoken:stack": "orders/prod" }
    });
    assert_eq!(wire.body("CreateUserPool"), expected);
}

fn settings(declared: &Value) -> DeclaredSettings {
    declared.as_object().cloned().expect("a table")
}

fn tenant() -> Attribute {
    Attribute {
        kind: "String".to_owned(),
        mutable: false,
        required: false,
        limits: [None, Some(64)],
    }
}

#[test]
fn attributes_are_added_without_a_write_of_the_pool() {
    let wire = Wire::new([("AddCustomAttributes", ok(json!({})))]);
    let attributes = [("custom:tenant".to_owned(), tenant())].into();
    let edit = PoolEdit { attributes, ..PoolEdit::default() };
    wire.run(async |aws| aws.edit_pool(ID, &edit).await).expect("added");
    let sent = wire.body("AddCustomAttributes");
    assert_eq!(
        (&sent["UserPoolId"], &sent["CustomAttributes"][0]["Name"]),
        (&json!(ID), &json!("tenant"))
    );
}

#[test]
fn declared_settings_go_into_the_one_write_and_everything_else_stays() {
    let edit = PoolEdit {
        settings: settings(&json!({ "policies": { "password_policy": { "minimum_length": 20 } } })),
        ..PoolEdit::default()
    };
    let update = |edit: &PoolEdit| {
        Value::Object(pool_document::request(&full_pool(), PoolChange::Edit(edit)).body)
    };
    let mut expected = update(&PoolEdit::default());
    expected["Policies"]["PasswordPolicy"]["MinimumLength"] = json!(20);
    assert_eq!(update(&edit), expected);
}

fn ours() -> Slot {
    open_gate::slot(ID, Some(our_trigger()))
}

#[test]
fn an_edit_sends_the_whole_pool_and_looks_at_it_again() {
    let wire = Wire::new([
        ("DescribeUserPool", described(&full_pool())),
        ("DescribeUserPool", described(&full_pool())),
        ("UpdateUserPool", ok(json!({}))),
        ("DescribeUserPool", described(&written())),
    ]);
    wire.run(async |aws| aws.write_slot(&ours()).await).expect("edited");
    assert_eq!(wire.body("UpdateUserPool"), full_update());
    assert!(wire.sent()[2].signed);
}

#[test]
fn an_edit_starts_again_when_the_pool_moved_meanwhile() {
    let mut moved = full_pool();
    moved["LastModifiedDate"] = json!(1_763_899_999.0);
    moved["Policies"]["PasswordPolicy"]["MinimumLength"] = json!(16);
    let mut written = written();
    written["Policies"]["PasswordPolicy"]["MinimumLength"] = json!(16);
    let wire = Wire::new([
        ("DescribeUserPool", described(&full_pool())),
        ("DescribeUserPool", described(&moved)),
        ("DescribeUserPool", described(&moved)),
        ("DescribeUserPool", described(&moved)),
        ("UpdateUserPool", ok(json!({}))),
        ("DescribeUserPool", described(&written)),
    ]);
    wire.run(async |aws| aws.write_slot(&ours()).await).expect("edited");
    assert_eq!(wire.body("UpdateUserPool")["Policies"]["PasswordPolicy"]["MinimumLength"], 16);
    assert_eq!(wire.waits(), ["other changes to user pool eu-west-1_AbCdEf123 to end"]);
}

#[test]
fn an_edit_reads_again_when_another_one_is_in_flight() {
    let busy = refused(
        400,
        "ConcurrentModificationException",
        "Only one request to update this UserPool at a time",
    );
    let describe = || ("DescribeUserPool", described(&full_pool()));
    let wire = Wire::new([
        describe(),
        describe(),
        ("UpdateUserPool", busy),
        describe(),
        describe(),
        ("UpdateUserPool", ok(json!({}))),
        ("DescribeUserPool", described(&written())),
    ]);
    wire.run(async |aws| aws.write_slot(&ours()).await).expect("edited");
}

#[test]
fn an_edit_whose_answer_was_lost_is_judged_by_the_pool() {
    let describe = || ("DescribeUserPool", described(&full_pool()));
    let wire = Wire::new([
        describe(),
        describe(),
        ("UpdateUserPool", Reply::Lost),
        ("DescribeUserPool", described(&written())),
    ]);
    wire.run(async |aws| aws.write_slot(&ours()).await).expect("it took effect");
    assert_eq!(wire.calls().len(), 4, "and was not sent twice");
}

#[test]
fn an_edit_that_lost_a_setting_is_unexpected() {
    let mut harmed = written();
    harmed["AutoVerifiedAttributes"] = json!(["email"]);
    let looks = std::iter::repeat_n(("DescribeUserPool", described(&harmed)), 12);
    let describe = || ("DescribeUserPool", described(&full_pool()));
    let wire = Wire::new(
        [describe(), describe(), ("UpdateUserPool", ok(json!({})))].into_iter().chain(looks),
    )
    .spare();
    let error =
        wire.run(async |aws| aws.write_slot(&ours()).await).expect_err("an unexpected change");
    let CloudError::UnexpectedChange { what, differences } = error else { panic!("{error}") };
    assert_eq!(what, "user pool eu-west-1_AbCdEf123");
    assert_eq!(differences, [r#"AutoVerifiedAttributes: ["email","phone_number"] -> ["email"]"#]);
}

#[test]
fn an_edit_that_is_refused_changes_nothing_and_says_why() {
    let describe = || ("DescribeUserPool", described(&full_pool()));
    let refusal = refused(400, "InvalidParameterException", "The message is invalid.");
    let wire = Wire::new([describe(), describe(), ("UpdateUserPool", refusal)]);
    let error =
        wire.run(async |aws| aws.edit_pool(ID, &PoolEdit::default()).await).expect_err("refused");
    let expected = "cognito-idp:UpdateUserPool failed: InvalidParameterException: The message is invalid. (request req-1)";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_pool_that_is_gone_is_deleted() {
    let wire = Wire::new([("DeleteUserPool", refused(400, "ResourceNotFoundException", "gone"))]);
    wire.run(async |aws| aws.delete_pool(ID).await).expect("nothing to delete");
    assert_eq!(wire.body("DeleteUserPool"), json!({ "UserPoolId": ID }));
}

#[test]
fn a_resource_server_is_written_whole() {
    let scopes = [("read", "Read"), ("write", "Write")]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
    let server = ResourceServer {
        identifier: "orders".to_owned(),
        name: "Orders".to_owned(),
        scopes: scopes.into(),
    };
    let wire = Wire::new([
        (
            "CreateResourceServer",
            refused(400, "InvalidParameterException", "orders already exists in user pool x."),
        ),
        ("UpdateResourceServer", ok(json!({ "ResourceServer": {} }))),
        ("DeleteResourceServer", ok(json!({}))),
    ]);
    wire.run(async |aws| {
        aws.create_resource_server(ID, &server).await?;
        aws.delete_resource_server(ID, "orders").await
    })
    .expect("written");
    let whole = json!({ "UserPoolId": ID, "Identifier": "orders", "Name": "Orders", "Scopes": [
        { "ScopeName": "read", "ScopeDescription": "Read" }, { "ScopeName": "write", "ScopeDescription": "Write" }
    ] });
    assert_eq!(wire.body("CreateResourceServer"), whole);
    assert_eq!(wire.body("UpdateResourceServer"), whole);
    assert_eq!(
        wire.body("DeleteResourceServer"),
        json!({ "UserPoolId": ID, "Identifier": "orders" })
    );
}

#[test]
fn a_groups_role_and_precedence_stay() {
    let found = json!({ "Group": { "GroupName": "staff", "RoleArn": "arn:aws:iam::123456789012:role/r",
        "Precedence": 0 } });
    let wire = Wire::new([
        (
            "CreateGroup",
            refused(400, "GroupExistsException", "A group with the name already exists."),
        ),
        ("GetGroup", ok(found)),
        ("UpdateGroup", ok(json!({ "Group": {} }))),
        ("DeleteGroup", refused(400, "ResourceNotFoundException", "gone")),
    ]);
    let group = group(None, None);
    wire.run(async |aws| {
        aws.create_group(ID, &group).await?;
        aws.delete_group(ID, "staff").await
    })
    .expect("written");
    let group = json!({ "UserPoolId": ID, "GroupName": "staff", "Description": "Desk" });
    assert_eq!(wire.body("CreateGroup"), group);
    let mut whole = group;
    whole["RoleArn"] = json!("arn:aws:iam::123456789012:role/r");
    whole["Precedence"] = json!(0);
    assert_eq!(wire.body("UpdateGroup"), whole);
}

fn group(precedence: Option<u32>, role_arn: Option<&str>) -> Group {
    let role_arn = role_arn.map(str::to_owned);
    Group { name: "staff".to_owned(), description: "Desk".to_owned(), precedence, role_arn }
}

#[test]
fn a_declared_role_and_precedence_are_set() {
    const ROLE: &str = "arn:aws:iam::123456789012:role/staff";
    let found = json!({ "Group": { "GroupName": "staff", "RoleArn": "old", "Precedence": 0 } });
    let wire = Wire::new([
        ("CreateGroup", ok(json!({ "Group": {} }))),
        ("GetGroup", ok(found)),
        ("UpdateGroup", ok(json!({ "Group": {} }))),
    ]);
    let group = group(Some(10), Some(ROLE));
    wire.run(async |aws| {
        aws.create_group(ID, &group).await?;
        aws.update_group(ID, &group).await
    })
    .expect("written");
    for call in ["CreateGroup", "UpdateGroup"] {
        let body = wire.body(call);
        assert_eq!((&body["Precedence"], &body["RoleArn"]), (&json!(10), &json!(ROLE)), "{call}");
    }
}
