//! What a policy cannot say about itself. Pure.

use serde_json::Value;

use super::oidc::OidcSubject;
use super::{MANAGED_POLICY_LIMIT, size};
use crate::config::Config;

/// Hints for whoever creates the role; `changes` is whether its command writes, `pipelines` are those that take it on.
#[must_use]
pub fn advice(
    config: &Config,
    changes: bool,
    pipelines: &[OidcSubject],
    policy: &Value,
) -> Vec<String> {
    let length = size(policy);
    let adopts = config.pools.values().any(|pool| pool.pool_id().is_some());
    let told = [
        (
            length > MANAGED_POLICY_LIMIT,
            format!(
                "these are {length} characters, and a managed policy may have {MANAGED_POLICY_LIMIT}; put it into the role itself (`aws iam put-role-policy`), which takes 10240"
            ),
        ),
        (
            pipelines.iter().any(OidcSubject::may_be_immutable),
            "GitHub puts numbers into the subjects of repositories that were made, renamed or moved since 15 July 2026: write OWNER@ID/REPO@ID for those (`gh api repos/OWNER/REPO --jq '.owner.id, .id'`)".to_owned(),
        ),
        (
            changes && pipelines.iter().any(OidcSubject::is_pull_request),
            "whoever can open a pull request from a branch of this repository takes this role on, before any review; bind it to `:environment:NAME` with required reviewers, and give pull requests the role of `permissions plan`".to_owned(),
        ),
        (
            adopts && changes,
            "a write to an adopted pool carries all its settings; if it sends SMS by a role of its own, the caller may need iam:PassRole on that role too".to_owned(),
        ),
    ];
    let told = told.into_iter().filter(|(applies, _)| *applies);
    told.map(|(_, text)| format!("hint: {text}")).collect()
}
