//! What a pool asks of everybody who signs in.

use serde_json::Value;

use super::pools::Cognito;
use crate::aws::error::Answer;
use crate::cloud::Result;
use crate::model::SignInSettings;

impl Cognito {
    /// Which second factors there are is in another document, and matters where one is required.
    pub(super) async fn sign_in_settings(
        &self,
        pool_id: &str,
        described: &Value,
    ) -> Result<SignInSettings> {
        let schema = described["SchemaAttributes"].as_array().into_iter().flatten();
        let attributes = schema.filter_map(|attribute| attribute["Name"].as_str());
        let mut settings = SignInSettings {
            attributes: attributes.map(ToOwned::to_owned).collect(),
            second_factor: described["MfaConfiguration"] == "ON",
            software_tokens: None,
        };
        // Every pool has `sub`: a list without it does not say what there is.
        if !settings.attributes.contains("sub") {
            settings.attributes.clear();
        }
        if settings.second_factor {
            settings.software_tokens = self.software_tokens(pool_id).await;
        }
        Ok(settings)
    }

    /// Whoever may not ask finds out by trying.
    async fn software_tokens(&self, pool_id: &str) -> Option<bool> {
        let call = self.client.get_user_pool_mfa_config().user_pool_id(pool_id);
        let answer = call.send().await.of("cognito-idp:GetUserPoolMfaConfig").ok()?;
        Some(answer.software_token_mfa_configuration.is_some_and(|it| it.enabled))
    }
}
