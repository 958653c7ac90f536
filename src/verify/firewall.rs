//! A firewall before a pool, and the way past it.
//!
//! AWS WAF looks at calls that anybody may make, and not at those of administrators ("Associating an AWS WAF web ACL with a
//! user pool", Cognito Developer Guide). So where it blocks this machine, and the flow is one that administrators may begin
//! too, an administrator's call proves the same token.

use crate::cloud::CloudError;

/// What was met so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Firewall {
    /// Nothing.
    #[default]
    Unmet,
    /// It blocks this machine, and an administrator's calls go past it.
    Passed,
    /// It blocks this machine, which may make no administrator's calls.
    Closed,
}

impl Firewall {
    /// Whether this error is its doing (`ForbiddenException` in the API reference of `InitiateAuth`).
    pub(super) fn blocks(error: &CloudError) -> bool {
        matches!(error, CloudError::Refused { code, .. } if code == "ForbiddenException")
    }

    /// What is to be said of it.
    pub(super) fn note(self, pool: &str) -> Option<String> {
        (self == Self::Passed).then(|| {
            format!(
                "AWS WAF blocks this machine at the pool {pool}: what could be was proven by an administrator's calls, which it does not see"
            )
        })
    }
}

/// The same refusal, where nobody may go past it.
pub(super) fn closed(refused: CloudError, denied: &str) -> CloudError {
    match refused {
        CloudError::Refused { operation, code, message, request_id } => {
            let message = format!(
                "{message} An administrator's call would not be seen by it, but {denied} was denied."
            );
            CloudError::Refused { operation, code, message, request_id }
        }
        other => other,
    }
}
