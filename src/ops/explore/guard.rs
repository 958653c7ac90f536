//! Who is answered: whoever knows the key, at the address that was given out, and from no other page.
//!
//! A page elsewhere can have a browser send requests here. What tells them apart: a name that was made to point here has
//! another `Host` (DNS rebinding), a script of another page has another `Origin`, and a link says so by `Sec-Fetch-Site`.

use hyper::header::{HOST, ORIGIN};
use hyper::{Method, Request, StatusCode};

use super::question::Question;
use crate::model::sha256;

/// What is asked of whom.
pub(super) struct Doorkeeper {
    pub(super) port: u16,
    pub(super) key: String,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The page, for this question.
    Page(Question),
    /// The version, as soon as it is another one.
    News { seen: u64 },
}

impl Doorkeeper {
    /// What this request asks for, if it may.
    pub(super) fn asked<B>(&self, request: &Request<B>) -> Result<Asked, StatusCode> {
        self.check_host(request)?;
        self.check_origin(request)?;
        let path = request.uri().path().strip_prefix('/').unwrap_or_default();
        let (key, name) = path.split_once('/').ok_or(StatusCode::NOT_FOUND)?;
        // Digests: how long the comparison takes says nothing about the key.
        if sha256(key) != sha256(&self.key) {
            return Err(StatusCode::NOT_FOUND);
        }
        if request.method() != Method::GET {
            return Err(StatusCode::METHOD_NOT_ALLOWED);
        }
        let query = request.uri().query().unwrap_or_default();
        match name {
            "" => Ok(Asked::Page(Question::of(query))),
            "news" => {
                let seen = query.strip_prefix("seen=").and_then(|seen| seen.parse().ok());
                seen.map(|seen| Asked::News { seen }).ok_or(StatusCode::BAD_REQUEST)
            }
            _ => Err(StatusCode::NOT_FOUND),
        }
    }

    fn hosts(&self) -> [String; 2] {
        ["127.0.0.1", "localhost"].map(|name| format!("{name}:{}", self.port))
    }

    fn check_host<B>(&self, request: &Request<B>) -> Result<(), StatusCode> {
        let mut given = request.headers().get_all(HOST).iter();
        let (Some(host), None) = (given.next(), given.next()) else {
            return Err(StatusCode::BAD_REQUEST);
        };
        let ours =
            self.hosts().iter().any(|ours| host.as_bytes().eq_ignore_ascii_case(ours.as_bytes()));
        // A request for a proxy names a host in its first line too.
        let direct = request.uri().authority().is_none();
        if ours && direct { Ok(()) } else { Err(StatusCode::MISDIRECTED_REQUEST) }
    }

    fn check_origin<B>(&self, request: &Request<B>) -> Result<(), StatusCode> {
        let headers = request.headers();
        let ours = self.hosts().map(|host| format!("http://{host}"));
        let is_ours = |origin: &[u8]| ours.iter().any(|ours| origin == ours.as_bytes());
        let other_origin = headers.get_all(ORIGIN).iter().any(|origin| !is_ours(origin.as_bytes()));
        let fetched = headers.get_all("sec-fetch-site").iter();
        let other_site = fetched.into_iter().any(|site| site != "same-origin" && site != "none");
        if other_origin || other_site { Err(StatusCode::FORBIDDEN) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(method: &str, path: &str, headers: &[(&str, &str)]) -> Result<Asked, StatusCode> {
        let door = Doorkeeper { port: 4711, key: "secret".to_owned() };
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        door.asked(&request.body(()).expect("a request"))
    }

    const HERE: (&str, &str) = ("host", "127.0.0.1:4711");

    #[test]
    fn whoever_has_the_address_is_answered() {
        let page = Ok(Asked::Page(Question::default()));
        assert_eq!(asked("GET", "/secret/", &[HERE]), page);
        assert_eq!(asked("GET", "/secret/", &[("host", "LOCALHOST:4711")]), page);
        let own = [HERE, ("origin", "http://127.0.0.1:4711"), ("sec-fetch-site", "same-origin")];
        assert_eq!(asked("GET", "/secret/news?seen=3", &own), Ok(Asked::News { seen: 3 }));
        assert_eq!(asked("GET", "/secret/", &[HERE, ("sec-fetch-site", "none")]), page);
    }

    #[test]
    fn nobody_else_is() {
        for path in ["/", "/secret", "/Secret/", "/secre/", "/secret/x", "/secret//", "/%73ecret/"]
        {
            assert_eq!(asked("GET", path, &[HERE]), Err(StatusCode::NOT_FOUND), "{path}");
        }
        for host in
            ["evil.example:4711", "127.0.0.1", "127.0.0.1:80", "[::1]:4711", "localhost.:4711", ""]
        {
            let answer = asked("GET", "/secret/", &[("host", host)]);
            assert_eq!(answer, Err(StatusCode::MISDIRECTED_REQUEST), "{host}");
        }
        assert_eq!(asked("GET", "/secret/", &[]), Err(StatusCode::BAD_REQUEST));
        assert_eq!(asked("GET", "/secret/", &[HERE, HERE]), Err(StatusCode::BAD_REQUEST));
        for other in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("origin", "https://127.0.0.1:4711"),
            ("origin", "http://127.0.0.1:80"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let answer = asked("GET", "/secret/", &[HERE, other]);
            assert_eq!(answer, Err(StatusCode::FORBIDDEN), "{other:?}");
        }
        for method in ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"] {
            let answer = asked(method, "/secret/", &[HERE]);
            assert_eq!(answer, Err(StatusCode::METHOD_NOT_ALLOWED), "{method}");
        }
        assert_eq!(asked("GET", "/secret/news?seen=x", &[HERE]), Err(StatusCode::BAD_REQUEST));
        let through = asked("GET", "http://127.0.0.1:4711/secret/", &[HERE]);
        assert_eq!(through, Err(StatusCode::MISDIRECTED_REQUEST));
    }
}
