//! The gate to a pool's slot: nothing is put there that was not seen, in this run, to be invocable by this very pool.
//!
//! Cognito fails every sign-in of a pool whose trigger it cannot invoke, and says nothing before. So a [`Slot`] that holds
//! something is made here alone, and a slot is written with nothing else.

use super::{CloudError, Result};
use crate::model::{InvocationTarget, Obstacle, Seen, Target, Trigger, obstacle};

/// Functions, as the gate looks at them.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait InvocationTargets {
    /// Whether, and by whom, the function that this ARN names can be invoked: by just this version or alias.
    async fn invocation_target(&self, arn: &str) -> Result<Option<InvocationTarget>>;
}

/// What a pool's slot is to hold: nothing, or what passed the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    pool_id: String,
    trigger: Option<Trigger>,
}

impl Slot {
    /// No trigger: every sign-in works, without us.
    #[must_use]
    pub fn empty(pool_id: &str) -> Self {
        Self { pool_id: pool_id.to_owned(), trigger: None }
    }

    /// The pool that it is a slot of.
    #[must_use]
    pub fn pool_id(&self) -> &str {
        &self.pool_id
    }

    /// What it holds.
    #[must_use]
    pub fn trigger(&self) -> Option<&Trigger> {
        self.trigger.as_ref()
    }
}

/// Looks at a function. What the caller may not read, or AWS does not tell, is no crash, and no leave either.
pub async fn look(cloud: &impl InvocationTargets, arn: &str) -> Result<Seen> {
    match cloud.invocation_target(arn).await {
        Ok(found) => Ok(Ok(found)),
        Err(CloudError::Denied { operation, .. }) => {
            Ok(Err(format!("the caller needs {operation}")))
        }
        Err(error @ CloudError::Refused { .. }) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

/// Looks whether this pool can invoke what the trigger names, and lets it into the slot only then.
pub async fn admit(
    cloud: &impl InvocationTargets,
    target: &Target,
    pool_id: &str,
    trigger: Trigger,
) -> Result<std::result::Result<Slot, Obstacle>> {
    let seen = look(cloud, &trigger.arn).await?;
    Ok(match obstacle(&seen, target, pool_id, &trigger.arn) {
        Some(obstacle) => Err(obstacle),
        None => Ok(Slot { pool_id: pool_id.to_owned(), trigger: Some(trigger) }),
    })
}

/// The slot with this trigger, or else the empty one, and why.
pub async fn admit_or_empty(
    cloud: &impl InvocationTargets,
    target: &Target,
    pool_id: &str,
    trigger: Option<Trigger>,
) -> Result<(Slot, Option<Obstacle>)> {
    let Some(trigger) = trigger else { return Ok((Slot::empty(pool_id), None)) };
    Ok(match admit(cloud, target, pool_id, trigger).await? {
        Ok(slot) => (slot, None),
        Err(obstacle) => (Slot::empty(pool_id), Some(obstacle)),
    })
}
