//! Which stack, and where: its names, ARNs and tags, and what it declares by key. All that a removal, a proof or a look
//! needs; what everything is to be like is in [`super::desired`]. Pure.

use std::collections::BTreeMap;

use ring::digest;

use crate::config::{Config, Pool};
use crate::model::aws_api::PoolSection;
use crate::model::stack::StackName;
use crate::model::{LivePool, Permission, Tags, Target};

const COGNITO: &str = "cognito-idp.amazonaws.com";
const INVOKE: &str = "lambda:InvokeFunction";

/// A stack in an account and a region.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Its name and environment.
    pub stack: StackName,
    /// Where it is.
    pub target: Target,
    /// The tags of everything of it that can carry tags.
    pub tags: Tags,
    /// Its pools, by key. A stack without its `deploy.toml` declares none.
    pub pools: BTreeMap<String, DeclaredPool>,
}

/// A pool that is declared.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredPool {
    /// The id of an adopted pool.
    pub id: Option<String>,
    /// What a pool of the stack is called.
    pub name: String,
    /// The prefix of its domain, if it declares one.
    pub domain: Option<String>,
    /// Whether it declares groups.
    pub has_groups: bool,
    /// Whether identity providers are declared in it.
    pub has_providers: bool,
    /// What it declares of settings that have calls of their own.
    pub sections: Vec<PoolSection>,
    /// Its clients, by key.
    pub clients: BTreeMap<String, DeclaredClient>,
}

/// A client that is declared.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredClient {
    /// The id of an adopted client.
    pub id: Option<String>,
    /// What a client of the stack is called.
    pub name: String,
}

impl Identity {
    /// The stack that `deploy.toml` describes.
    #[must_use]
    pub fn new(config: &Config, target: Target) -> Self {
        let mut identity = Self::of(config.stack(), target);
        identity.tags.0.extend(config.tags.clone());
        let pools = config.pools.iter();
        identity.pools =
            pools.map(|(key, pool)| (key.clone(), declared(&identity.stack, key, pool))).collect();
        identity
    }

    /// A stack of which only the name is known.
    #[must_use]
    pub fn of(stack: StackName, target: Target) -> Self {
        let tags = Tags::of_stack(&stack, &target.region);
        Self { stack, target, tags, pools: BTreeMap::new() }
    }

    /// What every pool of this stack names as its trigger.
    #[must_use]
    pub fn alias_arn(&self) -> String {
        self.target.alias_arn(&self.stack.function_name())
    }

    /// Whether this ARN names the stack's function, by whatever version or alias.
    #[must_use]
    pub fn is_our_function(&self, arn: &str) -> bool {
        let function = self.target.function_arn(&self.stack.function_name());
        arn.strip_prefix(&function).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    }

    /// The statement that lets this pool, and no other, invoke the alias.
    ///
    /// The statement's id is a digest of its content: a change is add, switch, remove, and there is no moment in which
    /// the pool may not invoke.
    #[must_use]
    pub fn permission(&self, pool_id: &str) -> Permission {
        let source_arn = self.target.pool_arn(pool_id);
        let account = &self.target.account;
        let content = [&self.alias_arn(), COGNITO, INVOKE, &source_arn, account].join("\n");
        let hash = digest::digest(&digest::SHA256, content.as_bytes());
        let id: String = hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Permission {
            statement_id: format!("pretoken-{id}"),
            principal: COGNITO.to_owned(),
            action: INVOKE.to_owned(),
            source_arn: Some(source_arn),
            source_account: Some(account.clone()),
        }
    }

    /// Whether the stack owns this pool.
    #[must_use]
    pub fn owns(&self, live: &LivePool) -> bool {
        live.pool.tags.same_stack(&self.tags)
    }
}

impl DeclaredClient {
    /// The live clients that can be this one: that of its id, or all of its name.
    pub fn candidates<'a>(
        &'a self,
        live: &'a LivePool,
    ) -> impl Iterator<Item = (&'a String, &'a crate::model::Client)> {
        live.clients.iter().filter(move |(id, client)| match &self.id {
            Some(wanted) => wanted == *id,
            None => client.name == self.name,
        })
    }
}

fn declared(stack: &StackName, key: &str, pool: &Pool) -> DeclaredPool {
    let client = |(key, client): (&String, &crate::config::Client)| {
        (key.clone(), DeclaredClient { id: client.id.clone(), name: stack.client_name(key) })
    };
    DeclaredPool {
        id: pool.pool_id().map(ToOwned::to_owned),
        name: stack.pool_name(key),
        domain: pool.domain.as_deref().map(|domain| stack.domain_name(domain)),
        has_groups: !pool.groups.is_empty(),
        has_providers: !pool.identity_providers.is_empty(),
        sections: PoolSection::declared(&pool.settings.0).collect(),
        clients: pool.clients.iter().map(client).collect(),
    }
}
