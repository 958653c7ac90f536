//! Roles.

use std::collections::{BTreeMap, BTreeSet};

use pretoken::cloud::{Read, Write};
use pretoken::model::{Role, RoleEdit, Tags};
use serde_json::{Value, json};

use crate::replay::{Reply, Wire, refused_xml, xml};

const BOUNDARY: &str = "arn:aws:iam::123456789012:policy/limit";
const TRUST: &str = "%7B%22Version%22%3A%222012-10-17%22%7D";

fn role() -> Role {
    Role {
        name: "orders-auth".to_owned(),
        trust: json!({ "Version": "2012-10-17" }),
        policies: [("logs".to_owned(), json!({ "Statement": [] }))].into(),
        permissions_boundary: None,
        attached: BTreeSet::new(),
        tags: Tags(
            [("pretoken:stack", "orders-auth")].map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
        ),
    }
}

fn described(created: &str) -> Reply {
    let tags = "<Tags><member><Key>pretoken:stack</Key><Value>orders-auth</Value></member></Tags>";
    let ids = "<Path>/</Path><RoleName>orders-auth</RoleName><RoleId>AROA</RoleId><Arn>arn:aws:iam::123456789012:role/orders-auth</Arn>";
    let document = format!("<AssumeRolePolicyDocument>{TRUST}</AssumeRolePolicyDocument>");
    xml("GetRole", &format!("<Role>{ids}<CreateDate>{created}</CreateDate>{document}{tags}</Role>"))
}

/// A role as IAM describes it, made a long time ago.
pub(crate) fn old_role() -> Reply {
    described("2020-01-01T00:00:00Z")
}

/// A role as IAM describes it, made by a clock that is ahead of ours.
pub(crate) fn young_role() -> Reply {
    described("2100-01-01T00:00:00Z")
}

fn names(names: &[&str]) -> Reply {
    let members =
        names.iter().map(|name| format!("<member>{name}</member>")).collect::<Vec<_>>().concat();
    xml(
        "ListRolePolicies",
        &format!("<PolicyNames>{members}</PolicyNames><IsTruncated>false</IsTruncated>"),
    )
}

fn attached(arns: &[&str]) -> Reply {
    let member = |arn: &&str| {
        format!("<member><PolicyName>p</PolicyName><PolicyArn>{arn}</PolicyArn></member>")
    };
    let members = arns.iter().map(member).collect::<Vec<_>>().concat();
    xml("ListAttachedRolePolicies", &format!("<AttachedPolicies>{members}</AttachedPolicies>"))
}

fn policy(name: &str) -> Reply {
    let document = "<PolicyDocument>%7B%22Statement%22%3A%5B%5D%7D</PolicyDocument>";
    let names = format!("<RoleName>orders-auth</RoleName><PolicyName>{name}</PolicyName>");
    xml("GetRolePolicy", &format!("{names}{document}"))
}

fn done(call: &str) -> Reply {
    xml(call, "")
}

fn absent() -> Reply {
    refused_xml(404, "NoSuchEntity", "The role with name orders-auth cannot be found.")
}

fn form(call: &str, version: &str, rest: &Value) -> Value {
    let mut form = json!({ "Action": call, "Version": version });
    form.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
    form
}

#[test]
fn a_role_of_ours_is_read_in_one_round_of_four_calls() {
    let wire = Wire::new([
        ("GetRole", old_role()),
        ("ListRolePolicies", names(&["logs"])),
        ("ListAttachedRolePolicies", attached(&[])),
        ("GetRolePolicy", policy("logs")),
    ]);
    assert_eq!(wire.run(async |aws| aws.role("orders-auth").await).expect("read"), Some(role()));
    let expected = form(
        "GetRolePolicy",
        "2010-05-08",
        &json!({ "RoleName": "orders-auth", "PolicyName": "logs" }),
    );
    assert_eq!(wire.body("GetRolePolicy"), expected);
}

#[test]
fn what_others_put_into_a_role_is_seen() {
    let managed = "arn:aws:iam::aws:policy/AdministratorAccess";
    let wire = Wire::new([
        ("GetRole", old_role()),
        ("ListRolePolicies", names(&["extra"])),
        ("ListAttachedRolePolicies", attached(&[managed])),
        ("GetRolePolicy", absent()),
        ("GetRolePolicy", policy("extra")),
    ]);
    let found = wire.run(async |aws| aws.role("orders-auth").await).expect("read").expect("found");
    assert_eq!(found.policies.into_keys().collect::<Vec<_>>(), ["extra"]);
    assert_eq!(found.attached.into_iter().collect::<Vec<_>>(), [managed]);
}

#[test]
fn no_role_is_none() {
    let calls = ["GetRole", "ListRolePolicies", "ListAttachedRolePolicies", "GetRolePolicy"];
    let wire = Wire::new(calls.map(|call| (call, absent())));
    assert_eq!(wire.run(async |aws| aws.role("orders-auth").await).expect("read"), None);
}

#[test]
fn a_role_is_created_whole_and_its_policy_waits_until_it_is_found() {
    let wire = Wire::new([
        ("CreateRole", xml("CreateRole", "")),
        ("PutRolePolicy", absent()),
        ("PutRolePolicy", done("PutRolePolicy")),
    ]);
    wire.run(async |aws| aws.create_role(&role()).await).expect("created");
    let expected = form(
        "CreateRole",
        "2010-05-08",
        &json!({ "RoleName": "orders-auth", "AssumeRolePolicyDocument": r#"{"Version":"2012-10-17"}"#,
                "Tags.member.1.Key": "pretoken:stack", "Tags.member.1.Value": "orders-auth" }),
    );
    assert_eq!(wire.body("CreateRole"), expected);
    let put = json!({ "RoleName": "orders-auth", "PolicyName": "logs", "PolicyDocument": r#"{"Statement":[]}"# });
    assert_eq!(wire.sent()[2].body, form("PutRolePolicy", "2010-05-08", &put));
    assert_eq!(wire.waits(), ["role orders-auth to be found"]);
}

#[test]
fn a_role_is_created_and_read_with_its_boundary() {
    let wire = Wire::new([("CreateRole", xml("CreateRole", ""))]);
    let bounded = Role {
        permissions_boundary: Some(BOUNDARY.to_owned()),
        policies: BTreeMap::new(),
        ..role()
    };
    wire.run(async |aws| aws.create_role(&bounded).await).expect("created");
    assert_eq!(wire.body("CreateRole")["PermissionsBoundary"], BOUNDARY);
}

#[test]
fn a_policy_for_a_role_that_is_not_new_does_not_wait() {
    let wire = Wire::new([("PutRolePolicy", absent())]);
    let edit = RoleEdit { put: vec![("logs".to_owned(), json!({}))], ..RoleEdit::default() };
    wire.run(async |aws| aws.update_role("orders-auth", &edit).await).expect_err("no such role");
}

#[test]
fn an_edit_makes_one_call_for_each_part() {
    let wire = Wire::new([
        ("PutRolePermissionsBoundary", done("PutRolePermissionsBoundary")),
        ("UpdateAssumeRolePolicy", done("UpdateAssumeRolePolicy")),
        ("PutRolePolicy", done("PutRolePolicy")),
        ("DeleteRolePolicy", done("DeleteRolePolicy")),
        ("AttachRolePolicy", done("AttachRolePolicy")),
        ("DetachRolePolicy", done("DetachRolePolicy")),
        ("TagRole", done("TagRole")),
    ]);
    let edit = RoleEdit {
        trust: Some(json!({})),
        put: vec![("logs".to_owned(), json!({}))],
        remove: vec!["extra".to_owned()],
        attach: vec!["arn:aws:iam::aws:policy/Y".to_owned()],
        detach: vec!["arn:aws:iam::aws:policy/X".to_owned()],
        permissions_boundary: Some(BOUNDARY.to_owned()),
        tags: Some(role().tags),
    };
    wire.run(async |aws| aws.update_role("orders-auth", &edit).await).expect("updated");
    assert_eq!(wire.body("PutRolePermissionsBoundary")["PermissionsBoundary"], BOUNDARY);
    assert_eq!(wire.body("UpdateAssumeRolePolicy")["PolicyDocument"], "{}");
    assert_eq!(wire.body("DeleteRolePolicy")["PolicyName"], "extra");
    assert_eq!(wire.body("AttachRolePolicy")["PolicyArn"], "arn:aws:iam::aws:policy/Y");
    assert_eq!(wire.body("DetachRolePolicy")["PolicyArn"], "arn:aws:iam::aws:policy/X");
    assert_eq!(wire.body("TagRole")["Tags.member.1.Value"], "orders-auth");
}

#[test]
fn a_role_is_emptied_before_it_is_deleted() {
    let wire = Wire::new([
        ("DeleteRolePolicy", done("DeleteRolePolicy")),
        ("DetachRolePolicy", absent()),
        ("DeleteRole", done("DeleteRole")),
    ]);
    let full = Role { attached: ["arn:aws:iam::aws:policy/X".to_owned()].into(), ..role() };
    wire.run(async |aws| aws.delete_role(&full).await).expect("deleted");
    assert_eq!(wire.calls().last().map(String::as_str), Some("DeleteRole"));
}
