//! `explore`: the page follows the file, says what `simulate` says, and is for whoever was given its address alone.

#[path = "support/binary.rs"]
#[expect(dead_code, reason = "the runs here go on until they are stopped")]
mod binary;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use binary::{Project, WITH_SIGNALS, offline};
use rustix::process::{Pid, Signal, kill_process};

const STACK: &str = r#"name = "orders"
region = "eu-west-1"

[pools.customers.clients.web]
[pools.customers.clients.desk]
[pools.customers.groups]
staff = "Order desk"
"<b>&amp;\"" = "Hostile"
[pools.customers.attributes.tenant]
type = "String"
[pools.customers.resource_servers.orders]
scopes = { read = "Read orders", write = "Change orders" }

[[rules]]
name = "everyone reads"
add_scopes = ["orders/read"]

[[rules]]
name = "staff </li><script>alert(1)</script> write"
groups = ["staff"]
add_scopes = ["orders/write"]
access_claims = { tenant = "{attributes.custom:tenant}", "<i>" = ["{groups}"] }

[[rules]]
name = "what data says"
clients = ["desk"]
add_scopes = ["{attributes.custom:scopes | list}"]

[[rules]]
name = "no suspended tenant"
attributes = { "custom:tenant" = "suspended" }
refuse = "Your tenant is <suspended>."
"#;

/// A page that is served.
struct Explored {
    child: Child,
    port: u16,
    key: String,
}

impl Explored {
    fn of(project: &Project) -> Self {
        let mut command = offline(project.path("."));
        assert_eq!(command.get_program(), WITH_SIGNALS[0]);
        let command = command.args(["explore", "--no-browser"]).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().expect("it starts");
        let mut address = String::new();
        let said = child.stdout.as_mut().expect("its output");
        BufReader::new(said).read_line(&mut address).expect("an address");
        let rest = address.trim().strip_prefix("http://127.0.0.1:").expect("on this machine");
        let (port, key) = rest.trim_end_matches('/').split_once('/').expect("a port and a key");
        Self { child, port: port.parse().expect("a port"), key: key.to_owned() }
    }

    /// What is answered to a request that is written as it goes over the wire; `{key}` and `{port}` are filled in.
    fn raw(&self, request: &str) -> String {
        let request = request.replace("{key}", &self.key).replace("{port}", &self.port.to_string());
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = vec![];
        // What is refused in the middle of being sent is reset.
        drop(stream.read_to_end(&mut answer));
        String::from_utf8(answer).expect("UTF-8")
    }

    fn ask(&self, path: &str) -> String {
        self.raw(&format!(
            "GET /{{key}}/{path} HTTP/1.1\r\nHost: 127.0.0.1:{{port}}\r\nConnection: close\r\n\r\n"
        ))
    }

    /// The page once the file has been read again.
    fn after_an_edit(&self, version: u64, path: &str) -> String {
        while !self.ask(&format!("news?seen={version}")).ends_with(&(version + 1).to_string()) {}
        self.ask(path)
    }

    fn interrupted(mut self) -> i32 {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid")).expect("not 0");
        kill_process(pid, Signal::INT).expect("signalled");
        self.child.wait().expect("it ends").code().expect("a code")
    }
}

impl Drop for Explored {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The tokens on a page, and which rule did what.
fn tokens(page: &str) -> &str {
    let (_, from) = page.split_once("id=\"token\"").expect("tokens");
    from.split_once("id=\"promise\"").expect("a promise").0
}

/// The promise on a page.
fn promise(page: &str) -> String {
    let (_, from) = page.split_once("id=\"promise\"").expect("a promise");
    let (_, from) = from.split_once('>').expect("its text");
    let (text, _) = from.split_once("</pre>").expect("its end");
    let named = [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    named.into_iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign))
}

#[test]
fn a_subject_becomes_a_promise_that_holds() {
    let project = Project::of(STACK);
    let explored = Explored::of(&project);
    for (path, says) in [
        ("", "orders/read"),
        ("?group=staff", "orders/write"),
        ("?group=staff&client=customers%2Fdesk&attributes=custom:tenant%3Da%22%5C%3Db", "a&#34;"),
        ("?group=%3Cb%3E%26amp%3B%22", "orders/read"),
        ("?attributes=custom:tenant%3Dsuspended", "Your tenant is &#60;suspended&#62;."),
        ("?source=TokenGeneration_RefreshTokens&metadata=a%3Db%0D%0Ac%3D", "orders/read"),
    ] {
        let page = explored.ask(path);
        assert!(page.starts_with("HTTP/1.1 200"), "{path}: {page}");
        assert!(page.contains(says), "{path}: {page}");
        for markup in ["<script>alert", "</li><script", "<b>", "<i>"] {
            assert!(!page.contains(markup), "{path}: {markup}");
        }
        project.write("promised.toml", &format!("{STACK}\n{}", promise(&page)));
        let checked = project.run(&["check", "-f", "promised.toml"], &[]).exits(0);
        assert!(checked.stdout.contains("1 promise kept"), "{path}: {}", checked.stdout);
    }
}

#[test]
fn what_cannot_be_understood_is_said_on_the_page() {
    let project = Project::of(STACK);
    let explored = Explored::of(&project);
    for (path, says) in [
        ("?client=customers%2Fnobody", "deploy.toml has no such client"),
        ("?source=Hosted", "there is no trigger source `Hosted`"),
        ("?attributes=tenant", "`tenant` is not of the form name=value"),
        ("?time=noon", "`noon` is no point in time"),
        ("?live=on", "The deployed version cannot be asked"),
    ] {
        let page = explored.ask(path);
        assert!(page.starts_with("HTTP/1.1 200") && page.contains(says), "{path}: {page}");
    }
}

#[test]
fn edits_are_followed_and_mistakes_are_shown() {
    let project = Project::empty();
    let explored = Explored::of(&project);
    assert!(explored.ask("").contains("cannot be read"), "there is no file yet");
    project.write("deploy.toml", STACK);
    let page = explored.after_an_edit(1, "?group=staff");
    assert!(page.contains("orders/write") && !page.contains("cannot be read"), "{page}");
    project
        .write("deploy.toml", &STACK.replace("add_scopes = [\"orders/write\"]", "add_scope = 1"));
    let page = explored.after_an_edit(2, "?group=staff");
    assert!(page.contains("deploy.toml:21:1") && page.contains("add_scopes"), "{page}");
    assert!(page.contains("orders/write"), "what is known stays: {page}");
    project.write("deploy.toml", &STACK.replace("orders/write", "orders/read"));
    let page = explored.after_an_edit(3, "?group=staff");
    assert!(!tokens(&page).contains("orders/write") && !page.contains("cannot be read"), "{page}");
    assert_eq!(explored.interrupted(), 130);
}

const HOST: &str = "Host: 127.0.0.1:{port}\r\n";

#[test]
fn nobody_else_is_answered() {
    let project = Project::of(STACK);
    let explored = Explored::of(&project);
    let get = |path: &str, headers: &str| {
        explored.raw(&format!("GET {path} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n"))
    };
    for (path, headers, status) in [
        ("/", HOST.to_owned(), 404),
        ("/0123456789abcdef0123456789abcdef/", HOST.to_owned(), 404),
        ("/{key}/", String::new(), 400),
        ("/{key}/", "Host: rebound.example:{port}\r\n".to_owned(), 421),
        ("/{key}/", format!("{HOST}Origin: http://evil.example\r\n"), 403),
        ("/{key}/", format!("{HOST}Sec-Fetch-Site: cross-site\r\n"), 403),
    ] {
        let answer = get(path, &headers);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{path} {headers}: {answer}");
        assert!(!answer.contains("everyone reads"), "{path} {headers}: {answer}");
    }
    // Whoever says nothing, or too much, is nobody's trouble.
    let idle = TcpStream::connect(("127.0.0.1", explored.port)).expect("a connection");
    let long = explored.raw(&format!("GET /{{key}}/?{} HTTP/1.1\r\n\r\n", "a".repeat(1 << 20)));
    assert!(!long.starts_with("HTTP/1.1 200"), "{long}");
    assert!(!explored.raw("\u{0}\u{1}garbage\r\n\r\n").contains("200 OK"));
    assert!(get("/{key}/", HOST).starts_with("HTTP/1.1 200"));
    drop(idle);
}

#[test]
fn a_port_that_is_taken_is_said() {
    let project = Project::of(STACK);
    let first = Explored::of(&project);
    let (port, second) = (first.port.to_string(), Explored::of(&project));
    assert_ne!(first.key, second.key);
    let taken = project.run(&["explore", "--no-browser", "--port", &port], &[]).exits(1);
    assert!(taken.stderr.contains(&format!("cannot listen on port {port} of 127.0.0.1")));
    assert!(taken.stderr.contains("leave out --port"), "{}", taken.stderr);
}
