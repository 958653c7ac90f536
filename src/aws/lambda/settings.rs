//! What a version freezes, between Lambda's types and the model.
//!
//! What Lambda does not say is its default here, so that it compares as equal.

use std::collections::BTreeMap;

use aws_sdk_lambda::types::{
    Architecture as Lambdas, Environment, EnvironmentResponse, Layer, LogFormat, LoggingConfig,
    TracingConfig, TracingMode, VpcConfig, VpcConfigResponse,
};

use crate::aws::error::unreadable;
use crate::cloud::{CloudError, Result};
use crate::model::{Architecture, Settings, Vpc};

/// Reads [`Settings`], or why they cannot be read, from either of the two types, alike in these fields, in which Lambda describes a function.
macro_rules! settings {
    ($found:expr) => {{
        let found = $found;
        let architectures = found.architectures.unwrap_or_default();
        let environment = $crate::aws::lambda::settings::variables(found.environment);
        environment.map(|environment| $crate::model::Settings {
            role_arn: found.role.unwrap_or_default(),
            runtime: found.runtime.map(|runtime| runtime.as_str().to_owned()).unwrap_or_default(),
            handler: found.handler.unwrap_or_default(),
            architecture: $crate::aws::lambda::settings::architecture_of(&architectures),
            memory_mb: $crate::aws::lambda::settings::natural(found.memory_size),
            timeout_s: $crate::aws::lambda::settings::natural(found.timeout),
            tracing: found
                .tracing_config
                .and_then(|tracing| tracing.mode)
                .map(|mode| mode.as_str().to_owned()),
            log_format: Some(
                found.logging_config.and_then(|logging| logging.log_format).map_or_else(
                    || "Text".to_owned(),
                    |format: aws_sdk_lambda::types::LogFormat| format.as_str().to_owned(),
                ),
            ),
            vpc: Some($crate::aws::lambda::settings::vpc(found.vpc_config)),
            layers: Some($crate::aws::lambda::settings::layers(found.layers)),
            kms_key_arn: found.kms_key_arn.filter(|arn| !arn.is_empty()),
            environment,
            code_sha256: found.code_sha256.unwrap_or_default(),
        })
    }};
}
pub(in crate::aws) use settings;

/// The variables, with the ids in the one order in which they are compared: another engine may write them in another.
/// Lambda answers without them where it may not use their key for whoever asks (`EnvironmentError`).
pub(in crate::aws) fn variables(
    found: Option<EnvironmentResponse>,
) -> Result<BTreeMap<String, String>> {
    let found = found.unwrap_or_else(|| EnvironmentResponse::builder().build());
    if let Some(error) = found.error {
        let (code, message) = (error.error_code.unwrap_or_default(), error.message);
        let message = message.unwrap_or_else(|| code.clone());
        return Err(if code.contains("AccessDenied") {
            CloudError::Denied { operation: "kms:Decrypt".to_owned(), message }
        } else {
            unreadable("lambda:GetFunction", format!("its variables are not to be had: {message}"))
        });
    }
    let mut variables: BTreeMap<_, _> = found.variables.unwrap_or_default().into_iter().collect();
    if let Some(ids) = variables.get_mut(trigger::IDS_VARIABLE)
        && let Ok(read) = trigger::Ids::from_json(ids)
    {
        *ids = read.to_json();
    }
    Ok(variables)
}

/// Lambda's default is `x86_64`.
pub(in crate::aws) fn architecture_of(listed: &[Lambdas]) -> Architecture {
    if listed.contains(&Lambdas::Arm64) { Architecture::Arm64 } else { Architecture::X86_64 }
}

pub(in crate::aws) fn architecture(wanted: Architecture) -> Lambdas {
    match wanted {
        Architecture::Arm64 => Lambdas::Arm64,
        Architecture::X86_64 => Lambdas::X8664,
    }
}

pub(in crate::aws) fn environment(settings: &Settings) -> Environment {
    Environment::builder()
        .set_variables(Some(settings.environment.clone().into_iter().collect()))
        .build()
}

pub(in crate::aws) fn tracing(settings: &Settings) -> Option<TracingConfig> {
    let mode = settings.tracing.as_deref().map(TracingMode::from);
    mode.map(|mode| TracingConfig::builder().mode(mode).build())
}

/// How Lambda writes its own lines, if that is declared; the group and the levels are its defaults.
pub(in crate::aws) fn logging(settings: &Settings) -> Option<LoggingConfig> {
    let format = settings.log_format.as_deref().map(LogFormat::from);
    format.map(|format| LoggingConfig::builder().log_format(format).build())
}

pub(in crate::aws) fn vpc(found: Option<VpcConfigResponse>) -> Vpc {
    let (subnets, groups) = found.map(|it| (it.subnet_ids, it.security_group_ids)).unzip();
    Vpc {
        subnets: subnets.flatten().into_iter().flatten().collect(),
        security_groups: groups.flatten().into_iter().flatten().collect(),
    }
}

pub(in crate::aws) fn vpc_config(settings: &Settings) -> Option<VpcConfig> {
    let Vpc { subnets, security_groups } = settings.vpc.clone()?;
    let subnets = subnets.into_iter().collect();
    let groups = security_groups.into_iter().collect();
    Some(
        VpcConfig::builder()
            .set_subnet_ids(Some(subnets))
            .set_security_group_ids(Some(groups))
            .build(),
    )
}

pub(in crate::aws) fn layers(found: Option<Vec<Layer>>) -> Vec<String> {
    found.unwrap_or_default().into_iter().filter_map(|layer| layer.arn).collect()
}

pub(in crate::aws) fn natural(number: Option<i32>) -> u32 {
    number.and_then(|number| u32::try_from(number).ok()).unwrap_or_default()
}

/// A share of traffic, which AWS gives as a fraction of one, in percent.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..=100 before"
)]
pub(in crate::aws) fn percent(share: f64) -> u8 {
    (share * 100.0).round().clamp(0.0, 100.0) as u8
}

/// The same as AWS takes it.
pub(in crate::aws) fn fraction(percent: u8) -> f64 {
    f64::from(percent) / 100.0
}
