//! Changes to `$LATEST`, each made only while it is as it was seen: of two runs at the same time the one that comes second
//! writes nothing.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::Runtime;

use super::alias::{ATTEMPTS, MOVED};
use super::function::Lambda;
use super::settings::{architecture, environment, logging, settings, tracing, vpc_config};
use crate::aws::error::Answer;
use crate::aws::iam::roles::Iam;
use crate::cloud::{CloudError, Result};
use crate::model::{Function, FunctionEdit, Settings};

impl Lambda {
    /// Makes the parts of the edit, one after the other; each is in force before the next.
    pub(in crate::aws) async fn update(
        &self,
        function: &Function,
        seen: &Settings,
        edit: FunctionEdit,
        zip: &[u8],
        iam: &Iam,
    ) -> Result<()> {
        let (name, settings) = (&function.name, &function.settings);
        let mut seen = seen.clone();
        if edit.code {
            let uploaded = Settings {
                code_sha256: settings.code_sha256.clone(),
                architecture: settings.architecture,
                ..seen.clone()
            };
            let write = async |revision| {
                let call =
                    self.client.update_function_code().function_name(name).zip_file(Blob::new(zip));
                let call = call.architectures(architecture(settings.architecture));
                let call = call.set_revision_id(revision).send();
                call.await.of("lambda:UpdateFunctionCode").map(drop)
            };
            self.guarded(name, (&seen, &uploaded), None, write).await?;
            self.in_force(name, None).await?;
            seen = uploaded;
        }
        if edit.settings {
            let write = async |revision| {
                let call = self.client.update_function_configuration().function_name(name);
                let call = call
                    .set_revision_id(revision)
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
                    .set_kms_key_arn(settings.kms_key_arn.clone());
                call.send().await.of("lambda:UpdateFunctionConfiguration").map(drop)
            };
            let role = Some((settings.role_arn.as_str(), iam));
            self.guarded(name, (&seen, settings), role, write).await?;
            self.in_force(name, None).await?;
        }
        if edit.concurrency {
            self.reserve(function).await?;
        }
        if edit.tags { self.tag(name, &function.tags).await } else { Ok(()) }
    }

    /// Writes while `$LATEST` is as it was seen, by its revision ("Update the function only if the revision ID matches",
    /// API reference of `UpdateFunctionCode`). Where it is as wanted, an attempt whose answer was lost took effect.
    async fn guarded(
        &self,
        function: &str,
        (seen, wanted): (&Settings, &Settings),
        role: Option<(&str, &Iam)>,
        write: impl AsyncFn(Option<String>) -> Result<()>,
    ) -> Result<()> {
        for _ in 0..ATTEMPTS {
            let found = self.configuration(function, None).await?;
            let revision = found.as_ref().and_then(|found| found.revision_id.clone());
            let Some(now) = found.map(|found| settings!(found)).transpose()? else { break };
            if now.only(wanted) == *wanted {
                return Ok(());
            }
            if now != *seen {
                break;
            }
            match self.accepted(function, role, async || write(revision.clone()).await).await {
                // Somebody else, an attempt of ours, or Lambda itself, when a state of its own changes: the next look tells.
                Err(error) if error.has_code(MOVED) => {}
                written => return written,
            }
        }
        Err(CloudError::Conflict { what: format!("function {function}") })
    }
}
