//! The only server of this program: pages on 127.0.0.1, for whoever was given their address. Nothing is kept, and nothing
//! is written to AWS.

mod guard;
mod question;
mod reading;

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use hyper::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::codes::Code;
use crate::failure::{Exit, Failure};
use crate::system::clock::pause;
use crate::system::random::random_hex;
use guard::{Asked, Doorkeeper};
pub use question::Question;
pub use reading::Reading;

/// More than a browser opens, for several windows.
const CONNECTIONS: usize = 64;
/// Of the key: nobody guesses so many.
const KEY_BYTES: usize = 16;
/// How long a request may take to come in.
const SLOW: Duration = Duration::from_secs(10);
/// How long a page may wait for news until it asks again: less than browsers wait.
const NEWS: Duration = Duration::from_secs(25);

/// A page, and the one script in it that the browser may run.
pub struct Page {
    /// The text.
    pub html: String,
    /// What marks the script (`nonce` of its element).
    pub nonce: String,
}

/// The server, which listens already.
pub struct Explorer {
    listener: TcpListener,
    door: Doorkeeper,
    version: watch::Sender<u64>,
}

impl Explorer {
    /// Listens on this port of 127.0.0.1, or on any free one.
    pub async fn listen(port: Option<u16>) -> Result<Self, Failure> {
        let wanted = port.unwrap_or(0);
        let listening = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).await;
        let failed = |error: std::io::Error| {
            let what = format!("cannot listen on port {wanted} of 127.0.0.1");
            let failure = Failure::new(Exit::Failed, Code::PortInUse, error).context(what);
            if port.is_some() {
                failure.hint("leave out --port: any free one is taken")
            } else {
                failure
            }
        };
        let listener = listening.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        Ok(Self {
            listener,
            door: Doorkeeper { port, key: random_hex(KEY_BYTES) },
            version: watch::Sender::new(1),
        })
    }

    /// Where the page is. Whoever knows it can read the page: it has a key in it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/{}/", self.door.port, self.door.key)
    }

    /// How often what the page is made of has changed.
    #[must_use]
    pub fn version(&self) -> u64 {
        *self.version.borrow()
    }

    /// It has changed: every page that is open hears of it.
    pub fn changed(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    /// Serves until it is dropped.
    pub async fn serve(&self, page: impl AsyncFn(Question) -> Result<Page, Failure>) {
        let mut open = FuturesUnordered::new();
        loop {
            tokio::select! {
                Some(()) = open.next(), if !open.is_empty() => {}
                accepted = self.listener.accept(), if open.len() < CONNECTIONS => match accepted {
                    Ok((stream, _)) => open.push(self.talk(stream, &page)),
                    // Out of descriptors: some will be free again.
                    Err(_) => pause(Duration::from_millis(100)).await,
                },
            }
        }
    }

    async fn talk(
        &self,
        stream: TcpStream,
        page: &impl AsyncFn(Question) -> Result<Page, Failure>,
    ) {
        let service = service_fn(async |request: Request<Incoming>| {
            Ok::<_, Infallible>(self.answer(&request, page).await)
        });
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(SLOW);
        // A browser that goes away in the middle of an answer is no fault of anybody's.
        let _ = server.serve_connection(TokioIo::new(stream), service).await;
    }

    async fn answer(
        &self,
        request: &Request<Incoming>,
        page: &impl AsyncFn(Question) -> Result<Page, Failure>,
    ) -> Response<Full<Bytes>> {
        match self.door.asked(request) {
            Err(status) => plain(status, status.canonical_reason().unwrap_or_default().to_owned()),
            Ok(Asked::News { seen }) => plain(StatusCode::OK, self.news(seen).await.to_string()),
            Ok(Asked::Page(question)) => match page(question).await {
                Ok(page) => html(page),
                Err(failure) => {
                    plain(StatusCode::INTERNAL_SERVER_ERROR, format!("{:#}", failure.error))
                }
            },
        }
    }

    /// The version, as soon as it is another one than `seen`.
    async fn news(&self, seen: u64) -> u64 {
        let mut version = self.version.subscribe();
        let news = version.wait_for(|now| *now != seen);
        let _ = timeout(NEWS, news).await;
        self.version()
    }
}

fn plain(status: StatusCode, text: String) -> Response<Full<Bytes>> {
    respond(status, "text/plain; charset=utf-8", text, "default-src 'none'")
}

fn html(Page { html, nonce }: Page) -> Response<Full<Bytes>> {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'nonce-{nonce}'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    respond(StatusCode::OK, "text/html; charset=utf-8", html, &policy)
}

/// The address has a key in it: it goes to no other site, and into no cache.
fn respond(status: StatusCode, kind: &str, text: String, policy: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, policy),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    response
}
