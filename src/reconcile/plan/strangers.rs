//! Statements of the alias's policy that somebody else made, for pools that this stack does not know.
//!
//! A pool that this stack never attached may name the alias all the same. Its sign-ins would fail without the statement, so
//! that it stays, and with it the function.

use crate::model::{ALIAS, Permission};
use crate::reconcile::actual::{Actual, Found};
use crate::reconcile::identity::Identity;

/// Whether a pool that this stack does not know may need this statement: not one of ours, and not for a pool that is
/// declared, or that was looked for and does not exist.
pub(super) fn is_relied_on(identity: &Identity, actual: &Actual, seen: &Permission) -> bool {
    if !seen.is_for_cognito() || is_ours(identity, seen) {
        return false;
    }
    let here = identity.target.pool_arn("");
    let id = seen.source_arn.as_deref().and_then(|arn| arn.strip_prefix(&here));
    match id.filter(|id| !id.contains(['*', '?', ','])) {
        None => true,
        Some(id) => actual.undeclared.get(id).is_some_and(|live| {
            !live.pool.tags.same_stack(&identity.tags)
                && actual.previous(id, &identity.tags).is_none()
                && !actual.pools.values().filter_map(Found::pool).any(|pool| pool.id == id)
        }),
    }
}

/// Whether somebody else attached this pool, by a statement of theirs.
pub(super) fn holds(identity: &Identity, actual: &Actual, pool_id: &str) -> bool {
    let arn = identity.target.pool_arn(pool_id);
    let mut statements =
        actual.permissions.iter().filter(|it| it.source_arn.as_deref() == Some(&arn));
    statements.any(|seen| is_relied_on(identity, actual, seen))
        && !actual.permissions.contains(&identity.permission(pool_id))
}

/// Whether its id is the one that this stack gives to a statement for this pool; or its content is in the way of one.
fn is_ours(identity: &Identity, seen: &Permission) -> bool {
    let arn = seen.source_arn.as_deref().unwrap_or_default();
    let id = arn.rsplit_once('/').map_or("", |(_, id)| id);
    identity.permission(id).statement_id == seen.statement_id
}

/// What a plan says of such a statement.
pub(super) fn note(identity: &Identity, seen: &Permission) -> String {
    format!(
        "the statement `{}` lets {} invoke {}, and is not this stack's; it stays",
        seen.statement_id,
        whom(seen),
        identity.stack.function_name()
    )
}

/// Whom it lets in.
pub(super) fn whom(seen: &Permission) -> String {
    seen.source_arn.clone().unwrap_or_else(|| "every pool".to_owned())
}

/// The command that takes such a statement away.
pub(super) fn removal(function: &str, statement: &str) -> String {
    format!(
        "aws lambda remove-permission --function-name {function} --qualifier {ALIAS} --statement-id {statement}"
    )
}
