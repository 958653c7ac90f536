//! Lambda as `bootstrap` sees it: a Runtime API of our own, and the log.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{fs, io};

/// A directory of its own for each test, with these rules in it.
pub fn package(test: &str, rules: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    fs::create_dir_all(&directory).expect("a directory");
    fs::write(directory.join(trigger::RULES_FILE), rules).expect("a file");
    directory
}

pub fn bootstrap(executable: impl AsRef<Path>) -> Command {
    let mut command = Command::new(executable.as_ref());
    command.env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("AWS_LAMBDA_FUNCTION_NAME", "fn").env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128");
    command.env("AWS_LAMBDA_FUNCTION_VERSION", "1").env("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9");
    command
}

/// Gives the events to the function one by one, then ends it. Returns the path and body of each of
/// its answers, and its log.
pub fn serve(command: &mut Command, events: &[&str]) -> (Vec<(String, String)>, String) {
    let api = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = api.local_addr().expect("an address").to_string();
    let mut child =
        Running(command.env("AWS_LAMBDA_RUNTIME_API", address).spawn().expect("a process"));
    let mut connection = connection(&api, &mut child.0);
    let answers = converse(&mut connection, events).expect("a conversation");
    child.0.kill().expect("a running process");
    let mut log = String::new();
    child.0.stderr.take().expect("stderr").read_to_string(&mut log).expect("text");
    (answers, log)
}

/// Waits for the function to call, but not when it has died.
fn connection(api: &TcpListener, function: &mut Child) -> TcpStream {
    api.set_nonblocking(true).expect("a listener");
    loop {
        if let Ok((connection, _)) = api.accept() {
            connection.set_nonblocking(false).expect("a connection");
            connection.set_read_timeout(Some(Duration::from_mins(1))).expect("a connection");
            return connection;
        }
        assert_eq!(function.try_wait().expect("a status"), None, "the function ended");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Ends the process also when a test fails.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn converse(connection: &mut TcpStream, events: &[&str]) -> io::Result<Vec<(String, String)>> {
    let mut requests = BufReader::new(connection.try_clone()?);
    let mut answers = Vec::new();
    for (number, event) in events.iter().enumerate() {
        assert_eq!(
            request(&mut requests)?,
            ("GET /2018-06-01/runtime/invocation/next".to_owned(), String::new())
        );
        write!(
            connection,
            "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r{number}\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn\r\nContent-Length: {}\r\n\r\n{event}",
            event.len()
        )?;
        answers.push(request(&mut requests)?);
        write!(connection, "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")?;
    }
    request(&mut requests)?; // waits for the next event: the last one is done, its log written
    Ok(answers)
}

/// Method and path, and the body.
fn request(from: &mut impl BufRead) -> io::Result<(String, String)> {
    let (target, _, body) = whole_request(from)?;
    Ok((target, body))
}

/// Method and path, headers with their names in lower case, and the body; nothing of it if the other end is gone.
pub fn whole_request(
    from: &mut impl BufRead,
) -> io::Result<(String, BTreeMap<String, String>, String)> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    let target = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        from.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length =
        headers.get("content-length").map_or(0, |length| length.parse().expect("a length"));
    let mut body = vec![0; length];
    from.read_exact(&mut body)?;
    Ok((target, headers, String::from_utf8(body).expect("UTF-8")))
}
