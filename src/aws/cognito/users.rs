//! Users, for a proof.
//!
//! Passwords appear in no error, and no message is sent to anybody.

use aws_sdk_cognitoidentityprovider::primitives::DateTime;
use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType, UserType};

use super::pools::{Cognito, PAGE};
use crate::aws::error::{Answer, Found};
use crate::aws::paging::{self, Page};
use crate::cloud::{CloudError, ExistingUser, NewUser, Result};
use crate::model::{TemporaryUser, UserRules, VERIFICATION_PREFIX};

const LIST_USERS: &str = "cognito-idp:ListUsers";
const GROUPS: &str = "cognito-idp:AdminListGroupsForUser";

impl Cognito {
    pub(in crate::aws) async fn user_rules(&self, pool_id: &str) -> Result<UserRules> {
        let described = self.describe(pool_id).await?;
        let rules = UserRules::default().with(&described);
        Ok(UserRules { factors: self.second_factors(pool_id, rules.mfa).await?, ..rules })
    }

    pub(in crate::aws) async fn create_user(
        &self,
        pool_id: &str,
        user: &NewUser,
    ) -> Result<Option<String>> {
        let (name, client) = (&user.username, &self.client);
        let attributes = attributes(name, &user.attributes)?;
        let call = client.admin_create_user().user_pool_id(pool_id).username(name);
        let call =
            call.message_action(MessageActionType::Suppress).set_user_attributes(Some(attributes));
        let made = call.send().await.of("cognito-idp:AdminCreateUser")?;

        self.set_password(pool_id, name, &user.password).await?;
        for group in &user.groups {
            self.add_to_group(pool_id, name, group).await?;
        }
        Ok(made.user.as_ref().and_then(|user| attribute(user, "sub")).map(ToOwned::to_owned))
    }

    /// One that need not be changed at the first sign-in.
    pub(super) async fn set_password(&self, pool_id: &str, name: &str, to: &str) -> Result<()> {
        let call = self.client.admin_set_user_password().user_pool_id(pool_id).username(name);
        let set = call.password(to).permanent(true).send().await;
        set.of("cognito-idp:AdminSetUserPassword").map(drop)
    }

    pub(super) async fn add_to_group(&self, pool_id: &str, name: &str, group: &str) -> Result<()> {
        let call = self.client.admin_add_user_to_group().user_pool_id(pool_id).username(name);
        call.group_name(group).send().await.of("cognito-idp:AdminAddUserToGroup").map(drop)
    }

    pub(in crate::aws) async fn delete_user(&self, pool_id: &str, username: &str) -> Result<()> {
        let deleted =
            self.client.admin_delete_user().user_pool_id(pool_id).username(username).send().await;
        deleted.of("cognito-idp:AdminDeleteUser").if_found().map(drop)
    }

    pub(in crate::aws) async fn user(
        &self,
        pool_id: &str,
        username: &str,
    ) -> Result<Option<ExistingUser>> {
        let call = self.client.admin_get_user().user_pool_id(pool_id).username(username);
        let Some(found) = call.send().await.of("cognito-idp:AdminGetUser").if_found()? else {
            return Ok(None);
        };
        let groups = paging::all(GROUPS, async |from| {
            let call = self.client.admin_list_groups_for_user().user_pool_id(pool_id);
            let call = call.username(&found.username).limit(PAGE).set_next_token(from);
            let page = call.send().await.of(GROUPS)?;
            Ok((page.next_token, page.groups))
        });
        let groups = groups.await?.into_iter().filter_map(|group| group.group_name).collect();
        let attributes = found.user_attributes().iter();
        let attributes =
            attributes.filter_map(|it| Some((it.name().to_owned(), it.value()?.to_owned())));
        Ok(Some(ExistingUser {
            attributes: attributes.collect(),
            status: found
                .user_status()
                .map(|status| status.as_str().to_owned())
                .unwrap_or_default(),
            preferred_mfa: found.preferred_mfa_setting().map(ToOwned::to_owned),
            name: found.username,
            groups,
        }))
    }

    /// Users that proofs made, wherever the pool shows whose they are.
    pub(in crate::aws) async fn temporary_users(
        &self,
        pool_id: &str,
    ) -> Result<Vec<TemporaryUser>> {
        let rules = UserRules::default().with(&self.describe(pool_id).await?);
        let names_are = |kind: &str| rules.username_attributes.iter().any(|name| name == kind);
        let shown_in = match (names_are("email"), names_are("phone_number")) {
            (true, _) => "email",
            (false, true) => "name",
            (false, false) => "username",
        };
        let ours = format!("{shown_in} ^= \"{VERIFICATION_PREFIX}\"");
        let page = async |from| self.page_of_users(pool_id, Some(&ours), from).await;
        let users = paging::all(LIST_USERS, page).await?;
        Ok(users.iter().filter_map(temporary_user).collect())
    }

    pub(in crate::aws) async fn has_users(&self, pool_id: &str) -> Result<bool> {
        let page = async |from| self.page_of_users(pool_id, None, from).await;
        let somebody = |user| temporary_user(&user).is_none().then_some(());
        Ok(paging::find(LIST_USERS, page, somebody).await?.is_some())
    }

    async fn page_of_users(
        &self,
        pool_id: &str,
        filter: Option<&str>,
        from: Option<String>,
    ) -> Result<Page<UserType>> {
        let call = self.client.list_users().user_pool_id(pool_id).limit(PAGE);
        let call = call.set_filter(filter.map(ToOwned::to_owned)).set_pagination_token(from);
        let page = call.send().await.of(LIST_USERS)?;
        Ok((page.pagination_token, page.users))
    }
}

fn temporary_user(user: &UserType) -> Option<TemporaryUser> {
    let names = [user.username(), attribute(user, "email"), attribute(user, "name")];
    let shown = names.into_iter().flatten().find(|name| name.starts_with(VERIFICATION_PREFIX))?;
    Some(TemporaryUser {
        username: user.username()?.to_owned(),
        shown: shown.to_owned(),
        made: user.user_create_date().map(DateTime::secs),
    })
}

fn attribute<'a>(user: &'a UserType, name: &str) -> Option<&'a str> {
    user.attributes().iter().find(|attribute| attribute.name() == name)?.value()
}

/// Attributes as AWS takes them.
pub(super) fn attributes<'a>(
    user: &str,
    wanted: impl IntoIterator<Item = &'a (String, String)>,
) -> Result<Vec<AttributeType>> {
    let one =
        |(key, value): &(String, String)| AttributeType::builder().name(key).value(value).build();
    let all: std::result::Result<Vec<_>, _> = wanted.into_iter().map(one).collect();
    all.map_err(|error| CloudError::Failed {
        what: format!("user {user}"),
        reason: error.to_string(),
    })
}
