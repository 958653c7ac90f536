//! A pool that exists, whole or with a few of its clients, for a `deploy.toml` about it.

use crate::cloud::{ClientsRead, Parts, Read};
use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::model::aws_api::PoolSection;
use crate::model::{LivePool, pool_id_in, region_of_pool};

/// The id of a pool and its region, in what people copy.
pub fn pool_id(text: &str) -> Result<(String, String), Failure> {
    let found =
        pool_id_in(text).and_then(|id| Some((id.to_owned(), region_of_pool(id)?.to_owned())));
    found.ok_or_else(|| {
        let error = anyhow::anyhow!("`{text}` is not the id of a user pool");
        Failure::new(Exit::Usage, Code::WrongForm, error).hint(
            "an id is `eu-west-1_AbCdEf123`, and stands in the pool's ARN and in the console; `aws cognito-idp list-user-pools --max-results 60` lists ids by name",
        )
    })
}

/// The pool with everything that its description takes. Clients are those that are called so, by name or id, or all.
pub async fn described(
    cloud: &impl Read,
    id: &str,
    called: &[String],
    providers: bool,
) -> Result<LivePool, Failure> {
    let clients = if called.is_empty() { ClientsRead::All } else { ClientsRead::Called(called) };
    let sections = if providers { &PoolSection::ALL[..] } else { &[] };
    let parts = Parts { groups: true, providers, sections, clients };
    let live = cloud.pool(id, parts).await?.ok_or_else(|| {
        let error = anyhow::anyhow!("there is no pool `{id}` in this account and region");
        Failure::new(Exit::Refused, Code::NoSuchId, error)
            .hint("check the id, --region and --profile")
    })?;
    let is_there = |called: &String| {
        live.clients.iter().any(|(id, client)| id == called || client.name == *called)
    };
    let Some(missing) = called.iter().find(|called| !is_there(called)) else { return Ok(live) };
    let error = anyhow::anyhow!("the pool `{id}` has no client `{missing}`");
    let hint = format!(
        "clients are called by name or id, as `aws cognito-idp list-user-pool-clients --user-pool-id {id}` lists them"
    );
    Err(Failure::new(Exit::Refused, Code::NoSuchId, error).hint(hint))
}
