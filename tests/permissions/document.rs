//! The documents themselves, offline.

use std::collections::BTreeSet;

use pretoken::config::{Config, parse};
use pretoken::model::{Target, partition};
use pretoken::permissions::table::NEEDS;
use pretoken::permissions::{
    MANAGED_POLICY_LIMIT, PolicyCondition, PolicyFor, Statement, boundary, document, reason, size,
    statements,
};
use pretoken::reconcile::desired::Desired;

use crate::account::actions;
use crate::stack::STACK;

const COMMANDS: [PolicyFor; 6] = [
    PolicyFor::Plan,
    PolicyFor::Deploy { verify: true },
    PolicyFor::Deploy { verify: false },
    PolicyFor::Verify,
    PolicyFor::Destroy,
    PolicyFor::Logs,
];

fn config(text: &str, env: Option<&str>) -> Config {
    let text = text.replace("HOST", "arm64").replace("CRATE", "trigger");
    parse(&text, "deploy.toml", env).expect("a valid file").config
}

fn target(region: &str) -> Target {
    Target {
        partition: partition(region).to_owned(),
        account: "123456789012".to_owned(),
        region: region.to_owned(),
        env: None,
        local: false,
    }
}

fn needed(text: &str, region: &str, command: PolicyFor) -> Vec<Statement> {
    statements(&config(text, None), &target(region), command)
}

/// Every action with every resource and condition, whatever the statements.
fn grants(statements: &[Statement]) -> BTreeSet<String> {
    let mut grants = BTreeSet::new();
    for statement in statements {
        for resource in &statement.resources {
            let condition = &statement.condition;
            let grant = |action: &&str| format!("{action} on {resource} when {condition:?}");
            grants.extend(statement.actions.iter().map(grant));
        }
    }
    grants
}

#[test]
fn what_up_needs() {
    let policy = document(&needed(STACK, "eu-west-1", PolicyFor::Deploy { verify: true }));
    assert_eq!(format!("{policy:#}\n"), include_str!("deploy.json"));
    assert!(size(&policy) < MANAGED_POLICY_LIMIT / 2, "{}", size(&policy));
}

#[test]
fn values_from_elsewhere_are_read_by_whoever_connects_and_by_nobody_without_them() {
    let text = STACK.replace(
        "[pools.customers]\n",
        r#"[trigger.environment]
AA = { ssm = "/orders/a" }
BB = { ssm = "arn:aws:ssm:eu-west-1:111122223333:parameter/shared" }
CC = { secrets_manager = "orders/c", key = "c" }
DD = { cloudformation = "base.D" }

[pools.customers]
"#,
    );
    for command in COMMANDS {
        let granted = grants(&needed(&text, "eu-west-1", command));
        for grant in [
            "ssm:GetParameter on arn:aws:ssm:eu-west-1:123456789012:parameter/orders/a when None",
            "ssm:GetParameter on arn:aws:ssm:eu-west-1:111122223333:parameter/shared when None",
            "secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/c-?????? when None",
            "cloudformation:DescribeStacks on arn:aws:cloudformation:eu-west-1:123456789012:stack/base/* when None",
        ] {
            assert!(granted.contains(grant), "{command:?}: {grant} is not in {granted:#?}");
        }
        let without = grants(&needed(STACK, "eu-west-1", command));
        assert!(without.iter().all(|grant| !grant.starts_with("ssm:")), "{without:#?}");
    }
}

#[test]
fn what_destroy_needs() {
    let policy = document(&needed(STACK, "eu-west-1", PolicyFor::Destroy));
    assert_eq!(format!("{policy:#}\n"), include_str!("destroy.json"));
}

#[test]
fn up_needs_what_plan_and_verify_need() {
    let of = |command| grants(&needed(STACK, "eu-west-1", command));
    let parts = &of(PolicyFor::Plan) | &of(PolicyFor::Verify);
    let deploy = of(PolicyFor::Deploy { verify: true });
    assert!(deploy.is_superset(&parts));
    let silent = of(PolicyFor::Deploy { verify: false });
    assert_eq!(deploy, &silent | &of(PolicyFor::Verify));
    assert!(silent.len() < deploy.len());
}

#[test]
fn plan_reads_alone() {
    for action in actions(&needed(STACK, "eu-west-1", PolicyFor::Plan)) {
        let (_, name) = action.split_once(':').expect("a service");
        assert!(["Get", "List", "Describe"].iter().any(|verb| name.starts_with(verb)), "{action}");
    }
}

/// A role is made, limited and given policies only within its boundary, and nothing takes the boundary away.
#[test]
fn a_boundary_is_a_condition_of_every_write_that_could_give_more() {
    const ARN: &str = "arn:aws:iam::123456789012:policy/limit";
    let bounded = format!("{STACK}\n[trigger.role]\npermissions_boundary = \"{ARN}\"\n");
    let deploy = needed(&bounded, "eu-west-1", PolicyFor::Deploy { verify: true });
    let condition =
        PolicyCondition { key: "iam:PermissionsBoundary".to_owned(), value: ARN.to_owned() };
    for action in ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"] {
        let on: Vec<_> = deploy.iter().filter(|it| it.actions.contains(action)).collect();
        assert_eq!(on.len(), 1, "{action}");
        assert_eq!(on[0].condition.as_ref(), Some(&condition), "{action}");
        assert_eq!(on[0].resources, ["arn:aws:iam::123456789012:role/orders-pre-token"]);
    }
    let open = [
        "iam:AttachRolePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeleteRolePermissionsBoundary",
        "iam:SetDefaultPolicyVersion",
        "iam:UpdateRole",
    ];
    for command in COMMANDS {
        let all = actions(&needed(&bounded, "eu-west-1", command));
        assert!(open.iter().all(|action| !all.contains(action)), "{command:?}");
    }
    let unbounded = needed(STACK, "eu-west-1", PolicyFor::Deploy { verify: true });
    assert!(!actions(&unbounded).contains("iam:PutRolePermissionsBoundary"));
}

#[test]
fn a_boundary_allows_what_the_role_does_and_no_more() {
    let boundary = boundary::document(&config(STACK, None), &target("eu-west-1"));
    let streams = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/orders-pre-token:*";
    assert_eq!(boundary["Statement"][0]["Resource"], streams);
    let desired = Desired::new(&config(STACK, None), target("eu-west-1"), "code");
    assert_eq!(desired.role.policies.into_values().collect::<Vec<_>>(), [boundary]);
}

/// `*` is for actions that AWS cannot limit to a resource, and for nothing else.
#[test]
fn nothing_else_is_on_everything() {
    let unlimited = [
        "cloudwatch:GetMetricData",
        "cognito-idp:CreateUserPool",
        "cognito-idp:ListUserPools",
        "tag:GetResources",
    ];
    for command in COMMANDS {
        for statement in needed(STACK, "eu-west-1", command) {
            if statement.resources == ["*"] {
                let others = statement.actions.iter().filter(|it| !unlimited.contains(it));
                assert_eq!(others.collect::<Vec<_>>(), Vec::<&&str>::new(), "{command:?}");
            }
            assert!(statement.actions.iter().all(|action| !action.contains('*')));
        }
    }
}

/// What changes pools, or shows secrets and users, is limited to the stack's own tag.
#[test]
fn unmanaged_pools_are_only_seen() {
    let seen = ["DescribeUserPool", "ListGroups", "ListResourceServers", "ListUserPoolClients"];
    for command in COMMANDS {
        for statement in needed(STACK, "eu-west-1", command) {
            let on_pools = statement.resources.iter().any(|it| it.ends_with("userpool/*"));
            if on_pools && statement.condition.is_none() {
                let names = statement.actions.iter().filter_map(|it| it.split_once(':'));
                let others: Vec<_> = names.filter(|(_, name)| !seen.contains(name)).collect();
                assert_eq!(others, vec![], "{command:?}");
            }
        }
    }
}

#[test]
fn the_role_is_passed_to_lambda_alone() {
    let all = needed(STACK, "eu-west-1", PolicyFor::Deploy { verify: true });
    let passing: Vec<_> = all.iter().filter(|it| it.actions.contains("iam:PassRole")).collect();
    assert_eq!(passing.len(), 1);
    assert_eq!(passing[0].actions.len(), 1);
    assert_eq!(passing[0].resources, ["arn:aws:iam::123456789012:role/orders-pre-token"]);
    let condition = passing[0].condition.as_ref().expect("a condition");
    assert_eq!(condition.key, "iam:PassedToService");
    assert_eq!(condition.value, "lambda.amazonaws.com");
}

#[test]
fn adopted_pools_are_named_and_no_others() {
    let adopted = STACK.replace("deletion_protection = false", "id = \"eu-west-1_AbCdEf123\"");
    for command in [PolicyFor::Plan, PolicyFor::Deploy { verify: true }, PolicyFor::Verify] {
        let all = needed(&adopted, "eu-west-1", command);
        let pools = all.iter().flat_map(|it| &it.resources).filter(|it| it.contains("userpool"));
        let arn = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf123";
        assert!(pools.clone().count() > 0 && pools.clone().all(|it| it == arn), "{command:?}");
        assert!(!actions(&all).contains("cognito-idp:ListUserPools"));
        assert!(!actions(&all).contains("cognito-idp:CreateUserPool"));
        assert!(!actions(&all).contains("cognito-idp:DeleteUserPool"));
    }
    // Pools of the stack that are no longer declared are found and removed.
    let destroy = needed(&adopted, "eu-west-1", PolicyFor::Destroy);
    assert!(actions(&destroy).contains("cognito-idp:DeleteUserPoolClient"));
    assert!(actions(&destroy).contains("cognito-idp:DeleteUserPool"));
}

#[test]
fn both_kinds_of_pools_in_one_stack() {
    let both = format!("{STACK}\n[pools.company]\nid = \"eu-west-1_AbCdEf123\"\n");
    let all = needed(&both, "eu-west-1", PolicyFor::Deploy { verify: true });
    let on: Vec<_> =
        all.iter().filter(|it| it.actions.contains("cognito-idp:UpdateUserPool")).collect();
    assert_eq!(on.len(), 2);
    let named = on.iter().find(|it| it.condition.is_none()).expect("the adopted one");
    assert_eq!(named.resources.len(), 1);
    assert!(named.resources[0].ends_with("userpool/eu-west-1_AbCdEf123"));
    assert!(!named.actions.contains("cognito-idp:CreateGroup"), "it declares no groups");
}

#[test]
fn a_stack_without_groups_needs_none() {
    let text =
        "name = \"orders\"\n[pools.customers.clients.web]\nauth_flows = [\"user-password\"]\n";
    let all = actions(&needed(text, "eu-west-1", PolicyFor::Deploy { verify: true }));
    let left: Vec<_> = all
        .iter()
        .filter(|it| {
            it.contains("Group") && !it.starts_with("logs:") || it.contains("AdminInitiate")
        })
        .collect();
    assert_eq!(left, Vec::<&&str>::new());
    assert!(!all.contains("cognito-idp:CreateResourceServer"));
}

#[test]
fn a_promise_about_an_undeclared_group_needs_its_members() {
    let promise = "[[expect]]\nname = \"admins\"\nclient = \"web\"\ngroups = [\"admins\"]\n";
    let text = format!(
        "name = \"orders\"\n[pools.company]\nid = \"eu-west-1_AbCdEf123\"\n[pools.company.clients.web]\n{promise}"
    );
    let all = actions(&needed(&text, "eu-west-1", PolicyFor::Verify));
    assert!(all.contains("cognito-idp:AdminAddUserToGroup"), "{all:?}");
}

#[test]
fn partitions_and_environments_are_in_every_name() {
    let text = format!("{STACK}\n[env.prod]\ntrigger.memory_mb = 256\n");
    for (region, partition) in [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")] {
        let all = statements(
            &config(&text, Some("prod")),
            &target(region),
            PolicyFor::Deploy { verify: true },
        );
        for resource in all.iter().flat_map(|it| &it.resources).filter(|it| *it != "*") {
            assert!(resource.starts_with(&format!("arn:{partition}:")), "{resource}");
            let ours = resource.contains("orders-prod-pre-token");
            assert!(ours || resource.ends_with(":log-group:*") || resource.ends_with("userpool/*"));
        }
        let tags =
            all.iter().filter_map(|it| it.condition.as_ref()).filter(|it| it.key.contains("Tag/"));
        assert!(tags.clone().count() > 1 && tags.clone().all(|it| it.value == "orders/prod"));
    }
}

/// A group of statements for each kind of resource: nothing is said twice.
#[test]
fn no_two_statements_share_resources_and_condition() {
    for command in COMMANDS {
        let all = needed(STACK, "eu-west-1", command);
        for (at, one) in all.iter().enumerate() {
            let same = |other: &&Statement| {
                one.resources == other.resources && one.condition == other.condition
            };
            assert!(!all[at + 1..].iter().any(|other| same(&other)), "{one:?}");
        }
    }
}

#[test]
fn a_stack_of_many_pools_outgrows_a_managed_policy() {
    let pools = (0..90).map(|n| format!("[pools.p{n}]\nid = \"eu-west-1_AbCdEf{n:03}\"\n"));
    let text = format!("{STACK}\n{}", pools.collect::<String>());
    let policy = document(&needed(&text, "eu-west-1", PolicyFor::Deploy { verify: true }));
    assert!(size(&policy) > MANAGED_POLICY_LIMIT);
}

#[test]
fn reasons_are_for_what_is_needed() {
    assert!(NEEDS.iter().all(|need| !reason(need.action).is_empty()));
    assert_eq!(reason("s3:GetObject"), "");
}
