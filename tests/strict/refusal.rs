//! An AWS error, in the words and on the wire as each service says it.

use serde_json::json;

use super::http::Response;

/// A refusal: HTTP status, error code and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// Cognito's answer to almost everything that is wrong with a request.
    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterException", message)
    }

    /// Lambda's.
    pub(crate) fn invalid_value(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterValueException", message)
    }

    /// What the service says when a caller is too fast. None of the four says it like another.
    pub(crate) fn throttled(service: &str) -> Self {
        let (status, code) = match service {
            "lambda" => (429, "TooManyRequestsException"),
            "cognito-idp" => (400, "TooManyRequestsException"),
            "logs" => (400, "ThrottlingException"),
            _ => (400, "Throttling"),
        };
        Self::new(status, code, "Rate exceeded")
    }

    /// On the wire: JSON 1.1 for Cognito and Logs, REST JSON for Lambda, the query protocol's XML for CloudWatch, IAM
    /// and STS.
    pub(crate) fn response(&self, service: &str) -> Response {
        let Self { status, code, message } = self;
        let (content_type, body) = match service {
            "lambda" => {
                ("application/json", json!({"Type": "User", "message": message}).to_string())
            }
            "cloudwatch" | "iam" | "sts" => ("text/xml", xml(code, message)),
            _ => (
                "application/x-amz-json-1.1",
                json!({"__type": code, "message": message}).to_string(),
            ),
        };
        let mut headers = vec![
            ("content-type".to_owned(), content_type.to_owned()),
            ("x-amzn-requestid".to_owned(), "strict".to_owned()),
        ];
        if content_type != "text/xml" {
            headers.push(("x-amzn-errortype".to_owned(), code.clone()));
        }
        Response { status: *status, headers, body: body.into_bytes() }
    }
}

fn xml(code: &str, message: &str) -> String {
    let message = message.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>strict</RequestId></ErrorResponse>"
    )
}
