//! A pool and a client by their ids, without any `deploy.toml`.

use std::path::PathBuf;

use clap::Args;

use crate::model::{ClientKey, is_region};

#[derive(Debug, Clone, Args)]
pub struct AnyPoolArgs {
    /// Prove the tokens of this pool, by its id or ARN, whoever deployed its trigger; no deploy.toml is read
    #[arg(long, value_name = "POOL_ID", requires = "client", conflicts_with = "html", value_parser = pool_id)]
    pub pool: Option<String>,
    /// The client that signs in, by its id
    #[arg(long, value_name = "CLIENT_ID", requires = "pool")]
    pub client: Option<String>,
    /// What its tokens are to hold: a file of `[[expect]]` tables, whose `client` may be left out
    #[arg(long, value_name = "FILE", requires = "pool")]
    pub expect: Option<PathBuf>,
}

impl AnyPoolArgs {
    /// The client, if one is named; both keys are ids.
    pub fn client(&self) -> Option<ClientKey> {
        Some(ClientKey::new(self.pool.as_deref()?, self.client.as_deref()?))
    }
}

/// The id, which begins with the region.
fn pool_id(text: &str) -> Result<String, String> {
    let id = text.rsplit('/').next().unwrap_or_default();
    match id.split_once('_') {
        Some((region, rest)) if is_region(region) && !rest.is_empty() => Ok(id.to_owned()),
        _ => Err("the id of a user pool is like `eu-west-1_AbCdEf123`".to_owned()),
    }
}
