//! The function: code and settings, and who may invoke it by its alias.
//!
//! Every write waits until Lambda takes it, and until it is in force.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Concurrency, FunctionCode, LastUpdateStatus, Runtime, State};
use futures_util::try_join;

use super::resource_policy;
use super::settings::{architecture, environment, logging, settings, tracing, vpc_config};
use crate::aws::error::{Answer, Found, unreadable};
use crate::aws::iam::roles::Iam;
use crate::cloud::wait::{Look, Patience};
use crate::cloud::{CloudError, Invocation, Result};
use crate::model::{ACTIVE, ALIAS, Function, InvocationTarget, Permission, Tags};

/// How long Lambda may take to accept a write, a new role included, or to put it in force.
const LIMIT: Duration = Duration::from_mins(3);

/// AWS Lambda.
pub(in crate::aws) struct Lambda {
    pub(in crate::aws) client: Client,
    pub(in crate::aws) patience: Patience,
}

impl fmt::Debug for Lambda {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lambda")
    }
}

impl Lambda {
    pub(in crate::aws) async fn function(&self, name: &str) -> Result<Option<Function>> {
        const OPERATION: &str = "lambda:GetFunction";
        let found =
            self.client.get_function().function_name(name).send().await.of(OPERATION).if_found()?;
        let Some(found) = found else { return Ok(None) };
        if let Some(error) = found.tags_error {
            // Without the permission for tags, AWS answers the rest. Whose the function is must be known.
            return Err(CloudError::Denied {
                operation: "lambda:ListTags".to_owned(),
                message: error.message,
            });
        }
        let configuration = found
            .configuration
            .ok_or_else(|| unreadable(OPERATION, "there is no configuration in it"))?;
        Ok(Some(Function {
            name: name.to_owned(),
            settings: settings!(configuration)?,
            reserved_concurrency: found.concurrency.as_ref().and_then(reserved),
            tags: Tags(found.tags.unwrap_or_default().into_iter().collect()),
        }))
    }

    pub(in crate::aws) async fn create(
        &self,
        function: &Function,
        zip: &[u8],
        iam: &Iam,
    ) -> Result<()> {
        let (name, settings) = (&function.name, &function.settings);
        let write = async || {
            let call = self.client.create_function().function_name(name);
            let call = call
                .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
                .architectures(architecture(settings.architecture))
                .role(&settings.role_arn)
                .runtime(Runtime::from(settings.runtime.as_str()))
                .handler(&settings.handler)
                .memory_size(settings.memory_mb.cast_signed())
                .timeout(settings.timeout_s.cast_signed())
                .environment(environment(settings))
                .set_tracing_config(tracing(settings))
                .set_logging_config(logging(settings))
                .set_vpc_config(vpc_config(settings))
                .set_layers(settings.layers.clone())
                .set_kms_key_arn(settings.kms_key_arn.clone())
                .set_tags(Some(tags(&function.tags)));
            call.send().await.of("lambda:CreateFunction").map(drop)
        };
        match self.accepted(name, Some((&settings.role_arn, iam)), write).await {
            // Made by an attempt whose answer was lost, if it is ours.
            Err(error @ CloudError::Exists { .. }) => {
                let ours = self
                    .function(name)
                    .await?
                    .is_some_and(|found| found.tags.same_stack(&function.tags));
                if !ours {
                    return Err(error);
                }
            }
            created => created?,
        }
        self.in_force(name, None).await?;
        self.reserve(function).await
    }

    /// Reserves what is wanted; nothing wanted is nothing changed.
    pub(super) async fn reserve(&self, function: &Function) -> Result<()> {
        let Some(number) = function.reserved_concurrency else { return Ok(()) };
        let write = async || {
            let call = self.client.put_function_concurrency().function_name(&function.name);
            let call = call.reserved_concurrent_executions(number.cast_signed());
            call.send().await.of("lambda:PutFunctionConcurrency").map(drop)
        };
        self.accepted(&function.name, None, write).await
    }

    pub(in crate::aws) async fn tag(&self, name: &str, new: &Tags) -> Result<()> {
        let arn = self.arn(name).await?;
        let call = self.client.tag_resource().resource(arn).set_tags(Some(tags(new)));
        call.send().await.of("lambda:TagResource").map(drop)
    }

    pub(in crate::aws) async fn untag(&self, name: &str, keys: &[String]) -> Result<()> {
        let arn = self.arn(name).await?;
        let call = self.client.untag_resource().resource(arn).set_tag_keys(Some(keys.to_vec()));
        call.send().await.of("lambda:UntagResource").map(drop)
    }

    async fn arn(&self, name: &str) -> Result<String> {
        let found = self.configuration(name, None).await?;
        found
            .and_then(|found| found.function_arn)
            .ok_or_else(|| unreadable("lambda:GetFunctionConfiguration", "there is no ARN in it"))
    }

    pub(in crate::aws) async fn delete(&self, name: &str) -> Result<()> {
        let write = async || {
            let deleted = self.client.delete_function().function_name(name).send().await;
            deleted.of("lambda:DeleteFunction")
        };
        if self.accepted(name, None, write).await.if_found()?.is_none() {
            return Ok(());
        }
        let look = async || {
            let left = self.configuration(name, None).await?;
            let what = || Look::NotYet(format!("function {name} to be gone"));
            Ok(left.map_or(Look::Ready(()), |_| what()))
        };
        self.patience.wait_until(LIMIT, look).await
    }

    pub(in crate::aws) async fn invoke(
        &self,
        function: &str,
        qualifier: &str,
        event: &str,
    ) -> Result<Invocation> {
        const OPERATION: &str = "lambda:InvokeFunction";
        let call = async || {
            let call = self.client.invoke().function_name(function).qualifier(qualifier);
            call.payload(Blob::new(event)).send().await.of(OPERATION)
        };
        let answer = self.accepted(function, None, call).await?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let payload = String::from_utf8(payload)
            .map_err(|_| unreadable(OPERATION, "the function's answer is no text"))?;
        Ok(if answer.function_error.is_some() {
            Invocation::Fault(payload)
        } else {
            Invocation::Answer(payload)
        })
    }

    pub(in crate::aws) async fn permissions(&self, function: &str) -> Result<Vec<Permission>> {
        self.policy(function, Some(ALIAS)).await
    }

    async fn reserved_concurrency(&self, function: &str) -> Result<Option<u32>> {
        let found = self.client.get_function().function_name(function).send().await;
        let found = found.of("lambda:GetFunction").if_found()?;
        Ok(found.and_then(|found| found.concurrency).as_ref().and_then(reserved))
    }

    pub(in crate::aws) async fn invocation_target(
        &self,
        arn: &str,
    ) -> Result<Option<InvocationTarget>> {
        let (function, qualifier) = qualified(arn);
        let (found, reserved_concurrency, policy) = try_join!(
            self.configuration(function, qualifier),
            self.reserved_concurrency(function),
            self.policy(function, qualifier),
        )?;
        let state = |found: GetFunctionConfigurationOutput| {
            found.state.map_or_else(|| ACTIVE.to_owned(), |state| state.as_str().to_owned())
        };
        let target = |state| InvocationTarget { state, reserved_concurrency, policy };
        Ok(found.map(state).map(target))
    }

    async fn policy(&self, function: &str, qualifier: Option<&str>) -> Result<Vec<Permission>> {
        const OPERATION: &str = "lambda:GetPolicy";
        let call = self.client.get_policy().function_name(function);
        let found = call.set_qualifier(qualifier.map(ToOwned::to_owned)).send().await;
        let Some(found) = found.of(OPERATION).if_found()? else { return Ok(Vec::new()) };
        resource_policy::parse(found.policy().unwrap_or_default())
            .map_err(|detail| unreadable(OPERATION, detail))
    }

    pub(in crate::aws) async fn grant(
        &self,
        function: &str,
        permission: &Permission,
    ) -> Result<()> {
        let write = async || {
            let call = self.client.add_permission().function_name(function).qualifier(ALIAS);
            let call = call
                .statement_id(&permission.statement_id)
                .principal(&permission.principal)
                .action(&permission.action)
                .set_source_arn(permission.source_arn.clone())
                .set_source_account(permission.source_account.clone());
            call.send().await.of("lambda:AddPermission").map(drop)
        };
        match self.accepted(function, None, write).await {
            // The ids of statements hold a digest of the rest: the same id is the same statement, or no work of ours.
            Err(error @ CloudError::Exists { .. }) => {
                if self.permissions(function).await?.contains(permission) {
                    Ok(())
                } else {
                    Err(error)
                }
            }
            granted => granted,
        }
    }

    pub(in crate::aws) async fn revoke(&self, function: &str, statement_id: &str) -> Result<()> {
        let write = async || {
            let call = self.client.remove_permission().function_name(function).qualifier(ALIAS);
            call.statement_id(statement_id).send().await.of("lambda:RemovePermission")
        };
        self.accepted(function, None, write).await.if_found().map(drop)
    }

    /// Writes, and again as long as Lambda is busy with an earlier write, or does not know the new role yet.
    pub(in crate::aws) async fn accepted<T>(
        &self,
        function: &str,
        role: Option<(&str, &Iam)>,
        write: impl AsyncFn() -> Result<T>,
    ) -> Result<T> {
        let look = async || {
            let error = match write().await {
                Err(error) if error.has_code("ResourceConflictException") => {
                    return Ok(Look::NotYet(format!(
                        "an earlier change to function {function} to end"
                    )));
                }
                Err(error) => error,
                Ok(done) => return Ok(Look::Ready(done)),
            };
            match role {
                Some((arn, _)) if is_about_its_policy(&error) => Ok(Look::NotYet(format!(
                    "Lambda to know what the role {} may do",
                    arn.rsplit('/').next().unwrap_or(arn)
                ))),
                Some((arn, iam)) if is_about_the_role(&error) && iam.is_young(arn).await? => {
                    Ok(Look::NotYet(format!(
                        "Lambda to know the new role {}",
                        arn.rsplit('/').next().unwrap_or(arn)
                    )))
                }
                _ => Err(error),
            }
        };
        self.patience.wait_until(LIMIT, look).await
    }

    /// Waits until the function, or a version of it, can be invoked and its last change is done.
    pub(in crate::aws) async fn in_force(
        &self,
        function: &str,
        version: Option<&str>,
    ) -> Result<()> {
        let what = version.map_or_else(
            || format!("function {function}"),
            |it| format!("version {it} of {function}"),
        );
        let look = async || match self.configuration(function, version).await? {
            Some(found) => state(&what, &found),
            None => Ok(Look::NotYet(format!("{what} to appear"))),
        };
        self.patience.wait_until(LIMIT, look).await
    }

    pub(in crate::aws) async fn configuration(
        &self,
        function: &str,
        qualifier: Option<&str>,
    ) -> Result<Option<GetFunctionConfigurationOutput>> {
        let call = self.client.get_function_configuration().function_name(function);
        let found = call.set_qualifier(qualifier.map(ToOwned::to_owned)).send().await;
        found.of("lambda:GetFunctionConfiguration").if_found()
    }
}

/// AWS has no code for it: "The role defined for the function cannot be assumed by Lambda", in several wordings.
fn is_about_the_role(error: &CloudError) -> bool {
    error.has_code("InvalidParameterValueException") && error.says(&["role", "assume"])
}

/// "The provided execution role does not have permissions to call `CreateNetworkInterface` on EC2": the role's policy, which says
/// so, may be a moment old while the role is not.
fn is_about_its_policy(error: &CloudError) -> bool {
    error.has_code("InvalidParameterValueException") && error.says(&["CreateNetworkInterface"])
}

fn state(what: &str, found: &GetFunctionConfigurationOutput) -> Result<Look<()>> {
    let failed = |reason: Option<&str>| {
        Err(CloudError::Failed {
            what: what.to_owned(),
            reason: reason.unwrap_or("no reason was given").to_owned(),
        })
    };
    match (found.state(), found.last_update_status()) {
        (Some(State::Failed), _) => failed(found.state_reason()),
        (_, Some(LastUpdateStatus::Failed)) => failed(found.last_update_status_reason()),
        (Some(State::Pending), _) => Ok(Look::NotYet(format!("{what} to become active"))),
        (Some(State::Deleting | State::Deactivating), _) => {
            Ok(Look::NotYet(format!("{what} to change its state")))
        }
        (_, Some(LastUpdateStatus::InProgress)) => {
            Ok(Look::NotYet(format!("the change of {what} to be in force")))
        }
        _ => Ok(Look::Ready(())),
    }
}

/// A function's ARN, and the version or alias that it ends with.
fn qualified(arn: &str) -> (&str, Option<&str>) {
    match arn.match_indices(':').nth(6) {
        Some((end, _)) => (&arn[..end], Some(&arn[end + 1..])),
        None => (arn, None),
    }
}

fn tags(tags: &Tags) -> HashMap<String, String> {
    tags.0.clone().into_iter().collect()
}

/// AWS names no number where nothing is reserved.
fn reserved(concurrency: &Concurrency) -> Option<u32> {
    let number = concurrency.reserved_concurrent_executions?;
    Some(u32::try_from(number).unwrap_or(0))
}
