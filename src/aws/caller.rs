//! As whom AWS is called, where somebody says so: a profile, and a role that is assumed as it.

use aws_config::SdkConfig;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::http::Http;

/// What a role's session is called, in `CloudTrail` and in the caller's ARN.
const SESSION: &str = "pretoken";

/// The same way, as that profile, and as that role. A profile that is named comes before keys in variables, as with AWS's
/// own command line ("Configuration and credential precedence"); the SDK's chain would take those.
pub(super) async fn acting(
    config: SdkConfig,
    http: &Http,
    profile: Option<String>,
    role: Option<String>,
) -> SdkConfig {
    let config = match profile {
        Some(profile) => as_profile(config, http, profile),
        None => config,
    };
    let Some(role) = role else { return config };
    let assumed = AssumeRoleProvider::builder(role).session_name(SESSION).configure(&config);
    let assumed = SharedCredentialsProvider::new(assumed.build().await);
    config.into_builder().credentials_provider(assumed).build()
}

/// A profile that has no credentials, such as one with a region alone, leaves them to the chain.
fn as_profile(config: SdkConfig, http: &Http, profile: String) -> SdkConfig {
    let way = ProviderConfig::without_region()
        .with_http_client(http.for_sdk())
        .with_region(config.region().cloned());
    let provider =
        ProfileFileCredentialsProvider::builder().configure(&way).profile_name(profile).build();
    let mut chain = CredentialsProviderChain::first_try("Profile", provider);
    if let Some(others) = config.credentials_provider() {
        chain = chain.or_else("Chain", others);
    }
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(chain)).build()
}
