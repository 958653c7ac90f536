//! Knocking: the token of a sign-in, sent to the live API, and whether it answered as was promised.
//!
//! The token is a credential. It goes to the API's own origin alone, which is https or this machine; no redirect takes it
//! elsewhere; and no answer's body is read.

use schemars::JsonSchema;
use serde::Serialize;

use crate::cloud::{Auth, Knock};
use crate::config::openapi::Api;
use crate::config::{Call, Expectation, OperationRef, Statuses};
use crate::model::Verdict;
use crate::tokens::apis::called;

/// A call, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CallCheck {
    /// Method and path.
    pub request: String,
    /// What the API answered, if it did.
    pub status: Option<u16>,
    /// What it must answer.
    pub expected: String,
    /// What that proves.
    pub verdict: Verdict,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Makes the calls of a promise with its access token, one after the other.
pub async fn knock(
    cloud: &impl Auth,
    apis: &[Api],
    promise: &Expectation,
    token: &str,
) -> Vec<CallCheck> {
    let mut checks = vec![];
    for call in &promise.calls {
        checks.push(one(cloud, apis, call, token).await);
    }
    checks
}

async fn one(cloud: &impl Auth, apis: &[Api], call: &Call, token: &str) -> CallCheck {
    let expected = Statuses::parse(&call.status);
    let shown = expected.as_ref().map_or_else(ToString::to_string, ToString::to_string);
    let check = |status, (verdict, error)| CallCheck {
        request: call.request.clone(),
        status,
        expected: shown.clone(),
        verdict,
        error,
    };
    let unknown = |reason: &str| check(None, (Verdict::NotProven, Some(reason.to_owned())));
    // Both were checked with the file and with the API's document.
    let (Ok(expected), Ok(request)) = (expected, OperationRef::parse(&call.request)) else {
        return unknown("this is no call");
    };
    let Ok((api, _)) = called(apis, &call.request, &(0..0)) else {
        return unknown("no API has this operation");
    };
    let Some(url) = &api.url else { return unknown("it is not known where the API is") };
    if !(request.is_safe() || call.is_unsafe) {
        return unknown("the method may change something");
    }
    let url = format!("{url}{}", request.path);
    let answer = cloud.knock(&Knock { method: &request.method, url: &url, token }).await;
    match answer {
        Ok(status) => check(Some(status), judge(&expected, status)),
        Err(error) => check(None, (Verdict::NotProven, Some(error.to_string()))),
    }
}

/// What an answer proves about a promise. A server that is broken, too busy or too slow says nothing about the token.
fn judge(expected: &Statuses, status: u16) -> (Verdict, Option<String>) {
    match status {
        _ if expected.contains(status) => (Verdict::Ok, None),
        408 | 429 | 500.. => {
            (Verdict::NotProven, Some(format!("it answered {status}, and not whether it opens")))
        }
        200..300 if expected.refuse() => {
            let error = format!(
                "THE DOOR IS OPEN: it answered {status} to a token that it must refuse with {expected}"
            );
            (Verdict::Failed, Some(error))
        }
        300..400 => {
            let error = format!("it answered {status}, which is not followed, and not {expected}");
            (Verdict::Failed, Some(error))
        }
        _ => (Verdict::Failed, Some(format!("it answered {status}, and not {expected}"))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn verdict(expected: &Value, status: u16) -> (Verdict, bool) {
        let expected = Statuses::parse(expected).expect("statuses");
        let (verdict, error) = judge(&expected, status);
        (verdict, error.is_some_and(|error| error.starts_with("THE DOOR IS OPEN")))
    }

    #[test]
    fn an_answer_proves_what_it_says_and_no_more() {
        use Verdict::{Failed, NotProven, Ok};
        for (expected, status, verdict_, open) in [
            (json!(200), 200, Ok, false),
            (json!("2xx"), 204, Ok, false),
            (json!([401, 403]), 403, Ok, false),
            (json!([401, 403]), 200, Failed, true),
            (json!(403), 204, Failed, true),
            (json!("4xx"), 200, Failed, true),
            (json!(200), 403, Failed, false),
            (json!(200), 401, Failed, false),
            (json!(404), 200, Failed, false),
            (json!(200), 302, Failed, false),
            (json!(403), 302, Failed, false),
            (json!(200), 500, NotProven, false),
            (json!(403), 503, NotProven, false),
            (json!(403), 429, NotProven, false),
            (json!(500), 500, Ok, false),
        ] {
            assert_eq!(verdict(&expected, status), (verdict_, open), "{expected} {status}");
        }
    }
}
