//! The two requests that the emulator's own endpoints need. Loopback and HTTP/1.0 only, so that no client is needed.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::Key;

/// An answer's status and body.
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// One request to `127.0.0.1:port`, on a thread of its own so that the caller's runtime goes on.
pub(super) async fn request(
    port: u16,
    method: &'static str,
    path: &'static str,
    key: Option<&Key>,
    patience: Duration,
) -> io::Result<HttpAnswer> {
    let authorization = key.map(bearer).unwrap_or_default();
    tokio::task::spawn_blocking(move || blocking(port, method, path, &authorization, patience))
        .await
        .map_err(io::Error::other)?
}

/// For requests that only the owner may make; a signature would need a client.
fn bearer(key: &Key) -> String {
    format!("Authorization: Bearer {}\r\n", key.secret_access_key)
}

fn blocking(
    port: u16,
    method: &str,
    path: &str,
    authorization: &str,
    patience: Duration,
) -> io::Result<HttpAnswer> {
    let mut stream =
        TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n{authorization}Content-Length: 0\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    parse(&bytes).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not an HTTP answer"))
}

fn parse(bytes: &[u8]) -> Option<HttpAnswer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).ok()?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some(HttpAnswer { status, body: bytes[end + 4..].to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_status_and_body() {
        let answer =
            parse(b"HTTP/1.1 503 Service Unavailable\r\nX: y\r\n\r\nbusy").expect("an answer");
        assert_eq!((answer.status, answer.body.as_slice()), (503, b"busy".as_slice()));
    }

    #[test]
    fn something_else_on_the_port_is_no_answer() {
        assert!(parse(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").is_none());
        assert!(parse(b"HTTP/1.1 200 OK\r\n").is_none());
    }
}
