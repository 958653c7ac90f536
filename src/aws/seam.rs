//! [`Aws`] as the rest of the program sees it: each method is one of a service's own.

use super::Aws;
use crate::cloud::{
    Auth, Caller, ClientEdit, ClientSecret, FunctionEdit, Invocation, NewUser, Parts, PoolEdit,
    Read, Result, RoleEdit, SignIn, Signed, UserRules, Write,
};
use crate::model::{
    Client, Function, Group, LivePool, LogGroup, Permission, Pool, Release, ResourceServer, Role,
};

impl Read for Aws {
    async fn caller(&self) -> Result<Caller> {
        self.who_calls().await
    }
    async fn log_group(&self, name: &str) -> Result<Option<LogGroup>> {
        self.logs.group(name).await
    }
    async fn role(&self, name: &str) -> Result<Option<Role>> {
        self.iam.role(name).await
    }
    async fn function(&self, name: &str) -> Result<Option<Function>> {
        self.lambda.function(name).await
    }
    async fn release(&self, function: &str) -> Result<Option<Release>> {
        self.lambda.release(function).await
    }
    async fn permissions(&self, function: &str) -> Result<Vec<Permission>> {
        self.lambda.permissions(function).await
    }
    async fn pools_named(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        self.cognito.pools_named(prefix).await
    }
    async fn pool(&self, id: &str, parts: Parts<'_>) -> Result<Option<LivePool>> {
        self.cognito.pool(id, parts).await
    }
    async fn has_users(&self, pool_id: &str) -> Result<bool> {
        self.cognito.has_users(pool_id).await
    }
}

impl Write for Aws {
    async fn create_log_group(&self, group: &LogGroup) -> Result<()> {
        self.logs.create(group).await
    }
    async fn update_log_group(&self, group: &LogGroup) -> Result<()> {
        self.logs.update(group).await
    }
    async fn delete_log_group(&self, name: &str) -> Result<()> {
        self.logs.delete(name).await
    }

    async fn create_role(&self, role: &Role) -> Result<()> {
        self.iam.create(role).await
    }
    async fn update_role(&self, name: &str, edit: &RoleEdit) -> Result<()> {
        self.iam.update(name, edit).await
    }
    async fn delete_role(&self, role: &Role) -> Result<()> {
        self.iam.delete(role).await
    }

    async fn create_function(&self, function: &Function, zip: &[u8]) -> Result<()> {
        self.lambda.create(function, zip, &self.iam).await
    }
    async fn update_function(
        &self,
        function: &Function,
        edit: FunctionEdit,
        zip: &[u8],
    ) -> Result<()> {
        self.lambda.update(function, edit, zip, &self.iam).await
    }
    async fn delete_function(&self, name: &str) -> Result<()> {
        self.lambda.delete(name).await
    }

    async fn publish(&self, function: &str, code_sha256: &str) -> Result<String> {
        self.lambda.publish(function, code_sha256).await
    }
    async fn invoke(&self, function: &str, qualifier: &str, event: &str) -> Result<Invocation> {
        self.lambda.invoke(function, qualifier, event).await
    }
    async fn point_alias(&self, function: &str, version: &str) -> Result<()> {
        self.lambda.point_alias(function, version).await
    }

    async fn grant(&self, function: &str, permission: &Permission) -> Result<()> {
        self.lambda.grant(function, permission).await
    }
    async fn revoke(&self, function: &str, statement_id: &str) -> Result<()> {
        self.lambda.revoke(function, statement_id).await
    }

    async fn create_pool(&self, pool: &Pool) -> Result<String> {
        self.cognito.create_pool(pool).await
    }
    async fn edit_pool(&self, id: &str, edit: &PoolEdit) -> Result<()> {
        self.cognito.edit_pool(id, edit).await
    }
    async fn delete_pool(&self, id: &str) -> Result<()> {
        self.cognito.delete_pool(id).await
    }

    async fn create_client(&self, pool_id: &str, client: &Client) -> Result<String> {
        self.cognito.create_client(pool_id, client).await
    }
    async fn edit_client(&self, pool_id: &str, id: &str, edit: &ClientEdit) -> Result<()> {
        self.cognito.edit_client(pool_id, id, edit).await
    }
    async fn delete_client(&self, pool_id: &str, id: &str) -> Result<()> {
        self.cognito.delete_client(pool_id, id).await
    }

    async fn create_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()> {
        self.cognito.create_resource_server(pool_id, server).await
    }
    async fn update_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()> {
        self.cognito.update_resource_server(pool_id, server).await
    }
    async fn delete_resource_server(&self, pool_id: &str, identifier: &str) -> Result<()> {
        self.cognito.delete_resource_server(pool_id, identifier).await
    }

    async fn create_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        self.cognito.create_group(pool_id, group).await
    }
    async fn update_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        self.cognito.update_group(pool_id, group).await
    }
    async fn delete_group(&self, pool_id: &str, name: &str) -> Result<()> {
        self.cognito.delete_group(pool_id, name).await
    }
}

impl Auth for Aws {
    async fn user_rules(&self, pool_id: &str) -> Result<UserRules> {
        self.cognito.user_rules(pool_id).await
    }
    async fn create_user(&self, pool_id: &str, user: &NewUser) -> Result<Option<String>> {
        self.cognito.create_user(pool_id, user).await
    }
    async fn delete_user(&self, pool_id: &str, username: &str) -> Result<()> {
        self.cognito.delete_user(pool_id, username).await
    }
    async fn leftover_users(&self, pool_id: &str) -> Result<Vec<String>> {
        self.cognito.leftover_users(pool_id).await
    }
    async fn client_secret(&self, pool_id: &str, client_id: &str) -> Result<Option<ClientSecret>> {
        self.cognito.client_secret(pool_id, client_id).await
    }
    async fn sign_in(&self, sign_in: &SignIn<'_>) -> Result<Signed> {
        self.cognito.sign_in(sign_in).await
    }
    async fn fetch(&self, url: &str) -> Result<String> {
        self.http.fetch(url).await
    }
}
