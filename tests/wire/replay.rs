//! A connection to nobody: it notes what is sent, and answers from a script.

use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pretoken::aws::{Aws, Options};
use pretoken::user::Progress;
use serde_json::{Value, json};

/// What is answered to the next call of a name.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A status and a body.
    Says(u16, String),
    /// Success with these bytes.
    Bytes(Vec<u8>),
    /// Success whose body is what a function failed with.
    Faults(String),
    /// The connection ends before an answer.
    Lost,
}

/// Success with this JSON.
pub(crate) fn ok(body: impl Into<Value>) -> Reply {
    Reply::Says(200, body.into().to_string())
}

/// Success of the query protocol: what stands in `…Result`.
pub(crate) fn xml(call: &str, result: &str) -> Reply {
    Reply::Says(
        200,
        format!("<{call}Response><{call}Result>{result}</{call}Result></{call}Response>"),
    )
}

/// A refusal of the JSON protocols.
pub(crate) fn refused(status: u16, code: &str, message: &str) -> Reply {
    Reply::Says(status, json!({ "__type": code, "message": message }).to_string())
}

/// A refusal of the query protocol.
pub(crate) fn refused_xml(status: u16, code: &str, message: &str) -> Reply {
    let error = format!(
        "<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    Reply::Says(
        status,
        format!("<ErrorResponse>{error}<RequestId>req-1</RequestId></ErrorResponse>"),
    )
}

/// A request as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sent {
    /// The operation, or method and path with query.
    pub call: String,
    /// The body: JSON as it stands, a form as an object.
    pub body: Value,
    /// Whether it was signed.
    pub signed: bool,
    /// Name and password, if they were sent in the open (HTTP Basic).
    pub basic: Option<String>,
}

/// The script and the notes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<Notes>>);

#[derive(Debug, Default)]
struct Notes {
    replies: VecDeque<(String, Reply)>,
    sent: Vec<Sent>,
    waits: Vec<String>,
    spare: bool,
}

impl Wire {
    /// Answers by this script: for each call the first reply of its name that is left.
    pub(crate) fn new(replies: impl IntoIterator<Item = (&'static str, Reply)>) -> Self {
        let wire = Self::default();
        let replies = replies.into_iter().map(|(call, reply)| (call.to_owned(), reply)).collect();
        wire.notes(|notes| notes.replies = replies);
        wire
    }

    /// Lets replies be left over: how often something is asked for depends on the clock.
    pub(crate) fn spare(self) -> Self {
        self.notes(|notes| notes.spare = true);
        self
    }

    /// Runs something with an [`Aws`] on this wire, to its end. Every reply of the script must have been used.
    pub(crate) fn run<T>(&self, work: impl AsyncFnOnce(&Aws) -> T) -> T {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let done = runtime.block_on(async {
            let options = Options {
                region: Some("eu-west-1".to_owned()),
                credentials: Some(("AKIDEXAMPLE".to_owned(), "secret".to_owned())),
                ..Options::default()
            };
            let connector = SharedHttpConnector::new(self.clone());
            let aws = Aws::connect_through(connector, options, Rc::new(self.clone()))
                .await
                .expect("connected");
            work(&aws).await
        });
        self.notes(|notes| {
            assert!(notes.spare || notes.replies.is_empty(), "not asked for: {:?}", notes.replies);
        });
        done
    }

    /// Everything that was sent, in order.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.notes(|notes| notes.sent.clone())
    }

    /// The names of the calls, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.notes(|notes| notes.sent.iter().map(|sent| sent.call.clone()).collect())
    }

    /// The body of the only call of this name.
    pub(crate) fn body(&self, call: &str) -> Value {
        let sent = self.sent();
        let mut bodies = sent.iter().filter(|sent| sent.call == call).map(|sent| sent.body.clone());
        let body =
            bodies.next().unwrap_or_else(|| panic!("{call} was not sent: {:?}", self.calls()));
        assert!(bodies.next().is_none(), "{call} was sent more than once");
        body
    }

    /// What was waited for.
    pub(crate) fn waits(&self) -> Vec<String> {
        self.notes(|notes| notes.waits.clone())
    }

    fn notes<T>(&self, with: impl FnOnce(&mut Notes) -> T) -> T {
        with(&mut self.0.lock().expect("no test panics while it holds the notes"))
    }
}

impl Progress for Wire {
    fn waiting(&self, what: &str, _: u64) {
        self.notes(|notes| notes.waits.push(what.to_owned()));
    }
    fn detail(&self, _: &str) {}
    fn stopped(&self) -> bool {
        false
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let sent = read(&request);
        let reply = self.notes(|notes| {
            notes.sent.push(sent.clone());
            let at = notes.replies.iter().position(|(call, _)| *call == sent.call)?;
            notes.replies.remove(at)
        });
        HttpConnectorFuture::ready(match reply {
            Some((_, Reply::Says(status, body))) => Ok(answer(status, body)),
            Some((_, Reply::Bytes(body))) => {
                Ok(HttpResponse::new(200.try_into().expect("a status"), SdkBody::from(body)))
            }
            Some((_, Reply::Faults(body))) => {
                let mut answer = answer(200, body);
                answer.headers_mut().insert("x-amz-function-error", "Unhandled");
                Ok(answer)
            }
            Some((_, Reply::Lost)) => Err(ConnectorError::io(
                std::io::Error::from(std::io::ErrorKind::ConnectionReset).into(),
            )),
            None => panic!("nothing to answer to {sent:?}"),
        })
    }
}

fn answer(status: u16, body: String) -> HttpResponse {
    let mut answer = HttpResponse::new(status.try_into().expect("a status"), SdkBody::from(body));
    answer.headers_mut().insert("x-amzn-requestid", "req-1");
    answer
}

fn read(request: &HttpRequest) -> Sent {
    let body = request.body().bytes().unwrap_or_default();
    if let Some(length) = request.headers().get("content-length") {
        assert_eq!(length, body.len().to_string(), "content-length of {}", request.uri());
    }
    let text = std::str::from_utf8(body).expect("text");
    let form = request.headers().get("content-type") == Some("application/x-www-form-urlencoded");
    let body = match text {
        "" => Value::Null,
        form_text if form => form_text.split('&').filter_map(pair).collect(),
        json => serde_json::from_str(json).unwrap_or_else(|_| panic!("no JSON: {json}")),
    };
    let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
    let call = match (target, &body["Action"]) {
        (Some(target), _) => target.to_owned(),
        (None, Value::String(action)) if form => action.clone(),
        _ => format!("{} {}", request.method(), path(request.uri())),
    };
    let authorization = request.headers().get("authorization").unwrap_or_default();
    let basic = authorization
        .strip_prefix("Basic ")
        .map(|text| String::from_utf8(STANDARD.decode(text).expect("base64")).expect("text"));
    Sent { call, body, signed: authorization.starts_with("AWS4"), basic }
}

fn path(uri: &str) -> &str {
    let after_scheme = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    after_scheme.find('/').map_or("/", |start| &after_scheme[start..])
}

fn pair(pair: &str) -> Option<(String, Value)> {
    let (name, value) = pair.split_once('=')?;
    Some((name.to_owned(), Value::String(percent_decoded(value))))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first == b'%' {
            let digits = std::str::from_utf8(&tail[..2]).expect("hexadecimal digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal digits"));
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).expect("text")
}
