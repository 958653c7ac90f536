//! A call to an API with the token of a sign-in. Sent once, over https or to this machine; the token is in the request's
//! header alone, and in no error.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::http::HttpError;

use super::error::chain;
use super::http::Http;
use crate::cloud::{CloudError, Knock, Result};

/// The status that the API answers.
pub(super) async fn knock(http: &Http, knock: &Knock<'_>) -> Result<u16> {
    // What follows the path may be anybody's data.
    let url = knock.url.split('?').next().unwrap_or_default();
    let operation = format!("{} {url}", knock.method);
    let request = request(knock).map_err(|error| CloudError::Unreachable {
        operation: operation.clone(),
        detail: chain(&error),
    })?;
    http.status(&operation, request).await
}

fn request(knock: &Knock<'_>) -> std::result::Result<HttpRequest, HttpError> {
    let mut request = HttpRequest::get(knock.url)?;
    request.set_method(knock.method)?;
    request.headers_mut().try_insert("authorization", format!("Bearer {}", knock.token))?;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::rc::Rc;
    use std::thread;

    use super::*;
    use crate::aws::wire::Wire;
    use crate::user::Silent;

    fn wire() -> Wire {
        Wire::unpaced(Rc::new(Silent))
    }

    /// A door that gives each of these answers to one caller, and what it heard.
    fn door(answers: Vec<&'static str>) -> (String, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let serve = move |answer: &str| {
            let (mut stream, _) = listener.accept().expect("a caller");
            let mut heard = vec![];
            while !heard.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).expect("a request");
                heard.push(byte[0]);
            }
            stream.write_all(answer.as_bytes()).expect("an answer");
            String::from_utf8(heard).expect("text")
        };
        (url, thread::spawn(move || answers.into_iter().map(serve).collect()))
    }

    #[tokio::test]
    async fn the_status_is_the_doors_own_and_no_redirect_is_followed() {
        let answers = vec![
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\nConnection: close\r\n\r\nendless",
            "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ];
        let (url, door) = door(answers);
        let http = Http::to_this_machine(wire());
        let url = format!("{url}/orders?limit=1");
        let mut statuses = vec![];
        for _ in 0..5 {
            let asked = Knock { method: "GET", url: &url, token: "secret-token" };
            statuses.push(knock(&http, &asked).await.expect("an answer"));
        }
        assert_eq!(statuses, [200, 401, 403, 500, 302]);
        for heard in door.join().expect("the door") {
            assert!(heard.starts_with("GET /orders?limit=1 HTTP/1.1\r\n"), "{heard}");
            assert!(heard.to_lowercase().contains("authorization: bearer secret-token\r\n"));
        }
    }

    #[tokio::test]
    async fn a_door_that_is_not_there_or_says_no_word_gives_no_status_and_no_token() {
        let (url, door) = door(vec![""]);
        let http = Http::to_this_machine(wire());
        for url in [url.as_str(), "http://127.0.0.1:1"] {
            let asked = Knock { method: "DELETE", url, token: "secret-token" };
            let error = knock(&http, &asked).await.expect_err("no answer");
            assert!(!format!("{error:?} {error}").contains("secret-token"), "{error:?}");
        }
        drop(door.join());
    }

    #[tokio::test(start_paused = true)]
    async fn a_door_that_never_answers_is_left_after_a_while() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let http = Http::to_this_machine(wire());
        let asked = Knock { method: "GET", url: &url, token: "secret-token" };
        let error = knock(&http, &asked).await.expect_err("no answer");
        assert!(matches!(error, CloudError::Unanswered { .. } | CloudError::Unreachable { .. }));
    }
}
