//! A saved description against the live pool. Needs no `deploy.toml`.

use serde_json::Value;

use super::connection::Connection;
use super::consent::ask;
use crate::cloud::{Read, Write, gate};
use crate::failure::Failure;
use crate::model::Obstacle;
use crate::reconcile::plan::withheld;
use crate::user::User;

/// What is not as it was saved, a line each.
pub async fn differences<C: Read>(
    connection: &Connection<C>,
    id: &str,
    saved: &Value,
) -> Result<Vec<String>, Failure> {
    Ok(connection.cloud.pool_differences(id, saved).await?)
}

/// Puts the saved settings back, after asking. The trigger comes back if the pool can invoke it; what keeps it from that is
/// returned.
pub async fn restore<C: Write>(
    connection: &Connection<C>,
    id: &str,
    saved: &Value,
    user: &impl User,
) -> Result<Option<String>, Failure> {
    let Connection { cloud, target, .. } = connection;
    let trigger = cloud.saved_trigger(saved);
    let look = async || gate::admit_or_empty(cloud, target, id, trigger.clone()).await;
    let told = |obstacle| {
        let withheld = |(trigger, it): (_, Obstacle)| withheld(id, trigger, &it);
        trigger.as_ref().zip(obstacle).map(withheld)
    };
    let before = told(look().await?.1);
    if let Some(why) = before {
        user.say(&format!("Note: {why}."));
    }
    ask(user, "Put the saved settings back?").await?;
    let (slot, obstacle) = look().await?;
    cloud.restore_pool(saved, &slot).await?;
    Ok(told(obstacle))
}
