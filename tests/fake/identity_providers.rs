//! Identity providers, as AWS keeps them: with more than they were given.

use pretoken::cloud::{Result, WriteIdentityProviders};
use pretoken::model::aws_api::DeclaredSettings;
use pretoken::model::{IdentityProvider, LivePool};
use serde_json::Value;

use super::{World, exists, refused};

const ABSENT: &str = "ResourceNotFoundException";

/// What AWS makes of what it was given.
fn kept(provider: &IdentityProvider) -> IdentityProvider {
    let mut kept = provider.clone();
    kept.details.insert("token_url".to_owned(), "https://provider.example/token".to_owned());
    kept.attribute_mapping.entry("username".to_owned()).or_insert_with(|| "sub".to_owned());
    kept
}

impl WriteIdentityProviders for World {
    async fn create_identity_provider(&self, pool_id: &str, it: &IdentityProvider) -> Result<()> {
        self.call("CreateIdentityProvider", |state| {
            let pool = state.pools.get_mut(pool_id).ok_or_else(|| refused("world", ABSENT))?;
            if pool.identity_providers.contains_key(&it.name) {
                return Err(exists());
            }
            pool.identity_providers.insert(it.name.clone(), kept(it));
            Ok(())
        })
    }

    async fn update_identity_provider(&self, pool_id: &str, it: &IdentityProvider) -> Result<()> {
        self.call("UpdateIdentityProvider", |state| {
            let pool = state.pools.get_mut(pool_id).ok_or_else(|| refused("world", ABSENT))?;
            let seen = pool.identity_providers.get_mut(&it.name);
            *seen.ok_or_else(|| refused("world", ABSENT))? = kept(it);
            Ok(())
        })
    }

    async fn delete_identity_provider(&self, pool_id: &str, name: &str) -> Result<()> {
        self.call("DeleteIdentityProvider", |state| {
            let pool = state.pools.get_mut(pool_id).ok_or_else(|| refused("world", ABSENT))?;
            pool.identity_providers.remove(name);
            Ok(())
        })
    }
}

/// Cognito lets no client name a provider that does not exist.
pub(super) fn providers_exist(pool: &LivePool, settings: &DeclaredSettings) -> Result<()> {
    let names = settings.get("supported_identity_providers").and_then(Value::as_array);
    let mut names = names.into_iter().flatten().filter_map(Value::as_str);
    if names.all(|name| name == "COGNITO" || pool.identity_providers.contains_key(name)) {
        return Ok(());
    }
    Err(refused("cognito-idp:CreateUserPoolClient", "InvalidParameterException"))
}
