//! The listener: a thread with a runtime of its own, so that tests need none.

use std::{net::SocketAddr, sync::Arc, thread::JoinHandle};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::{http::Request, layer::Layer};

/// A running proxy; it ends with its connections when it is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens on a free port of 127.0.0.1.
    pub(crate) fn start(layer: Arc<Layer>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let address = listener.local_addr().expect("its address");
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new().name("strict".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = accept(listener, layer) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, stop: Some(stop), thread: Some(thread.expect("a thread")) }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        // A panic there is a rule that is broken; it is to fail the test, but not while another panic unwinds.
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join)
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

async fn accept(listener: std::net::TcpListener, layer: Arc<Layer>) {
    let listener = TcpListener::from_std(listener).expect("a listener of the runtime");
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => drop(conversations.spawn(converse(stream, Arc::clone(&layer)))),
            Some(Err(ended)) = conversations.join_next() => std::panic::resume_unwind(ended.into_panic()),
        }
    }
}

/// Serves a connection until the client closes it, or a fault does.
async fn converse(mut stream: TcpStream, layer: Arc<Layer>) {
    while let Ok(Some(request)) = Request::read(&mut stream).await {
        let is_last = request.is_last();
        let Some(response) = layer.answer(request).await else { return };
        if response.write(&mut stream).await.is_err() || is_last {
            return;
        }
    }
}
