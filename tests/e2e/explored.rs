//! `explore` beside a deployed version.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use crate::stack::{STACK, Stack};

#[test]
fn the_deployed_version_is_asked_too() {
    let stack = Stack::new();
    stack.up();
    let mut explorer = stack
        .command(&["explore", "--no-browser"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut address = String::new();
    let said = explorer.stdout.as_mut().expect("its output");
    BufReader::new(said).read_line(&mut address).expect("an address");
    let (host, path) = address.trim()["http://".len()..].split_once('/').expect("a path");
    let ask = |path: &str| {
        let mut stream = TcpStream::connect(host).expect("a connection");
        let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    };
    let same = ask(&format!("{path}?group=staff&live=on"));
    assert!(same.contains("The deployed version answers the same."), "{same}");
    stack.write(&STACK.replace("add_scopes = [\"orders/write\"]\n", ""));
    while !ask(&format!("{path}news?seen=1")).ends_with('2') {}
    let other = ask(&format!("{path}?group=staff&live=on"));
    assert!(other.contains("The deployed version answers something else"), "{other}");
    explorer.kill().expect("ended");
    explorer.wait().expect("ended");
}
