//! Looking at the world.

use pretoken::cloud::{Caller, Parts, Read, Result};
use pretoken::model::{Function, LivePool, LogGroup, Permission, Release, Role};

use super::World;

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
        Ok(function.alias.as_ref().map(|(version, weights)| Release {
            version: version.to_string(),
            settings: function.versions[version].clone(),
            weights: weights.clone(),
        }))
    }

    async fn deployed_rules(&self, function: &str) -> Result<Option<Vec<u8>>> {
        let live = self.release(function).await?;
        let rules: Vec<_> = self.rules.iter().collect();
        Ok(live.map(|_| serde_json::to_vec(&rules).expect("rules are JSON")))
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
            pool.groups.retain(|_, _| parts.groups);
        }
        Ok(pool)
    }

    async fn has_users(&self, pool_id: &str) -> Result<bool> {
        Ok(self.state.borrow().users.contains(pool_id))
    }
}
