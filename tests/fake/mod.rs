//! An AWS that fits in memory: a world with state, which refuses what AWS refuses and can lose any answer.
//!
//! As unkind as the real one: names of pools and clients are not unique, a function needs its role, an alias its version,
//! a permission its alias, a protected pool stays. One thing more: it panics when a call cuts off sign-ins that worked
//! before the call, because that is what this program must never do.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use pretoken::cloud::{
    Caller, ClientEdit, CloudError, FunctionEdit, Invocation, Parts, PoolEdit, Read, Result, RoleEdit, Write,
};
use pretoken::model::{
    Client, Function, Group, LivePool, LogGroup, Permission, Pool, Release, ResourceServer, Role, Settings,
    Target,
};
use trigger::{Handler, Ids, Rules};

/// When an injected failure happens: before the call took effect, or after (the answer is lost).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// A function with its versions, alias and policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Functions {
    pub latest: Function,
    pub versions: BTreeMap<u32, Settings>,
    pub alias: Option<(u32, BTreeMap<String, u8>)>,
    pub policy: Vec<Permission>,
}

/// Everything that is there.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    pub log_groups: BTreeMap<String, LogGroup>,
    pub roles: BTreeMap<String, Role>,
    pub functions: BTreeMap<String, Functions>,
    pub pools: BTreeMap<String, LivePool>,
    pub users: BTreeSet<String>,
    next_id: u32,
}

pub struct World {
    pub target: Target,
    pub rules: Rules,
    pub state: RefCell<State>,
    pub calls: RefCell<Vec<String>>,
    pub failure: Cell<Option<(usize, When)>>,
}

fn refused(operation: &str, code: &str) -> CloudError {
    CloudError::Refused {
        operation: operation.to_owned(),
        code: code.to_owned(),
        message: "refused by the world".to_owned(),
        request_id: None,
    }
}

impl State {
    pub fn new_id(&mut self, what: &str) -> String {
        self.next_id += 1;
        format!("{what}{}", self.next_id)
    }

    /// Ids of the pools at which a sign-in fails: they name an alias that is not there or that they may not invoke.
    fn locked_out(&self, target: &Target) -> BTreeSet<String> {
        let works = |pool: &LivePool, arn: &str| {
            self.functions.iter().any(|(name, function)| {
                arn == target.alias_arn(name)
                    && function.alias.is_some()
                    && function.policy.iter().any(|grant| {
                        grant.source_arn == Some(target.pool_arn(&pool.id))
                            && grant.source_account.as_ref() == Some(&target.account)
                    })
            })
        };
        let ours = |pool: &&LivePool| pool.trigger.as_ref().is_some_and(|held| !works(pool, &held.arn));
        self.pools.values().filter(ours).map(|pool| pool.id.clone()).collect()
    }

    /// The world without what AWS invents: ids become names, versions become what they froze.
    pub fn essence(&self) -> String {
        let mut clone = self.clone();
        clone.next_id = 0;
        for function in clone.functions.values_mut() {
            let live = function.alias.take().map(|(version, weights)| (function.versions[&version].clone(), weights));
            function.versions.clear();
            function.versions.extend(live.map(|(settings, _)| (0, settings)));
            function.policy.sort();
        }
        let mut text = format!("{clone:#?}");
        for pool in self.pools.values() {
            for (id, client) in &pool.clients {
                text = text.replace(id, &client.name);
            }
            text = text.replace(&pool.id, &pool.pool.name);
        }
        // Statement ids are digests of pool ids.
        let without_digests = |line: &&str| !line.contains("statement_id");
        text.lines().filter(without_digests).collect::<Vec<_>>().join("\n")
    }
}

impl World {
    pub fn new(target: Target, rules: Rules) -> Self {
        Self {
            target,
            rules,
            state: RefCell::default(),
            calls: RefCell::default(),
            failure: Cell::default(),
        }
    }

    /// One mutating call: counted, possibly failing before or after, never locking anyone out.
    fn call<T>(&self, name: &str, effect: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        self.calls.borrow_mut().push(name.to_owned());
        let lost = || CloudError::Unanswered { operation: name.to_owned(), detail: "connection closed".to_owned() };
        let number = self.calls.borrow().len();
        let fails = self.failure.get().filter(|(nth, _)| *nth == number).map(|(_, when)| when);
        if fails == Some(When::Before) {
            return Err(lost());
        }
        let mut state = self.state.borrow_mut();
        let before = state.locked_out(&self.target);
        let result = effect(&mut state);
        let after = state.locked_out(&self.target);
        assert!(after.is_subset(&before), "{name} cut off the sign-ins of {after:?}; calls: {:?}", self.calls.borrow());
        if fails == Some(When::After) { Err(lost()) } else { result }
    }
}

impl Read for World {
    async fn caller(&self) -> Result<Caller> {
        let arn = format!("arn:aws:iam::{}:user/ci", self.target.account);
        Ok(Caller { account: self.target.account.clone(), partition: self.target.partition.clone(), arn })
    }

    async fn log_group(&self, name: &str) -> Result<Option<LogGroup>> {
        Ok(self.state.borrow().log_groups.get(name).cloned())
    }

    async fn role(&self, name: &str) -> Result<Option<Role>> {
        Ok(self.state.borrow().roles.get(name).cloned())
    }

    async fn function(&self, name: &str) -> Result<Option<Function>> {
        Ok(self.state.borrow().functions.get(name).map(|function| function.latest.clone()))
    }

    async fn release(&self, function: &str) -> Result<Option<Release>> {
        let state = self.state.borrow();
        let Some(function) = state.functions.get(function) else { return Ok(None) };
        Ok(function.alias.as_ref().map(|(version, weights)| Release {
            version: version.to_string(),
            settings: function.versions[version].clone(),
            weights: weights.clone(),
        }))
    }

    async fn permissions(&self, function: &str) -> Result<Vec<Permission>> {
        Ok(self.state.borrow().functions.get(function).map(|function| function.policy.clone()).unwrap_or_default())
    }

    async fn pools_named(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        let state = self.state.borrow();
        let named = state.pools.values().filter(|pool| pool.pool.name.starts_with(prefix));
        Ok(named.map(|pool| (pool.id.clone(), pool.pool.name.clone())).collect())
    }

    async fn pool(&self, id: &str, parts: Parts<'_>) -> Result<Option<LivePool>> {
        let mut pool = self.state.borrow().pools.get(id).cloned();
        if let Some(pool) = &mut pool {
            pool.clients.retain(|id, client| parts.include(id, &client.name));
            pool.groups.retain(|_, _| parts.groups);
        }
        Ok(pool)
    }

    async fn has_users(&self, pool_id: &str) -> Result<bool> {
        Ok(self.state.borrow().users.contains(pool_id))
    }
}

fn found<'a, T>(map: &'a mut BTreeMap<String, T>, key: &str) -> Result<&'a mut T> {
    map.get_mut(key).ok_or_else(|| refused("world:Write", "ResourceNotFoundException"))
}

fn add<T>(map: &mut BTreeMap<String, T>, key: &str, value: T) -> Result<()> {
    if map.contains_key(key) {
        return Err(refused("world:Create", "AlreadyExistsException"));
    }
    map.insert(key.to_owned(), value);
    Ok(())
}

impl Write for World {
    async fn create_log_group(&self, group: &LogGroup) -> Result<()> {
        // AWS makes it without retention, which is set by a second call.
        self.call("CreateLogGroup", |state| {
            add(&mut state.log_groups, &group.name, LogGroup { retention_days: None, ..group.clone() })
        })?;
        self.update_log_group(group).await
    }

    async fn update_log_group(&self, group: &LogGroup) -> Result<()> {
        self.call("PutRetentionPolicy", |state| {
            let live = found(&mut state.log_groups, &group.name)?;
            live.retention_days = group.retention_days;
            live.tags.0.extend(group.tags.0.clone());
            Ok(())
        })
    }

    async fn delete_log_group(&self, name: &str) -> Result<()> {
        self.call("DeleteLogGroup", |state| Ok(drop(state.log_groups.remove(name))))
    }

    async fn create_role(&self, role: &Role) -> Result<()> {
        self.call("CreateRole", |state| {
            // AWS makes it first and gives it its policy in a second call.
            add(&mut state.roles, &role.name, Role { policies: BTreeMap::new(), ..role.clone() })
        })?;
        self.call("PutRolePolicy", |state| {
            found(&mut state.roles, &role.name)?.policies.clone_from(&role.policies);
            Ok(())
        })
    }

    async fn update_role(&self, name: &str, edit: &RoleEdit) -> Result<()> {
        self.call("UpdateRole", |state| {
            let role = found(&mut state.roles, name)?;
            role.trust = edit.trust.clone().unwrap_or_else(|| role.trust.clone());
            role.policies.extend(edit.put.clone());
            role.policies.retain(|policy, _| !edit.remove.contains(policy));
            role.attached.retain(|policy| !edit.detach.contains(policy));
            role.tags.0.extend(edit.tags.clone().unwrap_or_default().0);
            Ok(())
        })
    }

    async fn delete_role(&self, role: &Role) -> Result<()> {
        self.call("DeleteRole", |state| Ok(drop(state.roles.remove(&role.name))))
    }

    async fn create_function(&self, function: &Function, _: &[u8]) -> Result<()> {
        self.call("CreateFunction", |state| {
            let role = state.roles.values().find(|role| self.target.role_arn(&role.name) == function.settings.role_arn);
            let trusted = role.is_some_and(|role| role.trust.to_string().contains("lambda.amazonaws.com"));
            if !trusted {
                return Err(refused("lambda:CreateFunction", "InvalidParameterValueException"));
            }
            let new = Functions {
                latest: function.clone(),
                versions: BTreeMap::new(),
                alias: None,
                policy: vec![],
            };
            add(&mut state.functions, &function.name, new)
        })
    }

    async fn update_function(&self, function: &Function, edit: FunctionEdit, _: &[u8]) -> Result<()> {
        if edit.code {
            self.call("UpdateFunctionCode", |state| {
                let latest = &mut found(&mut state.functions, &function.name)?.latest;
                latest.settings.code_sha256.clone_from(&function.settings.code_sha256);
                latest.settings.architecture = function.settings.architecture;
                Ok(())
            })?;
        }
        if edit.settings {
            self.call("UpdateFunctionConfiguration", |state| {
                let latest = &mut found(&mut state.functions, &function.name)?.latest;
                let (code_sha256, architecture) = (latest.settings.code_sha256.clone(), latest.settings.architecture);
                latest.settings = Settings { code_sha256, architecture, ..function.settings.clone() };
                Ok(())
            })?;
        }
        if edit.tags {
            self.call("TagResource", |state| {
                found(&mut state.functions, &function.name)?.latest.tags.0.extend(function.tags.0.clone());
                Ok(())
            })?;
        }
        Ok(())
    }

    async fn delete_function(&self, name: &str) -> Result<()> {
        self.call("DeleteFunction", |state| Ok(drop(state.functions.remove(name))))
    }

    async fn publish(&self, function: &str, code_sha256: &str) -> Result<String> {
        self.call("PublishVersion", |state| {
            let function = found(&mut state.functions, function)?;
            let settings = function.latest.settings.clone();
            if settings.code_sha256 != code_sha256 {
                return Err(refused("lambda:PublishVersion", "InvalidParameterValueException"));
            }
            let last = function.versions.last_key_value();
            let version = match last {
                Some((version, frozen)) if *frozen == settings => *version,
                last => last.map_or(1, |(version, _)| version + 1),
            };
            function.versions.insert(version, settings);
            Ok(version.to_string())
        })
    }

    async fn invoke(&self, function: &str, qualifier: &str, event: &str) -> Result<Invocation> {
        let state = self.state.borrow();
        let version = qualifier.parse::<u32>().map_err(|_| refused("lambda:Invoke", "ResourceNotFoundException"))?;
        let settings = &state.functions[function].versions[&version];
        let ids = settings.environment.get(trigger::IDS_VARIABLE).cloned().unwrap_or_default();
        let ids = Ids::from_json(&ids).expect("the ids are readable");
        let handler = Handler { rules: self.rules.clone(), ids };
        Ok(match handler.handle(event, 0) {
            Ok(answer) => Invocation::Answer(answer.event.to_string()),
            Err(fault) => Invocation::Fault(fault.to_string()),
        })
    }

    async fn point_alias(&self, function: &str, version: &str) -> Result<()> {
        self.call("UpdateAlias", |state| {
            let function = found(&mut state.functions, function)?;
            let version = version.parse().expect("a number");
            if !function.versions.contains_key(&version) {
                return Err(refused("lambda:UpdateAlias", "ResourceNotFoundException"));
            }
            function.alias = Some((version, BTreeMap::new()));
            Ok(())
        })
    }

    async fn grant(&self, function: &str, permission: &Permission) -> Result<()> {
        self.call("AddPermission", |state| {
            let function = found(&mut state.functions, function)?;
            if function.alias.is_none() {
                return Err(refused("lambda:AddPermission", "ResourceNotFoundException"));
            }
            if let Some(live) = function.policy.iter().find(|live| live.statement_id == permission.statement_id) {
                let same = live == permission;
                return if same { Ok(()) } else { Err(refused("lambda:AddPermission", "ResourceConflictException")) };
            }
            function.policy.push(permission.clone());
            Ok(())
        })
    }

    async fn revoke(&self, function: &str, statement_id: &str) -> Result<()> {
        self.call("RemovePermission", |state| {
            found(&mut state.functions, function)?.policy.retain(|grant| grant.statement_id != statement_id);
            Ok(())
        })
    }

    async fn create_pool(&self, pool: &Pool) -> Result<String> {
        self.call("CreateUserPool", |state| {
            let id = state.new_id("eu-west-1_P");
            let live = LivePool {
                id: id.clone(),
                pool: pool.clone(),
                trigger: None,
                other_triggers: vec![],
                domain: None,
                clients: BTreeMap::new(),
                resource_servers: BTreeMap::new(),
                groups: BTreeMap::new(),
            };
            state.pools.insert(id.clone(), live);
            Ok(id)
        })
    }

    async fn edit_pool(&self, id: &str, edit: &PoolEdit) -> Result<()> {
        self.call("UpdateUserPool", |state| {
            let live = found(&mut state.pools, id)?;
            if let Some(name) = &edit.name {
                live.pool.name.clone_from(name);
            }
            if let Some(tier) = &edit.tier {
                live.pool.tier.clone_from(tier);
            }
            if let Some(protection) = edit.deletion_protection {
                live.pool.deletion_protection = protection;
            }
            live.pool.tags.0.extend(edit.tags.clone().unwrap_or_default().0);
            if let Some(slot) = &edit.trigger {
                if slot.is_some() && live.pool.tier == "LITE" {
                    return Err(refused("cognito-idp:UpdateUserPool", "FeatureUnavailableInTierException"));
                }
                live.trigger.clone_from(slot);
            }
            Ok(())
        })
    }

    async fn delete_pool(&self, id: &str) -> Result<()> {
        self.call("DeleteUserPool", |state| {
            let blocked = state.pools.get(id).is_some_and(|pool| pool.pool.deletion_protection || pool.domain.is_some());
            if blocked {
                return Err(refused("cognito-idp:DeleteUserPool", "InvalidParameterException"));
            }
            state.pools.remove(id);
            Ok(())
        })
    }

    async fn create_client(&self, pool_id: &str, client: &Client) -> Result<String> {
        self.call("CreateUserPoolClient", |state| {
            let id = state.new_id("client");
            found(&mut state.pools, pool_id)?.clients.insert(id.clone(), client.clone());
            Ok(id)
        })
    }

    async fn edit_client(&self, pool_id: &str, id: &str, edit: &ClientEdit) -> Result<()> {
        self.call("UpdateUserPoolClient", |state| {
            let client = found(&mut found(&mut state.pools, pool_id)?.clients, id)?;
            if let Some(flows) = &edit.auth_flows {
                client.auth_flows = flows.iter().cloned().collect();
            }
            client.access_token_s = edit.access_token_s.unwrap_or(client.access_token_s);
            Ok(())
        })
    }

    async fn delete_client(&self, pool_id: &str, id: &str) -> Result<()> {
        self.call("DeleteUserPoolClient", |state| Ok(drop(found(&mut state.pools, pool_id)?.clients.remove(id))))
    }

    async fn create_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()> {
        self.call("CreateResourceServer", |state| {
            add(&mut found(&mut state.pools, pool_id)?.resource_servers, &server.identifier, server.clone())
        })
    }

    async fn update_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()> {
        self.call("UpdateResourceServer", |state| {
            let servers = &mut found(&mut state.pools, pool_id)?.resource_servers;
            *found(servers, &server.identifier)? = server.clone();
            Ok(())
        })
    }

    async fn delete_resource_server(&self, pool_id: &str, identifier: &str) -> Result<()> {
        self.call("DeleteResourceServer", |state| {
            Ok(drop(found(&mut state.pools, pool_id)?.resource_servers.remove(identifier)))
        })
    }

    async fn create_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        self.call("CreateGroup", |state| {
            add(&mut found(&mut state.pools, pool_id)?.groups, &group.name, group.clone())
        })
    }

    async fn update_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        self.call("UpdateGroup", |state| {
            *found(&mut found(&mut state.pools, pool_id)?.groups, &group.name)? = group.clone();
            Ok(())
        })
    }

    async fn delete_group(&self, pool_id: &str, name: &str) -> Result<()> {
        self.call("DeleteGroup", |state| Ok(drop(found(&mut state.pools, pool_id)?.groups.remove(name))))
    }
}
