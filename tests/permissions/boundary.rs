//! The role that deploys makes no role that can do more than the boundary that `deploy.toml` names.

use pretoken::permissions::PolicyFor;

use crate::account::Account;
use crate::enforced::{BOUNDARY, needed, stack, without_unasked};
use crate::stack::Sdk;

/// What comes of a call that may fail.
fn answered<T, E: std::fmt::Debug>(
    sdk: &Sdk,
    call: impl Future<Output = Result<T, E>>,
) -> Result<(), String> {
    sdk.call(async { Ok::<_, String>(call.await) }).map(drop).map_err(|error| format!("{error:?}"))
}

/// Who deploys within a boundary cannot give the role more than it, nor take it away.
#[test]
fn a_role_stays_within_its_boundary() {
    const NAME: &str = "orders-pre-token";
    let account = Account::new(&stack());
    let all = needed(&account, PolicyFor::Deploy { verify: false });
    account.allow(&without_unasked(&all));
    account.deploy(&account.user).expect("the policy is enough");
    let boundary_of = || {
        let role = account.sdk.call(account.sdk.iam.get_role().role_name(NAME).send());
        let limit = role.role().and_then(|role| role.permissions_boundary().cloned());
        limit.and_then(|limit| limit.permissions_boundary_arn)
    };
    assert_eq!(boundary_of().as_deref(), Some(BOUNDARY));

    let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
    let user = account.sdk_of(&account.user);
    let denied = |done: Result<(), String>, what: &str| {
        let error = done.expect_err(what);
        assert!(error.contains("AccessDenied"), "{what}: {error}");
    };
    let limit = || user.iam.put_role_permissions_boundary().role_name(NAME);
    denied(answered(&user, limit().permissions_boundary(everything).send()), "another boundary");
    let gone = user.iam.delete_role_permissions_boundary().role_name(NAME);
    denied(answered(&user, gone.send()), "no boundary");
    let attach = user.iam.attach_role_policy().role_name(NAME).policy_arn(everything);
    denied(answered(&user, attach.send()), "a managed policy");

    // The same role without its boundary, or with another: no policy can be put into it, nor can it be made.
    let any = r#"{"Version":"2012-10-17","Statement":[]}"#;
    let put = || user.iam.put_role_policy().role_name(NAME).policy_name("more");
    let root = account.sdk.iam.put_role_permissions_boundary().role_name(NAME);
    account.sdk.call(root.permissions_boundary(everything).send());
    denied(answered(&user, put().policy_document(any).send()), "a policy outside of the boundary");
    account.deploy(&account.user).expect("repaired");
    assert_eq!(boundary_of().as_deref(), Some(BOUNDARY));
    account.destroy(&account.root).expect("destroyed");
    let create = user.iam.create_role().role_name(NAME).assume_role_policy_document(any);
    denied(answered(&user, create.clone().send()), "a role without a boundary");
    let create = create.permissions_boundary(everything);
    denied(answered(&user, create.send()), "a role with another boundary");
}
