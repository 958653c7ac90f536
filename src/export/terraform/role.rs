//! The function's role: trust and boundary, the policy of its log, and what `deploy.toml` says beside it.

use hcl::structure::Block;

use crate::export::hcl::{call, document, reference, resource};
use crate::model::{LOGS_POLICY, Role};

/// The role and all its policies.
pub(super) fn blocks(role: &Role) -> Vec<Block> {
    let mut block = resource("aws_iam_role", "trigger")
        .add_attribute(("name", role.name.as_str()))
        .add_attribute(("assume_role_policy", call("jsonencode", [reference("local.trust")])));
    if let Some(boundary) = &role.permissions_boundary {
        block = block.add_attribute(("permissions_boundary", boundary.as_str()));
    }
    let policies = role.policies.iter().map(|(name, statements)| {
        let statements =
            if name == LOGS_POLICY { reference("local.policy") } else { document(statements) };
        resource("aws_iam_role_policy", label(name))
            .add_attribute(("name", name.as_str()))
            .add_attribute(("role", reference("aws_iam_role.trigger.name")))
            .add_attribute(("policy", call("jsonencode", [statements])))
            .build()
    });
    let attached = role.attached.iter().enumerate().map(|(place, arn)| {
        resource("aws_iam_role_policy_attachment", &format!("managed_{place}"))
            .add_attribute(("role", reference("aws_iam_role.trigger.name")))
            .add_attribute(("policy_arn", arn.as_str()))
            .build()
    });
    let role = block.add_attribute(("tags", reference("local.tags"))).build();
    std::iter::once(role).chain(policies).chain(attached).collect()
}

/// What has to be there before the function runs.
pub(super) fn addresses(role: &Role) -> impl Iterator<Item = String> {
    role.policies.keys().map(|name| format!("aws_iam_role_policy.{}", label(name)))
}

fn label(policy: &str) -> &str {
    if policy == LOGS_POLICY { "trigger" } else { policy }
}
