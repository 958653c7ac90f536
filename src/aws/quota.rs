//! AWS's published quotas of calls a second, by category.
//!
//! Cognito: "Quotas in Amazon Cognito" of its developer guide; one operation on one pool has a quota of its own in the
//! categories of clients and resources. Lambda: "Lambda quotas", control plane. IAM and CloudWatch Logs publish less than
//! they enforce; theirs are modest.

use super::call::Call;

/// How many calls of a category are allowed within a second, in an account and region.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::aws) struct Quota {
    pub category: &'static str,
    pub a_second: usize,
    /// For one operation on one user pool.
    pub a_pool: Option<usize>,
}

const fn quota(category: &'static str, a_second: usize) -> Quota {
    Quota { category, a_second, a_pool: None }
}

const fn within_a_pool(category: &'static str, a_second: usize) -> Quota {
    Quota { category, a_second, a_pool: Some(5) }
}

static POOL_READ: Quota = quota("UserPoolRead", 15);
static POOL_UPDATE: Quota = quota("UserPoolUpdate", 15);
static CLIENT_READ: Quota = within_a_pool("UserPoolClientRead", 15);
static CLIENT_UPDATE: Quota = within_a_pool("UserPoolClientUpdate", 15);
static RESOURCE_READ: Quota = within_a_pool("UserPoolResourceRead", 15);
static RESOURCE_UPDATE: Quota = within_a_pool("UserPoolResourceUpdate", 15);
static USER_LIST: Quota = quota("UserList", 30);
static USER_CREATION: Quota = quota("UserCreation", 50);
static USER_UPDATE: Quota = quota("UserUpdate", 25);
static AUTHENTICATION: Quota = quota("UserAuthentication", 120);
static LAMBDA: Quota = quota("Lambda control plane", 15);
static IAM: Quota = quota("IAM", 15);
static LOGS: Quota = quota("CloudWatch Logs", 10);

/// The quota that a call falls under; `None` where there is none that one run could reach.
pub(in crate::aws) fn of(call: &Call) -> Option<&'static Quota> {
    match call.service {
        "cognito-idp" => of_cognito(&call.operation),
        "lambda" => (call.operation != "Invoke").then_some(&LAMBDA),
        "iam" => Some(&IAM),
        "logs" => Some(&LOGS),
        _ => None,
    }
}

fn of_cognito(operation: &str) -> Option<&'static Quota> {
    Some(match operation {
        "DescribeUserPool" | "GetUserPoolMfaConfig" | "ListUserPools" => &POOL_READ,
        "CreateUserPool" | "UpdateUserPool" | "DeleteUserPool" => &POOL_UPDATE,
        "DescribeUserPoolClient" | "ListUserPoolClients" => &CLIENT_READ,
        "CreateUserPoolClient" | "UpdateUserPoolClient" | "DeleteUserPoolClient" => &CLIENT_UPDATE,
        "ListResourceServers"
        | "ListGroups"
        | "ListIdentityProviders"
        | "DescribeIdentityProvider"
        | "ListTagsForResource"
        | "DescribeUserPoolDomain" => &RESOURCE_READ,
        "CreateResourceServer"
        | "UpdateResourceServer"
        | "DeleteResourceServer"
        | "CreateGroup"
        | "UpdateGroup"
        | "DeleteGroup"
        | "CreateIdentityProvider"
        | "UpdateIdentityProvider"
        | "DeleteIdentityProvider"
        | "CreateUserPoolDomain"
        | "DeleteUserPoolDomain"
        | "TagResource"
        | "UntagResource" => &RESOURCE_UPDATE,
        "ListUsers" => &USER_LIST,
        "AdminCreateUser" => &USER_CREATION,
        "AdminSetUserPassword"
        | "AdminUpdateUserAttributes"
        | "AdminAddUserToGroup"
        | "AdminRemoveUserFromGroup"
        | "AdminDeleteUser" => &USER_UPDATE,
        "InitiateAuth"
        | "AdminInitiateAuth"
        | "RespondToAuthChallenge"
        | "AdminRespondToAuthChallenge" => &AUTHENTICATION,
        _ => return None,
    })
}
