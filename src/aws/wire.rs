//! What every call passes on its way out and back: the budget, a bound on connections, words for whoever waits, and the
//! log of calls.

use std::fmt;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use send_wrapper::SendWrapper;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::budget::Budget;
use super::call::Call;
use super::{error, mask, retry};
use crate::user::{CallLog, Called, Progress};

/// How many calls may be under way together: each has a connection.
const CONNECTIONS: usize = 32;
/// After so long without an answer, the user hears what is waited for, …
const SILENCE: Duration = Duration::from_secs(5);
/// … and then every second.
const WORD: Duration = Duration::from_secs(1);

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
    budget: Option<Budget>,
    connections: Semaphore,
    /// The SDK's connectors must be sendable, and this program has one thread.
    progress: SendWrapper<Rc<dyn Progress>>,
}

impl Wire {
    /// At the pace that AWS allows.
    pub(in crate::aws) fn paced(progress: Rc<dyn Progress>) -> Self {
        Self::with(Some(Budget::default()), progress)
    }

    /// As fast as an emulator can.
    pub(in crate::aws) fn unpaced(progress: Rc<dyn Progress>) -> Self {
        Self::with(None, progress)
    }

    fn with(budget: Option<Budget>, progress: Rc<dyn Progress>) -> Self {
        let (connections, progress) = (Semaphore::new(CONNECTIONS), SendWrapper::new(progress));
        Self(Arc::new(Shared { budget, connections, progress }))
    }

    /// A connector whose calls go this way.
    pub(in crate::aws) fn around(&self, inner: SharedHttpConnector) -> SharedHttpConnector {
        SharedHttpConnector::new(OnTheWire { wire: self.clone(), inner })
    }

    async fn carry(&self, inner: &SharedHttpConnector, request: HttpRequest) -> Carried {
        let call = Call::of(&request);
        if let Some(budget) = &self.0.budget {
            budget.spend(&call).await;
        }
        let connection = self.0.connections.acquire().await;
        let start = Instant::now();
        let asked = self.shown(request.body().bytes());
        let carried = self.awaited(&call, whole(inner, request)).await;
        drop(connection);
        if carried.as_ref().is_ok_and(is_throttled) {
            self.slow_down(&call);
        }
        self.log(&call, start.elapsed(), asked, &carried);
        carried
    }

    /// Waits for an answer, and says so when it takes long.
    async fn awaited<T>(&self, call: &Call, work: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let mut work = pin!(work);
        loop {
            if let Ok(done) = timeout(WORD, &mut work).await {
                return done;
            }
            if start.elapsed() >= SILENCE {
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

    fn log(&self, call: &Call, took: Duration, request: Option<String>, carried: &Carried) {
        if self.0.progress.call_log() == CallLog::Off {
            return;
        }
        let answer = carried.as_ref().ok();
        self.0.progress.called(&Called {
            operation: call.name(),
            attempt: call.attempt,
            ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            status: answer.map(|answer| answer.status().as_u16()),
            request_id: answer.and_then(request_id),
            error: carried.as_ref().err().map(|failure| error::chain(failure)),
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

type Carried = Result<HttpResponse, ConnectorError>;

/// The answer, read to its end.
async fn whole(inner: &SharedHttpConnector, request: HttpRequest) -> Carried {
    let mut answer = inner.call(request).await?;
    let body = ByteStream::new(answer.take_body()).collect().await;
    *answer.body_mut() =
        SdkBody::from(body.map_err(|error| ConnectorError::io(error.into()))?.to_vec());
    Ok(answer)
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
