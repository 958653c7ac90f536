//! A pool's domain with AWS, by its prefix. It decides nothing about which one; custom domains are not ours.

use std::time::Duration;

use super::pool_document;
use super::pools::Cognito;
use crate::aws::error::Answer;
use crate::cloud::wait::Look;
use crate::cloud::{CloudError, Result};

/// AWS takes up to a minute to delete a domain.
const GONE_AFTER: Duration = Duration::from_mins(3);

impl Cognito {
    pub(in crate::aws) async fn create_domain(&self, pool_id: &str, domain: &str) -> Result<()> {
        let call = self.client.create_user_pool_domain().user_pool_id(pool_id).domain(domain);
        call.send().await.of("cognito-idp:CreateUserPoolDomain").map(drop)
    }

    pub(in crate::aws) async fn delete_domain(&self, pool_id: &str, domain: &str) -> Result<()> {
        let call = self.client.delete_user_pool_domain().user_pool_id(pool_id).domain(domain);
        match call.send().await.of("cognito-idp:DeleteUserPoolDomain") {
            // "No such domain or user pool exists."
            Err(CloudError::Refused { code, message, .. })
                if code == "InvalidParameterException" && message.contains("No such domain") => {}
            answered => drop(answered?),
        }
        self.patience
            .wait_until(GONE_AFTER, async || {
                let described = self.describe(pool_id).await?;
                Ok(match pool_document::domain(&described) {
                    Some(left) if left == domain => {
                        Look::NotYet(format!("the domain {domain} to be gone"))
                    }
                    _ => Look::Ready(()),
                })
            })
            .await
    }
}
