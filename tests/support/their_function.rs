//! A function of others in the world in memory.

use pretoken::model::{ACTIVE, InvocationTarget, Permission};

use crate::fake::{State, target};

/// Adds one that runs, and that lets this pool in.
pub(crate) fn add(state: &mut State, arn: &str, pool_id: &str) {
    let permission = Permission {
        statement_id: "theirs".to_owned(),
        principal: "cognito-idp.amazonaws.com".to_owned(),
        action: "lambda:InvokeFunction".to_owned(),
        source_arn: Some(target().pool_arn(pool_id)),
        source_account: None,
    };
    let theirs = InvocationTarget {
        state: ACTIVE.to_owned(),
        reserved_concurrency: None,
        policy: vec![permission],
    };
    state.others.insert(arn.to_owned(), theirs);
}
