//! Where a service is, as options, variables and profiles say it.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

/// Where a service is, if not where AWS has it: what the SDK's own client takes from options, variables and profiles.
pub(in crate::aws) fn endpoint_of(config: &SdkConfig, service_id: &str) -> Option<String> {
    let of_all = || config.endpoint_url().map(ToOwned::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return of_all();
    }
    let key = ServiceConfigKey::builder()
        .service_id(service_id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build();
    let of_service = config.service_config().zip(key.ok());
    of_service.and_then(|(services, key)| services.load_config(key)).or_else(of_all)
}
