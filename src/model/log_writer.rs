//! What every function's role may do: write the function's own log.

use serde_json::{Value, json};

/// The name of the role's inline policy for the log.
pub const LOGS_POLICY: &str = "logs";

/// The policy of a role that can write this log group's streams. It is the role's boundary, too.
///
/// Not `AWSLambdaBasicExecutionRole`: that one may create log groups, and so brings the group back after a teardown.
#[must_use]
pub fn log_writer(log_group_arn: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": format!("{log_group_arn}:*"),
        }],
    })
}
