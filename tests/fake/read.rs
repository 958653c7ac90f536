//! Looking at the world.

use pretoken::cloud::{
    AttributeWriter, Caller, FindUsers, Health, InvocationTargets, Parts, Read, Result,
};
use pretoken::model::{
    ApiStage, Canary, Client, Function, InvocationTarget, LivePool, LogGroup, Permission, Release,
    Role, Settings, TemporaryUser, Trigger, Version,
};

use pretoken::model::aws_api::PoolSection;
use pretoken::model::tags::tagged::Tagged;
use serde_json::Value;

use super::beside::{description, trigger};
use super::{World, refused};

impl InvocationTargets for World {
    async fn invocation_target(&self, arn: &str) -> Result<Option<InvocationTarget>> {
        Ok(self.state.borrow().invocation_target(&self.target, arn))
    }
}

impl FindUsers for World {
    async fn temporary_users(&self, pool_id: &str) -> Result<Vec<TemporaryUser>> {
        let state = self.state.borrow();
        let here = state.temporary.iter().filter(|(pool, _)| pool == pool_id);
        Ok(here.map(|(_, user)| user.clone()).collect())
    }
}

impl Read for World {
    async fn caller(&self) -> Result<Caller> {
        let arn = format!("arn:aws:iam::{}:user/ci", self.target.account);
        Ok(Caller {
            account: self.target.account.clone(),
            partition: self.target.partition.clone(),
            arn,
        })
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
        let frozen = |version: &str| function.version(version).cloned().expect("a version");
        let canary = |(version, percent): &(String, u8)| Canary {
            version: version.clone(),
            percent: *percent,
            settings: frozen(version),
        };
        Ok(function.alias.as_ref().map(|route| Release {
            version: route.version.clone(),
            settings: frozen(&route.version),
            canary: route.canary.as_ref().map(canary),
        }))
    }

    async fn version_settings(&self, function: &str, version: &str) -> Result<Option<Settings>> {
        let state = self.state.borrow();
        Ok(state.functions.get(function).and_then(|function| function.version(version)).cloned())
    }

    async fn versions(&self, function: &str) -> Result<Vec<Version>> {
        let state = self.state.borrow();
        let versions = state.functions.get(function).map(|function| function.versions.iter());
        let version = |(number, frozen): (&u32, &Settings)| Version {
            number: (*number).into(),
            published: String::new(),
            code_sha256: frozen.code_sha256.clone(),
        };
        Ok(versions.into_iter().flatten().map(version).collect())
    }

    async fn health(&self, _: &str, _: &str, _: i64) -> Result<Health> {
        Ok(Health::default())
    }

    async fn deployed_rules(&self, function: &str, _: &str) -> Result<Option<Vec<u8>>> {
        let live = self.release(function).await?;
        let rules: Vec<_> = self.rules.iter().collect();
        Ok(live.map(|_| serde_json::to_vec(&rules).expect("rules are JSON")))
    }

    async fn api_export(&self, _: &ApiStage) -> Result<Option<Vec<u8>>> {
        Ok(None)
    }

    async fn permissions(&self, function: &str) -> Result<Vec<Permission>> {
        Ok(self
            .state
            .borrow()
            .functions
            .get(function)
            .map(|function| function.policy.clone())
            .unwrap_or_default())
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
            let unasked = PoolSection::ALL.into_iter().filter(|it| !parts.sections.contains(it));
            unasked.for_each(|section| drop(pool.pool.settings.shift_remove(section.key())));
            pool.groups.retain(|_, _| parts.groups);
            let providers = parts.include_providers(&pool.pool.tags);
            pool.identity_providers.retain(|_, _| providers);
        }
        Ok(pool)
    }

    async fn writers(&self, pool_id: &str) -> Result<Vec<AttributeWriter>> {
        let state = self.state.borrow();
        let clients = state.pools.get(pool_id).into_iter().flat_map(|pool| &pool.clients);
        let writer = |(id, client): (&String, &Client)| AttributeWriter {
            id: id.clone(),
            name: client.name.clone(),
            write_attributes: vec![],
        };
        Ok(clients.map(writer).collect())
    }

    async fn has_users(&self, pool_id: &str) -> Result<bool> {
        Ok(self.state.borrow().users.contains(pool_id))
    }

    async fn pool_description(&self, id: &str) -> Result<Value> {
        let state = self.state.borrow();
        let live = state.pools.get(id).map(description);
        live.ok_or_else(|| refused("world:Describe", "ResourceNotFoundException"))
    }

    fn saved_trigger(&self, saved: &Value) -> Option<Trigger> {
        trigger(saved)
    }

    async fn pool_differences(&self, id: &str, saved: &Value) -> Result<Vec<String>> {
        let live = self.pool_description(id).await?;
        Ok(if live == *saved { vec![] } else { vec![format!("{saved} -> {live}")] })
    }

    async fn tagged(&self, key: &str) -> Result<Vec<Tagged>> {
        Ok(self.with_tag(key))
    }
}
