//! Old versions of the function, which nobody will go back to.
//!
//! A version that an alias names, with all the traffic or with a share of it, is never removed.

use std::collections::BTreeSet;

use super::error::{Answer, Found};
use super::lambda::Lambda;
use crate::cloud::Result;

impl Lambda {
    /// Removes published versions but the newest `keep` and those in use.
    pub(super) async fn prune(&self, function: &str, keep: u32) -> Result<()> {
        let in_use = self.in_use(function).await?;
        let mut versions = self.versions(function).await?;
        versions.sort_unstable();
        let newest = usize::try_from(keep).unwrap_or(usize::MAX);
        let old = versions.len().saturating_sub(newest);
        for version in versions[..old].iter().map(u64::to_string) {
            if !in_use.contains(&version) {
                let call = self.client.delete_function().function_name(function).qualifier(version);
                call.send().await.of("lambda:DeleteFunction").if_found()?;
            }
        }
        Ok(())
    }

    /// The numbers of all published versions; `$LATEST` has none.
    async fn versions(&self, function: &str) -> Result<Vec<u64>> {
        let pages =
            self.client.list_versions_by_function().function_name(function).into_paginator();
        let listed = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
        let listed = listed.of("lambda:ListVersionsByFunction")?;
        Ok(listed.iter().filter_map(|version| version.version()?.parse().ok()).collect())
    }

    async fn in_use(&self, function: &str) -> Result<BTreeSet<String>> {
        let pages = self.client.list_aliases().function_name(function).into_paginator();
        let aliases = pages.items().send().collect::<std::result::Result<Vec<_>, _>>().await;
        let mut in_use = BTreeSet::new();
        for alias in aliases.of("lambda:ListAliases")? {
            in_use.extend(alias.function_version);
            let weights =
                alias.routing_config.and_then(|routing| routing.additional_version_weights);
            in_use.extend(weights.unwrap_or_default().into_keys());
        }
        Ok(in_use)
    }
}
