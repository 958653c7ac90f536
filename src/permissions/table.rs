//! Which action is needed, on what, for what, and why: a line each, and no other place knows. ARNs and documents are made
//! elsewhere.
//!
//! What the actions can be limited to is from the Service Authorization Reference of each service. A new call of
//! `src/aws` needs a line here; `tests/permissions` compares the two.

use crate::config::{AuthFlow, Pool};
use crate::model::aws_api::PoolSection;

/// What a command does with AWS; a command may have several purposes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reads what is there.
    Look,
    /// Lists what was released, for `status`.
    Tell,
    /// Makes it as `deploy.toml` says.
    Change,
    /// Signs in as temporary users.
    SignIn,
    /// Takes it away.
    Remove,
    /// Reads what the function wrote.
    ReadLog,
}

/// What an action is limited to.
#[derive(Debug, Clone, Copy)]
pub enum On {
    /// `*`: AWS knows no resource for the action.
    Everything,
    /// The account's log groups: `DescribeLogGroups` is checked against a group without a name, whatever is asked for.
    LogGroups,
    /// The function's log group.
    LogGroup,
    /// The function's role.
    Role,
    /// The same, and once `deploy.toml` names its boundary only while that is the role's.
    RoleWithinBoundary,
    /// The same, and nothing without a boundary.
    RoleIfBounded,
    /// The function's role, once managed policies are declared, and to attach those alone.
    RoleWithPolicies,
    /// The function's log group, once a key of it is declared.
    LogGroupWithKey,
    /// The function, once concurrency is reserved for it.
    FunctionWithConcurrency,
    /// `*` once the function is in a VPC: EC2 knows no resource for looking around.
    NetworksOfFunction,
    /// Versions of layers that are declared.
    Layers,
    /// The key of the function's variables.
    KeyOfVariables,
    /// Keys by which codes are encrypted for the triggers that send them.
    KeysOfTriggers,
    /// `*` once a pool delivers logs: AWS makes the deliveries, and knows no resource for them.
    LogDeliveries,
    /// Roles that groups are declared to have.
    RolesOfGroups,
    /// The function's role, and only to hand it to Lambda.
    RoleForLambda,
    /// The function, its versions and its alias.
    Function,
    /// Versions of the function, and not the function as a whole.
    Versions,
    /// `*` while the stack has pools that are found by their name.
    PoolsByName,
    /// A pool that is made with the stack's tag.
    NewPool,
    /// Adopted pools of this kind, and all pools if the stack owns one: whose a pool is must be read before it is known.
    Pools(PoolFilter),
    /// Adopted pools of this kind, and pools with the stack's tag if the stack owns one.
    OurPools(PoolFilter),
    /// `OurPools` with groups, and any of them once a promise is about members of a group: it may be one that is not declared.
    PoolsWithMembers,
    /// Pools in which temporary users are made: none if `[verify]` has a user.
    PoolsOfTemporaryUsers,
    /// Pools in which the user of `[verify]` is looked at, if there is one.
    PoolsOfTestUser,
    /// Pools of the stack while it has seeds.
    PoolsOfSeeds,
    /// Pools with the stack's tag.
    OwnedPools,
    /// Adopted pools of this kind.
    AdoptedPools(PoolFilter),
    /// Exports of the stages of API Gateway that `deploy.toml` names.
    ExportsOfApis,
    /// Parameters that `deploy.toml` takes values from.
    DeclaredParameters,
    /// Secrets likewise.
    DeclaredSecrets,
    /// Stacks of CloudFormation likewise.
    DeclaredStacks,
    /// Functions of the account and region while a pool is adopted: whatever stood in its slot may be any of them, and
    /// must be seen to work before it comes back.
    FunctionsOfAdoptedPools,
}

/// Which pools of `deploy.toml` need an action.
pub type PoolFilter = fn(&Pool) -> bool;

/// An action, and everything that is to say about it.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// As IAM spells it.
    pub action: &'static str,
    /// What it is limited to.
    pub on: On,
    /// What it is needed for.
    pub purposes: &'static [Purpose],
    /// Completes "it is needed to …".
    pub why: &'static str,
}

const fn need(
    action: &'static str,
    on: On,
    purposes: &'static [Purpose],
    why: &'static str,
) -> Need {
    Need { action, on, purposes, why }
}

pub(super) fn any(_: &Pool) -> bool {
    true
}

pub(super) fn with_groups(pool: &Pool) -> bool {
    !pool.groups.is_empty()
}

fn with_servers(pool: &Pool) -> bool {
    !pool.resource_servers.is_empty()
}

fn with_providers(pool: &Pool) -> bool {
    !pool.identity_providers.is_empty()
}

fn with_attributes(pool: &Pool) -> bool {
    !pool.attributes.is_empty()
}

fn with_second_factors(pool: &Pool) -> bool {
    declares(pool, PoolSection::Mfa)
}

fn with_risks(pool: &Pool) -> bool {
    declares(pool, PoolSection::Risk)
}

pub(super) fn with_log_delivery(pool: &Pool) -> bool {
    declares(pool, PoolSection::LogDelivery)
}

fn declares(pool: &Pool, section: PoolSection) -> bool {
    pool.settings.0.contains_key(section.key())
}

fn with_domain(pool: &Pool) -> bool {
    pool.domain.is_some()
}

/// Where a second factor may be asked for; what somebody else's pool asks is not known here.
fn with_factors(pool: &Pool) -> bool {
    let mfa = pool.settings.0.get("mfa_configuration");
    pool.id.is_some() || mfa.is_some_and(|mfa| mfa != "OFF") || with_second_factors(pool)
}

/// With clients that the stack makes.
fn with_clients(pool: &Pool) -> bool {
    pool.clients.values().any(|client| client.id.is_none())
}

/// With clients that let administrators sign users in; what somebody else's client allows is not known here.
fn with_admin_sign_in(pool: &Pool) -> bool {
    let admin = AuthFlow::AdminUserPassword;
    pool.clients.values().any(|client| client.id.is_some() || client.auth_flows.contains(&admin))
}

use On::{
    AdoptedPools, DeclaredParameters, DeclaredSecrets, DeclaredStacks, Everything, ExportsOfApis,
    Function, FunctionWithConcurrency, FunctionsOfAdoptedPools, KeyOfVariables, KeysOfTriggers,
    Layers, LogDeliveries, LogGroup, LogGroupWithKey, LogGroups, NetworksOfFunction, NewPool,
    OurPools, OwnedPools, Pools, PoolsByName, PoolsOfSeeds, PoolsOfTemporaryUsers, PoolsOfTestUser,
    PoolsWithMembers, Role, RoleForLambda, RoleIfBounded, RoleWithPolicies, RoleWithinBoundary,
    RolesOfGroups, Versions,
};

const LOOK: &[Purpose] = &[Purpose::Look];
const CHANGE: &[Purpose] = &[Purpose::Change];
const SIGN_IN: &[Purpose] = &[Purpose::SignIn];
const REMOVE: &[Purpose] = &[Purpose::Remove];
const FIND: &[Purpose] = &[Purpose::Look, Purpose::SignIn];
const TELL_OR_CHANGE: &[Purpose] = &[Purpose::Tell, Purpose::Change];
const TELL_CHANGE_OR_SIGN_IN: &[Purpose] = &[Purpose::Tell, Purpose::Change, Purpose::SignIn];
const CHANGE_OR_REMOVE: &[Purpose] = &[Purpose::Change, Purpose::Remove];
const READ_LOG: &[Purpose] = &[Purpose::ReadLog];
/// Whatever connects reads the whole file first.
const ALWAYS: &[Purpose] =
    &[Purpose::Look, Purpose::Change, Purpose::SignIn, Purpose::Remove, Purpose::ReadLog];
const USERS: &[Purpose] = &[Purpose::SignIn, Purpose::Remove];

/// Every action. `sts:GetCallerIdentity`, `cognito-idp:InitiateAuth` and what a user does after it are not among them: AWS asks
/// no permission for them.
#[rustfmt::skip]
pub const NEEDS: &[Need] = &[
    need("ssm:GetParameter", DeclaredParameters, ALWAYS, "read the parameters that deploy.toml names"),
    need("secretsmanager:GetSecretValue", DeclaredSecrets, ALWAYS, "read the secrets that deploy.toml names"),
    need("cloudformation:DescribeStacks", DeclaredStacks, ALWAYS, "read the outputs of stacks that deploy.toml names"),

    need("logs:DescribeLogGroups", LogGroups, LOOK, "find the log group"),
    need("logs:ListTagsForResource", LogGroup, LOOK, "see whose the log group is"),
    need("logs:CreateLogGroup", LogGroup, CHANGE, "create the log group"),
    need("logs:PutRetentionPolicy", LogGroup, CHANGE, "let log events go after some days"),
    // `CreateLogGroup` with tags asks for it too ("An additional permission "logs:TagResource" is required").
    need("logs:TagResource", LogGroup, CHANGE, "tag the log group as this stack's"),
    need("logs:AssociateKmsKey", LogGroupWithKey, CHANGE, "encrypt the log with the key that is declared"),
    need("logs:FilterLogEvents", LogGroup, READ_LOG, "read what the function wrote"),
    need("logs:DeleteLogGroup", LogGroup, REMOVE, "delete the log group"),

    need("iam:GetRole", Role, LOOK, "read the role"),
    need("iam:GetRolePolicy", Role, LOOK, "read the role's policy"),
    need("iam:ListRolePolicies", Role, LOOK, "see policies that others put into the role"),
    need("iam:ListAttachedRolePolicies", Role, LOOK, "see policies that others attached to the role"),
    need("iam:CreateRole", RoleWithinBoundary, CHANGE, "create the role"),
    // `CreateRole` with tags asks for it too ("Tagging IAM resources", IAM User Guide).
    need("iam:TagRole", Role, CHANGE, "tag the role as this stack's"),
    need("iam:UpdateAssumeRolePolicy", Role, CHANGE, "let Lambda alone assume the role"),
    need("iam:PutRolePolicy", RoleWithinBoundary, CHANGE, "let the function write its log"),
    need("iam:PutRolePermissionsBoundary", RoleIfBounded, CHANGE, "limit what the role may ever do"),
    need("iam:DeleteRolePolicy", Role, CHANGE_OR_REMOVE, "remove policies from the role"),
    need("iam:AttachRolePolicy", RoleWithPolicies, CHANGE, "attach the managed policies that are declared"),
    need("iam:DetachRolePolicy", Role, CHANGE_OR_REMOVE, "detach policies from the role"),
    // Checked by `CreateFunction` and `UpdateFunctionConfiguration`.
    need("iam:PassRole", RoleForLambda, CHANGE, "give the function its role"),
    need("iam:DeleteRole", Role, REMOVE, "delete the role"),

    need("lambda:GetFunction", Function, LOOK, "read the function, and the live rules"),
    // `GetFunction` leaves the tags out without it.
    need("lambda:ListTags", Function, LOOK, "see whose the function is"),
    need("lambda:GetFunctionConfiguration", Function, LOOK, "read the live version"),
    need("lambda:GetFunctionConfiguration", FunctionsOfAdoptedPools, LOOK, "see whether the previous trigger of a pool still exists"),
    need("lambda:GetFunction", FunctionsOfAdoptedPools, LOOK, "see whether the previous trigger of a pool is turned off"),
    need("lambda:GetPolicy", FunctionsOfAdoptedPools, LOOK, "see whether a pool may invoke its previous trigger"),
    need("lambda:GetAlias", Function, LOOK, "see which version serves"),
    need("lambda:GetPolicy", Function, LOOK, "see which pools may invoke the function"),
    need("lambda:CreateFunction", Function, CHANGE, "create the function"),
    // `CreateFunction` with tags asks for it too ("Using tags on Lambda functions").
    need("lambda:TagResource", Function, CHANGE, "tag the function as this stack's"),
    need("lambda:UntagResource", Function, CHANGE, "forget what the function remembers in tags"),
    need("lambda:UpdateFunctionCode", Function, CHANGE, "upload the code"),
    need("lambda:UpdateFunctionConfiguration", Function, CHANGE, "set memory, variables and the role"),
    need("lambda:PutFunctionConcurrency", FunctionWithConcurrency, CHANGE, "reserve invocations for the function"),
    // Checked by `CreateFunction` and `UpdateFunctionConfiguration` ("Giving Lambda functions access to resources in an Amazon VPC").
    need("ec2:DescribeSecurityGroups", NetworksOfFunction, CHANGE, "put the function into its security groups"),
    need("ec2:DescribeSubnets", NetworksOfFunction, CHANGE, "put the function into its subnets"),
    need("ec2:DescribeVpcs", NetworksOfFunction, CHANGE, "put the function into its VPC"),
    // Likewise ("Lambda function permissions": a function with layers).
    need("lambda:GetLayerVersion", Layers, CHANGE, "give the function its layers"),
    // Likewise ("Securing Lambda environment variables").
    need("kms:CreateGrant", KeyOfVariables, CHANGE, "let Lambda use the key of the variables"),
    need("kms:Encrypt", KeyOfVariables, CHANGE, "encrypt the variables"),
    need("kms:Decrypt", KeyOfVariables, &[Purpose::Look, Purpose::Change], "read the variables"),
    need("lambda:PublishVersion", Function, CHANGE, "freeze a version"),
    need("lambda:ListVersionsByFunction", Function, TELL_OR_CHANGE, "list the versions, old ones too"),
    need("lambda:ListAliases", Function, CHANGE, "see which versions are in use"),
    need("lambda:InvokeFunction", Versions, CHANGE, "smoke-test a new version before it serves"),
    need("lambda:CreateAlias", Function, CHANGE, "make the alias"),
    need("lambda:UpdateAlias", Function, CHANGE, "move the alias to another version"),
    need("lambda:DeleteFunction", Versions, CHANGE, "remove old versions"),
    need("cloudwatch:GetMetricData", Everything, CHANGE, "watch a canary's errors"),
    need("lambda:AddPermission", Function, CHANGE, "let a pool invoke the alias"),
    need("lambda:RemovePermission", Function, CHANGE_OR_REMOVE, "take a permission to invoke back"),
    need("lambda:DeleteFunction", Function, REMOVE, "delete the function"),
    need("apigateway:GET", ExportsOfApis, TELL_CHANGE_OR_SIGN_IN, "read what APIs of API Gateway ask for"),
    need("tag:GetResources", Everything, REMOVE, "find a stack without its deploy.toml"),

    need("cognito-idp:ListUserPools", PoolsByName, FIND, "find pools by their names"),
    need("cognito-idp:DescribeUserPool", Pools(any), FIND, "read pools, and see whose they are"),
    need("cognito-idp:ListUserPoolClients", Pools(any), FIND, "find the clients"),
    need("cognito-idp:ListResourceServers", Pools(any), FIND, "read the resource servers"),
    need("cognito-idp:ListGroups", Pools(with_groups), FIND, "read the groups"),
    // It shows client secrets, and so is not for adopted pools.
    need("cognito-idp:DescribeUserPoolClient", OurPools(any), FIND, "read the clients"),
    need("cognito-idp:GetUserPoolMfaConfig", Pools(with_factors), FIND, "see which second factors a pool takes"),
    need("cognito-idp:CreateUserPool", NewPool, CHANGE, "create a pool, with this stack's tag"),
    need("cognito-idp:UpdateUserPool", OurPools(any), CHANGE_OR_REMOVE, "set or clear the trigger"),
    // Checked by `CreateUserPool` and `UpdateUserPool` ("Custom sender Lambda triggers", Cognito Developer Guide).
    need("kms:CreateGrant", KeysOfTriggers, CHANGE, "let Cognito encrypt codes for the triggers that send them"),
    need("cognito-idp:SetUserPoolMfaConfig", OurPools(with_second_factors), CHANGE, "set a pool's second factors"),
    need("cognito-idp:DescribeRiskConfiguration", Pools(with_risks), FIND, "read what a pool's threat protection does"),
    need("cognito-idp:SetRiskConfiguration", OurPools(with_risks), CHANGE, "set what a pool's threat protection does"),
    need("cognito-idp:GetLogDeliveryConfiguration", Pools(with_log_delivery), FIND, "read where a pool's logs go"),
    need("cognito-idp:SetLogDeliveryConfiguration", OurPools(with_log_delivery), CHANGE, "set where a pool's logs go"),
    // Checked by `SetLogDeliveryConfiguration` ("Exporting logs from Amazon Cognito user pools", Cognito Developer Guide).
    need("logs:CreateLogDelivery", LogDeliveries, CHANGE, "make a delivery of a pool's logs"),
    need("logs:GetLogDelivery", LogDeliveries, CHANGE, "look at a delivery of a pool's logs"),
    need("logs:UpdateLogDelivery", LogDeliveries, CHANGE, "change a delivery of a pool's logs"),
    need("logs:DeleteLogDelivery", LogDeliveries, CHANGE, "take a delivery of a pool's logs back"),
    need("logs:ListLogDeliveries", LogDeliveries, CHANGE, "find the deliveries of a pool's logs"),
    need("logs:DescribeResourcePolicies", LogDeliveries, CHANGE, "see who may write to the log group of a delivery"),
    need("logs:PutResourcePolicy", LogDeliveries, CHANGE, "let a delivery write to its log group"),
    need("cognito-idp:AddCustomAttributes", OurPools(with_attributes), CHANGE, "add declared attributes to a pool"),
    need("cognito-idp:CreateUserPoolClient", OurPools(with_clients), CHANGE, "create the clients"),
    need("cognito-idp:UpdateUserPoolClient", OurPools(with_clients), CHANGE, "change the clients"),
    need("cognito-idp:DeleteUserPoolClient", OwnedPools, CHANGE, "remove clients that are no longer declared"),
    need("cognito-idp:DeleteUserPoolClient", AdoptedPools(with_clients), REMOVE, "remove the stack's clients"),
    need("cognito-idp:CreateResourceServer", OurPools(with_servers), CHANGE, "create the resource servers"),
    need("cognito-idp:UpdateResourceServer", OurPools(with_servers), CHANGE, "change the resource servers"),
    need("cognito-idp:DeleteResourceServer", OwnedPools, CHANGE, "remove resource servers that are no longer declared"),
    need("cognito-idp:DeleteGroup", AdoptedPools(with_groups), REMOVE, "delete the groups that were made in an adopted pool"),
    need("cognito-idp:DeleteResourceServer", AdoptedPools(with_servers), REMOVE, "remove the stack's resource servers"),
    need("cognito-idp:ListIdentityProviders", OurPools(with_providers), FIND, "find the identity providers"),
    need("cognito-idp:DescribeIdentityProvider", OurPools(with_providers), FIND, "read the identity providers"),
    need("cognito-idp:CreateIdentityProvider", OurPools(with_providers), CHANGE, "create the identity providers"),
    need("cognito-idp:UpdateIdentityProvider", OurPools(with_providers), CHANGE, "change the identity providers"),
    need("cognito-idp:DeleteIdentityProvider", OurPools(with_providers), CHANGE, "remove identity providers that are no longer declared"),
    need("cognito-idp:CreateUserPoolDomain", OurPools(with_domain), CHANGE, "make the domain with the token endpoint"),
    need("cognito-idp:DeleteUserPoolDomain", OurPools(with_domain), REMOVE, "remove the domain"),
    need("cognito-idp:CreateGroup", OurPools(with_groups), CHANGE, "create the groups"),
    // Checked by `CreateGroup` and `UpdateGroup` ("Actions, resources, and condition keys for Amazon Cognito User Pools").
    need("iam:PassRole", RolesOfGroups, CHANGE, "give groups the roles that are declared"),
    need("cognito-idp:GetGroup", OurPools(with_groups), CHANGE, "keep a group's role when its description changes"),
    need("cognito-idp:UpdateGroup", OurPools(with_groups), CHANGE, "change a group's description"),
    need("cognito-idp:DeleteUserPool", OwnedPools, REMOVE, "delete the pools that the stack owns"),
    // It shows people's data, and so is not for `plan`, which does without.
    need("cognito-idp:ListUsers", OurPools(any), USERS, "find users that a verification left, and any others before a pool goes"),

    need("cognito-idp:AdminCreateUser", PoolsOfTemporaryUsers, SIGN_IN, "make a temporary user"),
    need("cognito-idp:AdminSetUserPassword", PoolsOfTemporaryUsers, SIGN_IN, "let it sign in"),
    need("cognito-idp:AdminAddUserToGroup", PoolsWithMembers, SIGN_IN, "put it into groups"),
    need("cognito-idp:AdminInitiateAuth", OurPools(with_admin_sign_in), SIGN_IN, "sign it in as an administrator"),
    need("cognito-idp:AdminRespondToAuthChallenge", AdoptedPools(with_admin_sign_in), SIGN_IN, "answer what the pool asks of it then"),
    need("cognito-idp:AdminDeleteUser", PoolsOfTemporaryUsers, SIGN_IN, "remove it again"),
    need("cognito-idp:AdminDeleteUser", AdoptedPools(any), REMOVE, "remove one that a verification left"),
    need("cognito-idp:AdminGetUser", PoolsOfTestUser, SIGN_IN, "look at the user of [verify]"),
    need("cognito-idp:AdminListGroupsForUser", PoolsOfTestUser, SIGN_IN, "see its groups"),

    need("cognito-idp:AdminGetUser", PoolsOfSeeds, CHANGE, "look whether a seed is there"),
    need("cognito-idp:AdminListGroupsForUser", PoolsOfSeeds, CHANGE, "see the groups of a seed"),
    need("cognito-idp:AdminCreateUser", PoolsOfSeeds, CHANGE, "make a seed"),
    need("cognito-idp:AdminSetUserPassword", PoolsOfSeeds, CHANGE, "set the password of a seed"),
    need("cognito-idp:AdminUpdateUserAttributes", PoolsOfSeeds, CHANGE, "set the attributes of a seed"),
    need("cognito-idp:AdminAddUserToGroup", PoolsOfSeeds, CHANGE, "put a seed into groups"),
    need("cognito-idp:AdminRemoveUserFromGroup", PoolsOfSeeds, CHANGE, "take a seed out of groups"),
];
