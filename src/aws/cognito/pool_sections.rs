//! Settings of a pool that have calls of their own: each call replaces all that it takes, so everything is read, written back with
//! the change in it, and looked at again.

use serde_json::{Map, Value, json};

use super::document::Update;
use super::lossless_update::Rewrite;
use super::pools::Cognito;
use super::raw_body::{Capture, Replace};
use super::section_document;
use crate::aws::error::Answer;
use crate::aws::retry::Never;
use crate::cloud::{CloudError, Result, each};
use crate::model::aws_api::PoolSection;

impl Cognito {
    /// These sections as they are, by their keys in `deploy.toml`.
    pub(super) async fn sections(
        &self,
        id: &str,
        sections: &[PoolSection],
    ) -> Result<Vec<(String, Value)>> {
        let read = async |section: PoolSection| {
            let described = self.section(id, section).await?;
            Ok((section.key().to_owned(), section.from_api(&described).into()))
        };
        each(sections.iter().copied(), read).await
    }

    /// What AWS tells of a section, members that the SDK does not know included.
    async fn section(&self, id: &str, section: PoolSection) -> Result<Value> {
        let body = Capture::default();
        match section {
            PoolSection::Mfa => {
                const OPERATION: &str = "cognito-idp:GetUserPoolMfaConfig";
                let call = self.client.get_user_pool_mfa_config().user_pool_id(id).customize();
                call.interceptor(body.clone()).send().await.of(OPERATION)?;
                body.document(OPERATION)
            }
            PoolSection::Risk => {
                const OPERATION: &str = "cognito-idp:DescribeRiskConfiguration";
                let call = self.client.describe_risk_configuration().user_pool_id(id).customize();
                match call.interceptor(body.clone()).send().await.of(OPERATION) {
                    // Without threat protection there is none.
                    Err(CloudError::Refused { code, .. })
                        if code == "UserPoolAddOnNotEnabledException" =>
                    {
                        Ok(json!({}))
                    }
                    answered => {
                        answered?;
                        body.member(OPERATION, "RiskConfiguration")
                    }
                }
            }
            PoolSection::LogDelivery => {
                const OPERATION: &str = "cognito-idp:GetLogDeliveryConfiguration";
                let call =
                    self.client.get_log_delivery_configuration().user_pool_id(id).customize();
                call.interceptor(body.clone()).send().await.of(OPERATION)?;
                // It is absent where there is none.
                Ok(body.document(OPERATION)?["LogDeliveryConfiguration"].take())
            }
        }
    }

    /// The only way in which a section is written.
    pub(super) async fn write_section(
        &self,
        id: &str,
        section: PoolSection,
        members: &Map<String, Value>,
    ) -> Result<()> {
        let write = SectionWrite { cognito: self, id, section, members };
        self.patience.rewrite(&write).await
    }
}

struct SectionWrite<'a> {
    cognito: &'a Cognito,
    id: &'a str,
    section: PoolSection,
    members: &'a Map<String, Value>,
}

impl Rewrite for SectionWrite<'_> {
    fn what(&self) -> String {
        let what = match self.section {
            PoolSection::Mfa => "second factors",
            PoolSection::Risk => "risk configuration",
            PoolSection::LogDelivery => "log delivery",
        };
        format!("the {what} of user pool {}", self.id)
    }

    async fn describe(&self) -> Result<Value> {
        self.cognito.section(self.id, self.section).await
    }

    fn request(&self, described: &Value) -> Update {
        let body = section_document::request(self.id, self.section, described, self.members);
        Update { body, unknown: vec![], left_out: vec![] }
    }

    async fn write(&self, body: Replace) -> Result<()> {
        let by_us = aws_sdk_cognitoidentityprovider::Config::builder().retry_classifier(Never);
        let client = &self.cognito.client;
        match self.section {
            PoolSection::Mfa => {
                let call = client.set_user_pool_mfa_config().user_pool_id(self.id).customize();
                let written = call.config_override(by_us).interceptor(body).send().await;
                written.of("cognito-idp:SetUserPoolMfaConfig").map(drop)
            }
            PoolSection::Risk => {
                let call = client.set_risk_configuration().user_pool_id(self.id).customize();
                let written = call.config_override(by_us).interceptor(body).send().await;
                written.of("cognito-idp:SetRiskConfiguration").map(drop)
            }
            PoolSection::LogDelivery => {
                let call = client.set_log_delivery_configuration().user_pool_id(self.id);
                let call = call.set_log_configurations(Some(vec![])).customize();
                let written = call.config_override(by_us).interceptor(body).send().await;
                written.of("cognito-idp:SetLogDeliveryConfiguration").map(drop)
            }
        }
    }

    fn unexpected(&self, before: &Value, after: &Value) -> Vec<String> {
        section_document::differences(self.section, before, after, self.members)
    }

    fn changes(&self, before: &Value, after: &Value) -> Vec<String> {
        section_document::differences(self.section, before, after, &Map::new())
    }
}
