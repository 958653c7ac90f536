//! User pools: found, read whole, created, deleted, and written by exactly one function, which loses nothing.
//!
//! What a description means, and what goes into an update, `pool_document` decides.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::SoftwareTokenMfaConfigType;
use futures_util::try_join;
use serde_json::{Value, json};

use super::app_client_document::ClientNotes;
use super::document::Update;
use super::lossless_update::Rewrite;
use super::pool_document;
use super::pool_document::PoolChange;
use super::raw_body::{Capture, Replace};
use super::section_document;
use crate::aws::error::{Answer, Found, unreadable};
use crate::aws::paging;
use crate::aws::retry::{Never, Once};
use crate::cloud::wait::Patience;
use crate::cloud::{CloudError, Parts, Result, Slot};
use crate::model::aws_api::{self, PartedSettings};
use crate::model::{
    Attributes, LivePool, Mfa, Pool, PoolEdit, SecondFactors, SignInSettings, UserRules,
};

/// The most that AWS lists at once.
pub(in crate::aws) const PAGE: i32 = 60;

/// Cognito user pools and what stands in them.
pub(in crate::aws) struct Cognito {
    pub(in crate::aws) client: Client,
    pub(in crate::aws) patience: Patience,
}

impl fmt::Debug for Cognito {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cognito")
    }
}

impl Cognito {
    pub(in crate::aws) async fn pools_named(&self, prefix: &str) -> Result<Vec<(String, String)>> {
        const OPERATION: &str = "cognito-idp:ListUserPools";
        let pools = paging::all(OPERATION, async |from| {
            let call = self.client.list_user_pools().max_results(PAGE).set_next_token(from);
            let page = call.send().await.of(OPERATION)?;
            Ok((page.next_token, page.user_pools))
        });
        let pools = pools.await?;
        let named = pools.into_iter().filter_map(|pool| Some((pool.id?, pool.name?)));
        Ok(named.filter(|(_, name)| name.starts_with(prefix)).collect())
    }

    pub(in crate::aws) async fn pool(
        &self,
        id: &str,
        wanted: Parts<'_>,
    ) -> Result<Option<LivePool>> {
        let parts = try_join!(
            self.describe(id),
            self.clients(id, wanted),
            self.resource_servers(id),
            async { if wanted.groups { self.groups(id).await } else { Ok(BTreeMap::new()) } },
            self.sections(id, wanted.sections),
        );
        let Some((described, clients, resource_servers, groups, sections)) = parts.if_found()?
        else {
            return Ok(None);
        };
        let mut settings = pool_document::settings(&described);
        settings.settings.extend(sections);
        let sign_in = SignInSettings::described(&described);
        let factors = self.second_factors(id, sign_in.users.mfa).await?;
        let identity_providers = if wanted.include_providers(&settings.tags) {
            self.identity_providers(id).await?
        } else {
            BTreeMap::new()
        };
        let which = |has: fn(&ClientNotes) -> bool| {
            let those = clients.iter().filter(|(_, (_, notes))| has(notes));
            those.map(|(id, _)| id.clone()).collect()
        };
        let sign_in = SignInSettings {
            rotating: which(|notes| notes.rotates),
            secrets_elsewhere: which(|notes| notes.secret_is_elsewhere),
            users: UserRules { factors, ..sign_in.users },
            ..sign_in
        };
        let clients = clients.into_iter().map(|(id, (client, _))| (id, client)).collect();
        Ok(Some(LivePool {
            id: id.to_owned(),
            pool: settings,
            trigger: pool_document::trigger(&described),
            other_triggers: pool_document::other_triggers(&described),
            preserved: pool_document::kept(&described),
            threat_protection: pool_document::threat_protection(&described),
            sign_in,
            domain: pool_document::domain(&described),
            clients,
            resource_servers,
            groups,
            identity_providers,
        }))
    }

    /// What counts as a second factor where one may be asked for; not known to whoever may not ask.
    pub(in crate::aws) async fn second_factors(
        &self,
        id: &str,
        mfa: Mfa,
    ) -> Result<Option<SecondFactors>> {
        if mfa == Mfa::Off {
            return Ok(None);
        }
        let call = self.client.get_user_pool_mfa_config().user_pool_id(id);
        match call.send().await.of("cognito-idp:GetUserPoolMfaConfig") {
            Ok(config) => Ok(Some(SecondFactors {
                app: config
                    .software_token_mfa_configuration()
                    .is_some_and(SoftwareTokenMfaConfigType::enabled),
                texts: config.sms_mfa_configuration().is_some(),
                mail: config.email_mfa_configuration().is_some(),
            })),
            Err(CloudError::Denied { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The member `UserPool` of AWS's answer as it came, members that the SDK does not know included.
    pub(in crate::aws) async fn describe(&self, id: &str) -> Result<Value> {
        const OPERATION: &str = "cognito-idp:DescribeUserPool";
        let body = Capture::default();
        let call =
            self.client.describe_user_pool().user_pool_id(id).customize().interceptor(body.clone());
        call.send().await.of(OPERATION)?;
        body.member(OPERATION, "UserPool")
    }

    pub(in crate::aws) async fn create_pool(&self, pool: &Pool) -> Result<String> {
        const OPERATION: &str = "cognito-idp:CreateUserPool";
        let call = self.client.create_user_pool().pool_name(&pool.name).customize();
        let once = aws_sdk_cognitoidentityprovider::Config::builder().retry_classifier(Once);
        let body = Replace::with(&pool_document::creation(pool));
        let made = call.config_override(once).interceptor(body).send().await.of(OPERATION)?;
        made.user_pool
            .and_then(|pool| pool.id)
            .ok_or_else(|| unreadable(OPERATION, "there is no id in it"))
    }

    /// What other calls take follows the pool's own settings, which it may need (a plan, a sender of messages); second factors
    /// that are turned off come first, since the settings may not go with them.
    pub(in crate::aws) async fn edit_pool(&self, id: &str, edit: &PoolEdit) -> Result<()> {
        let PartedSettings { pool, sections } = aws_api::parted(&edit.settings);
        let (first, later): (Vec<_>, Vec<_>) =
            sections.iter().partition(|(_, members)| section_document::is_off(members));
        for (section, members) in first {
            self.write_section(id, *section, members).await?;
        }
        if !edit.attributes.is_empty() {
            self.add_attributes(id, &edit.attributes).await?;
        }
        let own = PoolEdit { settings: pool, attributes: Attributes::new(), ..edit.clone() };
        let nothing_else = edit.attributes.is_empty() && sections.is_empty();
        if nothing_else || own != PoolEdit::default() {
            self.write_pool(id, PoolChange::Edit(&own)).await?;
        }
        for (section, members) in later {
            self.write_section(id, *section, members).await?;
        }
        Ok(())
    }

    /// Attributes can be added to a pool; none can be changed or removed (`AddCustomAttributes`).
    async fn add_attributes(&self, id: &str, attributes: &Attributes) -> Result<()> {
        const AT_A_TIME: usize = 25;
        let all: Vec<_> = attributes.iter().map(|(name, it)| it.to_api(name)).collect();
        for some in all.chunks(AT_A_TIME) {
            let body = json!({ "UserPoolId": id, "CustomAttributes": some });
            let call = self.client.add_custom_attributes().user_pool_id(id);
            let call = call.set_custom_attributes(Some(vec![])).customize();
            let added = call.interceptor(Replace::with(&body)).send().await;
            added.of("cognito-idp:AddCustomAttributes")?;
        }
        Ok(())
    }

    pub(in crate::aws) async fn write_slot(&self, slot: &Slot) -> Result<()> {
        self.write_pool(slot.pool_id(), PoolChange::Slot(slot.trigger())).await
    }

    /// Puts every setting back that `saved`, an earlier description, holds, but for the slot.
    pub(in crate::aws) async fn restore_pool(&self, saved: &Value, slot: &Slot) -> Result<()> {
        let change = PoolChange::Restore { saved, trigger: slot.trigger() };
        self.write_pool(slot.pool_id(), change).await
    }

    /// The only way in which a pool is written.
    async fn write_pool(&self, id: &str, change: PoolChange<'_>) -> Result<()> {
        self.patience.rewrite(&PoolWrite { cognito: self, id, change }).await
    }

    pub(in crate::aws) async fn delete_pool(&self, id: &str) -> Result<()> {
        let deleted = self.client.delete_user_pool().user_pool_id(id).send().await;
        deleted.of("cognito-idp:DeleteUserPool").if_found().map(drop)
    }
}

struct PoolWrite<'a> {
    cognito: &'a Cognito,
    id: &'a str,
    change: PoolChange<'a>,
}

impl Rewrite for PoolWrite<'_> {
    fn what(&self) -> String {
        format!("user pool {}", self.id)
    }

    async fn describe(&self) -> Result<Value> {
        self.cognito.describe(self.id).await
    }

    fn request(&self, described: &Value) -> Update {
        pool_document::request(described, self.change)
    }

    async fn write(&self, body: Replace) -> Result<()> {
        let call = self.cognito.client.update_user_pool().user_pool_id(self.id).customize();
        let by_us = aws_sdk_cognitoidentityprovider::Config::builder().retry_classifier(Never);
        let written = call.config_override(by_us).interceptor(body).send().await;
        written.of("cognito-idp:UpdateUserPool").map(drop)
    }

    fn unexpected(&self, before: &Value, after: &Value) -> Vec<String> {
        pool_document::differences(before, after, self.change)
    }

    fn changes(&self, before: &Value, after: &Value) -> Vec<String> {
        pool_document::differences(before, after, PoolChange::Edit(&PoolEdit::default()))
    }
}
