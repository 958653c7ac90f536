//! Values that a file says are in AWS: parameters, secrets, outputs of stacks.

use std::collections::BTreeMap;

use super::Result;

/// A parameter of AWS Systems Manager.
#[derive(Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its value, decrypted.
    pub value: String,
    /// Whether it is a `SecureString`.
    pub is_secret: bool,
}

impl std::fmt::Debug for Parameter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parameter").field("is_secret", &self.is_secret).finish_non_exhaustive()
    }
}

/// Reads them. What is not there is `None`.
#[expect(async_fn_in_trait, reason = "one thread, no Send bounds wanted")]
pub trait ReadValues {
    /// The parameter of this name or ARN.
    async fn parameter(&self, name: &str) -> Result<Option<Parameter>>;
    /// The text of the secret with this name or ARN.
    async fn secret_text(&self, id: &str) -> Result<Option<String>>;
    /// The outputs of the stack.
    async fn stack_outputs(&self, stack: &str) -> Result<Option<BTreeMap<String, String>>>;
}
