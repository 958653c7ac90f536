//! An emulator that enforces IAM, and a user with exactly the printed policy: the command runs, and without any single
//! action it ends with an access error that names it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::Tag;
use pretoken::cloud::CloudError;
use pretoken::permissions::{PolicyFor, Statement, document, statements};
use serde_json::Value;

use crate::account::{Account, DIALECT, actions, asked, remove, without};
use crate::stack::STACK;

/// What the emulator never asks for, whatever is called.
const NEVER_ASKED: &[&str] = &[
    // AWS asks for it in `CreateFunction` and `UpdateFunctionConfiguration`.
    "iam:PassRole",
    // AWS leaves the tags out of `GetFunction` without it.
    "lambda:ListTags",
    // Only a canary is watched.
    "cloudwatch:GetMetricData",
    // Only a stack without a deploy.toml is looked for by its tags.
    "tag:GetResources",
];

/// Accounts in which actions are tried at the same time: most of the time is the emulator's, for functions to settle.
const SIDE_BY_SIDE: usize = 4;

/// What the function's role may do at most. One of AWS's own, since these have no account in their names.
pub(crate) const BOUNDARY: &str = "arn:aws:iam::aws:policy/CloudWatchLogsFullAccess";

pub(crate) fn stack() -> String {
    let trigger =
        format!("[trigger]\nrole.permissions_boundary = \"{BOUNDARY}\"\nkeep_versions = 1");
    STACK.replace("[trigger]", &trigger)
}

pub(crate) fn needed(account: &Account, command: PolicyFor) -> Vec<Statement> {
    statements(&account.config(), &account.target(), command)
}

/// The actions whose lack the emulator shows.
fn enforced(statements: &[Statement]) -> BTreeSet<&'static str> {
    actions(statements).into_iter().filter(|action| !NEVER_ASKED.contains(action)).collect()
}

/// The statements without everything that the emulator never asks for.
pub(crate) fn without_unasked(statements: &[Statement]) -> Vec<Statement> {
    NEVER_ASKED.iter().fold(statements.to_vec(), |statements, action| without(&statements, action))
}

/// The calls that were made since `clear`, as IAM names them.
fn called(account: &Account) -> BTreeSet<String> {
    let name = |name: String| name.replace("lambda:Invoke", "lambda:InvokeFunction");
    account.stack.aws.calls().iter().map(|call| name(call.name())).collect()
}

#[track_caller]
fn is_denied(action: &str, outcome: Result<(), CloudError>) {
    match outcome {
        Err(CloudError::Denied { operation, message }) => {
            assert!(message.contains(asked(action)), "{action}: {operation}: {message}");
        }
        other => panic!("without {action}: {other:?}"),
    }
}

/// A state of the account before `up`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum World {
    /// Nothing is there.
    Empty,
    /// Everything is, and somebody else changed it.
    Different,
}

impl World {
    fn prepare(self, account: &Account) {
        match self {
            Self::Empty => account.destroy(&account.root).expect("destroyed"),
            Self::Different => {
                account.stack.write(&stack());
                account.deploy(&account.root).expect("deployed");
                differ(account);
                account.stack.write(&stack().replace("[trigger]", "[trigger]\nmemory_mb = 256"));
            }
        }
    }
}

/// Somebody else changes everything that can differ.
fn differ(account: &Account) {
    const NAME: &str = "orders-pre-token";
    let (sdk, target) = (&account.sdk, account.target());
    let group = format!("/aws/lambda/{NAME}");
    let set = sdk.logs.put_retention_policy().log_group_name(&group).retention_in_days(7);
    sdk.call(set.send());
    let untag = sdk.logs.untag_resource().resource_arn(target.log_group_arn(&group));
    sdk.call(untag.tag_keys("managed-by").send());

    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","edgelambda.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#;
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    let set = sdk.iam.update_assume_role_policy().role_name(NAME).policy_document(trust);
    sdk.call(set.send());
    for name in ["logs", "more"] {
        let put = sdk.iam.put_role_policy().role_name(NAME).policy_name(name);
        sdk.call(put.policy_document(policy).send());
    }
    let managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    sdk.call(sdk.iam.attach_role_policy().role_name(NAME).policy_arn(managed).send());
    let limit = sdk.iam.put_role_permissions_boundary().role_name(NAME);
    sdk.call(limit.permissions_boundary(managed).send());
    let tag = Tag::builder().key("managed-by").value("hand").build().expect("a tag");
    sdk.call(sdk.iam.tag_role().role_name(NAME).tags(tag).send());

    let zip = account.package(&account.config()).zip;
    let other = [zip.as_slice(), b"\0"].concat();
    let code = aws_sdk_lambda::primitives::Blob::new(other);
    sdk.call(sdk.lambda.update_function_code().function_name(NAME).zip_file(code).send());
    let arn = target.function_arn(NAME);
    // A slot that was taken over once, in a pool that is no longer declared.
    let previous = (
        "pretoken:previous-trigger:eu-west-1_Nowhere12",
        "V1_0 arn:aws:lambda:eu-west-1:1:function:f",
    );
    let tag = sdk.lambda.tag_resource().resource(&arn).tags(previous.0, previous.1);
    sdk.call(tag.tags("managed-by", "hand").send());
    let stale = sdk.lambda.add_permission().function_name(NAME).qualifier("live");
    let stale = stale.statement_id("pretoken-stale").principal("cognito-idp.amazonaws.com");
    sdk.call(
        stale
            .action("lambda:InvokeFunction")
            .source_arn(target.pool_arn("eu-west-1_Nowhere12"))
            .send(),
    );
    in_the_pool(account);
}

fn the_pool(account: &Account) -> Option<String> {
    let listed = account.sdk.cognito.list_user_pools().max_results(1).send();
    Some(account.sdk.call(listed).user_pools().first()?.id()?.to_owned())
}

fn in_the_pool(account: &Account) {
    let (sdk, pool) = (&account.sdk, the_pool(account).expect("a pool"));
    let clients = sdk.call(sdk.cognito.list_user_pool_clients().user_pool_id(&pool).send());
    let id = clients.user_pool_clients()[0].client_id().expect("an id").to_owned();
    let client = sdk.cognito.update_user_pool_client().user_pool_id(&pool).client_id(id);
    let client = client.client_name("orders-web").access_token_validity(5);
    sdk.call(client.explicit_auth_flows("ALLOW_REFRESH_TOKEN_AUTH".into()).send());
    let old = sdk.cognito.create_user_pool_client().user_pool_id(&pool).client_name("orders-old");
    sdk.call(old.send());
    let old = sdk.cognito.create_resource_server().user_pool_id(&pool).identifier("old");
    sdk.call(old.name("orders-old").send());
    let server = sdk.cognito.update_resource_server().user_pool_id(&pool).identifier("orders");
    sdk.call(server.name("other").send());
    let group = sdk.cognito.update_group().user_pool_id(&pool).group_name("staff");
    sdk.call(group.description("other").send());
    let slot = sdk.cognito.update_user_pool().user_pool_id(&pool);
    let slot = slot
        .user_pool_tags("pretoken:stack", "orders")
        .user_pool_tags("pretoken:region", "eu-west-1")
        .user_pool_tags("pretoken:made", "c8QXye23cM7fUqZEgFWIgZUPrHBaK2wDry6BrVzb")
        .user_pool_tags("managed-by", "hand");
    sdk.call(slot.send());
}

#[test]
fn up_needs_every_action_of_its_policy() {
    let account = Account::new(&stack());
    let all = needed(&account, PolicyFor::Deploy { verify: false });
    let mut calls = BTreeMap::new();
    for world in [World::Empty, World::Different] {
        world.prepare(&account);
        account.allow(&without_unasked(&all));
        account.stack.aws.clear();
        account.deploy(&account.user).expect("the policy is enough");
        calls.insert(world == World::Empty, called(&account));
    }
    let looks = actions(&needed(&account, PolicyFor::Plan));
    let world = |action: &'static str| {
        if looks.contains(action) {
            None
        } else if calls[&false].contains(action) {
            Some(World::Different)
        } else {
            assert!(calls[&true].contains(action), "{action} is never called");
            Some(World::Empty)
        }
    };
    let tries: Vec<_> = enforced(&all).into_iter().map(|it| (it, world(it))).collect();
    std::thread::scope(|scope| {
        for first in 0..SIDE_BY_SIDE {
            scope.spawn({
                let tries = &tries;
                move || {
                    let account = Account::new(&stack());
                    for (action, world) in tries.iter().skip(first).step_by(SIDE_BY_SIDE) {
                        denied_in(&account, action, *world);
                    }
                }
            });
        }
    });
}

/// `up` without this action. What is looked at first is looked at in every world.
fn denied_in(account: &Account, action: &str, world: Option<World>) {
    if let Some(world) = world {
        world.prepare(account);
    }
    let all = needed(account, PolicyFor::Deploy { verify: false });
    account.allow(&without(&all, action));
    is_denied(action, account.deploy(&account.user));
}

#[test]
fn status_and_plan_need_every_action_of_their_policy() {
    let account = Account::new(&stack());
    account.deploy(&account.root).expect("deployed");
    let all = needed(&account, PolicyFor::Plan);
    account.allow(&without_unasked(&all));
    account.run(&["plan", "--detailed-exitcode"]).exits(0);
    account.run(&["status"]).exits(0);
    denied_one_by_one(&account, &all, &["status"], || ());
}

#[test]
fn verify_needs_every_action_of_its_policy() {
    let account = Account::new(&stack());
    account.deploy(&account.root).expect("deployed");
    let all = needed(&account, PolicyFor::Verify);
    account.allow(&without_unasked(&all));
    account.run(&["verify"]).exits(0);
    denied_one_by_one(&account, &all, &["verify"], || ());
}

#[test]
fn logs_needs_the_action_of_its_policy() {
    let account = Account::new(&stack());
    account.deploy(&account.root).expect("deployed");
    let all = needed(&account, PolicyFor::Logs);
    account.allow(&all);
    account.run(&["logs"]).exits(0);
    denied_one_by_one(&account, &all, &["logs"], || ());
}

#[test]
fn destroy_needs_every_action_of_its_policy() {
    let account = Account::new(&stack());
    let again = || {
        account.deploy(&account.root).expect("deployed");
        let managed = "arn:aws:iam::aws:policy/ReadOnlyAccess";
        let role = account.sdk.iam.attach_role_policy().role_name("orders-pre-token");
        account.sdk.call(role.policy_arn(managed).send());
    };
    again();
    let all = needed(&account, PolicyFor::Destroy);
    account.allow(&without_unasked(&all));
    account.run(&["destroy", "--yes"]).exits(0);
    denied_one_by_one(&account, &all, &["destroy", "--yes"], again);
}

/// What is proven stays proven when the temporary user cannot be removed: its name and its pool are said.
const LAST: &str = "cognito-idp:AdminDeleteUser";

/// Runs the command without each action. What earlier runs left of the world is made whole when the command did not come to
/// the call.
fn denied_one_by_one(account: &Account, all: &[Statement], command: &[&str], again: impl Fn()) {
    for action in enforced(all) {
        account.allow(&without(all, action));
        let mut run = account.run(command);
        if run.code == 0 {
            again();
            account.allow(&without(all, action));
            run = account.run(command);
        }
        if action == LAST {
            let run = run.exits(0);
            assert!(run.stdout.contains(action), "{}", run.stdout);
            continue;
        }
        let run = run.exits(5);
        assert!(run.stderr.contains(asked(action)), "{action}: {}", run.stderr);
    }
}

#[test]
fn up_with_its_sign_ins_runs_by_its_policy() {
    let account = Account::new(&stack());
    account.allow(&needed(&account, PolicyFor::Deploy { verify: true }));
    let up = account.run(&["up", "--yes", "-o", "json"]).exits(0).json();
    assert_eq!(up["verify"]["ok"], true);
    account.run(&["up", "--yes"]).exits(0);
}

/// Adopted pools are named one by one, and no other pool is touched or looked at.
#[test]
fn an_adopted_pool_is_reached_by_its_own_name() {
    let account = Account::new(&stack());
    let made = account.sdk.cognito.create_user_pool().pool_name("company").send();
    let pool = account.sdk.call(made).user_pool().and_then(|pool| pool.id().map(str::to_owned));
    let pool = pool.expect("an id");
    account
        .stack
        .write(&stack().replace("deletion_protection = false", &format!("id = \"{pool}\"")));
    for (command, arguments) in [
        (PolicyFor::Deploy { verify: true }, &["up", "--yes"][..]),
        (PolicyFor::Plan, &["plan"]),
        (PolicyFor::Verify, &["verify"]),
        (PolicyFor::Destroy, &["destroy", "--yes"]),
    ] {
        let all = needed(&account, command);
        account.allow(&all);
        account.run(arguments).exits(0);
    }
    let adopted = needed(&account, PolicyFor::Deploy { verify: true });
    assert!(!actions(&adopted).contains("cognito-idp:CreateUserPool"));
    let pools = adopted.iter().flat_map(|it| &it.resources).filter(|it| it.contains("userpool"));
    assert!(pools.clone().all(|arn| arn.ends_with(&pool)), "{:?}", pools.collect::<Vec<_>>());
}

/// A stack whose name begins like this one's, and its pools, are none of its business.
#[test]
fn a_neighbour_is_neither_in_the_way_nor_in_danger() {
    let account = Account::new(&format!("{STACK}\n[env.pr]\ntrigger.memory_mb = 128\n"));
    account.stack.run(&["up", "--yes", "--no-verify", "-e", "pr"]).exits(0);
    account.deploy(&account.root).expect("deployed");
    account.allow(&needed(&account, PolicyFor::Destroy));
    account.run(&["destroy", "--yes"]).exits(0);
    let left = account.sdk.call(account.sdk.cognito.list_user_pools().max_results(9).send());
    let names: Vec<_> = left.user_pools().iter().filter_map(|pool| pool.name()).collect();
    assert_eq!(names, ["orders-pr-customers"]);
    account.run(&["destroy", "--yes", "-e", "pr"]).exits(5);
}

/// As soon as the emulator knows pools by their tags, they need not be named one by one here.
#[test]
fn the_emulator_still_does_not_know_pools_by_their_tags() {
    let account = Account::new(&stack());
    account.deploy(&account.root).expect("deployed");
    let all = needed(&account, PolicyFor::Verify);
    account.put_policy(&document(&all).to_string());
    let run = account.run(&["verify"]).exits(5);
    assert!(run.stderr.contains("cognito-idp:DescribeUserPoolClient was denied"), "{}", run.stderr);
}

/// As soon as the emulator asks for something as AWS does, its words here are to go.
#[test]
fn the_emulator_still_asks_in_other_words() {
    let account = Account::new(&stack());
    let all = needed(&account, PolicyFor::Deploy { verify: false });
    for (action, asked, _) in DIALECT {
        let removes = *action == "lambda:DeleteFunction";
        if removes { World::Different } else { World::Empty }.prepare(&account);
        // What else goes by the emulator's name is left out: it would hide this one.
        let mut statements = all.clone();
        for (other, by, _) in DIALECT.iter().filter(|(it, ..)| it != action) {
            if by == asked {
                remove(&mut statements, other);
            }
        }
        if asked != action {
            remove(&mut statements, asked);
        }
        account.allow_but(&statements, action);
        let outcome = account.deploy(&account.user);
        assert!(matches!(outcome, Err(CloudError::Denied { .. })), "{action}: {outcome:?}");
    }
}

/// The whole run without what is never asked for is in `up_needs_every_action_of_its_policy`; here is what AWS would say.
#[test]
fn what_is_never_asked_for_is_in_a_policy() {
    let account = Account::new(&stack());
    let deploy = needed(&account, PolicyFor::Deploy { verify: true });
    let destroy = needed(&account, PolicyFor::Destroy);
    let all: BTreeSet<_> = actions(&deploy).union(&actions(&destroy)).copied().collect();
    for action in NEVER_ASKED {
        assert!(all.contains(action), "{action}");
    }
}

/// The printed text is what the user was given.
#[test]
fn the_printed_policy_is_the_tested_one() {
    let account = Account::new(&stack());
    let printed = account.stack.run(&["permissions", "deploy"]).exits(0);
    let policy: Value = serde_json::from_str(&printed.stdout).expect("JSON");
    let all = needed(&account, PolicyFor::Deploy { verify: true });
    assert_eq!(policy, document(&all));
}
