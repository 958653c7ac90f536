//! Whose hands a pool is in, by the marks that their tools leave on it, and how both can agree on the trigger; and who
//! deploys this stack, when it was exported.
//!
//! Marks are hints: what is said here is a note in a plan, and never a reason to refuse.

use crate::model::{LivePool, Trigger};
use crate::reconcile::actual::Actual;
use crate::reconcile::desired::Desired;

/// A tool that manages a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tool {
    Amplify,
    Cdk,
    CloudFormation,
    Terraform,
}

const STACK_NAME: &str = "aws:cloudformation:stack-name";
const LOGICAL_ID: &str = "aws:cloudformation:logical-id";

/// What to know about the owner of this pool, if it has marks of one.
pub(super) fn note(live: &LivePool, trigger: &Trigger) -> Option<String> {
    let tool = tool(live)?;
    let stack = live.pool.tags.0.get(STACK_NAME).map(|name| format!(" (stack `{name}`)"));
    let (name, next) = match tool {
        Tool::Amplify => ("Amplify", "its next deployment of the pool"),
        Tool::Cdk => ("the AWS CDK", "the next `cdk deploy` that changes the pool"),
        Tool::CloudFormation => {
            ("CloudFormation", "the next update of the stack that changes the pool")
        }
        Tool::Terraform => ("Terraform", "the next `apply` that changes the pool"),
    };
    Some(format!(
        "the pool `{}` is managed by {name}{}: {next} writes the triggers that it knows, and so removes this one. Put it there too, so that both agree:\n{}",
        live.id,
        stack.unwrap_or_default(),
        snippet(tool, trigger)
    ))
}

/// What to know when another engine deploys this very stack, from an export.
pub(super) fn of_stack(desired: &Desired, actual: &Actual) -> Option<String> {
    const MANAGER: &str = "managed-by";
    let function = actual.function.as_ref()?;
    let (live, ours) = (function.tags.0.get(MANAGER)?, desired.identity.tags.0.get(MANAGER)?);
    (live != ours && function.tags.same_stack(&desired.identity.tags)).then(|| {
        format!(
            "this stack is deployed by {live}, from an export: change it there, by exporting again. `up` would write to it beside {live}"
        )
    })
}

/// Amplify and the CDK work by `CloudFormation`, so their own marks come first.
fn tool(live: &LivePool) -> Option<Tool> {
    let tags = &live.pool.tags.0;
    let stack = tags.get(STACK_NAME);
    let name = &live.pool.name;
    let amplify = tags.keys().any(|key| key.starts_with("amplify:"))
        || stack.is_some_and(|stack| stack.starts_with("amplify-"))
        || name.starts_with("amplify")
        || name.contains("_userpool_");
    // The CDK ends logical ids with eight digits of a hash.
    let hashed = |id: &String| {
        let end = id.len().checked_sub(8).and_then(|start| id.get(start..));
        end.is_some_and(|end| end.chars().all(|c| c.is_ascii_digit() || ('A'..='F').contains(&c)))
    };
    let cdk = tags.get(LOGICAL_ID).is_some_and(hashed);
    let terraform = |text: &String| {
        let text = text.to_lowercase();
        text.contains("terraform") || text.contains("opentofu")
    };
    match () {
        () if amplify => Some(Tool::Amplify),
        () if cdk => Some(Tool::Cdk),
        () if tags.keys().any(|key| key.starts_with("aws:cloudformation:")) => {
            Some(Tool::CloudFormation)
        }
        () if tags.iter().any(|(key, value)| terraform(key) || terraform(value)) => {
            Some(Tool::Terraform)
        }
        () => None,
    }
}

fn snippet(tool: Tool, Trigger { arn, version, .. }: &Trigger) -> String {
    let of_cdk = |pool: &str| {
        format!(
            "  {pool}\n    .addPropertyOverride(\"LambdaConfig.PreTokenGenerationConfig\", {{\n      LambdaArn: \"{arn}\",\n      LambdaVersion: \"{version}\",\n    }});"
        )
    };
    match tool {
        Tool::Amplify => of_cdk("backend.auth.resources.cfnResources.cfnUserPool"),
        Tool::Cdk => of_cdk("(userPool.node.defaultChild as cognito.CfnUserPool)"),
        Tool::CloudFormation => format!(
            "  LambdaConfig:\n    PreTokenGenerationConfig:\n      LambdaArn: {arn}\n      LambdaVersion: {version}"
        ),
        Tool::Terraform => format!(
            "  lambda_config {{\n    pre_token_generation_config {{\n      lambda_arn     = \"{arn}\"\n      lambda_version = \"{version}\"\n    }}\n  }}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Tags;

    fn note_of(name: &str, tags: &[(&str, &str)]) -> Option<String> {
        let mut live = LivePool { id: "eu-west-1_X".to_owned(), ..LivePool::default() };
        live.pool.name = name.to_owned();
        live.pool.tags =
            Tags(tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
        let trigger =
            Trigger { arn: "arn:ours".to_owned(), version: "V2_0".to_owned(), legacy: false };
        note(&live, &trigger)
    }

    #[test]
    fn each_tool_is_known_by_its_marks() {
        let stack = (STACK_NAME, "identity");
        for (name, tags, says, snippet) in [
            (
                "p",
                &[stack, (LOGICAL_ID, "Pool")][..],
                "CloudFormation (stack `identity`)",
                "LambdaVersion: V2_0",
            ),
            ("p", &[stack, (LOGICAL_ID, "Pool6BA7E5F2")], "the AWS CDK", "LambdaVersion: \"V2_0\""),
            ("p", &[stack, ("amplify:app-id", "d1")], "Amplify", "cfnResources.cfnUserPool"),
            ("shop1a_userpool_1a-dev", &[], "Amplify", "cfnResources.cfnUserPool"),
            ("p", &[("ManagedBy", "Terraform")], "Terraform", "lambda_version = \"V2_0\""),
            ("p", &[("terraform", "true")], "Terraform", "lambda_arn     = \"arn:ours\""),
        ] {
            let note = note_of(name, tags).expect("an owner");
            assert!(note.contains(&format!("managed by {says}")), "{note}");
            assert!(note.contains(snippet), "{note}");
            assert!(note.contains("removes this one"), "{note}");
        }
    }

    #[test]
    fn a_pool_without_marks_is_nobodys() {
        assert_eq!(note_of("company", &[("team", "identity")]), None);
    }
}
