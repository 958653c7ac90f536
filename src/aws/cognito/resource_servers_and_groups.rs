//! Resource servers and groups of a user pool.
//!
//! Each is written whole, so that a write can be repeated; what is not ours in it goes back as it is.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{ResourceServerScopeType, ResourceServerType};

use super::pools::{Cognito, PAGE};
use crate::aws::error::{Answer, Found};
use crate::aws::paging;
use crate::cloud::{CloudError, Result};
use crate::model::{Group, ResourceServer};

/// The most resource servers that AWS lists at once.
const SERVERS_PAGE: i32 = 50;

impl Cognito {
    /// Resource servers by identifier.
    pub(in crate::aws) async fn resource_servers(
        &self,
        pool_id: &str,
    ) -> Result<BTreeMap<String, ResourceServer>> {
        const OPERATION: &str = "cognito-idp:ListResourceServers";
        let listed = paging::all(OPERATION, async |from| {
            let call = self.client.list_resource_servers().user_pool_id(pool_id);
            let call = call.max_results(SERVERS_PAGE).set_next_token(from);
            let page = call.send().await.of(OPERATION)?;
            Ok((page.next_token, Some(page.resource_servers)))
        });
        let servers = listed.await?.into_iter().filter_map(server);
        Ok(servers.map(|server| (server.identifier.clone(), server)).collect())
    }

    pub(in crate::aws) async fn create_resource_server(
        &self,
        pool_id: &str,
        server: &ResourceServer,
    ) -> Result<()> {
        let call = self
            .client
            .create_resource_server()
            .user_pool_id(pool_id)
            .identifier(&server.identifier);
        let created = call.name(&server.name).set_scopes(Some(scopes(server)?)).send().await;
        match created.of("cognito-idp:CreateResourceServer") {
            // Made meanwhile, or by an attempt whose answer was lost.
            Err(CloudError::Exists { .. }) => self.update_resource_server(pool_id, server).await,
            created => created.map(drop),
        }
    }

    pub(in crate::aws) async fn update_resource_server(
        &self,
        pool_id: &str,
        server: &ResourceServer,
    ) -> Result<()> {
        let call = self
            .client
            .update_resource_server()
            .user_pool_id(pool_id)
            .identifier(&server.identifier);
        let updated = call.name(&server.name).set_scopes(Some(scopes(server)?)).send().await;
        updated.of("cognito-idp:UpdateResourceServer").map(drop)
    }

    pub(in crate::aws) async fn delete_resource_server(
        &self,
        pool_id: &str,
        identifier: &str,
    ) -> Result<()> {
        let deleted = self
            .client
            .delete_resource_server()
            .user_pool_id(pool_id)
            .identifier(identifier)
            .send()
            .await;
        deleted.of("cognito-idp:DeleteResourceServer").if_found().map(drop)
    }

    /// Groups by name.
    pub(in crate::aws) async fn groups(&self, pool_id: &str) -> Result<BTreeMap<String, Group>> {
        const OPERATION: &str = "cognito-idp:ListGroups";
        let listed = paging::all(OPERATION, async |from| {
            let call = self.client.list_groups().user_pool_id(pool_id);
            let page = call.limit(PAGE).set_next_token(from).send().await.of(OPERATION)?;
            Ok((page.next_token, page.groups))
        });
        let groups = listed.await?.into_iter().filter_map(|group| {
            Some(Group {
                name: group.group_name?,
                description: group.description.unwrap_or_default(),
                precedence: group.precedence.and_then(|number| u32::try_from(number).ok()),
                role_arn: group.role_arn.filter(|arn| !arn.is_empty()),
            })
        });
        Ok(groups.map(|group| (group.name.clone(), group)).collect())
    }

    pub(in crate::aws) async fn create_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        let call = self.client.create_group().user_pool_id(pool_id).group_name(&group.name);
        let call = call
            .description(&group.description)
            .set_precedence(group.precedence.map(u32::cast_signed))
            .set_role_arn(group.role_arn.clone());
        match call.send().await.of("cognito-idp:CreateGroup") {
            // Made meanwhile, or by an attempt whose answer was lost.
            Err(CloudError::Exists { .. }) => self.update_group(pool_id, group).await,
            created => created.map(drop),
        }
    }

    /// Sets what is declared. A role and a precedence that are not go back as they are.
    pub(in crate::aws) async fn update_group(&self, pool_id: &str, group: &Group) -> Result<()> {
        let found =
            self.client.get_group().user_pool_id(pool_id).group_name(&group.name).send().await;
        let (role, precedence) = match found.of("cognito-idp:GetGroup")?.group {
            Some(group) => (group.role_arn, group.precedence),
            None => (None, None),
        };
        let call = self.client.update_group().user_pool_id(pool_id).group_name(&group.name);
        let call = call
            .description(&group.description)
            .set_role_arn(group.role_arn.clone().or(role))
            .set_precedence(group.precedence.map(u32::cast_signed).or(precedence));
        call.send().await.of("cognito-idp:UpdateGroup").map(drop)
    }

    pub(in crate::aws) async fn delete_group(&self, pool_id: &str, name: &str) -> Result<()> {
        let deleted =
            self.client.delete_group().user_pool_id(pool_id).group_name(name).send().await;
        deleted.of("cognito-idp:DeleteGroup").if_found().map(drop)
    }
}

fn server(listed: ResourceServerType) -> Option<ResourceServer> {
    let scopes = listed.scopes.unwrap_or_default().into_iter();
    Some(ResourceServer {
        identifier: listed.identifier?,
        name: listed.name.unwrap_or_default(),
        scopes: scopes.map(|scope| (scope.scope_name, scope.scope_description)).collect(),
    })
}

fn scopes(server: &ResourceServer) -> Result<Vec<ResourceServerScopeType>> {
    let scope = |(name, description): (&String, &String)| {
        ResourceServerScopeType::builder().scope_name(name).scope_description(description).build()
    };
    let scopes: std::result::Result<Vec<_>, _> = server.scopes.iter().map(scope).collect();
    scopes.map_err(|error| CloudError::Failed {
        what: format!("resource server {}", server.identifier),
        reason: error.to_string(),
    })
}
