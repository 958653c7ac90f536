//! AWS by its SDK: the only place where the SDK's types appear.
//!
//! It decides how to reach AWS, how a resource is read into the model and written from it, how long to wait and what to
//! try again. It decides nothing about what should exist.

mod adapter;
mod cloudwatch;
pub mod cognito;
mod connect;
mod error;
mod http;
mod iam;
mod lambda;
mod logs;
mod retry;
mod tagging;

pub use crate::aws::iam::simulate::Question;
pub use crate::aws::logs::events::Event;
pub use connect::Options;

use crate::aws::cognito::pools::Cognito;
use crate::aws::iam::roles::Iam;
use crate::aws::lambda::function::Lambda;
use crate::aws::logs::groups::Logs;
use http::Http;
use tagging::Tagging;

/// AWS, or an emulator of it, as one caller in one region.
///
/// Everything is asked through the traits of [`crate::cloud`].
#[derive(Debug)]
pub struct Aws {
    region: String,
    endpoint: Option<String>,
    sts: aws_sdk_sts::Client,
    iam: Iam,
    logs: Logs,
    lambda: Lambda,
    cognito: Cognito,
    metrics: aws_sdk_cloudwatch::Client,
    tagging: Tagging,
    http: Http,
}

impl Aws {
    /// Everything that AWS tells of a pool, as it came, members that the SDK does not know included.
    pub async fn pool_description(&self, id: &str) -> crate::cloud::Result<serde_json::Value> {
        Box::pin(self.cognito.describe(id)).await
    }

    /// Everything in this account and region that carries a tag of this key.
    pub async fn tagged(
        &self,
        key: &str,
    ) -> crate::cloud::Result<Vec<crate::model::stack::Tagged>> {
        Box::pin(self.tagging.tagged(key)).await
    }

    /// Puts the settings of an earlier description back, in the one way in which pools are written.
    pub async fn restore_pool(
        &self,
        id: &str,
        saved: &serde_json::Value,
    ) -> crate::cloud::Result<()> {
        Box::pin(self.cognito.restore_pool(id, saved)).await
    }
}
