//! Log groups: retention, key and tags.
//!
//! One that exists is gone on with only if its tags say that this stack made it.

use std::collections::HashMap;
use std::fmt;

use aws_sdk_cloudwatchlogs::Client;

use crate::aws::error::{Answer, Found, unreadable};
use crate::aws::paging;
use crate::cloud::{CloudError, Result};
use crate::model::{LogGroup, Tags};

/// A group as it is listed: its ARN is without the `:*` of its streams.
struct Described {
    arn: String,
    retention_days: Option<u32>,
    kms_key_arn: Option<String>,
}

/// `CloudWatch` Logs.
pub(in crate::aws) struct Logs {
    pub(in crate::aws) client: Client,
}

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Logs")
    }
}

impl Logs {
    pub(in crate::aws) async fn group(&self, name: &str) -> Result<Option<LogGroup>> {
        let Some(Described { arn, retention_days, kms_key_arn }) = self.described(name).await?
        else {
            return Ok(None);
        };
        let tags = self.client.list_tags_for_resource().resource_arn(arn).send().await;
        let tags = tags.of("logs:ListTagsForResource").if_found()?;
        Ok(tags.map(|found| LogGroup {
            name: name.to_owned(),
            retention_days,
            kms_key_arn,
            tags: Tags(found.tags.unwrap_or_default().into_iter().collect()),
        }))
    }

    pub(in crate::aws) async fn create(&self, group: &LogGroup) -> Result<()> {
        let call =
            self.client.create_log_group().log_group_name(&group.name).set_tags(Some(tags(group)));
        match call.send().await.of("logs:CreateLogGroup") {
            // Made by an attempt whose answer was lost, if it is ours.
            Err(error @ CloudError::Exists { .. }) => {
                let ours = self
                    .group(&group.name)
                    .await?
                    .is_some_and(|found| found.tags.same_stack(&group.tags));
                if !ours {
                    return Err(error);
                }
            }
            created => drop(created?),
        }
        self.set_key(group).await?;
        self.set_retention(group).await
    }

    pub(in crate::aws) async fn update(&self, group: &LogGroup) -> Result<()> {
        const OPERATION: &str = "logs:DescribeLogGroups";
        let found = self.described(&group.name).await?;
        let Described { arn, .. } =
            found.ok_or_else(|| unreadable(OPERATION, format!("{} is gone", group.name)))?;
        let tagged =
            self.client.tag_resource().resource_arn(arn).set_tags(Some(tags(group))).send().await;
        tagged.of("logs:TagResource")?;
        self.set_key(group).await?;
        self.set_retention(group).await
    }

    pub(in crate::aws) async fn delete(&self, name: &str) -> Result<()> {
        let deleted = self.client.delete_log_group().log_group_name(name).send().await;
        deleted.of("logs:DeleteLogGroup").if_found().map(drop)
    }

    /// The group of this very name.
    async fn described(&self, name: &str) -> Result<Option<Described>> {
        const OPERATION: &str = "logs:DescribeLogGroups";
        let page = async |from| {
            let call = self.client.describe_log_groups().log_group_name_prefix(name);
            let page = call.set_next_token(from).send().await.of(OPERATION)?;
            Ok((page.next_token, page.log_groups))
        };
        let described = |group: aws_sdk_cloudwatchlogs::types::LogGroup| {
            (group.log_group_name() == Some(name)).then(|| {
                let arn = group.log_group_arn().or(group.arn()).unwrap_or_default();
                let days = group.retention_in_days().and_then(|days| u32::try_from(days).ok());
                Described {
                    arn: arn.trim_end_matches(":*").to_owned(),
                    retention_days: days,
                    kms_key_arn: group.kms_key_id().map(ToOwned::to_owned),
                }
            })
        };
        paging::find(OPERATION, page, described).await
    }

    /// The key that is wanted; nothing wanted is nothing changed.
    async fn set_key(&self, group: &LogGroup) -> Result<()> {
        let Some(key) = &group.kms_key_arn else { return Ok(()) };
        let call = self.client.associate_kms_key().log_group_name(&group.name).kms_key_id(key);
        call.send().await.of("logs:AssociateKmsKey").map(drop)
    }

    async fn set_retention(&self, group: &LogGroup) -> Result<()> {
        let name = &group.name;
        if let Some(days) = group.retention_days {
            let call = self.client.put_retention_policy().log_group_name(name);
            let set = call.retention_in_days(days.cast_signed()).send().await;
            return set.of("logs:PutRetentionPolicy").map(drop);
        }
        let removed = self.client.delete_retention_policy().log_group_name(name).send().await;
        removed.of("logs:DeleteRetentionPolicy").map(drop)
    }
}

fn tags(group: &LogGroup) -> HashMap<String, String> {
    group.tags.0.clone().into_iter().collect()
}
