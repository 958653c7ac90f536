//! Resources by their tags, whatever their service: the Resource Groups Tagging API.
//!
//! It knows the resources of one region, lists no roles, may be a moment old, and may name what was deleted a while ago.

use std::fmt;

use aws_sdk_resourcegroupstagging::Client;
use aws_sdk_resourcegroupstagging::types::TagFilter;

use super::error::Answer;
use super::paging;
use crate::cloud::Result;
use crate::model::Tags;
use crate::model::tags::tagged::Tagged;

/// The most that AWS lists at once.
const PAGE: i32 = 100;

/// AWS Resource Groups Tagging.
pub(in crate::aws) struct Tagging {
    pub(in crate::aws) client: Client,
}

impl fmt::Debug for Tagging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tagging")
    }
}

impl Tagging {
    /// Everything that carries a tag of this key.
    pub(in crate::aws) async fn tagged(&self, key: &str) -> Result<Vec<Tagged>> {
        const OPERATION: &str = "tag:GetResources";
        let found = paging::all(OPERATION, async |from| {
            let filter = TagFilter::builder().key(key).build();
            let call = self.client.get_resources().tag_filters(filter).resources_per_page(PAGE);
            let page = call.set_pagination_token(from).send().await.of(OPERATION)?;
            Ok((page.pagination_token, page.resource_tag_mapping_list))
        });
        let found = found.await?.into_iter().filter_map(|resource| {
            let tags = resource.tags.unwrap_or_default().into_iter();
            let tags = Tags(tags.map(|tag| (tag.key, tag.value)).collect());
            Some(Tagged { arn: resource.resource_arn?, tags })
        });
        Ok(found.collect())
    }
}
