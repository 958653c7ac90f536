//! What values from elsewhere are read from, as IAM names it ("Actions, resources, and condition keys" of AWS Systems Manager,
//! AWS Secrets Manager and AWS CloudFormation).

use std::collections::BTreeSet;

use crate::config::{Config, Reference};
use crate::model::Target;

use super::table::On;

/// The ARNs of what `deploy.toml` takes values from, of the kind that `on` means.
pub(super) fn arns(config: &Config, target: &Target, on: On) -> Vec<String> {
    let all = config.references.iter().filter_map(|reference| arn(reference, target, on));
    all.collect::<BTreeSet<_>>().into_iter().collect()
}

fn arn(reference: &Reference, target: &Target, on: On) -> Option<String> {
    let Target { partition, account, region, .. } = target;
    let of = |service: &str, rest: String| {
        format!("arn:{partition}:{service}:{region}:{account}:{rest}")
    };
    let whole = |text: &String| text.starts_with("arn:").then(|| text.clone());
    match (reference, on) {
        (Reference::Ssm { name }, On::DeclaredParameters) => {
            // A version or a label is no part of its ARN.
            let bare = || name.trim_start_matches('/').split(':').next().unwrap_or_default();
            Some(whole(name).unwrap_or_else(|| of("ssm", format!("parameter/{}", bare()))))
        }
        (Reference::SecretsManager { id, .. }, On::DeclaredSecrets) => {
            // Secrets Manager adds a hyphen and six letters of its own to the name.
            Some(whole(id).unwrap_or_else(|| of("secretsmanager", format!("secret:{id}-??????"))))
        }
        (Reference::CloudFormation { stack, .. }, On::DeclaredStacks) => {
            let of_stack = || of("cloudformation", format!("stack/{stack}/*"));
            Some(whole(stack).unwrap_or_else(of_stack))
        }
        _ => None,
    }
}
