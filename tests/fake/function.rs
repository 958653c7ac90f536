//! A function's settings, as Lambda takes them: what a call leaves out is Lambda's default at first, and later stays.

use pretoken::cloud::{CloudError, Result};
use pretoken::model::{Function, FunctionEdit, Settings};

use super::{State, World, refused};

/// AWS reserves nothing for it before a second call.
pub fn created(function: &Function) -> Function {
    let mut latest = Function { reserved_concurrency: None, ..function.clone() };
    let settings = &mut latest.settings;
    settings.tracing.get_or_insert("PassThrough".to_owned());
    settings.log_format.get_or_insert("Text".to_owned());
    settings.vpc.get_or_insert_default();
    settings.layers.get_or_insert_default();
    latest
}

pub fn updated(seen: &Settings, wanted: &Settings) -> Settings {
    let (seen, wanted) = (seen.clone(), wanted.clone());
    Settings {
        code_sha256: seen.code_sha256,
        architecture: seen.architecture,
        tracing: wanted.tracing.or(seen.tracing),
        log_format: wanted.log_format.or(seen.log_format),
        vpc: wanted.vpc.or(seen.vpc),
        layers: wanted.layers.or(seen.layers),
        kms_key_arn: wanted.kms_key_arn.or(seen.kms_key_arn),
        ..wanted
    }
}

impl World {
    /// The parts of an edit, each while `$LATEST` is as it was seen.
    pub(super) fn update(
        &self,
        function: &Function,
        seen: &Settings,
        edit: FunctionEdit,
    ) -> Result<()> {
        let mut seen = seen.clone();
        if edit.code {
            self.call("UpdateFunctionCode", |state| {
                let latest = latest(state, function)?;
                as_seen(latest, &seen)?;
                latest.settings.code_sha256.clone_from(&function.settings.code_sha256);
                latest.settings.architecture = function.settings.architecture;
                seen = latest.settings.clone();
                Ok(())
            })?;
        }
        if edit.settings {
            self.call("UpdateFunctionConfiguration", |state| {
                let latest = latest(state, function)?;
                as_seen(latest, &seen)?;
                latest.settings = updated(&latest.settings, &function.settings);
                Ok(())
            })?;
        }
        if edit.concurrency {
            self.reserve(function)?;
        }
        if edit.tags {
            self.call("TagResource", |state| {
                latest(state, function)?.tags.0.extend(function.tags.0.clone());
                Ok(())
            })?;
        }
        Ok(())
    }

    pub(super) fn reserve(&self, function: &Function) -> Result<()> {
        if function.reserved_concurrency.is_none() {
            return Ok(());
        }
        self.call("PutFunctionConcurrency", |state| {
            let latest = &mut state.functions.get_mut(&function.name).expect("the function").latest;
            latest.reserved_concurrency = function.reserved_concurrency;
            Ok(())
        })
    }
}

fn latest<'a>(state: &'a mut State, function: &Function) -> Result<&'a mut Function> {
    let found = state.functions.get_mut(&function.name).map(|found| &mut found.latest);
    found.ok_or_else(|| refused("lambda:UpdateFunctionCode", "ResourceNotFoundException"))
}

/// Whoever saw something else comes second.
fn as_seen(latest: &Function, seen: &Settings) -> Result<()> {
    let conflict = || CloudError::Conflict { what: format!("function {}", latest.name) };
    if latest.settings == *seen { Ok(()) } else { Err(conflict()) }
}
