//! A saved description against the live pool. Needs no `deploy.toml`.

use serde_json::Value;

use super::connection::Connection;
use super::consent::ask;
use crate::cloud::{Read, Write};
use crate::failure::Failure;
use crate::user::User;

/// What is not as it was saved, a line each.
pub async fn differences<C: Read>(
    connection: &Connection<C>,
    id: &str,
    saved: &Value,
) -> Result<Vec<String>, Failure> {
    Ok(connection.cloud.pool_differences(id, saved).await?)
}

/// Puts the saved settings back, after asking.
pub async fn restore<C: Write>(
    connection: &Connection<C>,
    id: &str,
    saved: &Value,
    user: &impl User,
) -> Result<(), Failure> {
    ask(user, "Put the saved settings back?").await?;
    Ok(connection.cloud.restore_pool(id, saved).await?)
}
