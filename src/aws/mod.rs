//! AWS by its SDK: the only place where the SDK's types appear.
//!
//! It decides how to reach AWS, how a resource is read into the model and written from it, how long to wait and what to
//! try again. It decides nothing about what should exist.

mod adapter;
mod api_gateway;
mod budget;
mod call;
mod caller;
mod cloudwatch;
pub mod cognito;
mod connect;
mod door;
mod endpoint;
mod error;
mod http;
mod iam;
mod lambda;
mod logs;
mod mask;
mod no_answer;
mod paging;
mod quota;
mod retry;
mod signed;
mod tagging;
mod values;
mod wire;

pub use connect::Options;

use aws_credential_types::provider::SharedCredentialsProvider;

use crate::aws::cognito::pools::Cognito;
use crate::aws::iam::roles::Iam;
use crate::aws::lambda::function::Lambda;
use crate::aws::logs::groups::Logs;
use http::Http;
use signed::Signer;
use tagging::Tagging;

/// AWS, or an emulator of it, as one caller in one region.
///
/// Everything is asked through the traits of [`crate::cloud`].
#[derive(Debug)]
pub struct Aws {
    region: String,
    endpoint: Option<String>,
    /// What shows the local emulator that its owner asks, where nothing can be signed.
    owner: Option<String>,
    cognito_endpoint: Option<String>,
    credentials: Option<SharedCredentialsProvider>,
    sts: aws_sdk_sts::Client,
    iam: Iam,
    logs: Logs,
    lambda: Lambda,
    cognito: Cognito,
    metrics: aws_sdk_cloudwatch::Client,
    tagging: Tagging,
    signer: Signer,
    http: Http,
}
