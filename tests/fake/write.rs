//! Changing the world, as far as it lets itself be changed.

use std::collections::BTreeMap;

use pretoken::cloud::{CloudError, Invocation, Invoke, Result, Slot, Write};
use pretoken::model::aws_api::{merged, parted};
use pretoken::model::{
    Client, ClientEdit, Function, FunctionEdit, Group, LivePool, LogGroup, Permission, Pool,
    PoolEdit, ResourceServer, Role, RoleEdit, Routing, Settings, Tags,
};
use serde_json::Value;
use trigger::{Handler, Ids};

use super::beside::restore;
use super::pool_settings::{edit_settings, second_factors};
use super::scopes::names_exist;
use super::{Functions, World, exists, function, refused};

fn found<'a, T>(map: &'a mut BTreeMap<String, T>, key: &str) -> Result<&'a mut T> {
    map.get_mut(key).ok_or_else(|| refused("world:Write", "ResourceNotFoundException"))
}

fn add<T>(map: &mut BTreeMap<String, T>, key: &str, value: T) -> Result<()> {
    if map.contains_key(key) {
        return Err(exists());
    }
    map.insert(key.to_owned(), value);
    Ok(())
}

impl Invoke for World {
    async fn invoke(&self, function: &str, qualifier: &str, event: &str) -> Result<Invocation> {
        let state = self.state.borrow();
        let version = qualifier
            .parse::<u32>()
            .map_err(|_| refused("lambda:Invoke", "ResourceNotFoundException"))?;
        let settings = &state.functions[function].versions[&version];
        let ids = settings.environment.get(trigger::IDS_VARIABLE).cloned().unwrap_or_default();
        let ids = Ids::from_json(&ids).expect("the ids are readable");
        let handler = Handler { rules: self.rules.clone(), ids };
        Ok(match handler.handle(event, 0) {
            Ok(answer) => match answer.event {
                Ok(event) => Invocation::Answer(event.into_owned()),
                Err(refusal) => Invocation::Fault(
                    serde_json::json!({ "errorType": "Refused", "errorMessage": refusal.text })
                        .to_string(),
                ),
            },
            Err(fault) => {
                self.log(function, &fault.to_string());
                Invocation::Fault(fault.to_string())
            }
        })
    }
}

impl Write for World {
    async fn create_log_group(&self, group: &LogGroup) -> Result<()> {
        // AWS makes it without retention, which is set by a second call.
        self.call("CreateLogGroup", |state| {
            add(
                &mut state.log_groups,
                &group.name,
                LogGroup { retention_days: None, kms_key_arn: None, ..group.clone() },
            )
        })?;
        self.update_log_group(group).await
    }

    async fn update_log_group(&self, group: &LogGroup) -> Result<()> {
        self.call("PutRetentionPolicy", |state| {
            let live = found(&mut state.log_groups, &group.name)?;
            live.retention_days = group.retention_days;
            live.kms_key_arn = group.kms_key_arn.clone().or(live.kms_key_arn.take());
            live.tags.0.extend(group.tags.0.clone());
            Ok(())
        })
    }

    async fn delete_log_group(&self, name: &str) -> Result<()> {
        self.call("DeleteLogGroup", |state| {
            drop(state.log_groups.remove(name));
            Ok(())
        })
    }

    async fn create_role(&self, role: &Role) -> Result<()> {
        self.call("CreateRole", |state| {
            // AWS makes it first and gives it its policy in a second call.
            add(&mut state.roles, &role.name, Role { policies: BTreeMap::new(), ..role.clone() })
        })?;
        self.call("PutRolePolicy", |state| {
            found(&mut state.roles, &role.name)?.policies.clone_from(&role.policies);
            found(&mut state.roles, &role.name)?.attached.clone_from(&role.attached);
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
            role.attached.extend(edit.attach.clone());
            role.permissions_boundary =
                edit.permissions_boundary.clone().or(role.permissions_boundary.take());
            role.tags.0.extend(edit.tags.clone().unwrap_or_default().0);
            Ok(())
        })
    }

    async fn delete_role(&self, role: &Role) -> Result<()> {
        self.call("DeleteRole", |state| {
            drop(state.roles.remove(&role.name));
            Ok(())
        })
    }

    async fn create_function(&self, function: &Function, _: &[u8]) -> Result<()> {
        self.call("CreateFunction", |state| {
            let role = state
                .roles
                .values()
                .find(|role| self.target.role_arn(&role.name) == function.settings.role_arn);
            let trusted =
                role.is_some_and(|role| role.trust.to_string().contains("lambda.amazonaws.com"));
            if !trusted {
                return Err(refused("lambda:CreateFunction", "InvalidParameterValueException"));
            }
            let latest = function::created(function);
            let new = Functions { latest, versions: BTreeMap::new(), alias: None, policy: vec![] };
            add(&mut state.functions, &function.name, new)
        })?;
        self.reserve(function)
    }

    async fn update_function(
        &self,
        function: &Function,
        seen: &Settings,
        edit: FunctionEdit,
        _: &[u8],
    ) -> Result<()> {
        self.update(function, seen, edit)
    }

    async fn untag_function(&self, name: &str, keys: &[String]) -> Result<()> {
        self.call("UntagResource", |state| {
            let tags = &mut found(&mut state.functions, name)?.latest.tags.0;
            tags.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    async fn delete_function(&self, name: &str) -> Result<()> {
        self.call("DeleteFunction", |state| {
            drop(state.functions.remove(name));
            Ok(())
        })
    }

    async fn publish(&self, function: &str, settings: &Settings) -> Result<String> {
        self.call("PublishVersion", |state| {
            let what = format!("function {function}");
            let function = found(&mut state.functions, function)?;
            if function.latest.settings.only(settings) != *settings {
                return Err(CloudError::Conflict { what });
            }
            let settings = function.latest.settings.clone();
            let last = function.versions.last_key_value();
            let version = match last {
                Some((version, frozen)) if *frozen == settings => *version,
                last => last.map_or(1, |(version, _)| version + 1),
            };
            function.versions.insert(version, settings);
            Ok(version.to_string())
        })
    }

    async fn route(&self, function: &str, from: Option<&Routing>, to: &Routing) -> Result<()> {
        self.call("UpdateAlias", |state| {
            let what = format!("the alias of {function}");
            let function = found(&mut state.functions, function)?;
            let versions = [Some(&to.version), to.canary.as_ref().map(|(version, _)| version)];
            if versions.into_iter().flatten().any(|version| function.version(version).is_none()) {
                return Err(refused("lambda:UpdateAlias", "ResourceNotFoundException"));
            }
            if function.alias.as_ref() != from && function.alias.as_ref() != Some(to) {
                return Err(CloudError::Conflict { what });
            }
            function.alias = Some(to.clone());
            Ok(())
        })
    }

    async fn tag_function(&self, name: &str, tags: &Tags) -> Result<()> {
        self.call("TagResource", |state| {
            found(&mut state.functions, name)?.latest.tags.0.extend(tags.0.clone());
            Ok(())
        })
    }

    async fn prune(&self, function: &str, keep: u32, spare: &[u64]) -> Result<()> {
        let function_of = |state: &super::State| state.functions.get(function).cloned();
        let Some(live) = function_of(&self.state.borrow()) else { return Ok(()) };
        let used = |version: &u32| {
            let number = version.to_string();
            spare.contains(&u64::from(*version))
                || live.alias.as_ref().is_some_and(|route| {
                    route.version == number
                        || route.canary.as_ref().is_some_and(|(canary, _)| *canary == number)
                })
        };
        let old = live.versions.len().saturating_sub(keep as usize);
        for version in live.versions.keys().take(old).filter(|version| !used(version)) {
            self.call("DeleteVersion", |state| {
                drop(found(&mut state.functions, function)?.versions.remove(version));
                Ok(())
            })?;
        }
        Ok(())
    }

    async fn grant(&self, function: &str, permission: &Permission) -> Result<()> {
        self.call("AddPermission", |state| {
            let function = found(&mut state.functions, function)?;
            if function.alias.is_none() {
                return Err(refused("lambda:AddPermission", "ResourceNotFoundException"));
            }
            if let Some(live) =
                function.policy.iter().find(|live| live.statement_id == permission.statement_id)
            {
                let same = live == permission;
                return if same {
                    Ok(())
                } else {
                    Err(refused("lambda:AddPermission", "ResourceConflictException"))
                };
            }
            function.policy.push(permission.clone());
            Ok(())
        })
    }

    async fn revoke(&self, function: &str, statement_id: &str) -> Result<()> {
        self.call("RemovePermission", |state| {
            found(&mut state.functions, function)?
                .policy
                .retain(|grant| grant.statement_id != statement_id);
            Ok(())
        })
    }

    async fn create_pool(&self, pool: &Pool) -> Result<String> {
        self.call("CreateUserPool", |state| {
            let id = state.new_id("eu-west-1_P");
            let settings = parted(&pool.settings).pool;
            second_factors(&settings)?;
            let pool = Pool { settings, ..pool.clone() };
            let live = LivePool { id: id.clone(), pool, ..LivePool::default() };
            state.pools.insert(id.clone(), live);
            Ok(id)
        })
    }

    async fn edit_pool(&self, id: &str, edit: &PoolEdit) -> Result<()> {
        self.call("UpdateUserPool", |state| edit_settings(found(&mut state.pools, id)?, edit))
    }

    async fn write_slot(&self, slot: &Slot) -> Result<()> {
        self.call("UpdateUserPool", |state| {
            let live = found(&mut state.pools, slot.pool_id())?;
            if slot.trigger().is_some() && live.pool.tier == "LITE" {
                let code = "FeatureUnavailableInTierException";
                return Err(refused("cognito-idp:UpdateUserPool", code));
            }
            live.trigger = slot.trigger().cloned();
            Ok(())
        })
    }

    async fn restore_pool(&self, saved: &Value, slot: &Slot) -> Result<()> {
        self.call("UpdateUserPool", |state| {
            let live = found(&mut state.pools, slot.pool_id())?;
            restore(live, saved);
            live.trigger = slot.trigger().cloned();
            Ok(())
        })
    }

    async fn delete_pool(&self, id: &str) -> Result<()> {
        self.call("DeleteUserPool", |state| {
            let blocked = state
                .pools
                .get(id)
                .is_some_and(|pool| pool.pool.deletion_protection || pool.domain.is_some());
            if blocked {
                return Err(refused("cognito-idp:DeleteUserPool", "InvalidParameterException"));
            }
            state.pools.remove(id);
            Ok(())
        })
    }

    async fn create_domain(&self, pool_id: &str, domain: &str) -> Result<()> {
        self.call("CreateUserPoolDomain", |state| {
            let taken = state.pools.values().any(|pool| pool.domain.as_deref() == Some(domain));
            let pool = found(&mut state.pools, pool_id)?;
            if taken || pool.domain.is_some() {
                return Err(refused(
                    "cognito-idp:CreateUserPoolDomain",
                    "InvalidParameterException",
                ));
            }
            pool.domain = Some(domain.to_owned());
            Ok(())
        })
    }

    async fn delete_domain(&self, pool_id: &str, domain: &str) -> Result<()> {
        self.call("DeleteUserPoolDomain", |state| {
            let pool = found(&mut state.pools, pool_id)?;
            pool.domain.take_if(|held| held == domain);
            Ok(())
        })
    }

    async fn create_client(&self, pool_id: &str, client: &Client) -> Result<String> {
        self.call("CreateUserPoolClient", |state| {
            let id = state.new_id("client");
            let pool = found(&mut state.pools, pool_id)?;
            names_exist(pool, client.machine.as_ref(), &client.settings)?;
            pool.clients.insert(id.clone(), client.clone());
            Ok(id)
        })
    }

    async fn edit_client(&self, pool_id: &str, id: &str, edit: &ClientEdit) -> Result<()> {
        self.call("UpdateUserPoolClient", |state| {
            let pool = found(&mut state.pools, pool_id)?;
            let machine = edit.machine.as_ref().and_then(Option::as_ref);
            names_exist(pool, machine, &edit.settings)?;
            let client = found(&mut pool.clients, id)?;
            if let Some(machine) = &edit.machine {
                client.machine.clone_from(machine);
            }
            if let Some(flows) = &edit.auth_flows {
                client.auth_flows = flows.iter().cloned().collect();
            }
            client.access_token_s = edit.access_token_s.unwrap_or(client.access_token_s);
            client.settings = merged(&client.settings, &edit.settings);
            Ok(())
        })
    }

    async fn delete_client(&self, pool_id: &str, id: &str) -> Result<()> {
        self.call("DeleteUserPoolClient", |state| {
            drop(found(&mut state.pools, pool_id)?.clients.remove(id));
            Ok(())
        })
    }

    async fn create_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()> {
        self.call("CreateResourceServer", |state| {
            add(
                &mut found(&mut state.pools, pool_id)?.resource_servers,
                &server.identifier,
                server.clone(),
            )
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
            drop(found(&mut state.pools, pool_id)?.resource_servers.remove(identifier));
            Ok(())
        })
    }

    async fn create_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        self.call("CreateGroup", |state| {
            add(&mut found(&mut state.pools, pool_id)?.groups, &group.name, group.clone())
        })
    }

    async fn update_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        self.call("UpdateGroup", |state| {
            let seen = found(&mut found(&mut state.pools, pool_id)?.groups, &group.name)?;
            let precedence = group.precedence.or(seen.precedence);
            let role_arn = group.role_arn.clone().or(seen.role_arn.take());
            *seen = Group { precedence, role_arn, ..group.clone() };
            Ok(())
        })
    }

    async fn delete_group(&self, pool_id: &str, name: &str) -> Result<()> {
        self.call("DeleteGroup", |state| {
            drop(found(&mut state.pools, pool_id)?.groups.remove(name));
            Ok(())
        })
    }
}
