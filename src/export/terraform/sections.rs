//! Settings of a pool that have calls of their own at AWS: blocks of the pool, or resources of their own.

use hcl::Expression;
use hcl::structure::{Block, BlockBuilder};
use serde_json::{Map, Value};

use crate::export::hcl::{resource, written};
use crate::export::label::name;
use crate::model::Pool;
use crate::model::aws_api::PoolSection;

const TEXTS: &str = "sms_mfa_configuration";

/// The pool with its second factors, and whether they are asked for.
pub(super) fn with_second_factors(block: BlockBuilder, pool: &Pool) -> BlockBuilder {
    let Some(factors) = table(pool, PoolSection::Mfa) else { return block };
    let mode = pool.settings.get("mfa_configuration");
    let block = block.add_attributes(mode.map(|mode| ("mfa_configuration", written(mode))));
    let mut plain = factors.clone();
    // What is set for messages of a second factor stands in the pool itself.
    if let Some(Value::Object(texts)) = plain.shift_remove(TEXTS) {
        plain.extend(texts);
    }
    drop(
        plain
            .get_mut("sms_configuration")
            .and_then(|it| it.as_object_mut()?.shift_remove("eums_sms")),
    );
    let passkeys = plain.get_mut("web_authn_configuration").and_then(Value::as_object_mut);
    drop(passkeys.and_then(|it| it.shift_remove("factor_configuration")));
    plain.retain(|_, value| value.as_object().is_none_or(|it| !it.is_empty()));
    filled(block, &plain)
}

/// What stands beside the pool.
pub(super) fn resources(key: &str, pool: &Pool, id: &Expression) -> Vec<BlockBuilder> {
    let kinds = [
        (PoolSection::Risk, "aws_cognito_risk_configuration"),
        (PoolSection::LogDelivery, "aws_cognito_log_delivery_configuration"),
    ];
    let block = |(section, kind)| {
        let block = resource(kind, &name(&[key])).add_attribute(("user_pool_id", id.clone()));
        Some(filled(block, table(pool, section)?))
    };
    kinds.into_iter().filter_map(block).collect()
}

fn table(pool: &Pool, section: PoolSection) -> Option<&Map<String, Value>> {
    pool.settings.get(section.key())?.as_object()
}

/// The provider has the API's names in `snake_case`, a block for each structure, and one for each of a list.
fn filled(block: BlockBuilder, settings: &Map<String, Value>) -> BlockBuilder {
    settings.iter().fold(block, |block, (key, value)| match value {
        Value::Object(members) => block.add_block(nested(key, members)),
        Value::Array(items) if items.iter().all(Value::is_object) => {
            let items = items.iter().filter_map(Value::as_object);
            block.add_blocks(items.map(|members| nested(key, members)))
        }
        value => block.add_attribute((key.as_str(), written(value))),
    })
}

fn nested(key: &str, members: &Map<String, Value>) -> Block {
    filled(Block::builder(key), members).build()
}
