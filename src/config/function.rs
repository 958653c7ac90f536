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

/// Where in a VPC the function is: its role gets what Lambda needs to connect it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vpc {
    /// Ids of subnets; none, as for security groups, takes the function out of its VPC.
    #[schemars(schema_with = "limits::subnet_ids")]
    pub subnet_ids: Vec<String>,
    /// Ids of security groups.
    #[schemars(schema_with = "limits::security_group_ids")]
    pub security_group_ids: Vec<String>,
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
pub fn further_permissions(
    declared: &[Permission],
    tracing: Option<Tracing>,
    vpc: Option<&Vpc>,
    facts: Vec<Value>,
) -> Option<Value> {
    let traces = (tracing == Some(Tracing::Active)).then(send_traces);
    let connected = vpc.filter(|vpc| !vpc.subnet_ids.is_empty()).map(|_| connect());
    let declared = declared.iter().map(Permission::statement);
    let statements: Vec<_> = declared.chain(traces).chain(connected).chain(facts).collect();
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

/// What a function in a VPC needs: the statement of AWS's own policy `AWSLambdaVPCAccessExecutionRole` ("Giving Lambda functions
/// access to resources in an Amazon VPC", Lambda Developer Guide).
fn connect() -> Value {
    json!({
        "Effect": "Allow",
        "Action": [
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
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

/// Lambda's `LogFormat`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[schemars(description = "How Lambda writes its own lines into the log.")]
pub enum LogFormat {
    /// An object a line.
    #[serde(rename = "JSON")]
    Json,
    /// A line as it always was.
    Text,
}

impl LogFormat {
    /// The name that Lambda has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Text => "Text",
        }
    }
}
