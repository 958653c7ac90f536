//! A gate that lets everything in: for tests of what is written, whatever the slot then names.

use pretoken::cloud::gate::admit;
use pretoken::cloud::{InvocationTargets, Result, Slot};
use pretoken::model::{ACTIVE, InvocationTarget, Permission, Target, Trigger};

struct Open;

impl InvocationTargets for Open {
    async fn invocation_target(&self, _: &str) -> Result<Option<InvocationTarget>> {
        let everybody = Permission {
            statement_id: "everybody".to_owned(),
            principal: "*".to_owned(),
            action: "lambda:InvokeFunction".to_owned(),
            source_arn: None,
            source_account: None,
        };
        Ok(Some(InvocationTarget {
            state: ACTIVE.to_owned(),
            reserved_concurrency: None,
            policy: vec![everybody],
        }))
    }
}

/// A slot of this pool that holds this.
pub(crate) fn slot(pool_id: &str, trigger: Option<Trigger>) -> Slot {
    let Some(trigger) = trigger else { return Slot::empty(pool_id) };
    let target = Target {
        partition: "aws".to_owned(),
        account: "123456789012".to_owned(),
        region: "eu-west-1".to_owned(),
        env: None,
        local: false,
    };
    let admitted = futures_util::FutureExt::now_or_never(admit(&Open, &target, pool_id, trigger));
    admitted.expect("nobody is asked").expect("nothing fails").expect("it is let in")
}
