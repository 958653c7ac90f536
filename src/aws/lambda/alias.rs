//! Versions and the alias: freezing what was tried, and moving the traffic.
//!
//! Both are guarded by Lambda's revision ids: what somebody else changed meanwhile is never published, and an alias that
//! somebody else moved is never moved on.

use std::collections::HashMap;

use aws_sdk_lambda::operation::get_alias::GetAliasOutput;
use aws_sdk_lambda::types::AliasRoutingConfiguration;
use futures_util::try_join;

use super::function::Lambda;
use super::settings::{fraction, percent, settings};
use crate::aws::error::{Answer, Found, unreadable};
use crate::cloud::{CloudError, Result};
use crate::model::{ALIAS, Canary, Release, Routing, Settings};

/// Lambda's code for a revision id that is not the current one.
pub(super) const MOVED: &str = "PreconditionFailedException";
/// How often a revision that moved on by itself is read again.
pub(super) const ATTEMPTS: usize = 5;

impl Lambda {
    pub(in crate::aws) async fn release(&self, function: &str) -> Result<Option<Release>> {
        let (alias, frozen) =
            try_join!(self.alias(function), self.configuration(function, Some(ALIAS)))?;
        let (Some(alias), Some(frozen)) = (alias, frozen) else { return Ok(None) };
        let Routing { version, canary } = routing_of(&alias);
        let canary = match canary {
            None => None,
            Some((version, percent)) => {
                let frozen = self.version_settings(function, &version).await?;
                frozen.map(|settings| Canary { version, percent, settings })
            }
        };
        Ok(Some(Release { version, settings: settings!(frozen)?, canary }))
    }

    pub(in crate::aws) async fn version_settings(
        &self,
        function: &str,
        version: &str,
    ) -> Result<Option<Settings>> {
        let found = self.configuration(function, Some(version)).await?;
        found.map(|found| settings!(found)).transpose()
    }

    /// Freezes `$LATEST` if it holds just this, and waits until the version can be invoked.
    pub(in crate::aws) async fn publish(
        &self,
        function: &str,
        wanted: &Settings,
    ) -> Result<String> {
        const OPERATION: &str = "lambda:PublishVersion";
        for _ in 0..ATTEMPTS {
            let found = self.configuration(function, None).await?;
            let revision = found.as_ref().and_then(|found| found.revision_id.clone());
            let found = found.map(|found| settings!(found)).transpose()?;
            if found.map(|found| found.only(wanted)).as_ref() != Some(wanted) {
                break;
            }
            let write = async || {
                let call = self.client.publish_version().function_name(function);
                let call = call.code_sha256(&wanted.code_sha256).set_revision_id(revision.clone());
                call.send().await.of(OPERATION)
            };
            let published = match self.accepted(function, None, write).await {
                // Lambda gives a new revision also when a state of its own changes.
                Err(error) if error.has_code(MOVED) => continue,
                published => published?,
            };
            if published.code_sha256() != Some(&wanted.code_sha256) {
                break;
            }
            let version = published
                .version
                .ok_or_else(|| unreadable(OPERATION, "there is no version in it"))?;
            self.in_force(function, Some(&version)).await?;
            return Ok(version);
        }
        Err(CloudError::Conflict { what: format!("function {function}") })
    }

    /// Moves the alias from where it was seen, or makes it if it was not there. Where it stands already, nothing is sent.
    pub(in crate::aws) async fn route(
        &self,
        function: &str,
        from: Option<&Routing>,
        to: &Routing,
    ) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let alias = self.alias(function).await?;
            let now = alias.as_ref().map(routing_of);
            if now.as_ref() == Some(to) {
                return Ok(());
            }
            if now.as_ref() != from {
                break;
            }
            let moved = match alias {
                Some(alias) => self.move_alias(function, alias.revision_id, to).await,
                None => self.make_alias(function, to).await,
            };
            match moved {
                // Somebody else, or an attempt of ours whose answer was lost: the next look tells.
                Err(CloudError::Exists { .. }) => {}
                Err(error) if error.has_code(MOVED) => {}
                moved => return moved,
            }
        }
        Err(CloudError::Conflict { what: format!("the alias {ALIAS} of {function}") })
    }

    async fn move_alias(
        &self,
        function: &str,
        revision: Option<String>,
        to: &Routing,
    ) -> Result<()> {
        let write = async || {
            let call = self.client.update_alias().function_name(function).name(ALIAS);
            let call = call.function_version(&to.version).set_revision_id(revision.clone());
            let call = call.routing_config(routing(to));
            call.send().await.of("lambda:UpdateAlias").map(drop)
        };
        self.accepted(function, None, write).await
    }

    async fn make_alias(&self, function: &str, to: &Routing) -> Result<()> {
        let write = async || {
            let call = self.client.create_alias().function_name(function).name(ALIAS);
            call.function_version(&to.version).send().await.of("lambda:CreateAlias").map(drop)
        };
        self.accepted(function, None, write).await
    }

    async fn alias(&self, function: &str) -> Result<Option<GetAliasOutput>> {
        let call = self.client.get_alias().function_name(function).name(ALIAS).send();
        call.await.of("lambda:GetAlias").if_found()
    }
}

fn routing_of(alias: &GetAliasOutput) -> Routing {
    let weights = alias.routing_config().and_then(|routing| routing.additional_version_weights());
    let canary = weights.and_then(|weights| weights.iter().next());
    Routing {
        version: alias.function_version().unwrap_or_default().to_owned(),
        canary: canary.map(|(version, share)| (version.clone(), percent(*share))),
    }
}

/// An empty table takes the share of a canary away; leaving it out would keep it.
fn routing(to: &Routing) -> AliasRoutingConfiguration {
    let weights: HashMap<_, _> =
        to.canary.iter().map(|(version, share)| (version.clone(), fraction(*share))).collect();
    AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
}
