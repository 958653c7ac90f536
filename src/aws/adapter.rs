//! [`Aws`] as the rest of the program sees it: each method is one of a service's own.
//!
//! Boxed, because the SDK's futures are large, and callers hold many of them side by side.

use std::collections::BTreeMap;

use serde_json::Value;

use super::api_gateway::ApiGateway;
use super::{Aws, cloudwatch, door, values};
use crate::aws::cognito::pool_document;
use crate::aws::cognito::token_endpoint;
use crate::aws::lambda::deployed_code;
use crate::cloud::{
    Access, AccessQuestion, AppClient, AttributeWriter, Auth, Caller, Challenge,
    ClientCredentialsSignIn, DeviceVerifier, ExistingUser, FindUsers, Health, Invocation,
    InvocationTargets, Invoke, Knock, LogEvent, Logs, NewUser, Parameter, Parameters, Parts, Read,
    ReadValues, Refresh, Result, Seeding, SignIn, Signed, Slot, SoftwareToken, Users, Write,
};
use crate::model::tags::tagged::Tagged;
use crate::model::{
    ApiStage, Client, ClientEdit, Function, FunctionEdit, Group, InvocationTarget, LivePool,
    LogGroup, Permission, Pool, PoolEdit, Release, ResourceServer, Role, RoleEdit, Routing,
    Settings, Tags, TemporaryUser, Trigger, UserRules, Version,
};

impl InvocationTargets for Aws {
    async fn invocation_target(&self, arn: &str) -> Result<Option<InvocationTarget>> {
        Box::pin(self.lambda.invocation_target(arn)).await
    }
}

impl FindUsers for Aws {
    async fn temporary_users(&self, pool_id: &str) -> Result<Vec<TemporaryUser>> {
        Box::pin(self.cognito.temporary_users(pool_id)).await
    }
}

impl ReadValues for Aws {
    async fn parameter(&self, name: &str) -> Result<Option<Parameter>> {
        Box::pin(values::parameter(&self.signer, &self.http, name)).await
    }
    async fn secret_text(&self, id: &str) -> Result<Option<String>> {
        Box::pin(values::secret_text(&self.signer, &self.http, id)).await
    }
    async fn stack_outputs(&self, stack: &str) -> Result<Option<BTreeMap<String, String>>> {
        Box::pin(values::stack_outputs(&self.signer, &self.http, stack)).await
    }
}

impl Read for Aws {
    async fn caller(&self) -> Result<Caller> {
        Box::pin(self.who_calls()).await
    }
    async fn log_group(&self, name: &str) -> Result<Option<LogGroup>> {
        Box::pin(self.logs.group(name)).await
    }
    async fn role(&self, name: &str) -> Result<Option<Role>> {
        Box::pin(self.iam.role(name)).await
    }
    async fn function(&self, name: &str) -> Result<Option<Function>> {
        Box::pin(self.lambda.function(name)).await
    }
    async fn release(&self, function: &str) -> Result<Option<Release>> {
        Box::pin(self.lambda.release(function)).await
    }
    async fn version_settings(&self, function: &str, version: &str) -> Result<Option<Settings>> {
        Box::pin(self.lambda.version_settings(function, version)).await
    }
    async fn versions(&self, function: &str) -> Result<Vec<Version>> {
        Box::pin(self.lambda.versions(function)).await
    }
    async fn health(&self, function: &str, version: &str, since: i64) -> Result<Health> {
        Box::pin(cloudwatch::of(&self.metrics, function, version, since)).await
    }
    async fn deployed_rules(&self, function: &str, qualifier: &str) -> Result<Option<Vec<u8>>> {
        let (client, version) = (&self.lambda.client, (function, qualifier));
        let emulator = deployed_code::Emulator {
            endpoint: self.endpoint.as_deref(),
            owner: self.owner.as_deref(),
        };
        Box::pin(deployed_code::rules(client, &self.http, emulator, version)).await
    }
    async fn permissions(&self, function: &str) -> Result<Vec<Permission>> {
        Box::pin(self.lambda.permissions(function)).await
    }
    async fn api_export(&self, stage: &ApiStage) -> Result<Option<Vec<u8>>> {
        let (http, endpoint) = (&self.http, self.endpoint.as_deref());
        let (region, credentials) = (self.region.as_str(), self.credentials.as_ref());
        Box::pin(ApiGateway { http, region, endpoint, credentials }.export(stage)).await
    }
    async fn pools_named(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        Box::pin(self.cognito.pools_named(prefix)).await
    }
    async fn pool(&self, id: &str, parts: Parts<'_>) -> Result<Option<LivePool>> {
        Box::pin(self.cognito.pool(id, parts)).await
    }
    async fn writers(&self, pool_id: &str) -> Result<Vec<AttributeWriter>> {
        Box::pin(self.cognito.writers(pool_id)).await
    }
    async fn has_users(&self, pool_id: &str) -> Result<bool> {
        Box::pin(self.cognito.has_users(pool_id)).await
    }
    async fn pool_description(&self, id: &str) -> Result<Value> {
        Box::pin(self.cognito.describe(id)).await
    }
    fn saved_trigger(&self, saved: &Value) -> Option<Trigger> {
        pool_document::trigger(saved)
    }
    async fn pool_differences(&self, id: &str, saved: &Value) -> Result<Vec<String>> {
        Ok(pool_document::since(saved, &self.pool_description(id).await?))
    }
    async fn tagged(&self, key: &str) -> Result<Vec<Tagged>> {
        Box::pin(self.tagging.tagged(key)).await
    }
}

impl Logs for Aws {
    async fn log_events(&self, group: &str, since_ms: i64) -> Result<Option<Vec<LogEvent>>> {
        Box::pin(self.logs.events(group, since_ms)).await
    }
}

impl Access for Aws {
    async fn principal(&self, caller_arn: &str) -> Result<Option<String>> {
        Box::pin(self.iam.principal(caller_arn)).await
    }
    async fn denied(
        &self,
        principal_arn: &str,
        question: AccessQuestion<'_>,
    ) -> Result<Vec<String>> {
        Box::pin(self.iam.denied(principal_arn, question)).await
    }
}

impl Invoke for Aws {
    async fn invoke(&self, function: &str, qualifier: &str, event: &str) -> Result<Invocation> {
        Box::pin(self.lambda.invoke(function, qualifier, event)).await
    }
}

impl Write for Aws {
    async fn create_log_group(&self, group: &LogGroup) -> Result<()> {
        Box::pin(self.logs.create(group)).await
    }
    async fn update_log_group(&self, group: &LogGroup) -> Result<()> {
        Box::pin(self.logs.update(group)).await
    }
    async fn delete_log_group(&self, name: &str) -> Result<()> {
        Box::pin(self.logs.delete(name)).await
    }

    async fn create_role(&self, role: &Role) -> Result<()> {
        Box::pin(self.iam.create(role)).await
    }
    async fn update_role(&self, name: &str, edit: &RoleEdit) -> Result<()> {
        Box::pin(self.iam.update(name, edit)).await
    }
    async fn delete_role(&self, role: &Role) -> Result<()> {
        Box::pin(self.iam.delete(role)).await
    }

    async fn create_function(&self, function: &Function, zip: &[u8]) -> Result<()> {
        Box::pin(self.lambda.create(function, zip, &self.iam)).await
    }
    async fn update_function(
        &self,
        function: &Function,
        seen: &Settings,
        edit: FunctionEdit,
        zip: &[u8],
    ) -> Result<()> {
        Box::pin(self.lambda.update(function, seen, edit, zip, &self.iam)).await
    }
    async fn untag_function(&self, name: &str, keys: &[String]) -> Result<()> {
        Box::pin(self.lambda.untag(name, keys)).await
    }
    async fn delete_function(&self, name: &str) -> Result<()> {
        Box::pin(self.lambda.delete(name)).await
    }

    async fn publish(&self, function: &str, settings: &Settings) -> Result<String> {
        Box::pin(self.lambda.publish(function, settings)).await
    }
    async fn route(&self, function: &str, from: Option<&Routing>, to: &Routing) -> Result<()> {
        Box::pin(self.lambda.route(function, from, to)).await
    }
    async fn tag_function(&self, name: &str, tags: &Tags) -> Result<()> {
        Box::pin(self.lambda.tag(name, tags)).await
    }

    async fn prune(&self, function: &str, keep: u32, spare: &[u64]) -> Result<()> {
        Box::pin(self.lambda.prune(function, keep, spare)).await
    }

    async fn grant(&self, function: &str, permission: &Permission) -> Result<()> {
        Box::pin(self.lambda.grant(function, permission)).await
    }
    async fn revoke(&self, function: &str, statement_id: &str) -> Result<()> {
        Box::pin(self.lambda.revoke(function, statement_id)).await
    }

    async fn create_pool(&self, pool: &Pool) -> Result<String> {
        Box::pin(self.cognito.create_pool(pool)).await
    }
    async fn edit_pool(&self, id: &str, edit: &PoolEdit) -> Result<()> {
        Box::pin(self.cognito.edit_pool(id, edit)).await
    }
    async fn write_slot(&self, slot: &Slot) -> Result<()> {
        Box::pin(self.cognito.write_slot(slot)).await
    }
    async fn restore_pool(&self, saved: &Value, slot: &Slot) -> Result<()> {
        Box::pin(self.cognito.restore_pool(saved, slot)).await
    }
    async fn delete_pool(&self, id: &str) -> Result<()> {
        Box::pin(self.cognito.delete_pool(id)).await
    }

    async fn create_domain(&self, pool_id: &str, domain: &str) -> Result<()> {
        Box::pin(self.cognito.create_domain(pool_id, domain)).await
    }
    async fn delete_domain(&self, pool_id: &str, domain: &str) -> Result<()> {
        Box::pin(self.cognito.delete_domain(pool_id, domain)).await
    }

    async fn create_client(&self, pool_id: &str, client: &Client) -> Result<String> {
        Box::pin(self.cognito.create_client(pool_id, client)).await
    }
    async fn edit_client(&self, pool_id: &str, id: &str, edit: &ClientEdit) -> Result<()> {
        Box::pin(self.cognito.edit_client(pool_id, id, edit)).await
    }
    async fn delete_client(&self, pool_id: &str, id: &str) -> Result<()> {
        Box::pin(self.cognito.delete_client(pool_id, id)).await
    }

    async fn create_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()> {
        Box::pin(self.cognito.create_resource_server(pool_id, server)).await
    }
    async fn update_resource_server(&self, pool_id: &str, server: &ResourceServer) -> Result<()> {
        Box::pin(self.cognito.update_resource_server(pool_id, server)).await
    }
    async fn delete_resource_server(&self, pool_id: &str, identifier: &str) -> Result<()> {
        Box::pin(self.cognito.delete_resource_server(pool_id, identifier)).await
    }

    async fn create_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        Box::pin(self.cognito.create_group(pool_id, group)).await
    }
    async fn update_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        Box::pin(self.cognito.update_group(pool_id, group)).await
    }
    async fn delete_group(&self, pool_id: &str, name: &str) -> Result<()> {
        Box::pin(self.cognito.delete_group(pool_id, name)).await
    }
}

impl Users for Aws {
    async fn delete_user(&self, pool_id: &str, username: &str) -> Result<()> {
        Box::pin(self.cognito.delete_user(pool_id, username)).await
    }
}

impl Auth for Aws {
    async fn user_rules(&self, pool_id: &str) -> Result<UserRules> {
        Box::pin(self.cognito.user_rules(pool_id)).await
    }
    async fn create_user(&self, pool_id: &str, user: &NewUser) -> Result<Option<String>> {
        Box::pin(self.cognito.create_user(pool_id, user)).await
    }
    async fn user(&self, pool_id: &str, username: &str) -> Result<Option<ExistingUser>> {
        Box::pin(self.cognito.user(pool_id, username)).await
    }
    async fn app_client(&self, pool_id: &str, client_id: &str) -> Result<AppClient> {
        Box::pin(self.cognito.app_client(pool_id, client_id)).await
    }
    async fn initiate(&self, sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Signed> {
        Box::pin(self.cognito.initiate(sign_in, parameters)).await
    }
    async fn respond(
        &self,
        sign_in: &SignIn<'_>,
        challenge: &Challenge,
        answers: &Parameters,
    ) -> Result<Signed> {
        Box::pin(self.cognito.respond(sign_in, challenge, answers)).await
    }
    async fn refresh(&self, sign_in: &SignIn<'_>, refresh: &Refresh<'_>) -> Result<Signed> {
        Box::pin(self.cognito.refresh(sign_in, refresh)).await
    }
    async fn associate_software_token(&self, session: &str) -> Result<SoftwareToken> {
        Box::pin(self.cognito.associate_software_token(session)).await
    }
    async fn verify_software_token(&self, session: &str, code: &str) -> Result<String> {
        Box::pin(self.cognito.verify_software_token(session, code)).await
    }
    async fn confirm_device(
        &self,
        access_token: &str,
        device_key: &str,
        verifier: &DeviceVerifier,
    ) -> Result<bool> {
        Box::pin(self.cognito.confirm_device(access_token, device_key, verifier)).await
    }
    async fn remember_device(&self, access_token: &str, device_key: &str) -> Result<()> {
        Box::pin(self.cognito.remember_device(access_token, device_key)).await
    }
    fn clock_ahead(&self) -> i64 {
        self.http.clock_ahead()
    }
    async fn machine_token(&self, sign_in: &ClientCredentialsSignIn<'_>) -> Result<String> {
        Box::pin(token_endpoint::token(&self.http, sign_in)).await
    }
    async fn knock(&self, knock: &Knock<'_>) -> Result<u16> {
        Box::pin(door::knock(&self.http, knock)).await
    }
    async fn fetch(&self, url: &str) -> Result<String> {
        Box::pin(self.http.fetch(url)).await
    }
}

impl Seeding for Aws {
    async fn repair_user(
        &self,
        pool_id: &str,
        existing: &ExistingUser,
        wanted: &NewUser,
    ) -> Result<()> {
        Box::pin(self.cognito.repair_user(pool_id, existing, wanted)).await
    }
    async fn new_totp_secret(&self, access_token: &str) -> Result<String> {
        Box::pin(self.cognito.new_totp_secret(access_token)).await
    }
    async fn require_totp(&self, access_token: &str, code: &str) -> Result<()> {
        Box::pin(self.cognito.require_totp(access_token, code)).await
    }
}
