//! What `permissions` prints, without an account and without a network.

use serde_json::Value;

use crate::binary::{Project, Run};

const STACK: &str = r#"name = "orders"
region = "eu-west-1"

[pools.customers.clients.web]
[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }
"#;

/// Runs the binary on this `deploy.toml`, knowing nothing of the machine's own AWS settings.
fn printed(deploy: &str, arguments: &[&str]) -> Run {
    Project::of(deploy).run(arguments, &[])
}

/// A stack with one account that it may be in.
fn owned() -> String {
    format!("allowed_account_ids = [\"123456789012\"]\n{STACK}")
}

/// An account that is known needs no credentials and no network.
#[test]
fn a_policy_is_printed_offline() {
    let owner = owned();
    let policy = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": [
        "cognito-idp:ListUserPools"
      ],
      "Resource": [
        "*"
      ]
    },
    {
      "Effect": "Allow",
      "Action": [
        "cognito-idp:DescribeUserPool",
        "cognito-idp:ListResourceServers",
        "cognito-idp:ListUserPoolClients"
      ],
      "Resource": [
        "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*"
      ]
    },
    {
      "Effect": "Allow",
      "Action": [
        "cognito-idp:AdminCreateUser",
        "cognito-idp:AdminDeleteUser",
        "cognito-idp:AdminInitiateAuth",
        "cognito-idp:AdminSetUserPassword",
        "cognito-idp:DescribeUserPoolClient",
        "cognito-idp:ListUsers"
      ],
      "Resource": [
        "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/*"
      ],
      "Condition": {
        "StringEquals": {
          "aws:ResourceTag/pretoken:stack": "orders"
        }
      }
    }
  ]
}
"#;
    printed(&owner, &["permissions", "verify"]).is(0, policy, "");
    let named = ["permissions", "verify", "--account", "123456789012"];
    printed(STACK, &named).is(0, policy, "");
}

#[test]
fn who_may_take_a_role_on_is_a_document_of_its_own() {
    let trust = ["permissions", "deploy", "--account", "123456789012", "--oidc"];
    let run = printed(STACK, &[&trust[..], &["gitlab=shop/orders"]].concat());
    let expected = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": {
        "Federated": "arn:aws:iam::123456789012:oidc-provider/gitlab.com"
      },
      "Action": "sts:AssumeRoleWithWebIdentity",
      "Condition": {
        "StringEquals": {
          "gitlab.com:aud": "https://gitlab.com",
          "gitlab.com:sub": "project_path:shop/orders:ref_type:branch:ref:main"
        }
      }
    }
  ]
}
"#;
    run.is(0, expected, "");
    let github = [&trust[..], &["github=shop/orders:environment:prod", "-o", "json"]].concat();
    let run = printed(STACK, &github);
    assert!(run.stderr.contains("OWNER@ID/REPO@ID"), "{}", run.stderr);
    let json = run.json();
    assert_eq!(
        (&json["schema"], &json["command"]),
        (&"pretoken/permissions/v1".into(), &"deploy".into())
    );
    assert!(json["policy"]["Statement"].as_array().is_some_and(|all| all.len() > 5));
    let equals = &json["trust"]["Statement"][0]["Condition"]["StringEquals"];
    assert_eq!(
        equals["token.actions.githubusercontent.com:sub"],
        "repo:shop/orders:environment:prod"
    );
    let plain = printed(STACK, &["permissions", "plan", "--account", "123456789012", "-o", "json"]);
    assert_eq!(plain.json()["trust"], Value::Null);
}

#[test]
fn a_pull_request_that_could_deploy_is_named() {
    for (command, warned) in [("deploy", true), ("destroy", true), ("plan", false)] {
        let oidc = "github=shop@1/orders@2:pull_request";
        let arguments = ["permissions", command, "--account", "123456789012", "--oidc", oidc];
        let run = printed(STACK, &arguments);
        assert_eq!(run.stderr.contains("open a pull request"), warned, "{}", run.stderr);
    }
}

/// Whoever may make roles and write their policies is told what that amounts to, and what closes it.
#[test]
fn the_way_to_administrator_is_named_and_closed() {
    const ARN: &str = "arn:aws:iam::123456789012:policy/orders-pre-token-boundary";
    let run = |deploy: &str, arguments: &[&str]| {
        let account = ["--account", "123456789012"];
        printed(deploy, &[&["permissions"], arguments, &account[..]].concat())
    };
    let open = run(STACK, &["deploy"]);
    assert!(open.stderr.contains("amounts to an administrator's"), "{}", open.stderr);
    assert!(open.stderr.contains(&format!("--boundary {ARN}")), "{}", open.stderr);
    let boundary = run(STACK, &["boundary"]);
    assert!(boundary.stdout.contains("log-group:/aws/lambda/orders-pre-token:*"));
    assert!(boundary.stderr.contains(ARN), "{}", boundary.stderr);
    let closed = run(STACK, &["deploy", "--boundary", ARN]);
    assert!(closed.stdout.contains(&format!("\"iam:PermissionsBoundary\": \"{ARN}\"")));
    assert!(closed.stderr.contains("[trigger.role]"), "{}", closed.stderr);
    let declared = format!("{STACK}\n[trigger.role]\npermissions_boundary = \"{ARN}\"\n");
    run(&declared, &["deploy"]).is(0, &closed.stdout, "");
    for wrong in [
        &["plan", "--boundary", ARN][..],
        &["deploy", "--boundary", "orders"],
        &["boundary", "--oidc", "gitlab=shop/orders"],
    ] {
        assert_eq!(run(STACK, wrong).code, 4, "{wrong:?}");
    }
}

#[test]
fn a_policy_for_an_unknown_account_asks_for_it() {
    let run = printed(STACK, &["permissions", "plan"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(
        run.stderr.contains("hint: or say which account it is for: --account ID"),
        "{}",
        run.stderr
    );
    let owner = owned();
    let other = ["permissions", "plan", "--account", "210987654321"];
    let stderr = "\
error[wrong-account]: deploy.toml does not allow the account 210987654321
hint: `allowed_account_ids` has 123456789012
";
    printed(&owner, &other).is(6, "", stderr);
    for wrong in [["--account", "12"], ["--oidc", "github=shop/*"]] {
        let arguments = [&["permissions", "plan"][..], &wrong].concat();
        assert_eq!(printed(STACK, &arguments).code, 4, "{wrong:?}");
    }
}
