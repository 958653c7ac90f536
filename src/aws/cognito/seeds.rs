//! Users that stay. Passwords and codes appear in no error.

use aws_sdk_cognitoidentityprovider::types::{
    SoftwareTokenMfaSettingsType, VerifySoftwareTokenResponseType,
};

use super::pools::Cognito;
use super::users::attributes;
use crate::aws::error::{Answer, unreadable};
use crate::cloud::{ExistingUser, NewUser, Result};

impl Cognito {
    pub(in crate::aws) async fn repair_user(
        &self,
        pool_id: &str,
        existing: &ExistingUser,
        wanted: &NewUser,
    ) -> Result<()> {
        let (client, name) = (&self.client, &existing.name);
        let differs =
            |(key, value): &&(String, String)| existing.attributes.get(key) != Some(value);
        let attributes = attributes(name, wanted.attributes.iter().filter(differs))?;
        if !attributes.is_empty() {
            let call = client.admin_update_user_attributes().user_pool_id(pool_id).username(name);
            let set = call.set_user_attributes(Some(attributes)).send().await;
            set.of("cognito-idp:AdminUpdateUserAttributes")?;
        }
        self.set_password(pool_id, name, &wanted.password).await?;
        for group in wanted.groups.iter().filter(|group| !existing.groups.contains(group)) {
            self.add_to_group(pool_id, name, group).await?;
        }
        for group in existing.groups.iter().filter(|group| !wanted.groups.contains(group)) {
            let call = client.admin_remove_user_from_group().user_pool_id(pool_id).username(name);
            call.group_name(group).send().await.of("cognito-idp:AdminRemoveUserFromGroup")?;
        }
        Ok(())
    }

    pub(in crate::aws) async fn new_totp_secret(&self, access_token: &str) -> Result<String> {
        const OPERATION: &str = "cognito-idp:AssociateSoftwareToken";
        let call = self.client.associate_software_token().access_token(access_token);
        let secret = call.send().await.of(OPERATION)?.secret_code;
        secret.ok_or_else(|| unreadable(OPERATION, "there is no secret in it"))
    }

    pub(in crate::aws) async fn require_totp(&self, access_token: &str, code: &str) -> Result<()> {
        const OPERATION: &str = "cognito-idp:VerifySoftwareToken";
        let call = self.client.verify_software_token().access_token(access_token).user_code(code);
        let answer = call.send().await.of(OPERATION)?;
        if answer.status != Some(VerifySoftwareTokenResponseType::Success) {
            return Err(unreadable(OPERATION, "the code was not taken"));
        }
        let preferred =
            SoftwareTokenMfaSettingsType::builder().enabled(true).preferred_mfa(true).build();
        let call = self.client.set_user_mfa_preference().access_token(access_token);
        let set = call.software_token_mfa_settings(preferred).send().await;
        set.of("cognito-idp:SetUserMFAPreference").map(drop)
    }
}
