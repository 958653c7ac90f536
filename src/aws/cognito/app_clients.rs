//! App clients: read, created, deleted, and written by exactly one function, which loses nothing.
//!
//! What a description means, and what goes into an update, `client_document` decides.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::app_client_document::{self, ClientNotes};
use super::document::Update;
use super::lossless_update::Rewrite;
use super::pools::{Cognito, PAGE};
use super::raw_body::{Capture, Replace};
use crate::aws::error::{Answer, Found, unreadable};
use crate::aws::paging;
use crate::aws::retry::{Never, Once};
use crate::cloud::{AppClient, AttributeWriter, ClientSecret, Parts, Result, Secret, each};
use crate::model::{Client, ClientEdit};

impl Cognito {
    /// The clients that are asked for, by id, and what else matters to sign-ins.
    pub(in crate::aws) async fn clients(
        &self,
        pool_id: &str,
        parts: Parts<'_>,
    ) -> Result<BTreeMap<String, (Client, ClientNotes)>> {
        let listed = self.listed_clients(pool_id).await?.into_iter();
        let wanted = listed.filter(|(id, name)| parts.include(id, name));
        let read = each(wanted, async |(id, _)| self.listed_client(pool_id, id).await).await?;
        Ok(read.into_iter().flatten().collect())
    }

    /// Every client with its `WriteAttributes`; one may be gone by now.
    pub(in crate::aws) async fn writers(&self, pool_id: &str) -> Result<Vec<AttributeWriter>> {
        let read = async |(id, name): (String, String)| {
            let described = self.describe_client(pool_id, &id).await.if_found()?;
            Ok(described.map(|described| {
                let write_attributes = app_client_document::write_attributes(&described);
                AttributeWriter { id, name, write_attributes }
            }))
        };
        let writers = each(self.listed_clients(pool_id).await?, read).await?;
        Ok(writers.into_iter().flatten().collect())
    }

    /// Ids and names.
    async fn listed_clients(&self, pool_id: &str) -> Result<Vec<(String, String)>> {
        const OPERATION: &str = "cognito-idp:ListUserPoolClients";
        let listed = paging::all(OPERATION, async |from| {
            let call = self.client.list_user_pool_clients().user_pool_id(pool_id);
            let call = call.max_results(PAGE).set_next_token(from);
            let page = call.send().await.of(OPERATION)?;
            Ok((page.next_token, page.user_pool_clients))
        });
        let listed = listed.await?.into_iter();
        Ok(listed.filter_map(|client| Some((client.client_id?, client.client_name?))).collect())
    }

    /// A client that was in the list; it may be gone by now.
    async fn listed_client(
        &self,
        pool_id: &str,
        id: String,
    ) -> Result<Option<(String, (Client, ClientNotes))>> {
        let described = self.describe_client(pool_id, &id).await.if_found()?;
        let settings = |described: Value| {
            let notes = app_client_document::notes(&described);
            (app_client_document::settings(&described), notes)
        };
        Ok(described.map(|described| (id, settings(described))))
    }

    /// The member `UserPoolClient` of AWS's answer as it came, its secret included.
    pub(in crate::aws) async fn describe_client(&self, pool_id: &str, id: &str) -> Result<Value> {
        const OPERATION: &str = "cognito-idp:DescribeUserPoolClient";
        let body = Capture::default();
        let call = self.client.describe_user_pool_client().user_pool_id(pool_id).client_id(id);
        call.customize().interceptor(body.clone()).send().await.of(OPERATION)?;
        body.member(OPERATION, "UserPoolClient")
    }

    pub(in crate::aws) async fn app_client(&self, pool_id: &str, id: &str) -> Result<AppClient> {
        let described = self.describe_client(pool_id, id).await?;
        let text = |name: &str| described[name].as_str().filter(|text| !text.is_empty());
        let known = text("ClientSecret").map(|it| Secret::Known(ClientSecret(it.to_owned())));
        let elsewhere = || text("ClientSecretArn").map(|arn| Secret::Elsewhere(arn.to_owned()));
        Ok(AppClient {
            secret: known.or_else(elsewhere).unwrap_or_default(),
            rotates_refresh_tokens: app_client_document::rotates(&described),
        })
    }

    pub(in crate::aws) async fn create_client(
        &self,
        pool_id: &str,
        client: &Client,
    ) -> Result<String> {
        const OPERATION: &str = "cognito-idp:CreateUserPoolClient";
        let mut request = client.to_api();
        request.insert("UserPoolId".to_owned(), json!(pool_id));
        let body = Replace::with(&Value::Object(request));
        let call = self.client.create_user_pool_client().user_pool_id(pool_id);
        let call = call.client_name(&client.name).customize();
        let once = aws_sdk_cognitoidentityprovider::Config::builder().retry_classifier(Once);
        let made = call.config_override(once).interceptor(body).send().await.of(OPERATION)?;
        let id = made.user_pool_client.and_then(|client| client.client_id);
        id.ok_or_else(|| unreadable(OPERATION, "there is no id in it"))
    }

    /// The only way in which a client is written.
    pub(in crate::aws) async fn edit_client(
        &self,
        pool_id: &str,
        id: &str,
        edit: &ClientEdit,
    ) -> Result<()> {
        self.patience.rewrite(&ClientWrite { cognito: self, pool_id, id, edit }).await
    }

    pub(in crate::aws) async fn delete_client(&self, pool_id: &str, id: &str) -> Result<()> {
        let deleted =
            self.client.delete_user_pool_client().user_pool_id(pool_id).client_id(id).send().await;
        deleted.of("cognito-idp:DeleteUserPoolClient").if_found().map(drop)
    }
}

struct ClientWrite<'a> {
    cognito: &'a Cognito,
    pool_id: &'a str,
    id: &'a str,
    edit: &'a ClientEdit,
}

impl Rewrite for ClientWrite<'_> {
    fn what(&self) -> String {
        format!("client {} of user pool {}", self.id, self.pool_id)
    }

    async fn describe(&self) -> Result<Value> {
        self.cognito.describe_client(self.pool_id, self.id).await
    }

    fn request(&self, described: &Value) -> Update {
        app_client_document::update_request(described, self.edit)
    }

    async fn write(&self, body: Replace) -> Result<()> {
        let call = self
            .cognito
            .client
            .update_user_pool_client()
            .user_pool_id(self.pool_id)
            .client_id(self.id);
        let by_us = aws_sdk_cognitoidentityprovider::Config::builder().retry_classifier(Never);
        let written = call.customize().config_override(by_us).interceptor(body).send().await;
        written.of("cognito-idp:UpdateUserPoolClient").map(drop)
    }

    fn unexpected(&self, before: &Value, after: &Value) -> Vec<String> {
        app_client_document::differences(before, after, self.edit)
    }

    fn changes(&self, before: &Value, after: &Value) -> Vec<String> {
        app_client_document::differences(before, after, &ClientEdit::default())
    }
}
