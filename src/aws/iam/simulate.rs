//! Asking IAM what a caller may do, before anything is done. It changes nothing, and decides nothing about what is needed.
//!
//! `SimulatePrincipalPolicy` knows the caller's own policies and boundary; what an organisation or a resource's policy
//! denies on top shows only when the call is made.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};

use super::roles::Iam;
use crate::aws::error::{Answer, Found};
use crate::aws::paging;
use crate::cloud::{AccessQuestion, CloudError, Result};

impl Iam {
    /// The user or role whose policies decide for this caller; `None` for the account's root, who may do everything.
    ///
    /// A session's ARN leaves out the path of its role. Who may not read the role is taken to have one without a path.
    pub(in crate::aws) async fn principal(&self, caller_arn: &str) -> Result<Option<String>> {
        let parts: Vec<&str> = caller_arn.split(':').collect();
        let (partition, account) = match parts.as_slice() {
            [_, partition, _, _, account, _] => (*partition, *account),
            _ => ("aws", ""),
        };
        let resource = parts.last().copied().unwrap_or_default();
        match resource.split_once('/') {
            None if resource == "root" => Ok(None),
            Some(("user", _)) => Ok(Some(caller_arn.to_owned())),
            Some(("assumed-role", session)) => {
                let role = session.split('/').next().unwrap_or_default();
                let call = self.client.get_role().role_name(role);
                let found = match Box::pin(call.send()).await.of("iam:GetRole").if_found() {
                    Err(CloudError::Denied { .. }) => None,
                    found => found?.and_then(|found| found.role),
                };
                let plain = || format!("arn:{partition}:iam::{account}:role/{role}");
                Ok(Some(found.map_or_else(plain, |role| role.arn)))
            }
            _ => Err(CloudError::Failed {
                what: format!("checking what {caller_arn} may do"),
                reason: "IAM can only tell it of users and roles".to_owned(),
            }),
        }
    }

    /// Those of the actions that the user or role may not do.
    pub(in crate::aws) async fn denied(
        &self,
        principal_arn: &str,
        question: AccessQuestion<'_>,
    ) -> Result<Vec<String>> {
        const OPERATION: &str = "iam:SimulatePrincipalPolicy";
        let results = paging::all(OPERATION, async |from| {
            let call = self
                .client
                .simulate_principal_policy()
                .policy_source_arn(principal_arn)
                .set_action_names(Some(question.actions.iter().map(ToString::to_string).collect()))
                .resource_arns(question.resource)
                .set_context_entries(question.context.map(|entry| vec![context(entry)]))
                .set_marker(from);
            let page = call.send().await.of(OPERATION)?;
            Ok((page.marker, page.evaluation_results))
        });
        let denied = Box::pin(results)
            .await?
            .into_iter()
            .filter(|result| result.eval_decision != PolicyEvaluationDecisionType::Allowed);
        Ok(denied.map(|result| result.eval_action_name).collect())
    }
}

fn context((key, value): (&str, &str)) -> ContextEntry {
    ContextEntry::builder()
        .context_key_name(key)
        .context_key_type(ContextKeyTypeEnum::String)
        .context_key_values(value)
        .build()
}
