//! As much HTTP/1.1 as the AWS SDKs and the emulator speak on loopback: whole messages, with `httparse` as the parser.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MAX_HEADERS: usize = 64;

/// A request as it came in; forwarded unchanged but for its connection, so that its signature still holds.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// An answer, of the emulator or of this layer.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Whether the client wants no further answer on this connection.
    pub(crate) fn is_last(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    /// The next request of a connection; `None` when the client is done with it.
    pub(crate) async fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let Some((head, mut rest)) = read_head(stream).await? else { return Ok(None) };
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        parsed.parse(&head).map_err(io::Error::other)?;
        let mut request = Self {
            method: parsed.method.unwrap_or_default().to_owned(),
            target: parsed.path.unwrap_or_default().to_owned(),
            headers: owned(parsed.headers),
            body: Vec::new(),
        };
        if request.header("expect").is_some() {
            stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        if request.header("transfer-encoding").is_some() {
            return Err(io::Error::other(
                "chunked requests are not sent by the SDKs for the calls that we make",
            ));
        }
        let length = length(&request.headers)?.unwrap_or(0);
        fill(stream, &mut rest, length).await?;
        request.body = rest;
        Ok(Some(request))
    }

    async fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.target).into_bytes();
        for (name, value) in self.headers.iter().filter(|(name, _)| !is_framing(name)) {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        bytes.extend(
            format!("content-length: {}\r\nconnection: close\r\n\r\n", self.body.len())
                .into_bytes(),
        );
        bytes.extend(&self.body);
        stream.write_all(&bytes).await
    }
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Sends a request to a server of this machine and reads the whole answer.
    pub(crate) async fn of(port: u16, request: &Request) -> io::Result<Self> {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
        request.write(&mut stream).await?;
        let Some((head, mut rest)) = read_head(&mut stream).await? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        parsed.parse(&head).map_err(io::Error::other)?;
        let status = parsed.code.unwrap_or_default();
        let headers = owned(parsed.headers);
        let length = if status == 204 { Some(0) } else { length(&headers)? };
        match length {
            Some(length) => fill(&mut stream, &mut rest, length).await?,
            None => drop(stream.read_to_end(&mut rest).await?),
        }
        let chunked = header(&headers, "transfer-encoding").is_some();
        let body = if chunked { unchunked(&rest).ok_or(io::ErrorKind::InvalidData)? } else { rest };
        Ok(Self { status, headers, body })
    }

    pub(crate) async fn write(&self, stream: &mut TcpStream) -> io::Result<()> {
        // The reason is for people only; the SDKs look at the number.
        let mut bytes = format!("HTTP/1.1 {} -\r\n", self.status).into_bytes();
        for (name, value) in self.headers.iter().filter(|(name, _)| !is_framing(name)) {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        if self.status != 204 {
            bytes.extend(format!("content-length: {}\r\n", self.body.len()).into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        stream.write_all(&bytes).await
    }
}

/// What belongs to a connection rather than to the message.
fn is_framing(name: &str) -> bool {
    ["connection", "content-length", "transfer-encoding", "expect", "keep-alive"]
        .iter()
        .any(|framing| name.eq_ignore_ascii_case(framing))
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn owned(headers: &[httparse::Header<'_>]) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect()
}

fn length(headers: &[(String, String)]) -> io::Result<Option<usize>> {
    header(headers, "content-length")
        .map(|value| value.parse().map_err(io::Error::other))
        .transpose()
}

/// Everything to the blank line, and what was read beyond it.
async fn read_head(stream: &mut TcpStream) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(at + 4);
            return Ok(Some((bytes, rest)));
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return if bytes.is_empty() {
                Ok(None)
            } else {
                Err(io::ErrorKind::UnexpectedEof.into())
            };
        }
    }
}

async fn fill(stream: &mut TcpStream, body: &mut Vec<u8>, length: usize) -> io::Result<()> {
    while body.len() < length {
        if stream.read_buf(body).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let Ok(httparse::Status::Complete((start, size))) = httparse::parse_chunk_size(bytes)
        else {
            return None;
        };
        let size = usize::try_from(size).ok()?;
        if size == 0 {
            return Some(body);
        }
        body.extend(bytes.get(start..start + size)?);
        bytes = bytes.get(start + size + 2..)?;
    }
}
