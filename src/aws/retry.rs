//! What the SDK may try again by itself: corrects the SDK's own list, and never lets a creation happen twice.
//!
//! It knows codes and statuses only. What depends on the situation is tried again where the situation is known.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{
    ClassifyRetry, RetryAction, RetryClassifierPriority,
};

/// A quota, not a pace: asking again does not help. The SDK takes it for throttling.
const HARD_LIMITS: [&str; 2] = ["LimitExceededException", "LimitExceeded"];

/// Someone else is writing the same thing: nothing happened yet, and soon it can.
const BUSY: [&str; 4] = [
    "ConcurrentModificationException",
    "ConcurrentModification",
    "OperationAbortedException",
    "EntityTemporarilyUnmodifiable",
];

/// Runs after the SDK's own classifiers, and has the last word.
#[derive(Debug)]
pub(in crate::aws) struct Corrections;

impl ClassifyRetry for Corrections {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(code) =
            context.response().filter(|answer| !answer.status().is_success()).and_then(code)
        else {
            return RetryAction::NoActionIndicated;
        };
        if HARD_LIMITS.contains(&code.as_str()) {
            RetryAction::RetryForbidden
        } else if BUSY.contains(&code.as_str()) {
            RetryAction::throttling_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "pretoken's corrections"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// For what AWS would create twice: only a definite refusal is tried again, never a lost answer or a fault of AWS's.
#[derive(Debug)]
pub(in crate::aws) struct Once;

impl ClassifyRetry for Once {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        match context.response() {
            Some(answer) if answer.status().is_client_error() => RetryAction::NoActionIndicated,
            _ => RetryAction::RetryForbidden,
        }
    }

    fn name(&self) -> &'static str {
        "only once"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(Corrections.priority())
    }
}

/// For what is to be read again before it is written again.
#[derive(Debug)]
pub(in crate::aws) struct Never;

impl ClassifyRetry for Never {
    fn classify_retry(&self, _: &InterceptorContext) -> RetryAction {
        RetryAction::RetryForbidden
    }

    fn name(&self) -> &'static str {
        "never"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(Corrections.priority())
    }
}

/// The error code of an answer, in any of the protocols that our services speak.
pub(in crate::aws) fn code(answer: &HttpResponse) -> Option<String> {
    let body = std::str::from_utf8(answer.body().bytes()?).ok()?;
    let named = match answer.headers().get("x-amzn-errortype") {
        Some(header) => header.to_owned(),
        None if body.starts_with('<') => {
            body.split_once("<Code>")?.1.split_once("</Code>")?.0.to_owned()
        }
        None => serde_json::from_str::<serde_json::Value>(body)
            .ok()?
            .get("__type")?
            .as_str()?
            .to_owned(),
    };
    // `namespace#Code:http://…`
    named.split(':').next()?.rsplit('#').next().map(ToOwned::to_owned)
}
