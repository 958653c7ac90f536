//! What a caller may do, asked before anything is done.

use super::Result;

/// Some actions on one resource.
#[derive(Debug, Clone, Copy)]
pub struct AccessQuestion<'a> {
    /// As IAM spells them.
    pub actions: &'a [&'a str],
    /// Its ARN, or `*`.
    pub resource: &'a str,
    /// A key that the request will have, and its value.
    pub context: Option<(&'a str, &'a str)>,
}

/// Asking about a caller's policies.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait Access {
    /// The user or role whose policies decide for this caller; `None` for the account's root, who may do everything.
    ///
    /// A session's ARN leaves out the path of its role. Who may not read the role is taken to have one without a path.
    async fn principal(&self, caller_arn: &str) -> Result<Option<String>>;
    /// Those of the actions that the user or role may not do.
    async fn denied(
        &self,
        principal_arn: &str,
        question: AccessQuestion<'_>,
    ) -> Result<Vec<String>>;
}
