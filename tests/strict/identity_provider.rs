//! Identity providers: a client names only those that its pool has.

use serde_json::{Map, Value, json};

use super::{call::Call, iam::many, layer::Layer, refusal::Refusal};

/// `InvalidParameterException` is in the API reference of `CreateUserPoolClient`; the words are not known for certain.
pub(crate) async fn check_named(
    layer: &Layer,
    call: &Call,
    document: &Map<String, Value>,
) -> Result<(), Refusal> {
    let named = document.get("SupportedIdentityProviders").into_iter().flat_map(many);
    for name in named.filter(|name| name != "COGNITO") {
        let pool = call.text("UserPoolId");
        let ids = json!({"UserPoolId": pool, "ProviderName": name});
        let found = layer.upstream.cognito(&call.region, "DescribeIdentityProvider", &ids).await;
        if found.is_err() {
            let message = format!("The provider {name} does not exist for User Pool {pool}.");
            return Err(Refusal::invalid_parameter(&message));
        }
    }
    Ok(())
}
