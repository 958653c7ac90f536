//! Identity providers. AWS lists their names, and describes each with its secrets.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::types::{IdentityProviderType, IdentityProviderTypeType};

use super::pools::{Cognito, PAGE};
use crate::aws::Aws;
use crate::aws::error::{Answer, Found};
use crate::aws::paging;
use crate::cloud::{Result, WriteIdentityProviders, each};
use crate::model::{IdentityProvider, SECRET_DETAILS, SecretDetail};

impl Cognito {
    /// Identity providers by name.
    pub(in crate::aws) async fn identity_providers(
        &self,
        pool_id: &str,
    ) -> Result<BTreeMap<String, IdentityProvider>> {
        const OPERATION: &str = "cognito-idp:ListIdentityProviders";
        let listed = paging::all(OPERATION, async |from| {
            let call = self.client.list_identity_providers().user_pool_id(pool_id);
            let page = call.max_results(PAGE).set_next_token(from).send().await.of(OPERATION)?;
            Ok((page.next_token, Some(page.providers)))
        });
        let names = listed.await?.into_iter().filter_map(|provider| provider.provider_name);
        let described = each(names, async |name| self.identity_provider(pool_id, &name).await);
        let described = described.await?.into_iter().flatten();
        Ok(described.map(|provider| (provider.name.clone(), provider)).collect())
    }

    async fn identity_provider(
        &self,
        pool_id: &str,
        name: &str,
    ) -> Result<Option<IdentityProvider>> {
        let call = self.client.describe_identity_provider().user_pool_id(pool_id);
        let described = call.provider_name(name).send().await;
        let described = described.of("cognito-idp:DescribeIdentityProvider").if_found()?;
        Ok(described.and_then(|answer| answer.identity_provider).and_then(seen))
    }
}

impl WriteIdentityProviders for Aws {
    async fn create_identity_provider(
        &self,
        pool_id: &str,
        provider: &IdentityProvider,
    ) -> Result<()> {
        let IdentityProvider { name, kind, attribute_mapping, identifiers, .. } = provider;
        let call = self.cognito.client.create_identity_provider().user_pool_id(pool_id);
        let call = call
            .provider_name(name)
            .provider_type(IdentityProviderTypeType::from(kind.as_str()))
            .set_provider_details(Some(provider.all_details().into_iter().collect()))
            .set_attribute_mapping(some(attribute_mapping.clone()))
            .set_idp_identifiers(some(identifiers.clone()));
        Box::pin(call.send()).await.of("cognito-idp:CreateIdentityProvider").map(drop)
    }

    /// `UpdateIdentityProvider` replaces what it is given, and leaves the rest.
    async fn update_identity_provider(
        &self,
        pool_id: &str,
        provider: &IdentityProvider,
    ) -> Result<()> {
        let IdentityProvider { name, attribute_mapping, identifiers, .. } = provider;
        let call = self.cognito.client.update_identity_provider().user_pool_id(pool_id);
        let call = call
            .provider_name(name)
            .set_provider_details(Some(provider.all_details().into_iter().collect()))
            .set_attribute_mapping(some(attribute_mapping.clone()))
            .set_idp_identifiers(some(identifiers.clone()));
        Box::pin(call.send()).await.of("cognito-idp:UpdateIdentityProvider").map(drop)
    }

    async fn delete_identity_provider(&self, pool_id: &str, name: &str) -> Result<()> {
        let call = self.cognito.client.delete_identity_provider().user_pool_id(pool_id);
        let deleted = Box::pin(call.provider_name(name).send()).await;
        deleted.of("cognito-idp:DeleteIdentityProvider").if_found().map(drop)
    }
}

/// Whatever there is, as the SDK takes it.
fn some<T, C: FromIterator<T>>(items: impl IntoIterator<Item = T>) -> Option<C> {
    let mut items = items.into_iter().peekable();
    items.peek().is_some().then(|| items.collect())
}

fn seen(described: IdentityProviderType) -> Option<IdentityProvider> {
    let all = described.provider_details.unwrap_or_default();
    let (secrets, details): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|(key, _)| SECRET_DETAILS.contains(&key.as_str()));
    let secret = |(key, value)| (key, SecretDetail { variable: String::new(), value: Some(value) });
    Some(IdentityProvider {
        name: described.provider_name?,
        kind: described.provider_type?.as_str().to_owned(),
        details: details.into_iter().collect(),
        secrets: secrets.into_iter().map(secret).collect(),
        attribute_mapping: described.attribute_mapping.unwrap_or_default().into_iter().collect(),
        identifiers: described.idp_identifiers.unwrap_or_default().into_iter().collect(),
    })
}
