//! The triggers of a pool: ours, and the others that it declares.

use hcl::structure::Block;
use serde_json::Value;

use crate::model::Pool;
use crate::model::aws_api::POOL;

/// What the provider has a block for, under AWS's names and its own.
const SENDERS: [(&str, &str); 2] =
    [("CustomEmailSender", "custom_email_sender"), ("CustomSMSSender", "custom_sms_sender")];

/// Whether the module sets what `deploy.toml` declares at this path: the provider does not know of all triggers.
pub(in crate::export) fn sets_trigger(path: &str) -> bool {
    path.strip_prefix("triggers.").is_some_and(|name| name != "inbound_federation")
}

/// The block with all of them.
pub(super) fn block(pool: &Pool, ours: Block) -> Block {
    let triggers = pool.settings.get("triggers").and_then(Value::as_object);
    let is_sender = |key: &str| SENDERS.iter().any(|(_, sender)| *sender == key);
    let plain = triggers.into_iter().flatten().filter_map(|(key, arn)| {
        let is_plain = sets_trigger(&format!("triggers.{key}")) && !is_sender(key);
        Some((key.as_str(), arn.as_str().filter(|_| is_plain)?))
    });
    let block = Block::builder("lambda_config").add_attributes(plain).add_block(ours);
    let lambdas = POOL.to_api(&pool.settings).remove("LambdaConfig").unwrap_or_default();
    let senders = SENDERS.into_iter().filter_map(|(member, key)| {
        let sender = lambdas.get(member)?;
        let block = Block::builder(key)
            .add_attribute(("lambda_arn", sender["LambdaArn"].as_str()?))
            .add_attribute(("lambda_version", sender["LambdaVersion"].as_str()?));
        Some(block.build())
    });
    block.add_blocks(senders).build()
}
