//! How AWS is reached: region, credentials, endpoint, and the clients that share one HTTP client.
//!
//! Apart from what [`Options`] says, the SDK's own chain decides: variables, profiles, SSO, web identity, roles.

use std::rc::Rc;
use std::sync::Arc;

use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;

use super::Aws;
use super::budget::Budget;
use super::caller::acting;
use super::endpoint::endpoint_of;
use super::error::{Answer, chain, unreadable};
use super::http::{CONNECT_TIMEOUT, Http, OPERATION_TIMEOUT, READ_TIMEOUT};
use super::retry::Corrections;
use super::signed::Signer;
use super::tagging::Tagging;
use super::wire::Wire;
use crate::aws::cognito::pools::Cognito;
use crate::aws::iam::roles::Iam;
use crate::aws::lambda::function::Lambda;
use crate::aws::logs::groups::Logs;
use crate::cloud::wait::Patience;
use crate::cloud::{Caller, CloudError, Result};
use crate::model::{help_for_region, is_region};
use crate::user::Progress;

/// What a user may say about the way to AWS. What is `None` is left to the SDK's chain.
#[derive(Clone, Default)]
pub struct Options {
    /// The region.
    pub region: Option<String>,
    /// A profile of the user's configuration files.
    pub profile: Option<String>,
    /// A role that is assumed, as that profile or by the chain.
    pub assume_role: Option<String>,
    /// Where every service is, whatever variables and profiles say.
    pub endpoint_url: Option<String>,
    /// Access key id and secret, for the local emulator.
    pub credentials: Option<(String, String)>,
}

impl Options {
    /// Who comes this way is of one account and region, and draws on the same quotas.
    fn budget(&self) -> Arc<Budget> {
        let Self { region, profile, assume_role, .. } = self;
        let parts = [region, profile, assume_role].map(|part| part.as_deref().unwrap_or_default());
        Budget::shared(&parts.join("\n"))
    }

    /// Whether nothing but an emulator on this machine can be reached.
    fn stay_here(&self) -> bool {
        const HERE: [&str; 3] = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
        let here = |url: &str| {
            HERE.iter()
                .filter_map(|host| url.strip_prefix(host))
                .any(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        };
        self.credentials.is_some() && self.endpoint_url.as_deref().is_some_and(here)
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("region", &self.region)
            .field("profile", &self.profile)
            .field("assume_role", &self.assume_role)
            .field("endpoint_url", &self.endpoint_url)
            .finish_non_exhaustive()
    }
}

impl Aws {
    /// Finds region and credentials provider. No call to AWS is made yet, so that credentials are not checked.
    pub async fn connect(options: Options, progress: Rc<dyn Progress>) -> Result<Self> {
        let http = if options.stay_here() {
            Http::to_this_machine(Wire::unpaced(progress.clone()))
        } else {
            Http::from_env(Wire::paced_with(options.budget(), progress.clone()))?
        };
        Self::connect_by(http, options, progress).await
    }

    /// Connects by something else than the network, for tests.
    #[doc(hidden)]
    pub async fn connect_through(
        connector: SharedHttpConnector,
        options: Options,
        progress: Rc<dyn Progress>,
    ) -> Result<Self> {
        let http = Http::through(Wire::paced(progress.clone()), connector);
        Self::connect_by(http, options, progress).await
    }

    /// Where Cognito is, if not where AWS has it.
    #[must_use]
    pub fn cognito_endpoint(&self) -> Option<&str> {
        self.cognito_endpoint.as_deref()
    }

    /// The region that every call goes to.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    pub(in crate::aws) async fn who_calls(&self) -> Result<Caller> {
        const OPERATION: &str = "sts:GetCallerIdentity";
        let caller = self.sts.get_caller_identity().send().await.of(OPERATION)?;
        let arn = caller.arn().unwrap_or_default();
        match (caller.account(), arn.split(':').nth(1)) {
            (Some(account), Some(partition)) => Ok(Caller {
                account: account.to_owned(),
                partition: partition.to_owned(),
                arn: arn.to_owned(),
            }),
            _ => Err(unreadable(OPERATION, "there is no account in it")),
        }
    }

    async fn connect_by(http: Http, options: Options, progress: Rc<dyn Progress>) -> Result<Self> {
        if let Some(profile) = &options.profile {
            exists(profile).await?;
        }
        let profile = options.profile.clone();
        let secret = options.credentials.as_ref().map(|(_, secret)| secret);
        let owner = secret.filter(|_| options.stay_here()).map(|secret| format!("Bearer {secret}"));
        let config = configuration(&http, options).await;
        if let Some(url) = config
            .endpoint_url()
            .filter(|url| !url.starts_with("http://") && !url.starts_with("https://"))
        {
            let reason = "it must begin with http:// or https://".to_owned();
            return Err(CloudError::Failed { what: format!("using the endpoint `{url}`"), reason });
        }
        let region = config.region().ok_or(CloudError::NoRegion)?.to_string();
        if !is_region(&region) {
            let (origin, help) = (origin_of_region(profile), help_for_region(&region));
            return Err(CloudError::BadRegion { region, origin, help });
        }
        let patience = Patience(progress);
        let lambda =
            aws_sdk_lambda::config::Builder::from(&config).retry_classifier(Corrections).build();
        let iam = aws_sdk_iam::config::Builder::from(&config).retry_classifier(Corrections).build();
        let logs = aws_sdk_cloudwatchlogs::config::Builder::from(&config)
            .retry_classifier(Corrections)
            .build();
        let cognito = aws_sdk_cognitoidentityprovider::config::Builder::from(&config)
            .retry_classifier(Corrections)
            .build();
        Ok(Self {
            region: region.clone(),
            endpoint: config.endpoint_url().map(ToOwned::to_owned),
            owner,
            cognito_endpoint: endpoint_of(&config, "Cognito Identity Provider"),
            credentials: config.credentials_provider(),
            sts: aws_sdk_sts::Client::new(&config),
            metrics: aws_sdk_cloudwatch::Client::new(&config),
            iam: Iam::new(aws_sdk_iam::Client::from_conf(iam), patience.clone()),
            logs: Logs { client: aws_sdk_cloudwatchlogs::Client::from_conf(logs) },
            lambda: Lambda {
                client: aws_sdk_lambda::Client::from_conf(lambda),
                patience: patience.clone(),
            },
            cognito: Cognito {
                client: aws_sdk_cognitoidentityprovider::Client::from_conf(cognito),
                patience: patience.clone(),
            },
            tagging: Tagging { client: aws_sdk_resourcegroupstagging::Client::new(&config) },
            signer: Signer { config, region, patience },
            http,
        })
    }
}

/// Who said the region, in the order of the SDK's chain; what options say was judged where they were read.
fn origin_of_region(profile: Option<String>) -> String {
    let is_set = |name: &&str| std::env::var_os(name).is_some();
    if let Some(variable) = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find(is_set) {
        return variable.to_owned();
    }
    let profile = profile.or_else(|| std::env::var("AWS_PROFILE").ok());
    format!("the AWS profile `{}`", profile.as_deref().unwrap_or("default"))
}

/// The SDK's chain would pass over a profile that is not there, and complain about something else.
#[expect(
    clippy::default_trait_access,
    reason = "the real files and variables, by types that the SDK keeps to itself"
)]
async fn exists(profile: &str) -> Result<()> {
    let found = aws_config::profile::load(
        &Default::default(),
        &Default::default(),
        &Default::default(),
        None,
    )
    .await;
    let detail = match found {
        Ok(profiles) if profiles.get_profile(profile).is_some() => return Ok(()),
        Ok(_) => format!("there is no profile `{profile}` in the configuration files"),
        Err(error) => chain(&error),
    };
    Err(CloudError::Credentials { detail })
}

async fn configuration(http: &Http, options: Options) -> SdkConfig {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build();
    let (profile, role) = (options.profile.clone(), options.assume_role);
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http.for_sdk())
        .timeout_config(timeouts);
    if let Some(region) = options.region {
        loader = loader.region(Region::new(region));
    }
    if let Some(profile) = options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    if let Some((id, secret)) = options.credentials {
        loader = loader.credentials_provider(Credentials::new(id, secret, None, None, "options"));
    }
    acting(named(loader.load().await), http, profile, role).await
}

/// Says who calls, unless a variable or a profile does.
fn named(config: SdkConfig) -> SdkConfig {
    match AppName::new("pretoken") {
        Ok(name) if config.app_name().is_none() => config.into_builder().app_name(name).build(),
        _ => config,
    }
}
