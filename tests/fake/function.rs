//! A function's settings, as Lambda takes them: what a call leaves out is Lambda's default at first, and later stays.

use pretoken::cloud::Result;
use pretoken::model::{Function, Settings};

use super::World;

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
