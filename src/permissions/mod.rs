//! The least that a command needs: an IAM policy for one `deploy.toml`, computed from its names. Pure; nothing is looked up.
//!
//! `table` says which action is needed on what, `oidc` who may take the role on, `boundary` what the function's role may never
//! exceed. None knows a command line.

pub mod advice;
pub mod boundary;
pub mod oidc;
pub mod table;
mod values;

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::config::{ApiSettings, Config, Pool};
use crate::model::{Tags, Target};

use table::{NEEDS, Need, On, PoolFilter, Purpose, any, with_groups, with_log_delivery};

/// The most characters, without blanks, that a managed policy may have ("IAM and AWS STS quotas", IAM User Guide).
pub const MANAGED_POLICY_LIMIT: usize = 6144;

/// The version of the language in which policies are written.
const VERSION: &str = "2012-10-17";

/// A command, as far as AWS sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyFor {
    /// `plan` and `status`.
    Plan,
    /// `up`, `promote` and `rollback`.
    Deploy {
        /// With the sign-ins at its end.
        verify: bool,
    },
    /// `verify`.
    Verify,
    /// `destroy`.
    Destroy,
    /// `logs`.
    Logs,
}

impl PolicyFor {
    fn purposes(self) -> &'static [Purpose] {
        match self {
            Self::Plan => &[Purpose::Look, Purpose::Tell],
            Self::Deploy { verify: true } => &[Purpose::Look, Purpose::Change, Purpose::SignIn],
            Self::Deploy { verify: false } => &[Purpose::Look, Purpose::Change],
            Self::Verify => &[Purpose::SignIn],
            Self::Destroy => &[Purpose::Look, Purpose::Remove],
            Self::Logs => &[Purpose::ReadLog],
        }
    }
}

/// A condition that a key of the request has this one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyCondition {
    /// Such as `iam:PassedToService`.
    pub key: String,
    /// The one value.
    pub value: String,
}

/// What is allowed, on what, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// As IAM spells them.
    pub actions: BTreeSet<&'static str>,
    /// ARNs, some with `*` at the end.
    pub resources: Vec<String>,
    /// When.
    pub condition: Option<PolicyCondition>,
}

/// What a command needs, with one statement for all actions on the same resources under the same condition.
#[must_use]
pub fn statements(config: &Config, target: &Target, command: PolicyFor) -> Vec<Statement> {
    let stack = Stack { config, target, command };
    let needed = |need: &&Need| need.purposes.iter().any(|it| command.purposes().contains(it));
    let mut merged: Vec<Statement> = vec![];
    for need in NEEDS.iter().filter(needed) {
        for Scope { resources, condition } in stack.scopes(need.on) {
            let same = |it: &&mut Statement| it.resources == resources && it.condition == condition;
            if let Some(statement) = merged.iter_mut().find(same) {
                statement.actions.insert(need.action);
            } else {
                let actions = [need.action].into();
                merged.push(Statement { actions, resources, condition });
            }
        }
    }
    merged
}

/// The statements as a policy document.
#[must_use]
pub fn document(statements: &[Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(Statement::document).collect();
    json!({ "Version": VERSION, "Statement": statements })
}

/// How many characters of a managed policy's limit the document takes: blanks do not count.
#[must_use]
pub fn size(document: &Value) -> usize {
    document.to_string().chars().filter(|letter| !letter.is_whitespace()).count()
}

/// What an action is needed for; empty for one that is not.
#[must_use]
pub fn reason(action: &str) -> &'static str {
    NEEDS.iter().find(|need| need.action == action).map_or("", |need| need.why)
}

impl Statement {
    fn document(&self) -> Value {
        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), "Allow".into());
        statement.insert("Action".to_owned(), json!(self.actions));
        statement.insert("Resource".to_owned(), json!(self.resources));
        if let Some(PolicyCondition { key, value }) = &self.condition {
            statement.insert("Condition".to_owned(), json!({ "StringEquals": { key: value } }));
        }
        statement.into()
    }
}

/// Resources that are allowed under one condition.
struct Scope {
    resources: Vec<String>,
    condition: Option<PolicyCondition>,
}

struct Stack<'a> {
    config: &'a Config,
    target: &'a Target,
    command: PolicyFor,
}

impl Stack<'_> {
    fn scopes(&self, on: On) -> Vec<Scope> {
        let (config, target) = (self.config, self.target);
        let keeps_a_user = config.verify.user.is_some();
        let with_parts = |arn: String| vec![arn.clone(), format!("{arn}:*")];
        match on {
            On::LogGroupWithKey if config.trigger.log_kms_key_arn.is_some() => {
                self.scopes(On::LogGroup)
            }
            On::FunctionWithConcurrency if config.trigger.reserved_concurrency.is_some() => {
                self.scopes(On::Function)
            }
            On::NetworksOfFunction if config.trigger.vpc.is_some() => self.scopes(On::Everything),
            On::ExportsOfApis => {
                let stages = config.apis.values().filter_map(ApiSettings::stage);
                let arns: Vec<_> = stages.map(|stage| stage.export_arn(target)).collect();
                on_each(&arns)
            }
            On::LogDeliveries if self.owns(with_log_delivery) => self.scopes(On::Everything),
            On::DeclaredParameters | On::DeclaredSecrets | On::DeclaredStacks => {
                on_each(&values::arns(config, target, on))
            }
            On::Layers => on_each(config.trigger.layers.iter().flatten()),
            On::KeyOfVariables => on_each(&config.trigger.kms_key_arn),
            On::KeysOfTriggers => {
                let pools = config.pools.values().filter(|pool| pool.pool_id().is_none());
                let keys = pools.filter_map(|pool| {
                    let triggers = pool.settings.0.get("triggers")?;
                    Some(triggers.get("kms_key_id")?.as_str()?.to_owned())
                });
                on_each(&keys.collect::<Vec<_>>())
            }
            On::Everything => always(vec!["*".to_owned()]),
            On::LogGroups => always(vec![target.log_group_arn("*")]),
            // The group's own calls name it with `:*`, those for tags without ("CloudWatch Logs resources and operations").
            On::LogGroup => {
                always(with_parts(target.log_group_arn(&config.stack().log_group_name())))
            }
            On::Role => always(vec![target.role_arn(&config.stack().role_name())]),
            On::RoleIfBounded if self.boundary().is_none() => vec![],
            On::RoleWithinBoundary | On::RoleIfBounded => {
                let role = vec![target.role_arn(&config.stack().role_name())];
                match self.boundary() {
                    Some(boundary) => when("iam:PermissionsBoundary", boundary, role),
                    None => always(role),
                }
            }
            On::RoleWithPolicies => {
                let role = || vec![target.role_arn(&config.stack().role_name())];
                let managed = config.trigger.role.managed_policies.iter();
                managed.flat_map(|arn| when("iam:PolicyARN", arn, role())).collect()
            }
            On::RolesOfGroups => {
                let groups = config.pools.values().flat_map(|pool| pool.groups.values());
                on_each(groups.filter_map(|it| it.role_arn.as_ref()))
            }
            On::RoleForLambda => {
                let role = vec![target.role_arn(&config.stack().role_name())];
                when("iam:PassedToService", "lambda.amazonaws.com", role)
            }
            On::Function => {
                always(with_parts(target.function_arn(&config.stack().function_name())))
            }
            On::Versions => {
                always(vec![format!("{}:*", target.function_arn(&config.stack().function_name()))])
            }
            On::FunctionsOfAdoptedPools if self.adopted(|_| true).is_empty() => vec![],
            On::FunctionsOfAdoptedPools => always(vec![target.function_arn("*")]),
            On::PoolsByName if self.owns(|_| true) => always(vec!["*".to_owned()]),
            On::NewPool if self.owns(|_| true) => self.tagged("RequestTag", vec!["*".to_owned()]),
            On::OwnedPools if self.owns(|_| true) => self.owned(),
            On::PoolsByName
            | On::NewPool
            | On::OwnedPools
            | On::LogGroupWithKey
            | On::FunctionWithConcurrency
            | On::LogDeliveries
            | On::NetworksOfFunction => vec![],
            On::PoolsOfTemporaryUsers | On::PoolsWithMembers if keeps_a_user => vec![],
            On::PoolsOfTestUser if !keeps_a_user => vec![],
            On::PoolsOfSeeds if self.config.seed.is_empty() => vec![],
            On::PoolsOfSeeds => self.scopes(On::OwnedPools),
            On::PoolsOfTemporaryUsers | On::PoolsOfTestUser => self.scopes(On::OurPools(any)),
            On::PoolsWithMembers => {
                let promised = self.config.expect.iter().any(|promise| !promise.groups.is_empty());
                self.scopes(On::OurPools(if promised { any } else { with_groups }))
            }
            On::Pools(kind) if self.owns(kind) => always(vec![target.pool_arn("*")]),
            On::OurPools(kind) if self.owns(kind) => {
                self.adopted(kind).into_iter().chain(self.owned()).collect()
            }
            On::Pools(kind) | On::OurPools(kind) | On::AdoptedPools(kind) => self.adopted(kind),
        }
    }

    fn boundary(&self) -> Option<&str> {
        self.config.trigger.role.permissions_boundary.as_deref()
    }

    /// Whether the stack owns a pool of this kind; `destroy` also removes empty ones that are no longer declared.
    fn owns(&self, kind: PoolFilter) -> bool {
        let mut declared = self.config.pools.values().filter(|pool| pool.pool_id().is_none());
        declared.any(kind) || self.command == PolicyFor::Destroy && kind(&Pool::default())
    }

    /// Pools with the stack's tag; their ids are AWS's to invent.
    fn owned(&self) -> Vec<Scope> {
        self.tagged("ResourceTag", vec![self.target.pool_arn("*")])
    }

    fn adopted(&self, kind: PoolFilter) -> Vec<Scope> {
        let pools = self.config.pools.values().filter(|pool| kind(pool));
        let arns: Vec<_> =
            pools.filter_map(Pool::pool_id).map(|id| self.target.pool_arn(id)).collect();
        if arns.is_empty() { vec![] } else { always(arns) }
    }

    fn tagged(&self, whose: &str, resources: Vec<String>) -> Vec<Scope> {
        let tags = Tags::of_stack(&self.config.stack(), &self.target.region);
        let key = format!("aws:{whose}/{}", Tags::STACK);
        when(&key, tags.stack().unwrap_or_default(), resources)
    }
}

fn always(resources: Vec<String>) -> Vec<Scope> {
    vec![Scope { resources, condition: None }]
}

/// These resources; nothing without any.
fn on_each<'a>(arns: impl IntoIterator<Item = &'a String>) -> Vec<Scope> {
    let arns: BTreeSet<_> = arns.into_iter().cloned().collect();
    if arns.is_empty() { vec![] } else { always(arns.into_iter().collect()) }
}

fn when(key: &str, value: &str, resources: Vec<String>) -> Vec<Scope> {
    let condition = PolicyCondition { key: key.to_owned(), value: value.to_owned() };
    vec![Scope { resources, condition: Some(condition) }]
}
