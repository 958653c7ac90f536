//! Writing the identity providers of a pool.

use super::Result;
use crate::model::IdentityProvider;

/// What can be written of identity providers.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait WriteIdentityProviders {
    /// Creates a provider.
    async fn create_identity_provider(
        &self,
        pool_id: &str,
        provider: &IdentityProvider,
    ) -> Result<()>;
    /// Sets its details, and its mapping and identifiers where there are any.
    async fn update_identity_provider(
        &self,
        pool_id: &str,
        provider: &IdentityProvider,
    ) -> Result<()>;
    /// Deletes a provider; its users stay, and cannot sign in any more.
    async fn delete_identity_provider(&self, pool_id: &str, name: &str) -> Result<()>;
}
