//! What `deploy.toml` says of the function's role, log and traces.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::limits;

/// The role that the function assumes: the stack makes it, and it can write the function's log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Role {
    /// ARN of a managed policy that limits what the role may ever do; without it, whatever it has is left alone.
    #[schemars(schema_with = "limits::policy_arn")]
    pub permissions_boundary: Option<String>,
    /// ARNs of managed policies that are attached to it; any other is detached.
    #[schemars(schema_with = "limits::policy_arns")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub managed_policies: Vec<String>,
}

/// Something that the function may do: a statement of its role's policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// Actions, such as `dynamodb:GetItem`.
    #[schemars(schema_with = "limits::actions")]
    pub actions: Vec<String>,
    /// ARNs of what they may be done to.
    #[schemars(schema_with = "limits::resources")]
    pub resources: Vec<String>,
    /// Conditions: operators of IAM, with their keys and values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "limits::conditions")]
    pub conditions: BTreeMap<String, BTreeMap<String, Value>>,
}

/// What the function may do beside writing its log, as a policy document; nothing if there is nothing.
#[must_use]
pub fn further_permissions(declared: &[Permission], tracing: Option<Tracing>) -> Option<Value> {
    let traces = (tracing == Some(Tracing::Active)).then(send_traces);
    let statements: Vec<_> = declared.iter().map(Permission::statement).chain(traces).collect();
    (!statements.is_empty()).then(|| json!({ "Version": "2012-10-17", "Statement": statements }))
}

impl Permission {
    fn statement(&self) -> Value {
        let mut statement =
            json!({ "Effect": "Allow", "Action": self.actions, "Resource": self.resources });
        if !self.conditions.is_empty() {
            statement["Condition"] = json!(self.conditions);
        }
        statement
    }
}

/// What a traced function needs ("Visualize Lambda function invocations using AWS X-Ray", Lambda Developer Guide).
fn send_traces() -> Value {
    json!({
        "Effect": "Allow",
        "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
        "Resource": ["*"],
    })
}

/// How long log events are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Retention {
    /// For so many days.
    Days(u32),
    /// For ever.
    Never(NeverWord),
}

/// The word `never`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NeverWord {
    /// They are not removed.
    Never,
}

impl Retention {
    /// Days until events are removed; `None` is never.
    #[must_use]
    pub fn days(self) -> Option<u32> {
        match self {
            Self::Days(days) => Some(days),
            Self::Never(NeverWord::Never) => None,
        }
    }
}

/// Lambda's `TracingMode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "Whether AWS X-Ray gets traces.")]
pub enum Tracing {
    /// Of sampled invocations.
    Active,
    /// Of those alone whose caller sends one.
    PassThrough,
}

impl Tracing {
    /// The name that Lambda has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::PassThrough => "PassThrough",
        }
    }
}
