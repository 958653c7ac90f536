//! Users that proofs of this stack made and that are still there: of a proof that goes on, or of one that was killed.

use schemars::JsonSchema;
use serde::Serialize;

use super::connection::Connection;
use crate::cloud::{self, Read};
use crate::failure::Failure;
use crate::model::dates;
use crate::model::{LivePool, TemporaryUser};
use crate::reconcile::actual::{Actual, Found};
use crate::reconcile::identity::Identity;
use crate::reconcile::observe::temporary_users;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftUser {
    /// The pool's key, or its id if it is not declared.
    pub pool: String,
    /// The pool's id.
    pub pool_id: String,
    /// The user's name.
    pub username: String,
    /// When it was made.
    pub made: Option<String>,
    /// Whether a proof may still be using it.
    pub may_be_in_use: bool,
}

impl LeftUser {
    /// Which user, where, and what becomes of it.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { pool, pool_id, username, made, may_be_in_use } = self;
        let made = made.as_ref().map(|made| format!(" at {made}")).unwrap_or_default();
        let whose = if *may_be_in_use {
            format!("a verification made it{made}, and goes on or was cut off")
        } else {
            format!("a verification that was cut off left it{made}")
        };
        let place = if pool == pool_id { pool.clone() } else { format!("{pool} ({pool_id})") };
        format!("the temporary user {username} is in the pool {place}: {whose}")
    }

    /// What removes it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        if self.may_be_in_use {
            "`pretoken verify` removes it once it is a quarter of an hour old, and `pretoken destroy` at any time"
        } else {
            "`pretoken verify` removes it, and so does `pretoken destroy`"
        }
    }
}

/// Looks into the pools that were found.
pub async fn left_users<C: Read>(
    connection: &Connection<C>,
    identity: &Identity,
    actual: &Actual,
) -> cloud::Result<Vec<LeftUser>> {
    left_in(connection, identity, actual, |_| true).await
}

/// Looks into those that are not the stack's own: there such a user stays when the stack goes, and a plan says so. A plan
/// of a pool of one's own is read often, and takes no call for this.
pub async fn left_elsewhere<C: Read>(
    connection: &Connection<C>,
    identity: &Identity,
    actual: &Actual,
) -> cloud::Result<Vec<LeftUser>> {
    left_in(connection, identity, actual, |live| !identity.owns(live)).await
}

async fn left_in<C: Read>(
    connection: &Connection<C>,
    identity: &Identity,
    actual: &Actual,
    is_meant: impl Fn(&LivePool) -> bool,
) -> cloud::Result<Vec<LeftUser>> {
    let declared = actual.pools.iter();
    let declared = declared.filter_map(|(key, found)| Some((key, Found::pool(found)?)));
    let pools: Vec<(&String, &LivePool)> =
        declared.chain(&actual.undeclared).filter(|(_, live)| is_meant(live)).collect();
    let found = temporary_users(&connection.cloud, pools.iter().map(|(_, live)| *live)).await?;
    let now = connection.clock.now();
    let of_pool = |(pool, live): (&String, &LivePool)| {
        let here = found.get(&live.id).into_iter().flatten();
        let ours = here.filter(|user| user.is_of(&identity.stack));
        ours.map(|user| left(pool, &live.id, user, now)).collect::<Vec<_>>()
    };
    Ok(pools.into_iter().flat_map(of_pool).collect())
}

/// A failure that keeps the rest from being told tells of them.
#[must_use]
pub fn beside(failure: Failure, left: &[LeftUser]) -> Failure {
    let said = left.iter().map(|user| format!("{}; {}", user.text(), user.help()));
    said.fold(failure, Failure::hint)
}

fn left(pool: &str, pool_id: &str, user: &TemporaryUser, now: i64) -> LeftUser {
    LeftUser {
        pool: pool.to_owned(),
        pool_id: pool_id.to_owned(),
        username: user.shown.clone(),
        made: user.made.map(|made| dates::end(std::time::Duration::ZERO, made)),
        may_be_in_use: !user.is_left_behind(now),
    }
}
