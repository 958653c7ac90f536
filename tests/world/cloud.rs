//! The seam, call by call: each goes through the door of its account.

use pretoken::cloud::{
    AppClient, AttributeWriter, Auth, Caller, Challenge, ClientCredentialsSignIn, DeviceVerifier,
    ExistingUser, FindUsers, Health, Invocation, InvocationTargets, Invoke, Knock, NewUser,
    Parameters, Parts, Read, Refresh, Result, SignIn, Signed, Slot, SoftwareToken, Users, Write,
    WriteIdentityProviders,
};
use pretoken::model::{
    ApiStage, Client, ClientEdit, Function, FunctionEdit, Group, IdentityProvider, LivePool,
    LogGroup, Permission, Pool, PoolEdit, Release, ResourceServer, Role, RoleEdit, Routing,
    Settings, Tags, TemporaryUser, Trigger, UserRules, Version,
};
use pretoken::model::{InvocationTarget, tags::tagged::Tagged};
use serde_json::Value;

use crate::account::Account;
use crate::code::{Asker, Code};

/// The way to an account.
#[derive(Clone, Copy)]
pub struct Cloud<'a>(pub &'a Account);

/// Calls that are answered by a part of the account as they are.
macro_rules! answered_by {
    ($of:ident: $($name:ident($($argument:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(async fn $name(&self, $($argument: $type),*) -> Result<$answer> {
            self.0.call(stringify!($name), self.0.$of.$name($($argument),*)).await
        })*
    };
}

impl InvocationTargets for Cloud<'_> {
    answered_by! { world:
        invocation_target(arn: &str) -> Option<InvocationTarget>;
    }
}

impl FindUsers for Cloud<'_> {
    async fn temporary_users(&self, pool_id: &str) -> Result<Vec<TemporaryUser>> {
        let users = async { self.0.temporary_users(pool_id) };
        self.0.call("temporary_users", users).await
    }
}

impl Read for Cloud<'_> {
    answered_by! { world:
        caller() -> Caller;
        log_group(name: &str) -> Option<LogGroup>;
        role(name: &str) -> Option<Role>;
        function(name: &str) -> Option<Function>;
        release(function: &str) -> Option<Release>;
        version_settings(function: &str, version: &str) -> Option<Settings>;
        versions(function: &str) -> Vec<Version>;
        permissions(function: &str) -> Vec<Permission>;
        api_export(stage: &ApiStage) -> Option<Vec<u8>>;
        pools_named(prefix: &str) -> Vec<(String, String)>;
        pool(id: &str, parts: Parts<'_>) -> Option<LivePool>;
        writers(pool_id: &str) -> Vec<AttributeWriter>;
        has_users(pool_id: &str) -> bool;
        pool_description(id: &str) -> Value;
        pool_differences(id: &str, saved: &Value) -> Vec<String>;
        tagged(key: &str) -> Vec<Tagged>;
    }

    fn saved_trigger(&self, saved: &Value) -> Option<Trigger> {
        self.0.world.saved_trigger(saved)
    }

    /// Ten users a look; those who come to a version that fails are its errors.
    async fn health(&self, function: &str, version: &str, _: i64) -> Result<Health> {
        let fails = || self.0.code(function, version) == Some(Code::FailsAtSignIn);
        let health = async { Ok(Health { invocations: 10, errors: if fails() { 10 } else { 0 } }) };
        self.0.call("health", health).await
    }

    async fn deployed_rules(&self, function: &str, qualifier: &str) -> Result<Option<Vec<u8>>> {
        let rules = |code: Code| {
            let rules = code.rules(&self.0.world.rules);
            serde_json::to_vec(&rules.iter().collect::<Vec<_>>()).expect("rules are JSON")
        };
        let deployed = async { Ok(self.0.code(function, qualifier).map(rules)) };
        self.0.call("deployed_rules", deployed).await
    }
}

impl Invoke for Cloud<'_> {
    async fn invoke(&self, function: &str, qualifier: &str, event: &str) -> Result<Invocation> {
        self.0.call("invoke", self.0.asked(Asker::SmokeTest, function, qualifier, event)).await
    }
}

impl WriteIdentityProviders for Cloud<'_> {
    answered_by! { world:
        create_identity_provider(pool_id: &str, provider: &IdentityProvider) -> ();
        update_identity_provider(pool_id: &str, provider: &IdentityProvider) -> ();
        delete_identity_provider(pool_id: &str, name: &str) -> ();
    }
}

impl Write for Cloud<'_> {
    answered_by! { world:
        create_log_group(group: &LogGroup) -> ();
        update_log_group(group: &LogGroup) -> ();
        delete_log_group(name: &str) -> ();
        create_role(role: &Role) -> ();
        update_role(name: &str, edit: &RoleEdit) -> ();
        delete_role(role: &Role) -> ();
        create_function(function: &Function, zip: &[u8]) -> ();
        update_function(function: &Function, seen: &Settings, edit: FunctionEdit, zip: &[u8]) -> ();
        untag_function(name: &str, keys: &[String]) -> ();
        delete_function(name: &str) -> ();
        publish(function: &str, settings: &Settings) -> String;
        route(function: &str, from: Option<&Routing>, to: &Routing) -> ();
        tag_function(name: &str, tags: &Tags) -> ();
        prune(function: &str, keep: u32, spare: &[u64]) -> ();
        grant(function: &str, permission: &Permission) -> ();
        revoke(function: &str, statement_id: &str) -> ();
        create_pool(pool: &Pool) -> String;
        edit_pool(id: &str, edit: &PoolEdit) -> ();
        write_slot(slot: &Slot) -> ();
        restore_pool(saved: &Value, slot: &Slot) -> ();
        delete_pool(id: &str) -> ();
        create_domain(pool_id: &str, domain: &str) -> ();
        delete_domain(pool_id: &str, domain: &str) -> ();
        create_client(pool_id: &str, client: &Client) -> String;
        edit_client(pool_id: &str, id: &str, edit: &ClientEdit) -> ();
        delete_client(pool_id: &str, id: &str) -> ();
        create_resource_server(pool_id: &str, server: &ResourceServer) -> ();
        update_resource_server(pool_id: &str, server: &ResourceServer) -> ();
        delete_resource_server(pool_id: &str, identifier: &str) -> ();
        create_group(pool_id: &str, group: &Group) -> ();
        update_group(pool_id: &str, group: &Group) -> ();
        delete_group(pool_id: &str, name: &str) -> ();
    }
}

/// What the account's own users and sign-ins answer: see `sign_in`.
macro_rules! answered_with_users {
    ($($name:ident($argument:ident: $type:ty $(, $more:ident: $of:ty)*) -> $answer:ty;)*) => {
        $(async fn $name(&self, $argument: $type $(, $more: $of)*) -> Result<$answer> {
            let answer = async { self.0.$name($argument $(, $more)*) };
            self.0.call(stringify!($name), answer).await
        })*
    };
}

impl Users for Cloud<'_> {
    answered_with_users! {
        delete_user(pool_id: &str, username: &str) -> ();
    }
}

impl Auth for Cloud<'_> {
    fn clock_ahead(&self) -> i64 {
        0
    }
    async fn initiate(&self, sign_in: &SignIn<'_>, parameters: &Parameters) -> Result<Signed> {
        let answer = async {
            self.0.warm_up().await;
            self.0.initiate(sign_in, parameters)
        };
        self.0.call("initiate", answer).await
    }
    answered_with_users! {
        user_rules(pool_id: &str) -> UserRules;
        create_user(pool_id: &str, user: &NewUser) -> Option<String>;
        user(pool_id: &str, username: &str) -> Option<ExistingUser>;
        app_client(pool_id: &str, client_id: &str) -> AppClient;
        respond(sign_in: &SignIn<'_>, challenge: &Challenge, answers: &Parameters) -> Signed;
        refresh(sign_in: &SignIn<'_>, refresh: &Refresh<'_>) -> Signed;
        associate_software_token(session: &str) -> SoftwareToken;
        verify_software_token(session: &str, code: &str) -> String;
        confirm_device(token: &str, device_key: &str, verifier: &DeviceVerifier) -> bool;
        remember_device(token: &str, device_key: &str) -> ();
        machine_token(sign_in: &ClientCredentialsSignIn<'_>) -> String;
        knock(knock: &Knock<'_>) -> u16;
        fetch(url: &str) -> String;
    }
}
