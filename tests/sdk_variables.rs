//! The AWS SDK's own variables hold: how often a call is tried, and what the program calls itself.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "nothing is built and no JSON is read here")]
mod binary;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use binary::Project;

/// Every request that `plan` sends to an AWS which is out of order, with these variables.
fn sent(variables: &[(&str, &str)]) -> Vec<String> {
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", server.local_addr().expect("an address"));
    let requests = Arc::new(Mutex::new(vec![]));
    let noted = Arc::clone(&requests);
    std::thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = vec![0; 16 * 1024];
            let length = stream.read(&mut request).expect("a request");
            let text = String::from_utf8_lossy(&request[..length]).into_owned();
            noted.lock().expect("the notes").push(text);
            let answer =
                "HTTP/1.1 500 Out Of Order\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer.as_bytes()).expect("answered");
        }
    });
    let project = Project::of("name = \"orders\"\n[pools.customers.clients.web]\n");
    let mut all = vec![
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    all.extend(variables);
    project.run(&["status"], &all).exits(1);
    requests.lock().expect("the notes").clone()
}

#[test]
fn a_call_is_tried_as_often_as_the_variable_says() {
    assert_eq!(sent(&[]).len(), 3);
    assert_eq!(sent(&[("AWS_MAX_ATTEMPTS", "1")]).len(), 1);
}

#[test]
fn the_name_of_the_application_is_the_users_to_choose() {
    let once = ("AWS_MAX_ATTEMPTS", "1");
    assert!(sent(&[once])[0].contains("app/pretoken"));
    assert!(sent(&[once, ("AWS_SDK_UA_APP_ID", "release-train")])[0].contains("app/release-train"));
}
