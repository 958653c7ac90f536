//! What is declared of the function beside what every function has.

use hcl::Expression;
use hcl::structure::{Attribute, Block, BlockBuilder};

use crate::model::{Function, Vpc};

/// The block with all of it.
pub(super) fn declared(block: BlockBuilder, function: &Function) -> BlockBuilder {
    let settings = &function.settings;
    let reserved = function.reserved_concurrency;
    let reserved = reserved.map(|it| Attribute::new("reserved_concurrent_executions", it));
    let key = settings.kms_key_arn.as_deref().map(|arn| Attribute::new("kms_key_arn", arn));
    let layers = settings.layers.as_ref().map(|layers| Attribute::new("layers", texts(layers)));
    let one = |kind: &str, key: &str, value: &str| {
        Block::builder(kind).add_attribute((key, value)).build()
    };
    let tracing = settings.tracing.as_deref().map(|mode| one("tracing_config", "mode", mode));
    let format = settings.log_format.as_deref();
    let format = format.map(|format| one("logging_config", "log_format", format));
    let vpc = settings.vpc.as_ref().map(|Vpc { subnets, security_groups }| {
        Block::builder("vpc_config")
            .add_attribute(("subnet_ids", texts(subnets)))
            .add_attribute(("security_group_ids", texts(security_groups)))
            .build()
    });
    block
        .add_attributes(reserved.into_iter().chain(key).chain(layers))
        .add_blocks(tracing.into_iter().chain(format).chain(vpc))
}

fn texts<'t>(texts: impl IntoIterator<Item = &'t String>) -> Expression {
    Expression::Array(texts.into_iter().map(|text| text.as_str().into()).collect())
}
