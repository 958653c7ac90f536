//! Old versions of the function, which nobody will go back to.
//!
//! A version that an alias names, with all the traffic or with a share of it, is never removed.

use std::collections::BTreeSet;

use aws_sdk_lambda::types::FunctionConfiguration;

use super::function::Lambda;
use crate::aws::error::{Answer, Found};
use crate::aws::paging;
use crate::cloud::Result;
use crate::model::Version;

impl Lambda {
    /// Removes published versions but the newest `keep`, those in use and those to spare.
    pub(in crate::aws) async fn prune(
        &self,
        function: &str,
        keep: u32,
        spare: &[u64],
    ) -> Result<()> {
        let in_use = self.in_use(function).await?;
        let versions = self.versions(function).await?;
        let newest = usize::try_from(keep).unwrap_or(usize::MAX);
        let old = versions.len().saturating_sub(newest);
        let old = versions[..old].iter().map(|version| version.number);
        for version in old.filter(|version| !spare.contains(version)).map(|it| it.to_string()) {
            if !in_use.contains(&version) {
                let call = self.client.delete_function().function_name(function).qualifier(version);
                call.send().await.of("lambda:DeleteFunction").if_found()?;
            }
        }
        Ok(())
    }

    /// All published versions by their numbers; `$LATEST` has none.
    pub(in crate::aws) async fn versions(&self, function: &str) -> Result<Vec<Version>> {
        const OPERATION: &str = "lambda:ListVersionsByFunction";
        let listed = paging::all(OPERATION, async |from| {
            let call = self.client.list_versions_by_function().function_name(function);
            let page = call.set_marker(from).send().await.of(OPERATION)?;
            Ok((page.next_marker, page.versions))
        });
        let listed = listed.await.if_found()?.unwrap_or_default();
        let version = |found: FunctionConfiguration| {
            let number = found.version()?.parse().ok()?;
            let published = found.last_modified.unwrap_or_default();
            Some(Version { number, published, code_sha256: found.code_sha256.unwrap_or_default() })
        };
        let mut versions: Vec<_> = listed.into_iter().filter_map(version).collect();
        versions.sort_unstable_by_key(|version| version.number);
        Ok(versions)
    }

    async fn in_use(&self, function: &str) -> Result<BTreeSet<String>> {
        const OPERATION: &str = "lambda:ListAliases";
        let aliases = paging::all(OPERATION, async |from| {
            let call = self.client.list_aliases().function_name(function).set_marker(from);
            let page = call.send().await.of(OPERATION)?;
            Ok((page.next_marker, page.aliases))
        });
        let mut in_use = BTreeSet::new();
        for alias in aliases.await? {
            in_use.extend(alias.function_version);
            let weights =
                alias.routing_config.and_then(|routing| routing.additional_version_weights);
            in_use.extend(weights.unwrap_or_default().into_keys());
        }
        Ok(in_use)
    }
}
