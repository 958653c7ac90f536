//! How a call to AWS can fail, in this program's own words.

/// A way in which a call to AWS failed.
#[derive(Debug, thiserror::Error)]
pub enum CloudError {
    /// No usable credentials.
    #[error("no AWS credentials can be used{}", region_note(.detail))]
    Credentials {
        /// What the provider chain said.
        detail: String,
    },
    /// Nobody said which region.
    #[error(
        "no AWS region is set: say `region` in deploy.toml, --region, AWS_REGION, or a profile that has one"
    )]
    NoRegion,
    /// What is set as the region can be none.
    #[error("`{region}`, from {origin}, is not the name of an AWS region")]
    BadRegion {
        /// What was set.
        region: String,
        /// The variable or the profile that set it.
        origin: String,
        /// What may have been meant.
        help: Option<String>,
    },
    /// The request was never sent: no connection could be made.
    #[error("{operation} could not be sent, the endpoint cannot be reached: {detail}")]
    Unreachable {
        /// `service:Operation`.
        operation: String,
        /// What the connection said: name resolution, refusal, TLS, proxy.
        detail: String,
    },
    /// AWS said that the caller may not.
    #[error("{operation} was denied: {message}")]
    Denied {
        /// `service:Operation`, as IAM spells it.
        operation: String,
        /// AWS's words.
        message: String,
    },
    /// AWS refused the call.
    #[error("{operation} failed: {code}: {message}{}", request(.request_id.as_deref()))]
    Refused {
        /// `service:Operation`.
        operation: String,
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
        /// AWS's id of the request.
        request_id: Option<String>,
    },
    /// AWS refused to make a second thing of the same name: another run, or a call whose answer was lost, made the first.
    #[error("{operation} failed: {code}: {message}{}", request(.request_id.as_deref()))]
    Exists {
        /// `service:Operation`.
        operation: String,
        /// AWS's error code.
        code: String,
        /// AWS's words.
        message: String,
        /// AWS's id of the request.
        request_id: Option<String>,
    },
    /// No answer came: a write may have happened or not. The next observation tells.
    #[error("{operation} got no answer: {detail}")]
    Unanswered {
        /// `service:Operation`.
        operation: String,
        /// What the connection said.
        detail: String,
    },
    /// A wait ended without what was waited for.
    #[error("gave up after {seconds} s waiting for {what}")]
    TimedOut {
        /// What was waited for.
        what: String,
        /// How long.
        seconds: u64,
    },
    /// AWS reached a state that cannot become the wanted one.
    #[error("{what} failed: {reason}")]
    Failed {
        /// The resource.
        what: String,
        /// AWS's reason.
        reason: String,
    },
    /// A write to a pool or a client changed something that it should have preserved.
    #[error("{what} was written, and these settings are not what they should be (wanted -> found): {}", .differences.join("; "))]
    UnexpectedChange {
        /// The pool or client.
        what: String,
        /// One line a setting: path, before, after.
        differences: Vec<String>,
    },
    /// An answer that makes no sense.
    #[error("{operation} answered something unreadable: {detail}")]
    Unreadable {
        /// `service:Operation`.
        operation: String,
        /// What was wrong with it.
        detail: String,
    },
    /// Something is not as it was a moment ago: another run is at work on the same stack.
    #[error("{what} was changed by somebody else while this run was at work")]
    Conflict {
        /// The resource.
        what: String,
    },
    /// A signal stopped the run while it waited.
    #[error("stopped while waiting for {what}")]
    Stopped {
        /// What was waited for.
        what: String,
    },
}

impl CloudError {
    /// Whether the same call would come to the same end, until somebody changes something.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Refused { code, .. } => {
                let passes = ["Throttl", "TooManyRequests", "Internal", "Service", "HTTP 5"];
                !passes.iter().any(|part| code.contains(part))
            }
            Self::Unreachable { .. }
            | Self::Unanswered { .. }
            | Self::TimedOut { .. }
            | Self::Conflict { .. }
            | Self::Stopped { .. }
            | Self::Unreadable { .. } => false,
            _ => true,
        }
    }
}

fn region_note(detail: &str) -> String {
    if detail.is_empty() { String::new() } else { format!(": {detail}") }
}

fn request(id: Option<&str>) -> String {
    id.map(|id| format!(" (request {id})")).unwrap_or_default()
}
