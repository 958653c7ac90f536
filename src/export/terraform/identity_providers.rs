//! Identity providers: their secrets are variables of the module.

use std::collections::BTreeMap;

use hcl::Expression;
use hcl::structure::BlockBuilder;

use crate::export::hcl::{asked, object, reference, resource, written};
use crate::export::label::name;
use crate::model::IdentityProvider;
use crate::reconcile::desired::Desired;

/// The variables, one for each that `deploy.toml` names.
pub(super) fn variables(desired: &Desired) -> Vec<BlockBuilder> {
    let providers = desired.pools.values().flat_map(|pool| pool.identity_providers.values());
    let secrets = providers.flat_map(|provider| {
        let about = |key| format!("{key} of the identity provider {}", provider.name);
        provider.secrets.iter().map(move |(key, secret)| (variable(&secret.variable), about(key)))
    });
    let secrets: BTreeMap<String, String> = secrets.collect();
    let block = |(label, about): (String, String)| {
        asked(&label, &about, None).add_attribute(("sensitive", true))
    };
    secrets.into_iter().map(block).collect()
}

/// The provider itself.
pub(super) fn block(
    keys: [&str; 2],
    pool: Expression,
    provider: &IdentityProvider,
) -> BlockBuilder {
    let IdentityProvider { name: own, kind, details, secrets, attribute_mapping, identifiers } =
        provider;
    let details = details.iter().map(|(key, value)| (key.as_str(), value.as_str().into()));
    let secrets = secrets.iter().map(|(key, secret)| {
        (key.as_str(), reference(&format!("var.{}", variable(&secret.variable))))
    });
    let mut block = resource("aws_cognito_identity_provider", &name(&keys))
        .add_attribute(("user_pool_id", pool))
        .add_attribute(("provider_name", own.as_str()))
        .add_attribute(("provider_type", kind.as_str()))
        .add_attribute(("provider_details", object(details.chain(secrets))));
    if !attribute_mapping.is_empty() {
        block = block
            .add_attribute(("attribute_mapping", written(&serde_json::json!(attribute_mapping))));
    }
    if !identifiers.is_empty() {
        block = block.add_attribute(("idp_identifiers", written(&serde_json::json!(identifiers))));
    }
    block
}

/// Its address in the module.
pub(super) fn address(keys: [&str; 2]) -> Expression {
    reference(&format!("aws_cognito_identity_provider.{}", name(&keys)))
}

fn variable(name: &str) -> String {
    format!("secret_{name}")
}
