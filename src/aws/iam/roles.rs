//! Roles, with everything in them, and how long a role is too young for others to know it.
//!
//! It reads policies of others so that they are seen, and removes only what it is told to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use futures_util::future::try_join_all;
use futures_util::try_join;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::aws::error::{Answer, Found};
use crate::aws::paging;
use crate::cloud::wait::{Look, Patience};
use crate::cloud::{CloudError, Result};
use crate::model::{LOGS_POLICY, Role, RoleEdit, Tags};

/// How long a new or changed role may be unknown to other services. Measured: 7 to 12 seconds.
const SETTLING: Duration = Duration::from_secs(90);

/// How long a new role may be unknown to IAM's own calls.
const APPEARING: Duration = Duration::from_secs(20);

/// AWS Identity and Access Management.
pub(in crate::aws) struct Iam {
    pub(in crate::aws) client: Client,
    patience: Patience,
    /// When roles that were asked about, or written here, will have settled; by name.
    settled: RefCell<BTreeMap<String, Instant>>,
}

impl fmt::Debug for Iam {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Iam")
    }
}

impl Iam {
    pub(in crate::aws) fn new(client: Client, patience: Patience) -> Self {
        Self { client, patience, settled: RefCell::default() }
    }

    /// The role. One round trip, unless it has policies that we would not write.
    pub(in crate::aws) async fn role(&self, name: &str) -> Result<Option<Role>> {
        let role = async {
            let found =
                self.client.get_role().role_name(name).send().await.of("iam:GetRole").if_found()?;
            Ok(found.and_then(|found| found.role))
        };
        let parts = try_join!(
            role,
            self.policy_names(name),
            self.attached(name),
            self.policy(name, LOGS_POLICY)
        );
        let Some((Some(role), names, attached, ours)) = parts.if_found()? else { return Ok(None) };
        let others = names.into_iter().filter(|name| name != LOGS_POLICY);
        let others = try_join_all(
            others.map(async |policy| Ok((self.policy(name, &policy).await?, policy))),
        );
        let others =
            others.await?.into_iter().filter_map(|(document, name)| Some((name, document?)));
        Ok(Some(Role {
            name: name.to_owned(),
            trust: document(role.assume_role_policy_document().unwrap_or_default()),
            policies: ours
                .map(|document| (LOGS_POLICY.to_owned(), document))
                .into_iter()
                .chain(others)
                .collect(),
            attached,
            permissions_boundary: role
                .permissions_boundary
                .and_then(|boundary| boundary.permissions_boundary_arn),
            tags: Tags(
                role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect(),
            ),
        }))
    }

    pub(in crate::aws) async fn create(&self, role: &Role) -> Result<()> {
        let call = self
            .client
            .create_role()
            .role_name(&role.name)
            .assume_role_policy_document(role.trust.to_string())
            .set_permissions_boundary(role.permissions_boundary.clone());
        match call.set_tags(Some(tags(&role.tags)?)).send().await.of("iam:CreateRole") {
            // Made by an attempt whose answer was lost, if it is ours.
            Err(error @ CloudError::Exists { .. }) => {
                let ours = self
                    .role(&role.name)
                    .await?
                    .is_some_and(|found| found.tags.same_stack(&role.tags));
                if !ours {
                    return Err(error);
                }
            }
            created => drop(created?),
        }
        self.touched(&role.name);
        let put = role.policies.iter().map(|(name, document)| self.put(&role.name, name, document));
        let attach = role.attached.iter().map(|policy| self.attach(&role.name, policy));
        try_join!(try_join_all(put), try_join_all(attach)).map(drop)
    }

    pub(in crate::aws) async fn update(&self, name: &str, edit: &RoleEdit) -> Result<()> {
        let client = &self.client;
        // First: who may write policies of a role with this boundary alone may do the rest only then.
        if let Some(boundary) = &edit.permissions_boundary {
            let call = client.put_role_permissions_boundary().role_name(name);
            let call = call.permissions_boundary(boundary);
            call.send().await.of("iam:PutRolePermissionsBoundary")?;
        }
        if let Some(trust) = &edit.trust {
            let call = client
                .update_assume_role_policy()
                .role_name(name)
                .policy_document(trust.to_string());
            call.send().await.of("iam:UpdateAssumeRolePolicy")?;
            self.touched(name);
        }
        for (policy, document) in &edit.put {
            self.put(name, policy, document).await?;
        }
        for policy in &edit.remove {
            self.remove(name, policy).await?;
        }
        for policy in &edit.attach {
            self.attach(name, policy).await?;
        }
        for policy in &edit.detach {
            self.detach(name, policy).await?;
        }
        if let Some(wanted) = &edit.tags {
            let call = client.tag_role().role_name(name).set_tags(Some(tags(wanted)?));
            call.send().await.of("iam:TagRole")?;
        }
        Ok(())
    }

    pub(in crate::aws) async fn delete(&self, role: &Role) -> Result<()> {
        let name = &role.name;
        let removing = try_join_all(role.policies.keys().map(|policy| self.remove(name, policy)));
        let detaching = try_join_all(role.attached.iter().map(|policy| self.detach(name, policy)));
        try_join!(removing, detaching)?;
        self.client
            .delete_role()
            .role_name(name)
            .send()
            .await
            .of("iam:DeleteRole")
            .if_found()
            .map(drop)
    }

    /// Whether the role was made or changed so short a time ago that other services may not know it yet.
    pub(in crate::aws) async fn is_young(&self, arn: &str) -> Result<bool> {
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let known = self.settled.borrow().get(name).copied();
        let settled = match known {
            Some(settled) => settled,
            None => self.settles(name).await?,
        };
        Ok(Instant::now() < settled)
    }

    /// When a role that an earlier run may have made will have settled.
    async fn settles(&self, name: &str) -> Result<Instant> {
        let found =
            self.client.get_role().role_name(name).send().await.of("iam:GetRole").if_found()?;
        let created = found.and_then(|found| SystemTime::try_from(found.role?.create_date).ok());
        // A clock that is behind AWS's makes a role younger than it is, never older. No role is none to wait for.
        let age = created.map_or(SETTLING, |created| created.elapsed().unwrap_or_default());
        let settled = Instant::now() + SETTLING.saturating_sub(age);
        self.settled.borrow_mut().insert(name.to_owned(), settled);
        Ok(settled)
    }

    fn touched(&self, name: &str) {
        self.settled.borrow_mut().insert(name.to_owned(), Instant::now() + SETTLING);
    }

    async fn policy_names(&self, role: &str) -> Result<Vec<String>> {
        const OPERATION: &str = "iam:ListRolePolicies";
        let names = paging::all(OPERATION, async |from| {
            let call = self.client.list_role_policies().role_name(role).set_marker(from);
            let page = call.send().await.of(OPERATION)?;
            Ok((page.marker, Some(page.policy_names)))
        });
        Ok(names.await.if_found()?.unwrap_or_default())
    }

    async fn attached(&self, role: &str) -> Result<BTreeSet<String>> {
        const OPERATION: &str = "iam:ListAttachedRolePolicies";
        let policies = paging::all(OPERATION, async |from| {
            let call = self.client.list_attached_role_policies().role_name(role).set_marker(from);
            let page = call.send().await.of(OPERATION)?;
            Ok((page.marker, page.attached_policies))
        });
        let policies = policies.await.if_found()?.unwrap_or_default();
        Ok(policies.into_iter().filter_map(|policy| policy.policy_arn).collect())
    }

    async fn policy(&self, role: &str, name: &str) -> Result<Option<Value>> {
        let found = self.client.get_role_policy().role_name(role).policy_name(name).send().await;
        Ok(found.of("iam:GetRolePolicy").if_found()?.map(|found| document(found.policy_document())))
    }

    /// Sets an inline policy. The role may be so new that it is not found yet.
    async fn put(&self, role: &str, name: &str, document: &Value) -> Result<()> {
        let write = async || {
            let call = self.client.put_role_policy().role_name(role).policy_name(name);
            let written =
                call.policy_document(document.to_string()).send().await.of("iam:PutRolePolicy");
            if self.is_settling(role) {
                let what = || Look::NotYet(format!("role {role} to be found"));
                return Ok(written.if_found()?.map_or_else(what, |_| Look::Ready(())));
            }
            written.map(|_| Look::Ready(()))
        };
        self.patience.wait_until(APPEARING, write).await
    }

    fn is_settling(&self, role: &str) -> bool {
        self.settled.borrow().get(role).is_some_and(|settled| Instant::now() < *settled)
    }

    async fn remove(&self, role: &str, name: &str) -> Result<()> {
        let removed =
            self.client.delete_role_policy().role_name(role).policy_name(name).send().await;
        removed.of("iam:DeleteRolePolicy").if_found().map(drop)
    }

    /// Attaching what is attached is no change.
    async fn attach(&self, role: &str, policy_arn: &str) -> Result<()> {
        let attached =
            self.client.attach_role_policy().role_name(role).policy_arn(policy_arn).send().await;
        attached.of("iam:AttachRolePolicy").map(drop)
    }

    async fn detach(&self, role: &str, policy_arn: &str) -> Result<()> {
        let detached =
            self.client.detach_role_policy().role_name(role).policy_arn(policy_arn).send().await;
        detached.of("iam:DetachRolePolicy").if_found().map(drop)
    }
}

fn tags(tags: &Tags) -> Result<Vec<Tag>> {
    let tag = |(key, value): (&String, &String)| Tag::builder().key(key).value(value).build();
    let tags: std::result::Result<_, _> = tags.0.iter().map(tag).collect();
    tags.map_err(|error| CloudError::Failed {
        what: "making tags".to_owned(),
        reason: error.to_string(),
    })
}

/// A policy document as IAM gives it: JSON, percent-encoded.
///
/// What is no JSON is kept as text, to be seen as a difference.
fn document(encoded: &str) -> Value {
    let text = percent_decode_str(encoded).decode_utf8_lossy();
    serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::document;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(
            document("%7B%22Version%22%3A%20%222012-10-17%22%7D"),
            json!({ "Version": "2012-10-17" })
        );
        assert_eq!(document(r#"{"Resource":"50%"}"#), json!({ "Resource": "50%" }));
        assert_eq!(document("no%20policy"), json!("no policy"));
    }
}
