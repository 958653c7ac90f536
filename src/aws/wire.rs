//! What every call passes on its way out and back: the budget, a bound on connections, words for whoever waits, and the
//! log of calls.

use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_smithy_types::date_time::{DateTime, Format};
use send_wrapper::SendWrapper;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::budget::Budget;
use super::call::Call;
use super::no_answer::{Stopped, at_host};
use super::{error, mask, retry};
use crate::system::clock::Clock;
use crate::user::{CallLog, Called, Progress};

/// How many calls may be under way together: each has a connection.
const CONNECTIONS: usize = 32;
/// After so long without an answer, the user hears what is waited for, …
const SILENCE: Duration = Duration::from_secs(5);
/// … and then every second.
const WORD: Duration = Duration::from_secs(1);

/// The longest that an attempt may take, from the first byte sent to the last one received, …
const ATTEMPT: Duration = Duration::from_mins(1);
/// … and with a package in it.
const UPLOAD: Duration = Duration::from_secs(150);
const UPLOADS: [&str; 2] = ["CreateFunction", "UpdateFunctionCode"];

/// Codes by which a service asks for a slower pace.
const THROTTLED: [&str; 6] = [
    "TooManyRequestsException",
    "ThrottlingException",
    "ThrottledException",
    "Throttling",
    "RequestLimitExceeded",
    "RequestThrottled",
];

/// The way of all calls of one [`Aws`](super::Aws).
#[derive(Clone)]
pub(in crate::aws) struct Wire(Arc<Shared>);

struct Shared {
    budget: Option<Arc<Budget>>,
    connections: Semaphore,
    /// The SDK's connectors must be sendable, and this program has one thread.
    progress: SendWrapper<Rc<dyn Progress>>,
    /// By how many seconds AWS's clock was ahead of this machine's, at its last answer.
    ahead: AtomicI64,
}

impl Wire {
    /// At the pace that AWS allows.
    pub(in crate::aws) fn paced(progress: Rc<dyn Progress>) -> Self {
        Self::paced_with(Arc::default(), progress)
    }

    /// The same, with others that draw on this budget, too.
    pub(in crate::aws) fn paced_with(budget: Arc<Budget>, progress: Rc<dyn Progress>) -> Self {
        Self::with(Some(budget), progress)
    }

    /// As fast as an emulator can.
    pub(in crate::aws) fn unpaced(progress: Rc<dyn Progress>) -> Self {
        Self::with(None, progress)
    }

    fn with(budget: Option<Arc<Budget>>, progress: Rc<dyn Progress>) -> Self {
        let (connections, progress) = (Semaphore::new(CONNECTIONS), SendWrapper::new(progress));
        let ahead = AtomicI64::default();
        Self(Arc::new(Shared { budget, connections, progress, ahead }))
    }

    /// A connector whose calls go this way.
    pub(in crate::aws) fn around(&self, inner: SharedHttpConnector) -> SharedHttpConnector {
        SharedHttpConnector::new(OnTheWire { wire: self.clone(), inner })
    }

    async fn carry(&self, inner: &SharedHttpConnector, request: HttpRequest) -> Exchange {
        let call = Call::of(&request);
        if let Some(budget) = &self.0.budget {
            budget.spend(&call).await;
        }
        let connection = self.0.connections.acquire().await;
        let start = Instant::now();
        let asked = self.shown(request.body().bytes());
        let uri = request.uri().to_owned();
        let outcome = self.awaited(&call, in_time(&call, whole(inner, request))).await;
        let outcome = outcome.map_err(|failure| at_host(&uri, failure));
        drop(connection);
        if outcome.as_ref().is_ok_and(is_throttled) {
            self.slow_down(&call);
        }
        if let Some(ahead) = outcome.as_ref().ok().and_then(ahead) {
            self.0.ahead.store(ahead, Ordering::Relaxed);
        }
        self.log(&call, start.elapsed(), asked, &outcome);
        outcome
    }

    /// By how many seconds AWS's clock is ahead of this machine's; zero as long as nobody has said.
    pub(in crate::aws) fn clock_ahead(&self) -> i64 {
        self.0.ahead.load(Ordering::Relaxed)
    }

    /// Waits for an answer, and says so when it takes long. A stop then ends the wait for what changes nothing; an answer that
    /// comes as soon as usual is still heard, since whoever takes back what was begun looks first.
    async fn awaited(&self, call: &Call, work: impl Future<Output = Exchange>) -> Exchange {
        let start = Instant::now();
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(WORD, &mut work).await {
                return done;
            }
            if start.elapsed() >= SILENCE {
                if call.is_read() && self.0.progress.stopped() {
                    // Not one of the failures that the SDK tries again after.
                    return Err(ConnectorError::user(Stopped.into()));
                }
                self.0.progress.waiting(&call.name(), start.elapsed().as_secs());
            }
        }
    }

    fn slow_down(&self, call: &Call) {
        if self.0.budget.as_ref().is_some_and(|budget| budget.throttled(call)) {
            let service = call.service;
            self.0.progress.detail(&format!("{service} asks for a slower pace: going on at half"));
        }
    }

    fn log(&self, call: &Call, took: Duration, request: Option<String>, outcome: &Exchange) {
        if self.0.progress.call_log() == CallLog::Off {
            return;
        }
        let answer = outcome.as_ref().ok();
        self.0.progress.called(&Called {
            operation: call.name(),
            attempt: call.attempt,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            status: answer.map(|answer| answer.status().as_u16()),
            request_id: answer.and_then(request_id),
            error: outcome.as_ref().err().map(|failure| error::chain(failure)),
            request,
            answer: answer.and_then(|answer| self.shown(answer.body().bytes())),
        });
    }

    /// A body without its secrets, if bodies are shown at all.
    fn shown(&self, body: Option<&[u8]>) -> Option<String> {
        (self.0.progress.call_log() == CallLog::Bodies)
            .then(|| mask::body(body.unwrap_or_default()))
    }
}

type Exchange = Result<HttpResponse, ConnectorError>;

/// The answer, read to its end.
async fn whole(inner: &SharedHttpConnector, request: HttpRequest) -> Exchange {
    let mut answer = inner.call(request).await?;
    let body = ByteStream::new(answer.take_body()).collect().await;
    *answer.body_mut() =
        SdkBody::from(body.map_err(|error| ConnectorError::io(error.into()))?.to_vec());
    Ok(answer)
}

/// An answer that drips in, byte by byte, is none.
async fn in_time(call: &Call, work: impl Future<Output = Exchange>) -> Exchange {
    let limit = if UPLOADS.contains(&call.operation.as_str()) { UPLOAD } else { ATTEMPT };
    let late = || format!("no whole answer came in {} s", limit.as_secs());
    timeout(limit, work).await.unwrap_or_else(|_| Err(ConnectorError::timeout(late().into())))
}

/// What the answer's `Date` says.
fn ahead(answer: &HttpResponse) -> Option<i64> {
    let date = DateTime::from_str(answer.headers().get("date")?, Format::HttpDate).ok()?;
    Some(date.secs() - Clock::system().now())
}

fn is_throttled(answer: &HttpResponse) -> bool {
    let says_so = || retry::code(answer).is_some_and(|code| THROTTLED.contains(&code.as_str()));
    !answer.status().is_success() && (answer.status().as_u16() == 429 || says_so())
}

fn request_id(answer: &HttpResponse) -> Option<String> {
    let names = ["x-amzn-requestid", "x-amz-request-id"];
    names.iter().find_map(|name| answer.headers().get(*name)).map(ToOwned::to_owned)
}

struct OnTheWire {
    wire: Wire,
    inner: SharedHttpConnector,
}

impl HttpConnector for OnTheWire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (wire, inner) = (self.wire.clone(), self.inner.clone());
        HttpConnectorFuture::new(async move { wire.carry(&inner, request).await })
    }
}

impl fmt::Debug for OnTheWire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnTheWire")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Ears(RefCell<Vec<String>>);

    impl Progress for Ears {
        fn waiting(&self, what: &str, seconds: u64) {
            self.0.borrow_mut().push(format!("{what} {seconds}"));
        }
        fn detail(&self, text: &str) {
            self.0.borrow_mut().push(text.to_owned());
        }
        fn stopped(&self) -> bool {
            false
        }
        fn call_log(&self) -> CallLog {
            CallLog::Bodies
        }
        fn called(&self, called: &Called) {
            self.0.borrow_mut().push(serde_json::to_string(called).expect("JSON"));
        }
    }

    #[derive(Debug)]
    struct Answers(Option<(u16, &'static str)>);

    impl HttpConnector for Answers {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let Some((status, body)) = self.0 else {
                return HttpConnectorFuture::new(std::future::pending());
            };
            let status = status.try_into().expect("a status");
            let mut answer = HttpResponse::new(status, SdkBody::from(body));
            answer.headers_mut().insert("x-amzn-requestid", "r");
            HttpConnectorFuture::ready(Ok(answer))
        }
    }

    /// Sends a read of a pool on a clock that jumps, and returns the answer and what was heard.
    fn send(answers: Answers) -> (Exchange, Vec<String>) {
        let ears = Rc::new(Ears::default());
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
        let mut request = HttpRequest::new(SdkBody::from(r#"{"UserPoolId":"p","Password":"x"}"#));
        let target = "AWSCognitoIdentityProviderService.DescribeUserPool";
        request.headers_mut().insert("x-amz-target", target);
        let outcome = runtime.block_on(async {
            let wire = Wire::paced(ears.clone());
            wire.around(SharedHttpConnector::new(answers)).call(request).await
        });
        let heard = ears.0.borrow().clone();
        (outcome, heard)
    }

    #[test]
    fn a_call_without_an_answer_is_said_and_ends() {
        let (outcome, heard) = send(Answers(None));
        assert!(outcome.expect_err("late").is_timeout());
        assert_eq!(heard[0], "cognito-idp:DescribeUserPool 5");
        assert_eq!(heard.len(), 56, "every second, and the log");
    }

    #[test]
    fn a_call_is_logged_without_secrets_and_a_throttle_is_said() {
        let (_, heard) = send(Answers(Some((400, r#"{"__type":"TooManyRequestsException"}"#))));
        assert_eq!(heard[0], "cognito-idp asks for a slower pace: going on at half");
        let logged: serde_json::Value = serde_json::from_str(&heard[1]).expect("JSON");
        let wanted = serde_json::json!({
            "operation": "cognito-idp:DescribeUserPool", "attempt": 1, "ms": 0, "status": 400,
            "request_id": "r", "request": r#"{"UserPoolId":"p","Password":"(hidden)"}"#,
            "answer": r#"{"__type":"TooManyRequestsException"}"#,
        });
        assert_eq!(logged, wanted);
    }
}
